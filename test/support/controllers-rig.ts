/** The controllers as the operator runs them, over API servers in memory, scripted clouds and a stepped clock. */
import { FleetMetrics } from '../../operator/act/fleet-metrics.ts';
import { DeploymentRecorder } from '../../operator/act/record-deployment.ts';
import { MemberRecorder } from '../../operator/act/record-member.ts';
import { PolicyRecorder } from '../../operator/act/record-policy.ts';
import { FLEET_POLICIES, INFERENCE_DEPLOYMENTS, MEMBER_CLUSTERS } from '../../operator/api/resources.ts';
import type { InferenceDeploymentStatus, MemberClusterStatus } from '../../operator/api/wire-types.ts';
import { PUBLIC_ENDPOINTS } from '../../operator/clouds/cloud-endpoints.ts';
import { connectDrills } from '../../operator/connect-drills.ts';
import { BeliefStore } from '../../operator/controllers/beliefs.ts';
import { createQueues } from '../../operator/controllers/create-queues.ts';
import { runControllers } from '../../operator/controllers/start-controllers.ts';
import { Wakes, type Queues } from '../../operator/controllers/wakes.ts';
import { DEPLOYMENTS, NAMESPACES, NODES } from '../../operator/kube/builtin-resources.ts';
import { fixedAccess } from '../../operator/kube/cluster-access.ts';
import type { KubeEvent } from '../../operator/kube/event-recorder.ts';
import type { KubeObject } from '../../operator/kube/kube-client.ts';
import type { MemberSpec } from '../../operator/model/member-spec.ts';
import { clusterName } from '../../operator/model/names.ts';
import { hours, millis, minutes, seconds } from '../../operator/model/units.ts';
import { FleetObserver } from '../../operator/observe/fleet-observer.ts';
import { HubDrills } from '../../operator/observe/hub-drills.ts';
import { HubObserver } from '../../operator/observe/hub-observer.ts';
import { clusterRefOf } from '../../operator/observe/member-access.ts';
import { MemberObserver } from '../../operator/observe/member-observer.ts';
import { MemberRoster } from '../../operator/observe/member-roster.ts';
import { createMetrics } from '../../operator/runtime/metrics.ts';
import { createSeededRandom } from '../../operator/runtime/random.ts';
import { aMemberClusterObject, anInferenceDeploymentObject, type Changes } from './api-objects.ts';
import { FieldCloud } from './controllers-cloud.ts';
import { ServerKube } from './controllers-kube.ts';
import { recordedLog } from './kube-log.ts';
import { aNode } from './observe-objects.ts';
import { settle, SteppedClock } from './stepped-clock.ts';
import { NOW } from './fleet-workload.ts';

const ACCESS = fixedAccess({
  server: 'https://member.example',
  caPem: null,
  auth: { kind: 'token', token: 't', expiresAt: null },
});
const PERIODS = { describe: minutes(5), pools: seconds(60), quotes: hours(1) };
const NAMESPACE = 'ml-prod';
/** Servers in memory send no bookmarks: a quiet watch is no stale one here. */
const HEALTH = {
  probePeriod: '5s',
  failureThreshold: 3,
  downAfter: '60s',
  successThreshold: 3,
  recoverAfter: '30s',
  watchStaleAfter: '1h',
};

export class ControllersRig {
  readonly clock = new SteppedClock(NOW);
  readonly hubKube = new ServerKube();
  readonly clouds = { aws: new FieldCloud('aws'), azure: new FieldCloud('azure') };
  readonly log = recordedLog();
  readonly metrics = createMetrics();
  readonly events: KubeEvent[] = [];
  readonly beliefs = new BeliefStore(NOW);
  readonly queues: Queues;
  readonly wakes: Wakes;
  readonly hub: HubObserver;
  readonly drills: HubDrills;
  readonly roster: MemberRoster;
  readonly fleet: FleetObserver;
  /** Whether this process holds the lease. */
  isLeading = true;
  readonly #drillParts: ReturnType<typeof connectDrills>;
  readonly #members = new Map<string, ServerKube>();
  readonly #stop = new AbortController();
  readonly #running: Promise<unknown>[] = [];

  constructor() {
    const { clock, log, metrics } = this;
    const random = createSeededRandom(1);
    this.hub = new HubObserver({ client: this.hubKube, clock, random, log, metrics });
    this.queues = createQueues({ clock, random, metrics });
    this.drills = new HubDrills({ client: this.hubKube, clock, random, log, metrics });
    const drillUnderWay = (): boolean => this.drills.underWay;
    this.wakes = new Wakes({ queues: this.queues, hub: this.hub, clock, drillUnderWay });
    const observe = (spec: MemberSpec): MemberObserver =>
      new MemberObserver({
        spec,
        clock,
        random,
        log,
        metrics,
        client: this.member(spec.name),
        access: ACCESS,
        cloud: this.#cloudOf(spec),
        listener: this.wakes.listener(spec.name),
      });
    this.roster = new MemberRoster({ log, observe });
    this.fleet = new FleetObserver({ hub: this.hub, roster: this.roster });
    const config = { namespace: 'tradewind-system', cloudEndpoints: PUBLIC_ENDPOINTS };
    const { drills, wakes } = this;
    this.#drillParts = connectDrills({ config, clock, log, metrics, members: this.hub, drills, wakes });
    this.#wire();
  }

  /** Observes, and leads with all controllers, until stop(). */
  static async start(prepare: (rig: ControllersRig) => void = () => {}): Promise<ControllersRig> {
    const rig = new ControllersRig();
    prepare(rig);
    rig.observe();
    rig.lead();
    await rig.pass(seconds(5));
    return rig;
  }

  observe(): void {
    const { signal } = this.#stop;
    this.#running.push(this.roster.run(signal), this.hub.run(signal), this.drills.run(signal));
  }

  lead(): void {
    const { clock, log, metrics, fleet, beliefs, queues, wakes, clouds, hub } = this;
    const common = { hub: this.hubKube, events: { emit: (it: KubeEvent) => this.events.push(it) }, log };
    const recording = { ...common, metrics: new FleetMetrics(metrics) };
    const deps = {
      clock,
      log,
      metrics,
      fleet,
      beliefs,
      queues,
      wakes,
      clouds,
      planDebounce: millis(100),
      leads: () => this.isLeading,
      drills: this.#drillParts(this.hubKube, common.events),
      recordDeployment: new DeploymentRecorder({ ...recording, onWritten: (it) => hub.deployments.put(it) }),
      recordMember: new MemberRecorder({ ...recording, onWritten: (it) => hub.members.put(it) }),
      recordPolicy: new PolicyRecorder({ hub: this.hubKube, onWritten: (it) => hub.policies.put(it) }),
    };
    this.#running.push(runControllers(deps, this.#stop.signal));
  }

  async stop(): Promise<void> {
    this.#stop.abort(new Error('the test is over'));
    for (const queue of Object.values(this.queues)) queue.close();
    await Promise.allSettled(this.#running);
  }

  /** Lets so much time pass, and everything that it brings. */
  async pass(duration: number): Promise<void> {
    await this.clock.advance(millis(duration));
    await settle();
  }

  /** The API server of that member. */
  member(name: string): ServerKube {
    const known = this.#members.get(name) ?? new ServerKube();
    this.#members.set(name, known);
    return known;
  }

  /** An EKS member with one node of eight H100s in pool h100. */
  addMember(name: string, changes: Changes = {}): ServerKube {
    const kube = this.member(name);
    kube.put(NODES, aNode());
    kube.put(NAMESPACES, { metadata: { name: NAMESPACE } });
    const identity = { '/metadata/name': name, '/metadata/uid': `uid-${name}`, '/spec/eks/name': name };
    const object = aMemberClusterObject({ ...identity, '/spec/health': HEALTH, ...changes });
    this.hubKube.put(MEMBER_CLUSTERS, object as unknown as KubeObject);
    return kube;
  }

  /** ml-prod/llama wants one replica of one H100, unless said otherwise. */
  deploy(changes: Changes = {}): KubeObject {
    const { metadata } = anInferenceDeploymentObject(changes) as { metadata: { name: string } };
    const object = anInferenceDeploymentObject({ ...changes, '/metadata/uid': `uid-${metadata.name}` });
    return this.hubKube.put(INFERENCE_DEPLOYMENTS, object as unknown as KubeObject);
  }

  /** Changes an InferenceDeployment's spec as kubectl would. */
  edit(name: string, spec: object): void {
    const known = this.hubKube.peek(INFERENCE_DEPLOYMENTS, { name, namespace: NAMESPACE });
    if (known === null) throw new Error(`there is no ${name}`);
    const metadata = { ...known.metadata, generation: (known.metadata.generation ?? 1) + 1 };
    this.hubKube.put(INFERENCE_DEPLOYMENTS, { ...known, metadata, spec: { ...(known['spec'] as object), ...spec } });
  }

  statusOf(name: string): InferenceDeploymentStatus | null {
    const object = this.hubKube.peek(INFERENCE_DEPLOYMENTS, { name, namespace: NAMESPACE });
    return (object?.['status'] as InferenceDeploymentStatus | undefined) ?? null;
  }

  memberStatusOf(name: string): MemberClusterStatus | null {
    const object = this.hubKube.peek(MEMBER_CLUSTERS, { name });
    return (object?.['status'] as MemberClusterStatus | undefined) ?? null;
  }

  policyStatus(): object | null {
    return (this.hubKube.peek(FLEET_POLICIES, { name: 'default' })?.['status'] as object | undefined) ?? null;
  }

  /** `aws-a/h100 2 Serving` for each entry on record. */
  recorded(name: string): readonly string[] {
    return (this.statusOf(name)?.placements ?? []).map(
      ({ cluster, pool, replicas, phase }) => `${cluster}/${pool} ${replicas} ${phase}`,
    );
  }

  /** Replicas of our Deployments on that member. */
  standing(name: string): readonly number[] {
    return this.member(name)
      .all(DEPLOYMENTS)
      .map((it) => (it['spec'] as { replicas: number }).replicas);
  }

  messages(): readonly string[] {
    return this.log.lines.map(({ message }) => message);
  }

  #cloudOf({ source }: MemberSpec): ConstructorParameters<typeof MemberObserver>[0]['cloud'] {
    const cluster = clusterRefOf(source);
    if (cluster === null) return null;
    return { adapter: cluster.kind === 'eks' ? this.clouds.aws : this.clouds.azure, cluster, periods: PERIODS };
  }

  /** As run-operator.ts wires the hub. */
  #wire(): void {
    const { hub, roster, wakes, queues } = this;
    hub.deployments.subscribe(({ value, previous }) => wakes.deploymentChanged(value, previous));
    hub.policies.subscribe(() => wakes.fleetChanged());
    hub.members.subscribe(({ value, previous }) => {
      const name = (value ?? previous)?.name ?? clusterName('');
      if (value === null) roster.forget(name);
      else if (value.parsed.ok) roster.keep(value.parsed.member, value.parsed.recorded.region);
      queues.judging.add(name);
      if (value === null || previous === null) wakes.fleetChanged();
    });
  }
}
