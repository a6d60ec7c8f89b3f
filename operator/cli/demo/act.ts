/** One act of the story: what makes it happen, how it shows in the API, and what must be true of how it came out. */
import type { Instant } from '../../model/units.ts';
import type { Bills } from '../../decide/leverage/compare-bills.ts';
import type { KubeObject } from '../../kube/kube-client.ts';
import type { DrillReport } from '../../model/drill-report.ts';
import type { FleetReport } from './fleet-report.ts';

/** When each thing was first seen in the API; null: not yet, or not a part of this act. */
export interface Moments {
  /** The operator knows of it. */
  readonly seen: Instant | null;
  /** Replacements are recorded in status, which comes before anything is done. */
  readonly replaced: Instant | null;
  /** Everything is ready again and nothing is under way. */
  readonly over: Instant | null;
}

/** How an act came out. */
export interface Outcome {
  readonly before: FleetReport;
  readonly after: FleetReport;
  readonly startedAt: Instant;
  readonly moments: Moments;
  /** The fewest ready units of each deployment in any status meanwhile, by name. */
  readonly lowest: ReadonlyMap<string, number>;
  /** What triggered decisions meanwhile, by deployment. */
  readonly triggers: ReadonlyMap<string, ReadonlySet<string>>;
  /** Where members run something else than status says, in sentences. */
  readonly strays: readonly string[];
  /** What the fleet costs afterwards, and what it would cost otherwise. */
  readonly bills: Bills;
  /** Of the drill that the act was; null: it was none, or there is no report that its status vouches for. */
  readonly drill: DrillReport | null;
}

export interface Expectation {
  /** A sentence that is true when it holds. */
  readonly what: string;
  readonly holds: (outcome: Outcome) => boolean;
}

type Sign = (report: FleetReport, before: FleetReport) => boolean;

export type Beginning =
  /** The scenario's manifests are created, as a user would with kubectl. */
  | { readonly kind: 'Apply'; readonly title: string }
  /** A step of the scenario is played; its title is the act's. */
  | { readonly kind: 'Play'; readonly step: string }
  /** A FailoverDrill is created, as a user would with kubectl. */
  | { readonly kind: 'Drill'; readonly title: string; readonly drill: KubeObject }
  /** Nothing happens but time. */
  | { readonly kind: 'Wait'; readonly title: string };

export interface Act {
  readonly begins: Beginning;
  /** Deployments that it is about; the others must stay as they are. */
  readonly concerns: readonly string[];
  readonly seen: Sign;
  /** null: nothing is replaced in this act. */
  readonly replaced: Sign | null;
  readonly over: Sign;
  readonly expectations: readonly Expectation[];
}
