/**
 * How a workload's requests are shared among members: in proportion to what is ready there, away from copies that leave
 * in steps, and never to nobody while somebody serves.
 */
import type { Holding, Verdict } from '../../model/fleet.ts';
import { offeringId, poolName, zoneName, type ClusterName } from '../../model/names.ts';
import type { TrafficRouting } from '../../model/traffic-routing.ts';
import type { MemberEndpoint, TrafficBackend, TrafficState } from '../../model/traffic-state.ts';
import { after, milliUnits, millis, seconds, type Instant, type Millis } from '../../model/units.ts';
import type { MigrationState, Workload } from '../../model/workload.ts';
import { memberCapacities, unitsOfReplica, type MemberCapacity } from './member-capacity.ts';

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
  readonly before: TrafficState;
  readonly now: Instant;
}

export interface TrafficPlan {
  readonly state: TrafficState;
  /** When to look again though nothing changes; null: never. */
  readonly wakeAt: Instant | null;
  /** Members that have something to serve with, and no address yet. */
  readonly unaddressed: readonly ClusterName[];
  /** Whether requests are led to what is known to be ready, or for want of that to where they were led before, if anywhere. */
  readonly footing: 'Ready' | 'LastKnown' | 'Nothing';
}

/** Copies that leave give up their share in so many steps. */
export const SHIFT_STEPS = 4;
/** Long enough for a request to show that the new copies do not serve well, short enough that a move is not held up. */
export const SHIFT_STEP_PERIOD = seconds(5);

/** The weights from now on. In an unchanged situation they equal what is recorded. */
export function planTraffic(input: TrafficInput): TrafficPlan {
  const { before, now } = input;
  const capacities = memberCapacities(input);
  const endpoints = endpointsOf(capacities, input);
  const routable = capacities.filter(({ cluster }) => endpoints.has(cluster));
  const shift = shiftOf(routable, input);
  const chosen = orLastResort(shift.weights, routable);
  const backends = routable.flatMap(({ cluster }): TrafficBackend[] => {
    const endpoint = endpoints.get(cluster);
    return endpoint ? [backendOf({ cluster, endpoint, weight: chosen.weights.get(cluster) ?? 0 }, before, now)] : [];
  });
  return {
    state: { shiftedAt: shift.shiftedAt, backends },
    wakeAt: shift.wakeAt,
    unaddressed: capacities.filter((it) => !endpoints.has(it.cluster) && totalOf(it) > 0).map((it) => it.cluster),
    footing: chosen.footing,
  };
}

const totalOf = ({ staying, leaving, lastResort }: MemberCapacity): number => staying + leaving + lastResort;

function endpointsOf(
  capacities: readonly MemberCapacity[],
  { endpoints, before }: TrafficInput,
): ReadonlyMap<ClusterName, MemberEndpoint> {
  const recorded = new Map(before.backends.map((it) => [it.cluster, it.endpoint]));
  return new Map(
    capacities.flatMap(({ cluster }) => {
      const endpoint = endpoints.get(cluster) ?? recorded.get(cluster);
      return endpoint ? [[cluster, endpoint] as const] : [];
    }),
  );
}

interface Shift {
  readonly weights: ReadonlyMap<ClusterName, number>;
  readonly shiftedAt: Instant | null;
  readonly wakeAt: Instant | null;
}

/**
 * What stays is given its share at once. What leaves is given what is wanting to the need, and gives up the rest a step at
 * a time. A loss of readiness counts at once in either case.
 */
function shiftOf(routable: readonly MemberCapacity[], input: TrafficInput): Shift {
  const { before, now } = input;
  const targets = targetsOf(routable, needOf(input));
  const given = new Map(before.backends.map((it) => [it.cluster, it.weight as number]));
  const dueAt = before.shiftedAt === null ? now : after(before.shiftedAt, stepPeriod(input.routing));
  const due = dueAt <= now;
  let stepped = false;
  let ongoing = false;
  const weights = routable.map((it): readonly [ClusterName, number] => {
    const target = targets.get(it.cluster) ?? 0;
    const held = Math.min(it.staying + it.leaving, given.get(it.cluster) ?? target);
    if (held <= target) return [it.cluster, target];
    const weight = due ? Math.max(target, held - Math.ceil(it.leaving / SHIFT_STEPS)) : held;
    stepped ||= due;
    ongoing ||= weight > target;
    return [it.cluster, weight];
  });
  const shiftedAt = stepped ? now : before.shiftedAt;
  const wakeAt = ongoing && shiftedAt !== null ? after(shiftedAt, stepPeriod(input.routing)) : null;
  return { weights: new Map(weights), shiftedAt: ongoing ? shiftedAt : null, wakeAt };
}

/** Where the weights end while nothing changes. Copies that leave share what is wanting; unseen ones are left as they are. */
function targetsOf(routable: readonly MemberCapacity[], need: number): ReadonlyMap<ClusterName, number> {
  const sum = (of: (it: MemberCapacity) => number): number => routable.reduce((total, it) => total + of(it), 0);
  const staying = sum((it) => it.staying);
  const leaving = sum((it) => (it.seen ? it.leaving : 0));
  const share = staying === 0 || leaving === 0 ? 1 : Math.min(1, Math.max(0, need - staying) / leaving);
  return new Map(routable.map((it) => [it.cluster, it.staying + Math.ceil(it.leaving * (it.seen ? share : 1))]));
}

/** Resolvers keep a record for its time to live: a step that comes sooner is not seen. */
const stepPeriod = ({ via }: TrafficRouting): Millis =>
  via.kind === 'Dns' ? millis(Math.max(SHIFT_STEP_PERIOD, via.ttl)) : SHIFT_STEP_PERIOD;

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
  weights: ReadonlyMap<ClusterName, number>,
  routable: readonly MemberCapacity[],
): { readonly weights: ReadonlyMap<ClusterName, number>; readonly footing: TrafficPlan['footing'] } {
  const someOf = (it: ReadonlyMap<ClusterName, number>): boolean => [...it.values()].some((weight) => weight > 0);
  if (someOf(weights)) return { weights, footing: 'Ready' };
  const resort = (seen: boolean) => new Map(routable.map((it) => [it.cluster, it.seen === seen ? it.lastResort : 0]));
  const known = resort(true);
  if (someOf(known)) return { weights: known, footing: 'Ready' };
  const believed = resort(false);
  return { weights: believed, footing: someOf(believed) ? 'LastKnown' : 'Nothing' };
}

function backendOf(
  { cluster, endpoint, weight }: { cluster: ClusterName; endpoint: MemberEndpoint; weight: number },
  before: TrafficState,
  now: Instant,
): TrafficBackend {
  const known = before.backends.find((it) => it.cluster === cluster);
  const idleSince = weight > 0 ? null : (known?.idleSince ?? now);
  return { cluster, endpoint, weight: milliUnits(weight), idleSince };
}
