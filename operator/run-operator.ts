/** The composition root: builds every part by hand, starts them in order, and stops them in reverse. */
import { FleetMetrics } from './act/fleet-metrics.ts';
import { DeploymentRecorder } from './act/record-deployment.ts';
import { MemberRecorder } from './act/record-member.ts';
import { RouteRecorder } from './act/record-traffic-route.ts';
import { PolicyRecorder } from './act/record-policy.ts';
import { FIELD_MANAGER } from './api/ownership.ts';
import { FLEET_POLICY_NAME } from './api/resources.ts';
import { createAksCloud } from './clouds/aks/create-aks-cloud.ts';
import { createEksCloud } from './clouds/eks/create-eks-cloud.ts';
import type { Config } from './config.ts';
import { hubAccess } from './connect-hub.ts';
import { connectDrills } from './connect-drills.ts';
import { connectMember, WATCH_INACTIVITY } from './connect-members.ts';
import { BeliefStore } from './controllers/beliefs.ts';
import { closeOnAbort, createQueues } from './controllers/create-queues.ts';
import { DecisionRecord } from './controllers/decision-record.ts';
import { runControllers, type ControllersDeps } from './controllers/start-controllers.ts';
import { Wakes } from './controllers/wakes.ts';
import { createKubeClient } from './kube/client-node-client.ts';
import { EventWriter } from './kube/event-recorder.ts';
import { fencedClient, fencedEvents } from './kube/fenced-client.ts';
import type { KubeClient } from './kube/kube-client.ts';
import { runAsLeader } from './kube/leader-lease.ts';
import type { Clock } from './model/clock.ts';
import { serves } from './observe/data-path-probe.ts';
import { DataPathTrials, type AskDataPath } from './observe/data-path-trials.ts';
import { FleetObserver } from './observe/fleet-observer.ts';
import { HubDrills } from './observe/hub-drills.ts';
import { HubObserver } from './observe/hub-observer.ts';
import { AddressBook } from './observe/address-book.ts';
import { HubRoutes } from './observe/hub-routes.ts';
import { MemberRoster } from './observe/member-roster.ts';
import { MemberServices } from './observe/member-services.ts';
import { eventLoopWatch } from './runtime/event-loop-watch.ts';
import { healthServer } from './runtime/health-server.ts';
import { loopPart, runLifecycle, type LifecyclePart } from './runtime/lifecycle.ts';
import type { Log } from './runtime/log.ts';
import { createMetrics, type Metrics } from './runtime/metrics.ts';
import type { Random } from './runtime/random.ts';
import { VERSION } from './runtime/version.ts';

export interface OperatorDeps {
  readonly config: Config;
  readonly clock: Clock;
  readonly log: Log;
  readonly random: Random;
  /** Told the port of /healthz, /readyz and /metrics once it listens. */
  readonly onListening?: (port: number) => void;
  /** How members' endpoints are asked; left out: over this machine's network. A sandbox has one of its own. */
  readonly askDataPath?: AskDataPath;
}

const LEASE_NAME = 'tradewind';
const USER_AGENT = `tradewind/${VERSION}`;

interface Parts extends OperatorDeps {
  readonly metrics: Metrics;
  readonly hub: KubeClient;
}

/** Runs until the signal aborts. Rejects when a part fails, or LeadershipLost when the lease is lost: start it again. */
export async function runOperator(deps: OperatorDeps, signal: AbortSignal): Promise<void> {
  const { config, clock, log } = deps;
  const metrics = createMetrics({ processMetrics: true });
  metrics.buildInfo.set({ version: VERSION, node_version: process.version }, 1);
  const clouds = {
    aws: createEksCloud({ clock, endpoints: config.cloudEndpoints }),
    azure: createAksCloud({ clock, endpoints: config.cloudEndpoints }),
  };
  const parts: Parts = { ...deps, metrics, hub: connectHub(deps, metrics) };
  try {
    await runLifecycle({ parts: buildParts(parts, clouds), clock, log, grace: config.stopGrace }, signal);
  } finally {
    clouds.aws.close();
    clouds.azure.close();
    await parts.hub.close();
  }
}

function connectHub({ config, clock }: OperatorDeps, metrics: Metrics): KubeClient {
  const source = hubAccess(config, clock);
  return createKubeClient({
    access: (signal) => source.access(signal),
    invalidate: () => source.invalidate(),
    allowLoopback: true,
    clock,
    metrics,
    host: 'hub',
    userAgent: USER_AGENT,
    requestTimeout: config.requestTimeout,
    fieldManager: FIELD_MANAGER,
    watchInactivity: WATCH_INACTIVITY,
  });
}

/** In the order in which they start: what the later ones rely on comes first. */
function buildParts(parts: Parts, clouds: ControllersDeps['clouds']): readonly LifecyclePart[] {
  const { config, clock, log, metrics, random, hub: client } = parts;
  const hub = new HubObserver({ client, clock, random, log, metrics });
  const queues = createQueues({ clock, random, metrics });
  const hubDrills = new HubDrills({ client, clock, random, log, metrics });
  const wakes = new Wakes({ queues, hub, clock, drillUnderWay: () => hubDrills.underWay });
  const roster = new MemberRoster({
    log,
    observe: (spec) =>
      connectMember(spec, {
        ...config,
        clouds,
        hub: client,
        allowLoopback: config.cloudEndpoints.caPem !== null,
        userAgent: USER_AGENT,
        clock,
        random,
        log,
        metrics,
        listener: (member) => wakes.listener(member),
      }),
  });
  const fleet = new FleetObserver({ hub, roster });
  const routes = new HubRoutes({ client, clock, random, log, metrics, onChange: (key) => wakes.routesChanged(key) });
  const services = new MemberServices({
    clock,
    random,
    log,
    metrics,
    members: () => roster.members(),
    onChange: (member, key) => wakes.serviceChanged(member, key),
    onSynced: (member, keys) => wakes.servicesListed(member, keys),
  });
  const trials = new DataPathTrials({
    clock,
    ask: parts.askDataPath ?? ((url, signal) => serves({ url, allowLoopback: false }, signal)),
    onChange: (key) => wakes.routesChanged(key),
  });
  const addresses = new AddressBook({ clock, log, onChange: () => wakes.routesChanged(null) });
  const beliefs = new BeliefStore(clock.now());
  const events = new EventWriter({
    client,
    clock,
    log,
    metrics,
    reportingController: 'tradewind.dev/operator',
    reportingInstance: config.identity,
  });
  const fleetMetrics = new FleetMetrics(metrics);
  const decisions = new DecisionRecord({ clock, log, version: VERSION });
  wireHub({ hub, roster, wakes, queues });
  const drillParts = connectDrills({ ...parts, members: hub, drills: hubDrills, wakes });
  const controllers = (leads: () => boolean): ControllersDeps => {
    const fenced = fencedClient(client, leads);
    const told = fencedEvents(events, leads);
    return {
      clock,
      log,
      metrics,
      fleet,
      beliefs,
      queues,
      wakes,
      clouds,
      leads,
      planDebounce: config.planDebounce,
      remember: decisions.remember,
      traffic: {
        routes,
        services,
        addresses,
        trials,
        hub: fenced,
        record: new RouteRecorder({ hub: fenced, log, onWritten: (it) => hub.deployments.put(it) }),
      },
      drills: drillParts(fenced, told),
      recordDeployment: new DeploymentRecorder({
        hub: fenced,
        events: told,
        log,
        metrics: fleetMetrics,
        onWritten: (it) => hub.deployments.put(it),
      }),
      recordPolicy: new PolicyRecorder({ hub: fenced, onWritten: (it) => hub.policies.put(it) }),
      recordMember: new MemberRecorder({
        hub: fenced,
        events: told,
        log,
        metrics: fleetMetrics,
        onWritten: (it) => hub.members.put(it),
      }),
    };
  };
  return [
    health(parts, hub, decisions),
    eventLoopWatch({ clock, log, metrics }),
    loopPart('work queues', (signal) => closeOnAbort(queues, signal)),
    loopPart('event writer', (signal) => events.run(signal)),
    loopPart('member observers', (signal) => roster.run(signal)),
    loopPart('hub routes', (signal) => routes.run(signal)),
    loopPart('member services', (signal) => services.run(signal)),
    loopPart('data path trials', (signal) => trials.run(signal)),
    loopPart('hub drills', (signal) => hubDrills.run(signal)),
    loopPart('hub observer', (signal) => hub.run(signal)),
    loopPart('controllers', (signal) => lead(parts, controllers, signal)),
  ];
}

/** Changes on the hub wake work, and MemberClusters decide who is observed. */
function wireHub({
  hub,
  roster,
  wakes,
  queues,
}: { hub: HubObserver; roster: MemberRoster } & Pick<ControllersDeps, 'wakes' | 'queues'>): void {
  hub.deployments.subscribe(({ value, previous }) => wakes.deploymentChanged(value, previous));
  hub.policies.subscribe(({ value, previous }) => {
    queues.policy.add(FLEET_POLICY_NAME);
    if (value === null || previous === null || specOf(value) !== specOf(previous)) wakes.fleetChanged();
  });
  hub.members.subscribe(({ value, previous }) => {
    const name = (value ?? previous)?.name;
    if (name === undefined) return;
    if (value === null) roster.forget(name);
    else if (value.parsed.ok) roster.keep(value.parsed.member, value.parsed.recorded.region);
    queues.judging.add(name);
    if (value === null || previous === null || specOf(value) !== specOf(previous)) wakes.fleetChanged();
  });
}

const specOf = (member: {
  readonly object: { readonly metadata: { readonly generation?: number; readonly labels?: object } };
}): string => JSON.stringify([member.object.metadata.generation, member.object.metadata.labels]);

/**
 * Acts only while it holds the lease; observing goes on without, so that a successor begins with a warm view. Renewals
 * have connections of their own: they must not wait behind the work that they protect.
 */
async function lead(
  parts: Parts,
  controllers: (leads: () => boolean) => ControllersDeps,
  signal: AbortSignal,
): Promise<void> {
  const { config, clock, random, log, metrics } = parts;
  if (!config.leaderElection)
    return runControllers(
      controllers(() => true),
      signal,
    );
  const { namespace, identity } = config;
  const client = connectHub(parts, metrics);
  const lease = { client, clock, random, log, metrics, namespace, identity, name: LEASE_NAME };
  try {
    await runAsLeader(
      lease,
      (term, leading) =>
        runControllers(
          controllers(() => term.held()),
          leading,
        ),
      signal,
    );
  } finally {
    await client.close();
  }
}

function health(
  { config, metrics, log, onListening }: Parts,
  hub: HubObserver,
  decisions: DecisionRecord,
): LifecyclePart {
  const readiness = [
    { name: 'hub', check: () => (hub.synced ? null : 'the custom resources on the hub have not been listed yet') },
  ];
  const { host: address, port } = config.listen;
  return healthServer({
    address,
    port,
    liveness: [],
    readiness,
    metrics,
    log,
    decisions: { index: () => decisions.index(), packed: (id) => decisions.packed(id) },
    ...(onListening ? { onListening } : {}),
  });
}
