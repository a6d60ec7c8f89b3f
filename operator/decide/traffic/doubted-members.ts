/** Takes requests back from what a move is trying as soon as anything speaks against it, as far as others can carry them. */
import type { Verdict } from '../../model/fleet.ts';
import type { ClusterName } from '../../model/names.ts';
import type { DataPathAnswer } from '../../model/traffic-state.ts';
import { milliUnits } from '../../model/units.ts';
import type { MigrationState } from '../../model/workload.ts';
import type { MemberCapacity } from './member-capacity.ts';
import { clustersOnTrial } from './move-share.ts';

export interface TrialSigns {
  readonly migration: MigrationState;
  readonly verdicts: ReadonlyMap<ClusterName, Verdict>;
  /** While the operator suspects itself, its signs say nothing. */
  readonly frozen: boolean;
  readonly answers?: ReadonlyMap<ClusterName, DataPathAnswer>;
}

const TRUSTED: ReadonlySet<Verdict> = new Set(['Healthy', 'Degraded', 'Recovering']);

/** Members with replacements on trial that the first sign speaks against: a probe or a try of the data path that failed. */
export function doubtedMembers({ migration, verdicts, frozen, answers }: TrialSigns): ReadonlySet<ClusterName> {
  if (frozen) return new Set();
  const isDoubted = (cluster: ClusterName): boolean => {
    const verdict = verdicts.get(cluster);
    const answer = answers?.get(cluster);
    return verdict === undefined || !TRUSTED.has(verdict) || answer === 'Wavering' || answer === 'Silent';
  };
  return new Set([...clustersOnTrial(migration)].filter(isDoubted));
}

/**
 * The capacities with those of doubted members cut to what the ready copies elsewhere leave of `need` (thousandths of a
 * unit). Make before break: what the move set out from still has all its copies, so that as a rule nothing is left. What is
 * cut off is the last resort.
 */
export function withDoubts(
  capacities: readonly MemberCapacity[],
  doubted: ReadonlySet<ClusterName>,
  need: number,
): readonly MemberCapacity[] {
  if (doubted.size === 0) return capacities;
  const elsewhere = capacities
    .filter((it) => !doubted.has(it.cluster))
    .reduce((sum, it) => sum + it.staying + it.arriving + it.leaving, 0);
  let lacking = Math.max(0, need - elsewhere);
  return capacities.map((it) => {
    if (!doubted.has(it.cluster)) return it;
    const take = (units: number): number => {
      const taken = Math.min(units, lacking);
      lacking -= taken;
      return taken;
    };
    const [staying, leaving, arriving] = [take(it.staying), take(it.leaving), take(it.arriving)];
    const cut = it.staying + it.leaving + it.arriving - staying - leaving - arriving;
    return {
      ...it,
      staying: milliUnits(staying),
      arriving: milliUnits(arriving),
      leaving: milliUnits(leaving),
      leavers: [],
      lastResort: milliUnits(it.lastResort + cut),
    };
  });
}
