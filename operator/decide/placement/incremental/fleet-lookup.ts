/** What a change needs to look up in a snapshot. */
import type { FleetSnapshot, Member, WorkloadView } from '../../../model/fleet.ts';
import type { WorkloadKey } from '../../../model/names.ts';
import { compareText } from '../../../model/names.ts';
import { isWanted } from '../kept-holdings.ts';
import type { Promises } from '../promises.ts';
import { promisesOf } from '../promises.ts';

/** The workloads of the snapshot, which has them by key, with these keys. */
export function viewsOf({ workloads }: FleetSnapshot, keys: readonly WorkloadKey[]): readonly WorkloadView[] {
  return keys.flatMap((key) => {
    let [low, high] = [0, workloads.length];
    while (low < high) {
      const middle = (low + high) >> 1;
      if (compareText((workloads[middle] as WorkloadView).workload.key, key) < 0) low = middle + 1;
      else high = middle;
    }
    const view = workloads[low];
    return view?.workload.key === key ? [view] : [];
  });
}

/** What is recorded and no longer wanted waits for room all the same. */
export const unwantedPromises = (views: readonly WorkloadView[]): Promises =>
  promisesOf(views, (holding) => !isWanted(holding));

/** undefined: the fleet has no such member. */
export const memberOf = ({ members }: FleetSnapshot, name: string): Member | undefined =>
  members.find((member) => member.name === name);

/** Whether a member has the same offerings of the same kind: room, price, verdict and labels may differ. */
export function isSameStock(before: Member | undefined, after: Member | undefined): boolean {
  if (!before || !after) return false;
  const stockOf = ({ provider, offerings }: Member): string =>
    JSON.stringify([
      provider,
      offerings.map(({ id, accelerator, acceleratorsPerNode, capacityType }) => [
        id,
        accelerator,
        acceleratorsPerNode,
        capacityType,
      ]),
    ]);
  return stockOf(before) === stockOf(after);
}
