/** Which offerings of the survivors refuse capacity under a drill: worked out when it starts, and frozen then. */
import type { DrillSpec } from '../../model/drill.ts';
import type { FleetSnapshot } from '../../model/fleet.ts';
import { compareText, type ClusterName, type OfferingId } from '../../model/names.ts';
import { chosenBy } from './chosen-by.ts';

/** The share of them, rounded up; anything short of all leaves one. */
export function refusedOfferings(
  { name, spec }: { readonly name: string; readonly spec: Pick<DrillSpec, 'capacityErrors'> },
  clusters: readonly ClusterName[],
  { members }: FleetSnapshot,
): readonly OfferingId[] {
  if (spec.capacityErrors === 0) return [];
  const survivors = members.filter((member) => !clusters.includes(member.name));
  const offerings = survivors.flatMap((member) => member.offerings.map(({ id }) => id)).sort(compareText);
  const most = spec.capacityErrors < 1 ? offerings.length - 1 : offerings.length;
  const wanted = Math.ceil(Number((offerings.length * spec.capacityErrors).toFixed(6)));
  return chosenBy(name, offerings, Math.max(0, Math.min(most, wanted)));
}
