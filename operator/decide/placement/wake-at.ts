/** When a workload should be planned again though nothing changes: the first backoff, cooldown or stabilization that ends and matters. */
import type { WorkloadView } from '../../model/fleet.ts';
import type { Instant } from '../../model/units.ts';
import { earliest } from '../../model/units.ts';
import { isWanted } from './kept-holdings.ts';
import { shapeAt } from './offering-site.ts';
import type { Solved } from './solved-fleet.ts';

/** `lacking`: units found no place or a rule is bent, so that every offering that opens again matters. */
export function wakeAtOf({ compiled, movableAt }: Solved, index: number, lacking: boolean): Instant | null {
  const { workload, holdings } = compiled.views[index] as WorkloadView;
  let wakeAt = movableAt[index] ?? null;
  const launching = holdings.filter(isWanted).map(({ offering }) => offering);
  for (const site of compiled.index.backingOff) {
    const until = site.offering.backoff?.until ?? null;
    if (shapeAt(workload, site) === null) continue;
    if (lacking || launching.includes(site.offering.id)) wakeAt = earliest(wakeAt, until);
  }
  return wakeAt;
}
