/** What a failure hits: which offerings and which of the replicas on them. */
import { assertNever } from '../../model/assert-never.ts';
import type { ActiveFailure, DrillScope } from '../../model/drill.ts';
import type { Holding } from '../../model/fleet.ts';
import type { ClusterName } from '../../model/names.ts';
import type { CapacityType } from '../../model/workload.ts';

export type Struck = Pick<ActiveFailure, 'failure' | 'clusters'>;

/** An offering, or the record of a placement. */
interface Place {
  readonly cluster: ClusterName;
  readonly zone: string;
  readonly capacityType: CapacityType;
}

/** Whether the failure hits what is at that place. */
export function isHit({ failure, clusters }: Struck, { cluster, zone, capacityType }: Place): boolean {
  if (!clusters.includes(cluster)) return false;
  switch (failure.scope) {
    case 'Zone':
      return failure.zones.some((it) => it === zone);
    case 'SpotReclaim':
      return capacityType === 'spot';
    case 'CapacityError':
      return failure.capacityType === null || failure.capacityType === capacityType;
    case 'Cluster':
    case 'Region':
    case 'Provider':
    case 'ControlPlaneOnly':
    case 'PriceFeed':
      return true;
    default:
      return assertNever(failure);
  }
}

/** Whether replicas of the holding are hit. */
export const isStruck = (struck: Struck, { record }: Holding): boolean => isHit(struck, record);

/** Scopes that are beliefs about a member: nothing is lost by them, and nothing may move. */
const BELIEFS: readonly DrillScope[] = ['CapacityError', 'ControlPlaneOnly', 'PriceFeed'];

export const isBelief = (scope: DrillScope): boolean => BELIEFS.includes(scope);

/** Scopes that lose a part of a member, which itself goes on. */
export const isPartial = (scope: DrillScope): boolean => scope === 'Zone' || scope === 'SpotReclaim';

/** Whether replicas are to leave the targets: otherwise the drill shows that nothing moves. */
export const expectsMoves = ({ mode, failure }: Pick<ActiveFailure, 'failure'> & { readonly mode: string }): boolean =>
  mode !== 'Cordon' && !isBelief(failure.scope);
