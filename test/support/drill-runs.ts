/** Plays a drill against a fleet that the test holds in its hand: time is stepped, answers are given, restarts forget all. */
import { advanceDrill } from '../../operator/decide/drill/advance-drill.ts';
import { activeFailureOf } from '../../operator/decide/drill/active-failure.ts';
import { dueProbes } from '../../operator/decide/drill/due-probes.ts';
import { failoverDrillStatus } from '../../operator/api/failover-drill-status.ts';
import { recordedDrill } from '../../operator/api/recorded-drill.ts';
import type { Drill, DrillPhase, DrillState } from '../../operator/model/drill.ts';
import type { ProbeReading } from '../../operator/model/drill-probe.ts';
import type { FleetSnapshot } from '../../operator/model/fleet.ts';
import { after, seconds, type Instant } from '../../operator/model/units.ts';
import { aDrill } from './drill-states.ts';
import type { Changes } from './api-objects.ts';
import { aFleet, aVerdict, type FleetOverrides, type MemberOverrides } from './fleet-members.ts';
import { aView, NOW, type HoldingOverrides, type WorkloadOverrides } from './fleet-workload.ts';

export const ALLOWED = { 'tradewind.dev/drill': 'allowed' };

/** aws-a and azure-b with a node of 8 each, and azure-c; ml-prod/llama has two units on aws-a. */
export interface DrillFleet {
  readonly holdings?: readonly HoldingOverrides[];
  readonly workload?: WorkloadOverrides;
  readonly members?: Readonly<Record<string, MemberOverrides>>;
  readonly fleet?: Omit<FleetOverrides, 'members' | 'workloads'>;
}

export const ON_A: HoldingOverrides = { cluster: 'aws-a', replicas: 2 };

export function aDrillFleet({
  holdings = [ON_A],
  workload = {},
  members = {},
  fleet = {},
}: DrillFleet = {}): FleetSnapshot {
  const llama = aView({ replicas: 2, labels: ALLOWED, ...workload }, holdings);
  return aFleet({
    ...fleet,
    members: ['aws-a', 'azure-b', 'azure-c'].map((name) => ({ name, ...members[name] })),
    workloads: [llama],
  });
}

/** A real outage of a member. */
export const lostMember = (since: Instant): MemberOverrides => ({
  verdict: aVerdict('Down', { unreachableSince: since }),
});

export const A_LOST = { '/spec/failure': { scope: 'Cluster', clusters: ['aws-a'] } };

export class DrillRun {
  drill: Drill;
  fleet: FleetSnapshot;
  now: Instant = NOW;
  others: readonly Drill[] = [];
  /** What the probes that are asked say. */
  answer: (probe: string) => ProbeReading['result'] = () => 'Held';
  /** Nobody answers, nor says that he cannot. */
  silent = false;
  /** What it went through, in order. */
  readonly phases: DrillPhase[] = [];

  constructor(changes: Changes = {}, fleet: FleetSnapshot = aDrillFleet()) {
    this.drill = aDrill({
      ...A_LOST,
      '/metadata/creationTimestamp': undefined,
      '/spec/mode': 'SignalOverride',
      ...changes,
    });
    this.fleet = fleet;
  }

  get state(): DrillState {
    if (this.drill.state === null) throw new Error('it has not been looked at');
    return this.drill.state;
  }

  get phase(): DrillPhase {
    return this.state.phase;
  }

  get inForce(): boolean {
    return activeFailureOf(this.drill, this.now) !== null;
  }

  /** Steps until nothing changes at this instant. The state goes through the status each time, as it does for real. */
  look(): this {
    for (let step = 0; step < 20; step += 1) {
      const { drill, others, now } = this;
      const readings = dueProbes(drill, now)
        .filter(({ check }) => check.type !== 'ReadyShare' && !this.silent)
        .map(({ name }) => ({ probe: name, at: now, result: this.answer(name), detail: 'so it says' }));
      const { state, wakeAt } = advanceDrill({ drill, fleet: { ...this.fleet, at: now }, others, readings, now });
      const same = JSON.stringify(state) === JSON.stringify(drill.state);
      if (wakeAt !== null && wakeAt < now) throw new Error('it wants to wake in the past');
      if (drill.state?.phase !== state.phase || drill.state.since !== state.since) this.phases.push(state.phase);
      this.drill = {
        ...drill,
        state: recordedDrill(failoverDrillStatus({ drill, state, report: null, previous: null, now })),
      };
      if (same) return this;
    }
    throw new Error(`it never comes to rest in ${this.phase}`);
  }

  /** Looks every second for so long. */
  pass(duration: number): this {
    this.look();
    for (let second = 0; second < duration; second += 1) {
      this.now = after(this.now, seconds(1));
      this.look();
    }
    return this;
  }

  /** Until it is in that phase; fails when it never is. */
  until(phase: DrillPhase, limit = 2000): this {
    if (this.drill.state?.phase === phase) return this;
    this.look();
    for (let second = 0; this.phase !== phase; second += 1) {
      if (second > limit || this.phase === 'Completed') throw new Error(`${this.phase}: ${this.state.message}`);
      this.pass(1);
    }
    return this;
  }

  /** The fleet answers the failure: replacements on azure-b, begun now and ready after. */
  replace(phase: 'Starting' | 'Serving'): this {
    const since = this.now;
    const ready = phase === 'Serving' ? 2 : 0;
    const start = { cluster: 'azure-b', replicas: 2, phase, since, observed: { ready } };
    this.fleet = aDrillFleet({ holdings: [{ ...ON_A, phase: 'Stranded', since, observed: { ready: 2 } }, start] });
    return this;
  }
}
