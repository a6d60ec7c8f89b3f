/** What each member can serve of a workload, sorted by whether it is meant to go on serving. */
import { assertNever } from '../../model/assert-never.ts';
import type { Holding, Verdict } from '../../model/fleet.ts';
import { compareText, type ClusterName, type OfferingId } from '../../model/names.ts';
import type { TrafficState } from '../../model/traffic-state.ts';
import { milliUnits, type MilliUnits } from '../../model/units.ts';
import type { PlacementPhase, PlacementRecord, Workload } from '../../model/workload.ts';
import type { MoveShare } from './move-share.ts';

/** Ready capacity of one member, in thousandths of a unit. */
export interface MemberCapacity {
  readonly cluster: ClusterName;
  /** Of copies that are meant to stay. */
  readonly staying: MilliUnits;
  /** Of copies that are meant to stay and are tried before they are given requests. */
  readonly arriving: MilliUnits;
  /** Of copies that are kept until their replacement serves. */
  readonly leaving: MilliUnits;
  /** The same, by offering; none where nothing is seen. */
  readonly leavers: readonly Leavers[];
  /** Of copies that are to get nothing as long as anything else serves: being deleted, replaced, or on a lost member. */
  readonly lastResort: MilliUnits;
  /** Whether the member shows it; otherwise it is what was believed before. */
  readonly seen: boolean;
}

/** Ready copies of one offering that leave. */
export interface Leavers {
  readonly offering: OfferingId;
  readonly replicas: number;
  /** Thousandths of a unit of one of them. */
  readonly capacity: number;
}

export interface CapacitySources {
  readonly workload: Pick<Workload, 'shapes'>;
  readonly holdings: readonly Holding[];
  /** Of the members that there are; any other has been given up. */
  readonly verdicts: ReadonlyMap<ClusterName, Verdict>;
  /** While the operator suspects itself, a member that looks lost is no less trusted than before. */
  readonly frozen: boolean;
  readonly before: TrafficState;
  /** What the move under way says. */
  readonly move: Pick<MoveShare, 'source' | 'goesBack'>;
}

/** By cluster. A member that cannot be read keeps what it was given: unknown is neither gone nor ready. */
export function memberCapacities(sources: CapacitySources): readonly MemberCapacity[] {
  const clusters = new Set(sources.holdings.map((it) => it.record.cluster));
  return [...clusters].sort(compareText).map((cluster) => {
    const holdings = sources.holdings.filter((it) => it.record.cluster === cluster);
    return holdings.some((it) => it.observed === null)
      ? unreadCapacity(cluster, holdings, sources)
      : readCapacity(cluster, holdings, sources);
  });
}

type Fate = 'staying' | 'arriving' | 'leaving' | 'lastResort';

function fateOf({ phase }: PlacementRecord): Exclude<Fate, 'arriving'> {
  switch (phase) {
    case 'Starting':
    case 'Serving':
      return 'staying';
    case 'Draining':
      return 'leaving';
    case 'Releasing':
    case 'Stranded':
      return 'lastResort';
    default:
      return assertNever(phase);
  }
}

/** Units of one replica; a shape that the spec no longer names counts as the least of those it does. */
export function unitsOfReplica({ shapes }: Pick<Workload, 'shapes'>, { accelerator }: PlacementRecord): number {
  const shape = shapes.find((it) => it.accelerator === accelerator);
  return shape?.capacity ?? Math.min(...shapes.map((it) => it.capacity));
}

function readCapacity(
  cluster: ClusterName,
  holdings: readonly Holding[],
  { workload, move }: CapacitySources,
): MemberCapacity {
  const units = { staying: 0, arriving: 0, leaving: 0, lastResort: 0 };
  const leavers: Leavers[] = [];
  for (const { offering, record, observed } of holdings) {
    const ready = observed?.ready ?? 0;
    const capacity = unitsOfReplica(workload, record);
    const fate = fateOf(record);
    const before = fate === 'staying' && move.source !== null ? Math.min(ready, move.source.get(offering) ?? 0) : ready;
    units[fate] += before * capacity;
    units[move.goesBack ? 'leaving' : 'arriving'] += (ready - before) * capacity;
    const replicas = fate === 'leaving' ? ready : move.goesBack ? ready - before : 0;
    if (replicas > 0) leavers.push({ offering, replicas, capacity });
  }
  return capacityOf({ cluster, seen: true, leavers }, units);
}

function unreadCapacity(cluster: ClusterName, holdings: readonly Holding[], sources: CapacitySources): MemberCapacity {
  const { before, verdicts, frozen, workload, move } = sources;
  const fates = new Set(holdings.map((it) => fateOf(it.record)));
  const given = before.backends.find((it) => it.cluster === cluster)?.weight ?? recordedUnits(holdings, workload);
  // What was taken from it while others served is what it may have when nobody else does.
  const rest = Math.max(0, recordedUnits(holdings, workload, LAST_KNOWN) - given);
  const verdict = verdicts.get(cluster);
  const isLost = verdict === undefined || (verdict === 'Down' && !frozen);
  // A move that is given up leaves nothing where nothing was before.
  const isLeft = move.goesBack && holdings.every((it) => !move.source?.has(it.offering));
  const fate =
    isLost || isLeft
      ? 'lastResort'
      : fates.has('staying')
        ? 'staying'
        : fates.has('leaving')
          ? 'leaving'
          : 'lastResort';
  return capacityOf(
    { cluster, seen: false, leavers: [] },
    { staying: 0, arriving: 0, leaving: 0, [fate]: given, lastResort: fate === 'lastResort' ? given + rest : rest },
  );
}

const SERVING: readonly PlacementPhase[] = ['Serving'];
const LAST_KNOWN: readonly PlacementPhase[] = ['Serving', 'Draining', 'Stranded'];

/** Before anything was routed, a placement that is on record as serving is believed. */
const recordedUnits = (
  holdings: readonly Holding[],
  workload: Pick<Workload, 'shapes'>,
  phases: readonly PlacementPhase[] = SERVING,
): number =>
  holdings
    .filter(({ record }) => phases.includes(record.phase))
    .reduce((sum, { record }) => sum + record.replicas * unitsOfReplica(workload, record), 0);

const capacityOf = (
  of: Pick<MemberCapacity, 'cluster' | 'seen' | 'leavers'>,
  units: Readonly<Record<Fate, number>>,
): MemberCapacity => ({
  ...of,
  staying: milliUnits(units.staying),
  arriving: milliUnits(units.arriving),
  leaving: milliUnits(units.leaving),
  lastResort: milliUnits(units.lastResort),
});
