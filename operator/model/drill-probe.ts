/** Probes of a drill's steady state: what is asked, when it has to hold, and what was answered. */
import type { Fraction, Instant, Millis } from './units.ts';

export type DrillProbePhase = 'Before' | 'During' | 'After';

/** A steady state in numbers, checked in the phases named. Declarative: nothing is ever executed. */
export interface DrillProbe {
  readonly name: string;
  readonly phases: readonly DrillProbePhase[];
  readonly onFailure: 'Abort' | 'RecordOnly';
  /** How long it has to be broken without a break, while the failure is in force, before that counts. */
  readonly patience: Millis;
  readonly check: /** The URL answers with one of the statuses, in time. */
    | { readonly type: 'Http'; readonly url: string; readonly statuses: readonly number[]; readonly within: Millis }
    /** At least this share of the wanted units of each touched deployment is ready. */
    | { readonly type: 'ReadyShare'; readonly atLeast: Fraction }
    /** A PromQL query's only value compares as told. */
    | {
        readonly type: 'Prometheus';
        readonly url: string;
        readonly query: string;
        readonly comparator: '>=' | '<=' | '>' | '<';
        readonly value: number;
      };
}

/** What one probe last said. */
export interface ProbeReading {
  readonly probe: string;
  readonly at: Instant;
  readonly result: 'Held' | 'Broken' | 'Unknown';
  readonly detail: string;
  /** Since when no answer was Held; left out: the last one was. */
  readonly brokenSince?: Instant;
  /** How long an HTTP answer took; left out: none came, or nobody was asked over HTTP. */
  readonly took?: Millis;
}
