/**
 * The operator over a simulated fleet: the very functions that the controllers call, with ports into memory. Judging, the
 * planning pass and what is done on members run one after the other in each tick.
 */
import type { DecisionToRecord, DeploymentRecorder } from '../../operator/act/record-deployment.ts';
import type { MemberRecorder } from '../../operator/act/record-member.ts';
import { DrilledView } from '../../operator/controllers/drilled-view.ts';
import { enoughIsKnown } from '../../operator/controllers/first-look.ts';
import { judgeOne } from '../../operator/controllers/judge-members.ts';
import { planDeployments } from '../../operator/controllers/plan-deployments.ts';
import { adoptFound } from '../../operator/decide/migration/adopt-found.ts';
import { actionsFor } from '../../operator/decide/migration/actions-for.ts';
import type { KeyResult } from '../../operator/kube/outcome.ts';
import { RetryableError } from '../../operator/model/errors.ts';
import type { FleetSnapshot, VerdictState } from '../../operator/model/fleet.ts';
import { clusterName, type ClusterName, type WorkloadKey } from '../../operator/model/names.ts';
import { after, type Instant, type Millis } from '../../operator/model/units.ts';
import { FleetObserver } from '../../operator/observe/fleet-observer.ts';
import { workloadOf } from '../../operator/observe/workload-of.ts';
import type { Log } from '../../operator/runtime/log.ts';
import { createMetrics } from '../../operator/runtime/metrics.ts';
import { hubPort, rosterPort, type RecordedMember } from './simulation-operator-ports.ts';
import type { OperatorWorld } from './simulation-operator-world.ts';
import { newProcess, type Process } from './simulation-process.ts';
import type { CrashPoint } from './simulation-fault.ts';
import { routeAll } from './simulation-routing.ts';
import type { SimHub } from './simulation-hub.ts';

const METRICS = createMetrics();
const SILENT: Log = { debug() {}, info() {}, warn() {}, error() {}, child: () => SILENT };
const NEVER = new AbortController().signal;

export class SimOperator {
  readonly #world: OperatorWorld;
  readonly #memberStatus = new Map<ClusterName, RecordedMember>();
  readonly #fleet: FleetObserver;
  readonly #dirty = new Set<WorkloadKey>();
  readonly #due = new Map<WorkloadKey, Instant>();
  readonly #view: DrilledView;
  #process: Process;
  #crash: CrashPoint | null = null;
  #recorded = 0;
  /** What the pass under way was shown. */
  #seen: FleetSnapshot | null = null;
  #evacuating = 0;
  /** Most evacuations that were being recorded at once. */
  mostEvacuating = 0;
  passes = 0;

  constructor(world: OperatorWorld) {
    this.#world = world;
    this.#view = new DrilledView(world.drills);
    this.#fleet = new FleetObserver({ hub: hubPort(world, this.#memberStatus), roster: rosterPort(world) });
    this.#process = newProcess(world.clock.now());
  }

  get frozen(): boolean {
    return this.#process.beliefs.frozen;
  }

  verdictOf(member: string): VerdictState {
    return this.#process.beliefs.verdictOf(clusterName(member));
  }

  wakeAll(): void {
    for (const { key } of this.#world.hub.cached()) this.#dirty.add(key);
  }

  /** Whether anything is to be planned by itself, within that time at the latest. */
  isDueWithin(duration: Millis): boolean {
    const until = after(this.#world.clock.now(), duration);
    return this.#dirty.size > 0 || [...this.#due.values()].some((at) => at <= until);
  }

  /** The process dies in this tick, at that point. */
  crash(point: CrashPoint): void {
    this.#crash = point;
  }

  async tick(seenAnew: boolean): Promise<void> {
    const { clock, hub } = this.#world;
    for (const key of hub.sync()) {
      if (hub.deployment(key) === null) this.wakeAll();
      this.#dirty.add(key);
    }
    if (seenAnew) this.wakeAll();
    await this.#judge();
    for (const [key, at] of this.#due) if (at <= clock.now()) this.#dirty.add(key);
    if (this.#dirty.size > 0) await this.#plan();
    if (this.#crash === null) this.#route();
    if (this.#crash !== 'before recording' && this.#crash !== 'after recording' && this.#crash !== 'while recording')
      this.#act();
    if (this.#crash !== null) this.#restart();
  }

  #restart(): void {
    const { clock, hub, sights } = this.#world;
    this.#crash = null;
    this.#process = newProcess(clock.now());
    this.#dirty.clear();
    this.#due.clear();
    for (const sight of sights.values()) sight.forget();
    hub.forget();
    this.wakeAll();
  }

  async #judge(): Promise<void> {
    const { clock, sights, tampering, witness } = this.#world;
    const { beliefs, learn, pace } = this.#process;
    const wakes = { verdictChanged: () => this.wakeAll(), fleetChanged: () => this.wakeAll() };
    const record = { judgement: async () => true } as unknown as MemberRecorder;
    const deps = { clock, log: SILENT, metrics: METRICS, fleet: this.#fleet, beliefs, record, learn, pace, wakes };
    for (const [name, sight] of sights) {
      const cluster = clusterName(name);
      const before = this.#memberStatus.get(cluster)?.verdict ?? null;
      await judgeOne(cluster, deps, NEVER);
      const belief = beliefs.belief(cluster);
      if (belief === null) continue;
      const verdict = tampering?.believed?.(belief.verdict, sight, clock.now()) ?? belief.verdict;
      if (verdict !== belief.verdict) {
        if (before?.verdict !== verdict.verdict) this.wakeAll();
        beliefs.hold(cluster, { ...belief, verdict });
      }
      witness.judged(cluster, before, verdict);
      this.#memberStatus.set(cluster, { verdict, offerings: belief.learned });
    }
    if (tampering?.thawed) beliefs.freeze(false);
  }

  async #plan(): Promise<void> {
    const { clock, witness, tampering } = this.#world;
    const keys = [...this.#dirty].sort();
    this.#dirty.clear();
    this.#recorded = 0;
    this.passes += 1;
    const batches = tampering?.alone ? keys.map((key) => [key]) : [keys];
    const honest = this.#honest(clock.now());
    this.#seen = honest;
    const beginning = this.#snapshot(clock.now());
    for (const batch of batches) {
      let seen = beginning;
      const snapshot = (now: Instant): FleetSnapshot => {
        const whole = tampering?.alone ? beginning : this.#snapshot(now);
        seen = tampering?.alone
          ? { ...whole, workloads: whole.workloads.filter((it) => batch.includes(it.workload.key)) }
          : whole;
        return seen;
      };
      const results = await planDeployments(
        batch,
        this.#planningDeps(snapshot, () => seen),
        NEVER,
      );
      for (const [key, result] of results) this.#schedule(key, result);
      if (batch === batches.at(-1)) witness.passed(honest, results);
    }
  }

  /** What is seen, before anybody tampers with it: decisions are held to that. */
  #honest(now: Instant): FleetSnapshot {
    return this.#view.of(this.#fleet.snapshot(now, this.#process.beliefs));
  }

  #snapshot(now: Instant): FleetSnapshot {
    const seen = this.#honest(now);
    return this.#world.tampering?.seen?.(seen) ?? seen;
  }

  #honestly(decision: DecisionToRecord, fleet: FleetSnapshot): DecisionToRecord {
    if (!this.#world.tampering) return decision;
    const found = this.#fleet.unrecorded(decision.offerings, this.#process.beliefs);
    const view = fleet.workloads.find(({ workload }) => workload.key === decision.view.workload.key);
    return view ? { ...decision, view: adoptFound(view, found.get(view.workload.key) ?? [], decision.now) } : decision;
  }

  #isReady(): boolean {
    const { beliefs, startedAt } = this.#process;
    return enoughIsKnown({ fleet: this.#fleet, beliefs, clock: this.#world.clock, startedAt });
  }

  #planningDeps(
    snapshot: (now: Instant) => FleetSnapshot,
    seen: () => FleetSnapshot,
  ): Parameters<typeof planDeployments>[1] {
    const { clock } = this.#world;
    const { beliefs, outlooks } = this.#process;
    const fleet = this.#fleet;
    return {
      clock,
      metrics: METRICS,
      hub: fleet.hub,
      snapshot,
      truthOf: (it) => this.#view.truthOf(it),
      unrecorded: (offerings) => fleet.unrecorded(offerings, beliefs),
      ready: () => this.#isReady(),
      alarms: () => beliefs.alarms,
      record: this.#recorderPort(seen),
      wakes: { wants: () => {} },
      outlooks,
    };
  }

  #schedule(key: WorkloadKey, result: KeyResult): void {
    const { clock } = this.#world;
    this.#due.delete(key);
    if (result.kind === 'Failed') this.#due.set(key, clock.now());
    else if (result.kind === 'RequeueAt') this.#due.set(key, result.at);
    else if (result.kind === 'RequeueAfter') this.#due.set(key, after(clock.now(), result.delay));
  }

  #route(): void {
    const { clock, hub, sights, answers, witness } = this.#world;
    const { led } = witness;
    if (!this.#isReady()) return;
    const changed = routeAll({ hub, sights, fleet: this.#honest(clock.now()), answers, led });
    for (const key of changed) this.#dirty.add(key);
  }

  /** What is recorded is what is wanted on members: performed until it stands. */
  #act(): void {
    const { clock, hub, sights, perform, tampering } = this.#world;
    let left = this.#crash === 'while acting' ? 1 : Number.POSITIVE_INFINITY;
    for (const deployment of hub.cached()) {
      const workload = workloadOf(deployment);
      if (workload === null) continue;
      const { placements } = deployment.parsed.recorded;
      for (const name of new Set(placements.map(({ cluster }) => cluster))) {
        const sight = sights.get(name);
        if (!sight) continue;
        const here = placements.filter(({ cluster }) => cluster === name);
        const fleet = this.#view.of(this.#fleet.memberState(name, clock.now(), this.#process.beliefs));
        const actions = actionsFor({ workload, placements: here, fleet });
        for (const action of tampering?.acts?.(actions) ?? actions) {
          if (left <= 0) return;
          left -= 1;
          try {
            perform(action, sight);
          } catch (error) {
            if (!(error instanceof RetryableError)) throw error;
          }
        }
      }
    }
  }

  #recorderPort(seen: () => FleetSnapshot): DeploymentRecorder {
    const { hub, witness, tampering } = this.#world;
    const attempt = async <Result>(write: () => Result, isEvacuation = false): Promise<Result> => {
      const limit =
        this.#crash === 'before recording' ? 0 : this.#crash === 'while recording' ? 1 : Number.POSITIVE_INFINITY;
      if (this.#recorded >= limit) throw new RetryableError('the process is gone', { code: 'Timeout' });
      this.#recorded += 1;
      this.#evacuating += isEvacuation ? 1 : 0;
      this.mostEvacuating = Math.max(this.mostEvacuating, this.#evacuating);
      await Promise.resolve();
      this.#evacuating -= isEvacuation ? 1 : 0;
      return write();
    };
    const port = {
      decision: (as: DecisionToRecord) =>
        attempt(
          () => {
            const decision = tampering?.decided?.(as, seen()) ?? as;
            const fleet = this.#seen ?? this.#honest(decision.now);
            witness.decided(this.#honestly(decision, fleet), fleet);
            const { deployment, view, intent, displaced = [], hedging = null } = decision;
            const { traffic } = hub.deployment(view.workload.key)?.parsed.recorded ?? {};
            const isNews = hub.record(
              deployment.object,
              {
                placements: intent.placements,
                migration: intent.migration,
                traffic: traffic ?? { shiftedAt: null, backends: [] },
                ...(displaced.length > 0 ? { displaced } : {}),
                ...(hedging === null ? {} : { hedging }),
              },
              view.workload.key,
            );
            if (isNews) this.#dirty.add(view.workload.key); // one's own writes wake as anybody's do
          },
          evacuates(as, hub),
        ),
      gone: ({ object, workload }: Parameters<DeploymentRecorder['gone']>[0]) =>
        attempt(() => {
          witness.released(workload.key);
          hub.release(object, workload.key);
        }),
      invalid: async () => {},
      refused: async () => {},
    };
    return port as unknown as DeploymentRecorder;
  }
}

/** Whether anything is given up or started because a member is lost. */
const evacuates = ({ plan, view, intent }: DecisionToRecord, hub: SimHub): boolean =>
  plan?.change === 'Evacuation' &&
  JSON.stringify(intent.placements) !==
    JSON.stringify(hub.deployment(view.workload.key)?.parsed.recorded.placements ?? []);
