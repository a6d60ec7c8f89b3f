/** The whole operator on real control planes: a fleet that hack/kube starts, a scenario played on it, charts installed. */
import { setTimeout as wait } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { isDeepStrictEqual } from 'node:util';
import { LeadershipLost } from '../../operator/kube/leader-lease.ts';
import { playScenario, type Playing } from '../../hack/real-kube/play-scenario.ts';
import { KubeStatusError, type KubeApi, type KubeDocument } from '../../operator/sandbox/kube-api.ts';
import { MEMBER_CLUSTERS, memberClusterOf } from '../../operator/sandbox/scenario/member-cluster.ts';
import type { ScenarioEvent } from '../../operator/sandbox/scenario/scenario.ts';
import type { Sandbox } from '../../operator/sandbox/start-sandbox.ts';
import { createSystemClock } from '../../operator/runtime/system-clock.ts';
import { auditedWrites, type AuditedWrite } from './kube-real-audit.ts';
import { OPERATOR_ACCOUNT, RealCharts, type OperatorAccess } from './kube-real-charts.ts';
import { REAL_MINORS, startRealFleet, type RealFleet } from './kube-real-fleet.ts';
import { INFERENCE_DEPLOYMENTS, NAMESPACE, NAMESPACES } from './scenario-fleet.ts';
import { startOperator, type RunningOperator } from './scenario-operator.ts';
import {
  conditionOf,
  hubDeployments,
  memberStatus,
  offeringOf,
  settledState,
  standingDeployments,
  type HubView,
} from './scenario-view.ts';

const SCENARIO = fileURLToPath(new URL('../kube/e2e-scenario.yaml', import.meta.url));
/** Far beyond what anything takes: machines are shared. */
const PATIENCE_MS = 120_000;
const LOOK_AGAIN_MS = 100;
/** Longer than operators put anything off that is to be written. */
const QUIET_MS = 6_000;

interface RigParts {
  readonly fleet: RealFleet;
  readonly playing: Playing;
  readonly charts: RealCharts;
  readonly access: OperatorAccess;
}

export class RealRig {
  readonly fleet: RealFleet;
  readonly playing: Playing;
  readonly operators: RunningOperator[] = [];
  /** As the views of the sandbox take it. */
  readonly view: Sandbox;
  readonly charts: RealCharts;
  /** Of the operators in this process. */
  readonly #access: OperatorAccess;

  private constructor({ fleet, playing, charts, access }: RigParts) {
    this.fleet = fleet;
    this.playing = playing;
    this.charts = charts;
    this.#access = access;
    const members = playing.state.clusters.map(({ name }) => [name, { api: playing.api(name) }] as const);
    // Views read objects through these and nothing else.
    this.view = { hub: { api: playing.api('hub') }, members: new Map(members) } as unknown as Sandbox;
  }

  /** Resolves when the charts are installed and the nodes stand; no operator runs yet. */
  static async start(minor = REAL_MINORS[0]): Promise<RealRig> {
    const version = minor === undefined ? {} : { minor };
    const fleet = await startRealFleet({ name: 'e2e', members: SCENARIO, audited: true, ...version });
    await using failing = new AsyncDisposableStack();
    failing.defer(() => fleet.down());
    const playing = await playScenario({ folder: fleet.folder, fleet: fleet.record, scenario: SCENARIO });
    failing.defer(() => playing.stop());
    const charts = new RealCharts(fleet, playing);
    await charts.install();
    const rig = new RealRig({ fleet, playing, charts, access: await charts.operatorAccess('operator') });
    await rig.hub.create(NAMESPACES, { apiVersion: 'v1', kind: 'Namespace', metadata: { name: NAMESPACE } });
    for (const cluster of playing.scenario.clusters) await rig.#register(memberClusterOf(cluster));
    failing.move();
    return rig;
  }

  get hub(): KubeApi {
    return this.playing.api('hub');
  }

  member(name: string): KubeApi {
    return this.playing.api(name);
  }

  /** In this process, with the settings that it comes with. */
  startOperator(identity: string): RunningOperator {
    const { kubeconfig } = this.#access;
    const cloudEndpoints = this.playing.endpointsFile;
    const operator = startOperator({ kubeconfig, cloudEndpoints, clock: createSystemClock(), identity });
    this.operators.push(operator);
    return operator;
  }

  async stopOperators(): Promise<void> {
    await Promise.all(this.operators.splice(0).map((operator) => operator.stop()));
  }

  async restartOperator(identity: string): Promise<void> {
    await this.stopOperators();
    this.startOperator(identity);
  }

  apply(event: ScenarioEvent): Promise<void> {
    return this.playing.apply(event);
  }

  deploy(object: KubeDocument): Promise<KubeDocument> {
    return this.hub.create(INFERENCE_DEPLOYMENTS, object);
  }

  change(name: string, spec: object): Promise<KubeDocument> {
    return this.hub.patch(INFERENCE_DEPLOYMENTS, { name, namespace: NAMESPACE }, { spec });
  }

  /** Waits until it is so; answers after how many milliseconds it was, and rejects with the state of everything. */
  async until(what: string, isSo: () => Promise<boolean> | boolean, patienceMs = PATIENCE_MS): Promise<number> {
    const started = performance.now();
    const deadline = AbortSignal.timeout(patienceMs);
    for (;;) {
      // An API server that a test has broken answers nothing: that is no more than a "not yet".
      if (await isSoNow(isSo)) return performance.now() - started;
      this.#startAgain();
      if (deadline.aborted || this.operators.some((it) => it.failure !== null))
        throw new Error(`waited in vain until ${what}\n${await this.describe()}`);
      await wait(LOOK_AGAIN_MS);
    }
  }

  /** As a Deployment would: one that has lost its lease, because the hub was away for long, ends and is started again. */
  #startAgain(): void {
    const lost = this.operators.filter((it) => it.failure instanceof LeadershipLost);
    for (const operator of lost) {
      this.operators.splice(this.operators.indexOf(operator), 1);
      this.startOperator(operator.identity);
    }
  }

  async untilDeployment(name: string, what: string, isSo: (it: HubView) => boolean): Promise<number> {
    return this.until(`${name} ${what}`, async () => {
      const found = (await hubDeployments(this.view)).find((it) => it.name === name);
      return found !== undefined && isSo(found);
    });
  }

  async untilAllHealthy(): Promise<void> {
    for (const name of this.view.members.keys()) await this.untilVerdict(name, 'Healthy');
  }

  untilVerdict(member: string, ...verdicts: readonly string[]): Promise<number> {
    return this.until(`${member} is ${verdicts.join(' or ')}`, async () =>
      verdicts.includes((await memberStatus(this.view, member))?.verdict ?? ''),
    );
  }

  /** Everything wanted serves, and what stands on members is what is recorded: nothing more, nothing less, nowhere else. */
  async untilSettled(): Promise<number> {
    return this.until('everything is settled', async () => {
      const deployments = await hubDeployments(this.view);
      if (!deployments.every(isAtRest)) return false;
      const recorded = deployments.flatMap(({ uid, placements }) =>
        placements.map((it) => `${uid} ${offeringOf(it)} ${it.replicas}`),
      );
      const standing = await standingDeployments(this.view);
      return (
        standing.every((it) => !it.deleting && it.ready === it.replicas) &&
        isDeepStrictEqual(
          standing.map((it) => `${it.ownerUid} ${it.offering} ${it.replicas}`).toSorted(),
          recorded.toSorted(),
        )
      );
    });
  }

  /** What is to be where it belongs: settled, and nowhere but there. */
  async untilPlaced(name: string, where: Readonly<Record<string, number>>): Promise<void> {
    await this.until(`${name} is on ${Object.keys(where).join(' and ')}`, async () =>
      isDeepStrictEqual(await this.placed(name), where),
    );
    await this.untilSettled();
  }

  /** Where its intended replicas are: `cluster/pool: replicas`. */
  async placed(name: string): Promise<Readonly<Record<string, number>>> {
    const found = (await hubDeployments(this.view)).find((it) => it.name === name);
    const held = (found?.placements ?? []).filter((it) => it.phase === 'Serving' || it.phase === 'Starting');
    return Object.fromEntries(held.map((it) => [`${it.cluster}/${it.pool}`, it.replicas]));
  }

  /** What operators have written since then on the hub and on all members, but for the leader's lease. */
  writesSince(unixMs: number): readonly (AuditedWrite & { readonly cluster: string })[] {
    return ['hub', ...this.view.members.keys()].flatMap((cluster) => {
      const operator = cluster === 'hub' ? OPERATOR_ACCOUNT : this.charts.operatorOn(cluster);
      return auditedWrites(this.fleet.cluster(cluster))
        .filter(({ user, at, what }) => user === operator && at >= unixMs && !what.startsWith('leases '))
        .map((write) => ({ ...write, cluster }));
    });
  }

  /** Nothing is under way any more, nor put off for a while. */
  untilQuiet(): Promise<number> {
    return this.until('nothing is written any more', () => this.writesSince(Date.now() - QUIET_MS).length === 0);
  }

  /** Definitions are served a moment after they are there. */
  async #register(member: KubeDocument): Promise<void> {
    await this.until('the definitions are served', async () => {
      await this.hub.create(MEMBER_CLUSTERS, member);
      return true;
    });
  }

  async stop(): Promise<void> {
    await this.stopOperators();
    await this.playing.stop();
    await this.fleet.down();
  }

  async describe(): Promise<string> {
    const state = await settledState(this.view).catch((error: unknown) => [String(error)]);
    const members = await Promise.all(
      [...this.view.members.keys()].map(async (name) => {
        const status = await memberStatus(this.view, name).catch(() => null);
        return `${name}: ${status?.verdict ?? 'no verdict'} ${status?.verdictReason ?? ''}`;
      }),
    );
    const lines = this.operators.flatMap(({ identity, lines: all, failure }) => [
      `${identity}${failure === null ? '' : ` failed: ${failure.message}`}`,
      ...all.slice(-30).map(({ level, message, fields }) => `  ${level} ${message} ${describeFields(fields)}`),
    ]);
    return [...members, ...state, ...lines].join('\n');
  }
}

async function isSoNow(isSo: () => Promise<boolean> | boolean): Promise<boolean> {
  try {
    return await isSo();
  } catch (error) {
    if (error instanceof KubeStatusError && error.code < 500 && ![404, 409, 429].includes(error.code)) throw error;
    return false;
  }
}

const describeFields = (fields: object): string =>
  JSON.stringify(fields, (_, value: unknown) => (value instanceof Error ? String(value) : value));

/** As wanted, of this generation, with nothing under way. */
const isAtRest = ({ generation, replicas, deleting, status, placements }: HubView): boolean =>
  !deleting &&
  status?.observedGeneration === generation &&
  conditionOf(status, 'Ready')?.status === 'True' &&
  conditionOf(status, 'Reconciling') === null &&
  placements.filter((it) => it.phase === 'Serving').reduce((sum, it) => sum + it.replicas, 0) === replicas;

/** Half on the cheapest member, half on the next: 1.00 and 1.50 an A100 in the scenario, before 3.00 and 3.50. */
export const SPREAD = {
  replicas: 4,
  placement: { maxPerCluster: '50%' },
  failover: { failback: { mode: 'Automatic', stabilization: '0s' } },
};

/** Where four replicas that are spread like that belong. */
export const HOME = { 'aws-east/spot': 2, 'azure-east/spot': 2 };

/** Where two do. */
export const SMALL_HOME = { 'aws-east/spot': 1, 'azure-east/spot': 1 };
