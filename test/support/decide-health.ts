/** Builders of evidence and thresholds, and a prober that walks a member through a story of probes. */
import { judgeMember } from '../../operator/decide/health/judge-member.ts';
import type {
  HealthThresholds,
  MemberEvidence,
  ProbeFailure,
  ProbeOutcome,
  Verdict,
  VerdictState,
} from '../../operator/model/fleet.ts';
import { after, fraction, instant, millis, seconds, type Instant } from '../../operator/model/units.ts';
import { aVerdict } from './fleet-members.ts';
import { NOW } from './fleet-workload.ts';

/** Every 5 s, slow from 2 s; down after 3 failures and 15 s; back after 2 successes, healthy after 30 s. */
export const theThresholds = (overrides: Partial<HealthThresholds> = {}): HealthThresholds => ({
  probePeriod: seconds(5),
  probeTimeout: seconds(3),
  failureThreshold: 3,
  downAfter: seconds(15),
  slowAfter: seconds(2),
  successThreshold: 2,
  recoverAfter: seconds(30),
  watchStaleAfter: seconds(60),
  degradedNodes: fraction(0.5),
  ...overrides,
});

export const answered = (at: Instant, overrides: { took?: number; healthy?: boolean } = {}): ProbeOutcome => ({
  kind: 'Answered',
  at,
  took: millis(overrides.took ?? 20),
  healthy: overrides.healthy ?? true,
});

export const failed = (at: Instant, failure: ProbeFailure): ProbeOutcome => ({
  kind: 'Failed',
  at,
  failure,
  message: `probe: ${failure}`,
});

/** A member that answers at NOW, the third time in a row, with fresh watches and 4 of 4 nodes ready. */
export const anEvidence = (overrides: Partial<MemberEvidence> = {}): MemberEvidence => ({
  probe: answered(NOW),
  consecutiveFailures: 0,
  consecutiveSuccesses: 3,
  watchFreshAt: NOW,
  nodes: { total: 4, ready: 4 },
  ...overrides,
});

/** One probe of a story: an answer, an answer that is slow or unhealthy, lost nodes, or a failure. */
export type Beat = 'good' | 'slow' | 'unhealthy' | 'nodes lost' | ProbeFailure;

/** A member that is probed every 5 s, as the prober and the controller would: evidence in, recorded state out. */
export class ProbedMember {
  now = NOW;
  state: VerdictState | null;
  wakeAt: Instant | null = null;
  /** Every state recorded that differs from the one before. */
  readonly written: VerdictState[] = [];
  readonly #thresholds: HealthThresholds;
  #failures = 0;
  #successes = 0;

  constructor(state: VerdictState | null = null, thresholds: HealthThresholds = theThresholds()) {
    this.state = state;
    this.#thresholds = thresholds;
  }

  /** Probes `times` times; returns the verdict after the last one. */
  see(beat: Beat, times = 1): string {
    for (let i = 0; i < times; i += 1) {
      this.now = after(this.now, this.#thresholds.probePeriod);
      const probe = this.#probe(beat);
      const good = probe.kind === 'Answered' && probe.healthy;
      this.#failures = good ? 0 : this.#failures + 1;
      this.#successes = good ? this.#successes + 1 : 0;
      this.#judge(probe, beat === 'nodes lost' ? 1 : 4);
    }
    return this.verdict;
  }

  /** The operator starts again: what is recorded stays, what was counted in memory is gone. */
  restart(): void {
    this.#failures = 0;
    this.#successes = 0;
    this.#judge(null, 4);
  }

  get verdict(): string {
    return this.state === null ? 'none' : `${this.state.verdict}/${this.state.reason}`;
  }

  #probe(beat: Beat): ProbeOutcome {
    if (beat === 'good' || beat === 'nodes lost') return answered(this.now);
    if (beat === 'slow') return answered(this.now, { took: 2500 });
    if (beat === 'unhealthy') return answered(this.now, { healthy: false });
    return failed(this.now, beat);
  }

  #judge(probe: ProbeOutcome | null, ready: number): void {
    const evidence: MemberEvidence = {
      probe,
      consecutiveFailures: this.#failures,
      consecutiveSuccesses: this.#successes,
      watchFreshAt: this.now,
      nodes: { total: 4, ready },
    };
    const { state, wakeAt } = judgeMember(this.state, evidence, this.#thresholds, this.now);
    if (JSON.stringify(state) !== JSON.stringify(this.state)) this.written.push(state);
    this.state = state;
    this.wakeAt = wakeAt;
  }
}

/** So many seconds after NOW. */
export const secondsOn = (value: number): Instant => instant(NOW + value * 1000);

/** A recorded state as judgeMember itself writes it. */
export const held = (verdict: Verdict): VerdictState => {
  const reasons = {
    Healthy: 'ProbesSucceed',
    Suspect: 'ProbeFailed',
    ControlPlaneLost: 'ServesWithoutApi',
    Degraded: 'NodesLost',
    Down: 'ApiUnreachable',
    Recovering: 'SignalsReturned',
  } as const;
  return aVerdict(verdict, { reason: reasons[verdict] });
};
