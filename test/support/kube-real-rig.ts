/** The whole operator on real control planes: a fleet that hack/kube starts, a scenario played on it, charts installed. */
import { execFile } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { playScenario, type Playing } from '../../hack/real-kube/play-scenario.ts';
import { KubeStatusError, type KubeApi, type KubeDocument } from '../../operator/sandbox/kube-api.ts';
import { MEMBER_CLUSTERS, memberClusterOf } from '../../operator/sandbox/scenario/member-cluster.ts';
import type { ScenarioEvent } from '../../operator/sandbox/scenario/scenario.ts';
import type { Sandbox } from '../../operator/sandbox/start-sandbox.ts';
import { createSystemClock } from '../../operator/runtime/system-clock.ts';
import { startRealFleet, type RealFleet } from './kube-real-fleet.ts';
import { INFERENCE_DEPLOYMENTS, NAMESPACE, NAMESPACES } from './scenario-fleet.ts';
import { startOperator, type RunningOperator } from './scenario-operator.ts';
import {
  conditionOf,
  hubDeployments,
  memberStatus,
  settledState,
  standingDeployments,
  type HubView,
} from './scenario-view.ts';

const SCENARIO = fileURLToPath(new URL('../kube/e2e-scenario.yaml', import.meta.url));
const CHARTS = fileURLToPath(new URL('../../charts/', import.meta.url));
/** Where the chart is installed; operators of tests look for their lease there. */
export const OPERATOR_NAMESPACE = 'default';
/** Far beyond what anything takes: machines are shared. */
const PATIENCE_MS = 120_000;
const LOOK_AGAIN_MS = 100;
const TOKEN_LIFETIME = '4h';

const runProgram = promisify(execFile);

export class RealRig {
  readonly fleet: RealFleet;
  readonly playing: Playing;
  readonly operators: RunningOperator[] = [];
  /** As the views of the sandbox take it. */
  readonly view: Sandbox;
  /** The operator's own kubeconfig of the hub: its service account's token. */
  readonly kubeconfig: string;

  private constructor(fleet: RealFleet, playing: Playing) {
    this.fleet = fleet;
    this.playing = playing;
    const members = playing.state.clusters.map(({ name }) => [name, { api: playing.api(name) }] as const);
    // Views read objects through these and nothing else.
    this.view = { hub: { api: playing.api('hub') }, members: new Map(members) } as unknown as Sandbox;
    this.kubeconfig = join(fleet.folder, 'operator.kubeconfig');
  }

  /** Resolves when the charts are installed and the nodes stand; no operator runs yet. */
  static async start(): Promise<RealRig> {
    const fleet = await startRealFleet({ name: 'e2e', members: SCENARIO });
    try {
      const playing = await playScenario({ folder: fleet.folder, fleet: fleet.record, scenario: SCENARIO });
      const rig = new RealRig(fleet, playing);
      await rig.#install();
      return rig;
    } catch (error) {
      await fleet.down();
      throw error;
    }
  }

  get hub(): KubeApi {
    return this.playing.api('hub');
  }

  member(name: string): KubeApi {
    return this.playing.api(name);
  }

  get files(): { readonly kubeconfig: string; readonly cloudEndpoints: string } {
    return { kubeconfig: this.kubeconfig, cloudEndpoints: this.playing.endpointsFile };
  }

  /** In this process, with the settings that it comes with. */
  startOperator(identity: string): RunningOperator {
    const operator = startOperator({ ...this.files, clock: createSystemClock(), identity });
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
      if (deadline.aborted || this.operators.some((it) => it.failure !== null))
        throw new Error(`waited in vain until ${what}\n${await this.describe()}`);
      await wait(LOOK_AGAIN_MS);
    }
  }

  async untilDeployment(name: string, what: string, isSo: (it: HubView) => boolean): Promise<number> {
    return this.until(`${name} ${what}`, async () => {
      const found = (await hubDeployments(this.view)).find((it) => it.name === name);
      return found !== undefined && isSo(found);
    });
  }

  untilVerdict(member: string, ...verdicts: readonly string[]): Promise<number> {
    return this.until(`${member} is ${verdicts.join(' or ')}`, async () =>
      verdicts.includes((await memberStatus(this.view, member))?.verdict ?? ''),
    );
  }

  /** Everything wanted serves, on what is recorded and nowhere else. Members in `lost` are not asked. */
  async untilSettled(lost: readonly string[] = []): Promise<number> {
    const members = new Map([...this.view.members].filter(([name]) => !lost.includes(name)));
    const reachable = { ...this.view, members };
    return this.until('everything is settled', async () => {
      const deployments = await hubDeployments(this.view);
      if (!deployments.every(isAtRest)) return false;
      const recorded = deployments.flatMap((it) => it.placements).filter((it) => !lost.includes(it.cluster));
      const standing = await standingDeployments(reachable);
      return standing.length === recorded.length && standing.every((it) => !it.deleting && it.ready === it.replicas);
    });
  }

  /** Where its intended replicas are: `cluster/pool: replicas`. */
  async placed(name: string): Promise<Readonly<Record<string, number>>> {
    const found = (await hubDeployments(this.view)).find((it) => it.name === name);
    const held = (found?.placements ?? []).filter((it) => it.phase === 'Serving' || it.phase === 'Starting');
    return Object.fromEntries(held.map((it) => [`${it.cluster}/${it.pool}`, it.replicas]));
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

  /** The charts, with the roles that they grant and nothing more; then the members' objects and a namespace to work in. */
  async #install(): Promise<void> {
    await this.helm('hub', 'tradewind', '--set', 'image.repository=registry.test/tradewind');
    for (const { name } of this.playing.state.clusters) await this.installMember(name);
    writeFileSync(this.kubeconfig, await this.#operatorKubeconfig(), { mode: 0o600 });
    await this.hub.create(NAMESPACES, { apiVersion: 'v1', kind: 'Namespace', metadata: { name: NAMESPACE } });
    for (const cluster of this.playing.scenario.clusters) await this.#register(memberClusterOf(cluster));
  }

  /** Grants the operator what it may do on that member: as whom its cloud knows it. */
  async installMember(name: string): Promise<void> {
    const { aws, azure } = this.playing.state.identities;
    const isAws = this.playing.state.clusters.some((it) => it.name === name && it.provider === 'aws');
    await this.helm(name, 'tradewind-member', '--set', `subjects.users={${isAws ? aws.arn : azure.objectId}}`);
  }

  /** Definitions are served a moment after they are there. */
  async #register(member: KubeDocument): Promise<void> {
    await this.until('the definitions are served', async () => {
      await this.hub.create(MEMBER_CLUSTERS, member);
      return true;
    });
  }

  /** `helm upgrade --install` of one of the charts. */
  async helm(cluster: string, chart: string, ...args: readonly string[]): Promise<void> {
    const { kubeconfig } = this.fleet.cluster(cluster);
    const where = ['--namespace', OPERATOR_NAMESPACE, '--kubeconfig', kubeconfig];
    await runProgram('helm', ['upgrade', '--install', chart, join(CHARTS, chart), ...where, ...args]);
  }

  /** kubectl of the servers' version, in the operator's namespace unless told otherwise; answers what it printed. */
  async kubectl(cluster: string, ...args: readonly string[]): Promise<string> {
    const { kubeconfig, parts } = this.fleet.cluster(cluster);
    const program = join(dirname(parts[1]?.command ?? ''), 'kubectl');
    const where = ['--kubeconfig', kubeconfig, '--namespace', OPERATOR_NAMESPACE];
    return (await runProgram(program, [...where, ...args])).stdout;
  }

  async #operatorKubeconfig(): Promise<string> {
    const token = await this.kubectl('hub', 'create', 'token', 'tradewind', `--duration=${TOKEN_LIFETIME}`);
    const { server, ca } = this.fleet.cluster('hub');
    return JSON.stringify({
      apiVersion: 'v1',
      kind: 'Config',
      clusters: [
        { name: 'hub', cluster: { server, 'certificate-authority-data': readFileSync(ca).toString('base64') } },
      ],
      users: [{ name: 'operator', user: { token: token.trim() } }],
      contexts: [{ name: 'hub', context: { cluster: 'hub', user: 'operator' } }],
      'current-context': 'hub',
    });
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
