/**
 * How a workload's requests are shared among members: in proportion to what is ready there, from old to new copies as far
 * as a move says, and never to nobody while somebody serves.
 */
import { assertNever } from '../../model/assert-never.ts';
import type { Holding, Verdict } from '../../model/fleet.ts';
import { compareText, offeringId, poolName, zoneName, type ClusterName } from '../../model/names.ts';
import type { TrafficRouting } from '../../model/traffic-routing.ts';
import type { DataPathAnswer, MemberEndpoint, TrafficBackend, TrafficState } from '../../model/traffic-state.ts';
import { milliUnits, type Instant } from '../../model/units.ts';
import type { MigrationState, Workload } from '../../model/workload.ts';
import { doubtedMembers, withDoubts } from './doubted-members.ts';
import { memberCapacities, unitsOfReplica, type MemberCapacity } from './member-capacity.ts';
import { moveShare, type MoveShare } from './move-share.ts';

export interface TrafficInput {
  readonly workload: Pick<Workload, 'shapes' | 'replicas'>;
  readonly routing: TrafficRouting;
  readonly holdings: readonly Holding[];
  /** The move under way, which tells where it ends. */
  readonly migration: MigrationState;
  readonly verdicts: ReadonlyMap<ClusterName, Verdict>;
  readonly frozen: boolean;
  /** Where members answer, as far as that is seen now; what is not seen is as it was recorded. */
  readonly endpoints: ReadonlyMap<ClusterName, MemberEndpoint>;
  /** Whether the data paths that a move wants to know of answer; left out: nobody has asked any. */
  readonly answers?: ReadonlyMap<ClusterName, DataPathAnswer>;
  readonly before: TrafficState;
  readonly now: Instant;
}

export interface TrafficPlan {
  readonly state: TrafficState;
  /** Members that have something to serve with, and no address yet. */
  readonly unaddressed: readonly ClusterName[];
  /** Whether requests are led to what is known to be ready, or for want of that to where they were led before, if anywhere. */
  readonly footing: 'Ready' | 'LastKnown' | 'Nothing';
}

/** The weights from now on. In an unchanged situation they equal what is recorded. */
export function planTraffic(input: TrafficInput): TrafficPlan {
  const { before, migration } = input;
  const move = moveShare(migration);
  const doubted = doubtedMembers(input);
  const capacities = withDoubts(memberCapacities({ ...input, move }), doubted, needOf(input));
  const routable = capacities.flatMap((it) => withEndpoint(it, input));
  const { weighed, footing } = orLastResort(weigh(routable, move, needOf(input)));
  const addressed = new Set(routable.map((it) => it.cluster));
  return {
    // A step that is taken back is watched anew.
    state: {
      ...stepOf(doubted.size > 0 ? { percent: null } : move, before, input.now),
      backends: weighed.map((it) => backendOf(it, input)),
    },
    unaddressed: capacities.filter((it) => !addressed.has(it.cluster) && totalOf(it) > 0).map((it) => it.cluster),
    footing,
  };
}

/** A member that requests can be led to. */
interface Routable extends MemberCapacity {
  readonly endpoint: MemberEndpoint;
}

interface Weighed extends Routable {
  readonly weight: number;
}

function withEndpoint(it: MemberCapacity, { endpoints, before }: TrafficInput): readonly Routable[] {
  const recorded = before.backends.find(({ cluster }) => cluster === it.cluster)?.endpoint;
  const endpoint = endpoints.get(it.cluster) ?? recorded;
  return endpoint ? [{ ...it, endpoint }] : [];
}

/** Stamped once for each step of a shift: a move watches it from then on. */
function stepOf(
  { percent }: Pick<MoveShare, 'percent'>,
  before: TrafficState,
  now: Instant,
): Pick<TrafficState, 'shiftedAt' | 'percent'> {
  if (percent === null) return { shiftedAt: null };
  return { shiftedAt: percent === (before.percent ?? null) ? (before.shiftedAt ?? now) : now, percent };
}

const totalOf = ({ staying, arriving, leaving, lastResort }: MemberCapacity): number =>
  staying + arriving + leaving + lastResort;

/**
 * On the way from the shares of what was there before a move to those of what is there after it, as far as the move says.
 * What is ready counts, on either end: a loss of readiness shows at once. What is new and untried is still better than
 * nothing at all.
 */
function weigh(routable: readonly Routable[], { share }: Pick<MoveShare, 'share'>, need: number): readonly Weighed[] {
  const givenUp = unneeded(routable, need);
  const part = routable.some((it) => it.staying + it.leaving > 0) ? share : 1;
  return routable.map((it) => {
    const change = it.arriving - (givenUp.get(it.cluster) ?? 0);
    return { ...it, weight: Math.round(it.staying + it.leaving + part * change) };
  });
}

/**
 * Units by member of copies that leave and are not needed any more, once what is new serves. Whole copies give up their
 * share, in the order in which a move takes them away; those that are not seen keep it.
 */
function unneeded(routable: readonly Routable[], need: number): ReadonlyMap<ClusterName, number> {
  const sum = (of: (it: MemberCapacity) => number): number => routable.reduce((total, it) => total + of(it), 0);
  const staying = sum((it) => it.staying + it.arriving);
  let spare = staying === 0 ? 0 : staying + sum((it) => (it.seen ? it.leaving : 0)) - need;
  const givenUp = new Map<ClusterName, number>();
  const leavers = routable.flatMap(({ cluster, leavers: of }) => of.map((it) => ({ ...it, cluster })));
  for (const { cluster, replicas, capacity } of leavers.sort((x, y) => compareText(x.offering, y.offering))) {
    const given = Math.min(replicas, Math.floor(Math.max(0, spare) / capacity)) * capacity;
    spare -= given;
    givenUp.set(cluster, (givenUp.get(cluster) ?? 0) + given);
  }
  return givenUp;
}

/**
 * Units that are to be ready in the end: at most what is wanted, and less where a move ends with less, for want of room or
 * money.
 */
function needOf({ workload, holdings, migration }: TrafficInput): number {
  const units = new Map(holdings.map(({ offering, record }) => [offering, unitsOfReplica(workload, record)]));
  const least = Math.min(...workload.shapes.map((it) => it.capacity));
  const intended = holdings
    .filter(({ record }) => record.phase === 'Starting' || record.phase === 'Serving')
    .reduce((sum, { record }) => sum + record.replicas * unitsOfReplica(workload, record), 0);
  const target = (migration.phase === 'Idle' ? [] : migration.target).reduce((sum, it) => {
    const offering = offeringId(it.cluster, poolName(it.pool), zoneName(it.zone));
    return sum + it.replicas * (units.get(offering) ?? least);
  }, 0);
  return Math.min(Math.max(intended, target), workload.replicas * 1000);
}

/**
 * Never nobody while somebody serves: copies that are to go are better than none, and where nobody is seen to serve, those
 * that did before are.
 */
function orLastResort(
  weighed: readonly Weighed[],
): Pick<TrafficPlan, 'footing'> & { readonly weighed: readonly Weighed[] } {
  const isSome = (all: readonly Weighed[]): boolean => all.some(({ weight }) => weight > 0);
  if (isSome(weighed)) return { weighed, footing: 'Ready' };
  const resort = (seen: boolean) => weighed.map((it) => ({ ...it, weight: it.seen === seen ? it.lastResort : 0 }));
  const known = resort(true);
  if (isSome(known)) return { weighed: known, footing: 'Ready' };
  const believed = resort(false);
  return { weighed: believed, footing: isSome(believed) ? 'LastKnown' : 'Nothing' };
}

function backendOf({ cluster, endpoint, weight }: Weighed, { before, answers, now }: TrafficInput): TrafficBackend {
  const known = before.backends.find((it) => it.cluster === cluster);
  const idleSince = weight > 0 ? null : (known?.idleSince ?? now);
  const backend = { cluster, endpoint, weight: milliUnits(weight), idleSince };
  const answersSince = answered(known?.answersSince ?? null, answers?.get(cluster) ?? 'NotAsked', now);
  return answersSince === null ? backend : { ...backend, answersSince };
}

/** What is not known yet is as it was; what nobody asks for is forgotten, because it would grow old. */
function answered(before: Instant | null, seen: DataPathAnswer, now: Instant): Instant | null {
  switch (seen) {
    case 'Answers':
      return before ?? now;
    case 'NotYetKnown':
    case 'Wavering':
      return before;
    case 'Silent':
    case 'NotAsked':
      return null;
    default:
      return assertNever(seen);
  }
}
