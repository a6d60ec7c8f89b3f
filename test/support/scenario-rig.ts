/** A sandbox with operators in this process: applies manifests, waits for what should come, and minds the invariants. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as realTimeout } from 'node:timers/promises';
import { expect } from 'chai';
import type { Clock } from '../../operator/model/clock.ts';
import { instant } from '../../operator/model/units.ts';
import type { KubeDocument, ResourceRef } from '../../operator/sandbox/kube-api.ts';
import type { Scenario } from '../../operator/sandbox/scenario/scenario.ts';
import { startSandbox, type Sandbox } from '../../operator/sandbox/start-sandbox.ts';
import { PacedClock } from './scenario-clock.ts';
import {
  aSmallFleet,
  INFERENCE_DEPLOYMENTS,
  MEMBER_CLUSTERS,
  membersOf,
  NAMESPACE,
  NAMESPACES,
  type HEALTH,
} from './scenario-fleet.ts';
import { InvariantWatch } from './scenario-invariants.ts';
import { startOperator, type OperatorOptions, type RunningOperator } from './scenario-operator.ts';
import {
  conditionOf,
  hubDeployment,
  hubDeployments,
  memberStatus,
  settledState,
  standingDeployments,
  type HubView,
} from './scenario-view.ts';

export interface RigOptions {
  readonly scenario?: Scenario;
  /** Sandbox seconds in a second. */
  readonly pace?: number;
  /** null: the API's defaults. */
  readonly health?: keyof typeof HEALTH | null;
  /** What to call the operator; null starts none. */
  readonly operator?: string | null;
  /**
   * Whether operators lead by a lease. Without: a lease runs out within milliseconds when time runs fast, and a busy
   * machine is then enough to end a leader.
   */
  readonly elects?: boolean;
  /** Time as the scenario says, by which processes can tell it too: it cannot be hurried. */
  readonly ownTime?: boolean;
}

/** Real time that a test waits for what should come: far beyond what it takes, because machines are shared. */
const PATIENCE_MS = 90_000;
/** Some conditions change without a change of any object. */
const SECOND_LOOK_MS = 50;
const EPOCH = instant(Date.UTC(2026, 5, 1, 9));

export class ScenarioRig {
  readonly sandbox: Sandbox;
  readonly clock: Clock;
  readonly dir: string;
  readonly invariants: InvariantWatch;
  readonly operators: RunningOperator[] = [];
  readonly #forgiven = new Map<RunningOperator, string>();
  readonly #elects: boolean;

  private constructor(sandbox: Sandbox, { dir, elects }: { readonly dir: string; readonly elects: boolean }) {
    this.sandbox = sandbox;
    this.#elects = elects;
    this.clock = sandbox.clock;
    this.dir = dir;
    this.invariants = new InvariantWatch(sandbox);
  }

  static async start(options: RigOptions = {}): Promise<ScenarioRig> {
    const { scenario = aSmallFleet(), pace = 40, health = 'patient', operator = 'tradewind-0' } = options;
    const clock = options.ownTime === true ? {} : { clock: new PacedClock(EPOCH, pace) };
    const dir = mkdtempSync(join(tmpdir(), 'tradewind-'));
    const sandbox = await startSandbox({ scenario, ...clock, dir: join(dir, 'sandbox'), registerMembers: false });
    const rig = new ScenarioRig(sandbox, { dir, elects: options.elects ?? false });
    await rig.apply(NAMESPACES, { apiVersion: 'v1', kind: 'Namespace', metadata: { name: NAMESPACE } });
    for (const member of membersOf(scenario, health)) await rig.apply(MEMBER_CLUSTERS, member);
    rig.invariants.start();
    if (operator !== null) rig.startOperator({ identity: operator });
    return rig;
  }

  /** Sandbox seconds in a second. */
  get pace(): number {
    return this.clock instanceof PacedClock ? this.clock.pace : this.sandbox.scenario.speed;
  }

  setPace(pace: number): void {
    if (pace === this.pace) return;
    if (!(this.clock instanceof PacedClock)) throw new Error('this sandbox keeps its own time');
    this.clock.setPace(pace);
  }

  /** The files that programs outside of this process would use. */
  get files(): { readonly kubeconfig: string; readonly cloudEndpoints: string } {
    const folder = join(this.dir, 'sandbox');
    return { kubeconfig: join(folder, 'hub.kubeconfig'), cloudEndpoints: join(folder, 'endpoints.json') };
  }

  startOperator(options: Partial<OperatorOptions> & Pick<OperatorOptions, 'identity'>): RunningOperator {
    const operator = startOperator({ ...this.files, clock: this.clock, leaderElection: this.#elects, ...options });
    this.operators.push(operator);
    return operator;
  }

  /** Creates the object on the hub, or replaces its spec and labels. Rejects with what the API server says against it. */
  async apply(resource: ResourceRef, object: KubeDocument): Promise<KubeDocument> {
    const { api } = this.sandbox.hub;
    const { name, namespace } = object.metadata;
    const standing = await api.list(resource, namespace === undefined ? {} : { namespace });
    const known = standing.find((it) => it.metadata.name === name);
    if (known === undefined) return api.create(resource, object);
    const metadata = { ...known.metadata, labels: object.metadata.labels ?? {} };
    return api.replace(resource, { ...known, ...object, metadata });
  }

  deploy(object: KubeDocument): Promise<KubeDocument> {
    return this.apply(INFERENCE_DEPLOYMENTS, object);
  }

  /** Changes fields of an InferenceDeployment's spec. */
  change(name: string, spec: object): Promise<KubeDocument> {
    return this.sandbox.hub.api.patch(INFERENCE_DEPLOYMENTS, { name, namespace: NAMESPACE }, { spec });
  }

  remove(name: string): Promise<void> {
    return this.sandbox.hub.api.delete(INFERENCE_DEPLOYMENTS, name, { namespace: NAMESPACE });
  }

  /** Waits until it is so, looking after every change; rejects with the state of everything when that takes too long. */
  async until(what: string, isSo: () => Promise<boolean> | boolean, patienceMs = PATIENCE_MS): Promise<void> {
    const deadline = AbortSignal.timeout(patienceMs);
    while (!(await isSo())) {
      if (this.#failures().length > 0)
        throw new Error(`no operator is left to wait for until ${what}\n${await this.describe()}`);
      if (deadline.aborted) throw new Error(`waited in vain until ${what}\n${await this.describe()}`);
      await this.#nextLook();
    }
  }

  /** The same while time runs faster: for waits in which nothing happens that a slow machine could confuse. */
  async hurryUntil(what: string, isSo: () => Promise<boolean> | boolean, pace = 150): Promise<void> {
    const before = this.pace;
    this.setPace(pace);
    try {
      await this.until(what, isSo);
    } finally {
      this.setPace(before);
    }
  }

  /** Lets so much of the sandbox's time pass, at another pace if told so. */
  async pass(seconds: number, pace = this.pace): Promise<void> {
    const until = this.clock.now() + seconds * 1000;
    await this.hurryUntil(`${seconds} s have passed`, () => this.clock.now() >= until, pace);
  }

  /** Waits until the deployment is as wanted. */
  async untilDeployment(name: string, what: string, isSo: (it: HubView) => boolean): Promise<HubView> {
    let seen: HubView | null = null;
    await this.until(`${name} ${what}`, async () => {
      seen = await hubDeployment(this.sandbox, name);
      return seen !== null && isSo(seen);
    });
    if (seen === null) throw new Error(`${name} is gone`);
    return seen;
  }

  /** Waits until everything that is wanted serves, on what is recorded and nowhere else, and nothing is under way. */
  async untilSettled(): Promise<void> {
    await this.until('everything is settled', () => this.isSettled());
  }

  async isSettled(): Promise<boolean> {
    const deployments = await hubDeployments(this.sandbox);
    if (!deployments.every(isAtRest)) return false;
    const standing = await standingDeployments(this.sandbox);
    const recorded = deployments.reduce((sum, it) => sum + it.placements.length, 0);
    return standing.length === recorded && standing.every((it) => !it.deleting && it.ready === it.replicas);
  }

  async untilVerdict(member: string, ...verdicts: readonly string[]): Promise<void> {
    await this.until(`${member} is ${verdicts.join(' or ')}`, async () =>
      verdicts.includes((await memberStatus(this.sandbox, member))?.verdict ?? ''),
    );
  }

  /** Where ready replicas run, of all deployments or of one, as `cluster/pool: count`, past all faults. */
  async serving(name?: string): Promise<Readonly<Record<string, number>>> {
    const owner = name === undefined ? null : ((await hubDeployment(this.sandbox, name))?.uid ?? '');
    const counts: Record<string, number> = {};
    for (const { offering, ready, ownerUid } of await standingDeployments(this.sandbox)) {
      const pool = offering.split('/').slice(0, 2).join('/');
      if (ready > 0 && (owner === null || ownerUid === owner)) counts[pool] = (counts[pool] ?? 0) + ready;
    }
    return counts;
  }

  /** That operator is to end by itself, with an error of that name. */
  forgive(operator: RunningOperator, errorName: string): void {
    this.#forgiven.set(operator, errorName);
  }

  /** Ends everything; fails when an invariant was violated, or an operator ended by itself. */
  async stop(): Promise<void> {
    const failures = this.#failures();
    const outlived = [...this.#forgiven].filter(([operator]) => operator.failure === null).map(([, error]) => error);
    await Promise.all(this.operators.map((operator) => operator.stop()));
    await this.invariants.stop();
    await this.sandbox.stop();
    rmSync(this.dir, { recursive: true, force: true });
    expect(this.invariants.violations, 'invariants').to.deep.equal([]);
    expect(failures, 'failures of operators').to.deep.equal([]);
    expect(outlived, 'ends that did not come').to.deep.equal([]);
  }

  /** Everything that a person would ask for when a wait was in vain. */
  async describe(): Promise<string> {
    const { sandbox } = this;
    const members = await Promise.all(
      [...sandbox.members.keys()].map(async (name) => {
        const status = await memberStatus(sandbox, name).catch(() => null);
        return `${name}: ${status?.verdict ?? 'no verdict'} ${status?.verdictReason ?? ''}`;
      }),
    );
    const deployments = (await hubDeployments(sandbox)).map(
      ({ name, generation, status }) =>
        `${name}: generation ${generation}, ${JSON.stringify({ ...status, lastDecision: status?.lastDecision?.summary })}`,
    );
    const lines = this.operators.flatMap(({ identity, lines: all, failure }) => [
      `${identity}${failure === null ? '' : ` failed: ${failure.message}`}`,
      ...all.slice(-25).map(({ level, message, fields }) => `  ${level} ${message} ${describeFields(fields)}`),
    ]);
    return [
      `at ${new Date(this.clock.now()).toISOString()}, pace ${this.pace}`,
      ...members,
      ...deployments,
      ...(await settledState(sandbox)),
      ...this.invariants.violations,
      ...lines,
    ].join('\n');
  }

  /** Ends that nobody told to expect. */
  #failures(): readonly Error[] {
    const unforgiven = this.operators.filter((it) => it.failure?.name !== this.#forgiven.get(it));
    return unforgiven.flatMap(({ failure }) => failure ?? []);
  }

  async #nextLook(): Promise<void> {
    const looked = new AbortController();
    const stopListening = this.invariants.onChange(() => looked.abort());
    await realTimeout(SECOND_LOOK_MS, undefined, { signal: looked.signal }).catch(() => {});
    stopListening();
  }
}

const describeFields = (fields: object): string =>
  JSON.stringify(fields, (_, value: unknown) => (value instanceof Error ? String(value) : value));

/** As wanted, of this generation, with nothing under way. */
const isAtRest = ({ generation, replicas, deleting, status, placements }: HubView): boolean =>
  !deleting &&
  status?.observedGeneration === generation &&
  status.migration?.phase === 'Idle' &&
  conditionOf(status, 'Ready')?.status === 'True' &&
  conditionOf(status, 'Reconciling') === null &&
  placements.every((it) => it.phase === 'Serving' && it.ready === it.replicas) &&
  placements.reduce((sum, it) => sum + it.replicas, 0) >= replicas;
