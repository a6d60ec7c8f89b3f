/** The deployments that a drill touches: how much of them is ready where, and what they cost. */
import type { DrillTarget } from '../../model/drill.ts';
import type { FleetSnapshot, Holding, Offering, WorkloadView } from '../../model/fleet.ts';
import type { OfferingId } from '../../model/names.ts';
import { milliUnits, unitsToMilli, usdPerHour, type MilliUnits, type UsdPerHour } from '../../model/units.ts';
import { capacityOf } from '../migration/ledger.ts';
import { isWanted } from '../placement/kept-holdings.ts';
import { isUnseen } from './real-incident.ts';

/** Those of the targets that still exist: one that was created anew under the same name is another one. */
export function touchedBy(targets: readonly DrillTarget[], fleet: FleetSnapshot): readonly WorkloadView[] {
  const uids = new Map(targets.map(({ deployment, uid }) => [deployment, uid]));
  return fleet.workloads.filter(({ workload }) => uids.get(workload.key) === workload.uid);
}

/** Whether everything that they hold can be seen: soon after a start it cannot, and nothing seen is not nothing ready. */
export function canBeSeen(views: readonly WorkloadView[], { members }: FleetSnapshot): boolean {
  const unseen = new Set(members.filter(isUnseen).map(({ name }) => name));
  return views.every(({ holdings }) => !holdings.some((it) => isWanted(it) && unseen.has(it.record.cluster)));
}

/** Units that the deployments want. */
export const wantedOf = (views: readonly WorkloadView[]): MilliUnits =>
  milliUnits(sum(views.map(({ workload }) => unitsToMilli(workload.replicas))));

/** Units known to be ready on the holdings asked for; what cannot be seen is not. */
export const readyUnits = (view: WorkloadView, counts: (holding: Holding) => boolean = () => true): number =>
  sum(
    view.holdings.filter(counts).map(({ record, observed }) => {
      const ready = record.phase === 'Releasing' ? 0 : Math.min(observed?.ready ?? 0, observed?.replicas ?? 0);
      return ready * capacityOf(view.workload, record.accelerator);
    }),
  );

/** Units of the replicas that are wanted. */
export const heldUnits = (view: WorkloadView, counts: (holding: Holding) => boolean = () => true): number =>
  sum(
    view.holdings
      .filter((it) => isWanted(it) && counts(it))
      .map(({ record }) => record.replicas * capacityOf(view.workload, record.accelerator)),
  );

/** What the replicas on record cost in an hour, those that are being replaced among them; what has no price costs nothing. */
export function costOf(views: readonly WorkloadView[], fleet: FleetSnapshot): UsdPerHour {
  const offerings = new Map<OfferingId, Offering>(
    fleet.members.flatMap(({ offerings: each }) => each.map((it) => [it.id, it] as const)),
  );
  const costs = views.flatMap(({ workload, holdings }) =>
    holdings.map(({ offering, record }) => {
      const { price, acceleratorsPerNode } = offerings.get(offering) ?? { price: null, acceleratorsPerNode: 1 };
      const shape = workload.shapes.find((it) => it.accelerator === record.accelerator);
      if (price === null || record.phase === 'Releasing') return 0;
      return (record.replicas * (shape?.count ?? 1) * price.perNodeHour) / acceleratorsPerNode;
    }),
  );
  return usdPerHour(sum(costs));
}

export const sum = (values: readonly number[]): number => values.reduce((total, value) => total + value, 0);
