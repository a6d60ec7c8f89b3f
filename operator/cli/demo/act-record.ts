/** Follows an act report by report, so that nothing that shows for a moment only is missed. */
import { compareBills } from '../../decide/leverage/compare-bills.ts';
import type { Instant } from '../../model/units.ts';
import type { Act, Expectation, Moments, Outcome } from './act.ts';
import { whereabouts } from './fleet-questions.ts';
import type { FleetReport } from './fleet-report.ts';

export class ActRecord {
  readonly #act: Act;
  readonly #before: FleetReport;
  readonly #startedAt: Instant;
  readonly #lowest = new Map<string, number>();
  readonly #triggers = new Map<string, Set<string>>();
  #moments: Moments = { seen: null, replaced: null, over: null };
  #after: FleetReport;

  /** `before` is the last report before anything happened, `startedAt` when it began to. */
  constructor(act: Act, before: FleetReport, startedAt: Instant) {
    this.#act = act;
    this.#before = before;
    this.#startedAt = startedAt;
    this.#after = before;
  }

  /** Takes a report; returns whether the act is over. */
  observe(report: FleetReport): boolean {
    if (this.#moments.over !== null) return true;
    this.#after = report;
    for (const { name, ready, decision } of report.deployments) {
      this.#lowest.set(name, Math.min(this.#lowest.get(name) ?? ready, ready));
      if (decision !== null && decision.at !== this.#decidedBefore(name)) this.#triggered(name, decision.trigger);
    }
    this.#moments = this.#nextMoments(report);
    return this.#moments.over !== null;
  }

  outcome({ strays, drill }: Pick<Outcome, 'strays' | 'drill'>): Outcome {
    return {
      before: this.#before,
      after: this.#after,
      startedAt: this.#startedAt,
      moments: this.#moments,
      lowest: this.#lowest,
      triggers: this.#triggers,
      strays,
      drill,
      bills: compareBills(this.#after.fleet),
    };
  }

  #nextMoments(report: FleetReport): Moments {
    const { seen, replaced, over } = this.#act;
    const first = (moment: Instant | null, sign: Act['replaced']): Instant | null =>
      moment ?? (sign?.(report, this.#before) === true ? report.at : null);
    const moments = { seen: first(this.#moments.seen, seen), replaced: first(this.#moments.replaced, replaced) };
    const begun = moments.seen !== null && (replaced === null || moments.replaced !== null);
    return { ...moments, over: begun ? first(null, over) : null };
  }

  #triggered(name: string, trigger: string): void {
    const triggers = this.#triggers.get(name) ?? new Set();
    this.#triggers.set(name, triggers.add(trigger));
  }

  #decidedBefore(name: string): string | null {
    return this.#before.deployments.find((it) => it.name === name)?.decision?.at ?? null;
  }
}

/** What every act must keep to. */
function commonExpectations(act: Act, outcome: Outcome): readonly Expectation[] {
  const others = outcome.before.deployments.filter(({ name }) => !act.concerns.includes(name));
  return [
    { what: 'it came to an end', holds: ({ moments }) => moments.over !== null },
    {
      what: 'every deployment has all its units ready',
      holds: ({ after }) => after.deployments.every(({ ready, wanted, isReady }) => isReady && ready >= wanted),
    },
    ...others.map(({ name }) => ({
      what: `${name} was not touched`,
      holds: ({ before, after }: Outcome) => whereabouts(before, name) === whereabouts(after, name),
    })),
    ...outcome.before.deployments.map(({ name, minReady }) => ({
      what: `${name} never fell below its floor of ${minReady} ready units`,
      holds: ({ lowest }: Outcome) => (lowest.get(name) ?? 0) >= minReady,
    })),
    {
      what: 'the members that can be reached run exactly what status says',
      holds: ({ strays }) => strays.length === 0,
    },
  ];
}

export interface Verdicts {
  readonly held: readonly string[];
  readonly failed: readonly string[];
}

/** Asks every expectation of the act. */
export function judgeOutcome(act: Act, outcome: Outcome): Verdicts {
  const asked = [...act.expectations, ...commonExpectations(act, outcome)];
  const { true: held = [], false: failed = [] } = Object.groupBy(asked, ({ holds }) =>
    holds(outcome) ? 'true' : 'false',
  );
  return { held: held.map(({ what }) => what), failed: failed.map(({ what }) => what) };
}
