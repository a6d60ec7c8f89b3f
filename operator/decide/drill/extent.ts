/** How far a drill went beside its times: what was short and for how long, how full the survivors became, what was left. */
import type { DrillState } from '../../model/drill.ts';
import type { DrillReadings, Shortfall } from '../../model/drill-readings.ts';
import type { FleetSnapshot, WorkloadView } from '../../model/fleet.ts';
import {
  elapsed,
  fraction,
  milliToUnits,
  milliUnits,
  seconds,
  toSeconds,
  unitsToMilli,
  type Fraction,
  type Instant,
} from '../../model/units.ts';
import { isWanted } from '../placement/kept-holdings.ts';
import { readyUnits, sum } from './touched.ts';

/** When the failure is put in force. */
export const firstShortfall = (views: readonly WorkloadView[], at: Instant): Shortfall => ({
  unitSeconds: 0,
  units: milliUnits(missingOf(views)),
  since: at,
  seenAt: at,
});

/** That somebody looks is written down no more often than this. */
const SEEN_PERIOD = seconds(10);
/** Nobody has looked for longer than that and a look's delay: the operator was away. */
const AWAY_TIMEOUT = seconds(14);

/**
 * With what is short now; the same object while there is no news. Nothing is short any more once all is restored. Left out
 * from then on when it changed while nobody looked: then it is not known for how long how much was short.
 */
export function shortfallAfter(
  { shortfall: held, restoredAt }: DrillReadings,
  views: readonly WorkloadView[],
  at: Instant,
): Shortfall | undefined {
  if (held === undefined) return undefined;
  const isOver = restoredAt !== null;
  const units = milliUnits(isOver ? 0 : missingOf(views));
  const unseen = elapsed(held.seenAt, at);
  if (units === held.units) return isOver || unseen < SEEN_PERIOD ? held : { ...held, seenAt: at };
  if (unseen > AWAY_TIMEOUT) return undefined;
  const lasted = Math.max(0, toSeconds(elapsed(held.since, at)));
  return { unitSeconds: held.unitSeconds + milliToUnits(held.units) * lasted, units, since: at, seenAt: at };
}

/** Of each deployment by itself: what one has too many helps no other one. */
const missingOf = (views: readonly WorkloadView[]): number =>
  sum(views.map((view) => Math.max(0, unitsToMilli(view.workload.replicas) - readyUnits(view))));

/** Share of the accelerators that is taken on the nodes that stand outside of the targets; null: none stands. */
export function survivorsUse({ clusters }: Pick<DrillState, 'clusters'>, { members }: FleetSnapshot): Fraction | null {
  const offerings = members.filter(({ name }) => !clusters.includes(name)).flatMap((it) => it.offerings);
  const all = sum(offerings.map((it) => it.freeByNode.length * it.acceleratorsPerNode));
  const free = sum(offerings.map((it) => sum(it.freeByNode)));
  return all === 0 ? null : fraction(Math.round(((all - free) / all) * 1000) / 1000);
}

/** Placements that still stand and are not wanted any more. */
export const leftOver = (views: readonly WorkloadView[]): number =>
  sum(views.map(({ holdings }) => holdings.filter((it) => !isWanted(it) && it.observed?.present === true).length));
