/**
 * Takes the times and extremes of a drill. Instants come from what is on record where it tells them, so that they do not
 * depend on how often somebody looks; a restart loses none, because all of them are kept in status.
 */
import type { Drill, DrillState } from '../../model/drill.ts';
import type { ProbeReading } from '../../model/drill-probe.ts';
import type { DrillReadings } from '../../model/drill-readings.ts';
import type { FleetSnapshot, Holding, WorkloadView } from '../../model/fleet.ts';
import { earliest, fraction, millis, milliUnits, unitsToMilli, usdPerHour, type Instant } from '../../model/units.ts';
import { isWanted } from '../placement/kept-holdings.ts';
import { isInForce } from './active-failure.ts';
import { firstShortfall, leftOver, shortfallAfter, survivorsUse } from './extent.ts';
import { expectsMoves, isStruck, type Struck } from './hit-by.ts';
import { canBeSeen, costOf, readyUnits, sum, touchedBy, wantedOf } from './touched.ts';

const struckBy = ({ spec }: Drill, { clusters }: DrillState): Struck => ({ failure: spec.failure, clusters });

/** The readings when the failure is put in force: what everything after is compared with. */
export function firstReadings(drill: Drill, state: DrillState, fleet: FleetSnapshot): DrillReadings {
  const views = touchedBy(state.targets, fleet);
  const struck = struckBy(drill, state);
  const ready = milliUnits(sum(views.map((view) => readyUnits(view))));
  const cost = costOf(views, fleet);
  return {
    injectedAt: fleet.at,
    detectedAt: null,
    decidedAt: null,
    firstReadyAt: null,
    recoveredAt: null,
    liftedAt: null,
    restoredAt: null,
    failedBackAt: null,
    readyBefore: ready,
    readyElsewhereBefore: milliUnits(sum(views.map((view) => readyUnits(view, (it) => !isStruck(struck, it))))),
    shortfall: firstShortfall(views, fleet.at),
    ...peakOf({}, state, fleet),
    lowestReady: ready,
    wanted: wantedOf(views),
    moves: 0,
    costBefore: cost,
    costPeak: cost,
    probesBroken: 0,
    probesAsked: 0,
  };
}

/** The readings after a look at the fleet as it is. Nothing is taken back: what was seen once was seen. */
export function measure(readings: DrillReadings, drill: Drill, fleet: FleetSnapshot): DrillReadings {
  const { state } = drill;
  if (state === null || readings.injectedAt === null) return readings;
  const views = touchedBy(state.targets, fleet);
  if (!canBeSeen(views, fleet)) return readings;
  const look: Look = { drill, fleet, views, struck: struckBy(drill, state), injectedAt: readings.injectedAt };
  const seen = isInForce(drill) ? underFailure(readings, look) : afterFailure(readings, { ...look, state });
  const extent = isInForce(drill) ? peakOf(seen, state, fleet) : { leftOver: leftOver(views) };
  const shortfall = shortfallAfter(seen, views, fleet.at);
  if (shortfall !== undefined) return { ...seen, ...extent, shortfall };
  const { shortfall: _unknown, ...known } = seen;
  return { ...known, ...extent };
}

function peakOf(
  { survivorsPeak = fraction(0) }: Pick<DrillReadings, 'survivorsPeak'>,
  state: DrillState,
  fleet: FleetSnapshot,
): Pick<DrillReadings, 'survivorsPeak'> {
  const use = survivorsUse(state, fleet);
  return use === null ? {} : { survivorsPeak: fraction(Math.max(survivorsPeak, use)) };
}

interface Look {
  readonly drill: Drill;
  readonly fleet: FleetSnapshot;
  readonly views: readonly WorkloadView[];
  readonly struck: Struck;
  readonly injectedAt: Instant;
}

function underFailure(readings: DrillReadings, look: Look): DrillReadings {
  const { views, fleet, struck, drill } = look;
  const ready = sum(views.map((view) => readyUnits(view)));
  const elsewhere = sum(views.map((view) => readyUnits(view, (it) => !isStruck(struck, it))));
  const replacements = views.flatMap(({ holdings }) => holdings.filter((it) => isReplacement(it, look)));
  const decidedAt = readings.decidedAt ?? soonest(replacements.map(({ record }) => record.since));
  const moved = elsewhere > (readings.readyElsewhereBefore ?? 0);
  return {
    ...readings,
    decidedAt,
    detectedAt: readings.detectedAt ?? earliest(decidedAt, noticedAt(look)),
    firstReadyAt: readings.firstReadyAt ?? (decidedAt !== null && moved ? fleet.at : null),
    recoveredAt: readings.recoveredAt ?? (hasRecovered(look, expectsMoves(drill.spec)) ? fleet.at : null),
    lowestReady: milliUnits(Math.min(readings.lowestReady ?? ready, ready)),
    wanted: wantedOf(views),
    moves: Math.max(readings.moves, replacements.length),
    costPeak: usdPerHour(Math.max(readings.costPeak, costOf(views, fleet))),
  };
}

/** A placement off the targets that was begun, or raised, since the failure was put in force. */
const isReplacement = (holding: Holding, { struck, injectedAt }: Look): boolean =>
  isWanted(holding) && holding.record.replicas > 0 && holding.record.since >= injectedAt && !isStruck(struck, holding);

/** When something first followed: a move was begun, or a copy was given up. */
function noticedAt({ views, injectedAt }: Look): Instant | null {
  const begun = views.flatMap(({ migration }) => (migration.phase === 'Idle' ? [] : [migration.startedAt]));
  const strandedSince = views.flatMap(({ holdings }) =>
    holdings.filter(({ record }) => record.phase === 'Stranded').map(({ record }) => record.since),
  );
  return soonest([...begun, ...strandedSince].filter((at) => at >= injectedAt));
}

/** Every deployment has all it wants ready without the targets; where nothing may move, all it wants is ready. */
const hasRecovered = ({ views, struck }: Look, withoutTargets: boolean): boolean =>
  views.every(
    (view) =>
      readyUnits(view, (it) => !withoutTargets || !isStruck(struck, it)) >= unitsToMilli(view.workload.replicas),
  );

function afterFailure(
  readings: DrillReadings,
  { fleet, views, state, struck }: Look & { readonly state: DrillState },
): DrillReadings {
  const at = fleet.at;
  const cost = usdPerHour(Math.max(readings.costPeak, costOf(views, fleet)));
  return {
    ...readings,
    costPeak: cost,
    restoredAt: readings.restoredAt ?? (isSettled(readings, views, state) ? at : null),
    failedBackAt: readings.failedBackAt ?? (isBack(views, state, struck) ? at : null),
  };
}

/** As much is ready as before, or all that is wanted, and nothing is stranded on the targets any more. */
function isSettled({ readyBefore }: DrillReadings, views: readonly WorkloadView[], { clusters }: DrillState): boolean {
  const wanted = wantedOf(views);
  const ready = sum(views.map((view) => readyUnits(view)));
  const isStranded = views.some(({ holdings }) =>
    holdings.some(({ record }) => record.phase === 'Stranded' && clusters.includes(record.cluster)),
  );
  return !isStranded && ready >= Math.min(wanted, readyBefore ?? wanted);
}

/** Whatever was on the targets is ready there again. */
function isBack(views: readonly WorkloadView[], { targets }: DrillState, struck: Struck): boolean {
  const byKey = new Map(views.map((view) => [view.workload.key, view]));
  return targets.every(({ deployment, cluster, unitsBefore }) => {
    const view = byKey.get(deployment);
    const isThere = (it: Holding): boolean => it.record.cluster === cluster && isWanted(it) && isStruck(struck, it);
    return view === undefined || readyUnits(view, isThere) >= unitsBefore;
  });
}

/** The readings with what probes said that count what clients would have seen: those over HTTP, while the failure is in force. */
export function countProbes(readings: DrillReadings, drill: Drill, answers: readonly ProbeReading[]): DrillReadings {
  if (!isInForce(drill)) return readings;
  const client = new Set(drill.spec.steadyState.filter(({ check }) => check.type === 'Http').map(({ name }) => name));
  const counted = answers.filter(({ probe }) => client.has(probe));
  const broken = counted.filter(({ result }) => result !== 'Held');
  const answered = [readings.slowestAnswer, ...counted.map(({ took }) => took)].filter((it) => it !== undefined);
  return {
    ...readings,
    probesAsked: readings.probesAsked + counted.length,
    probesBroken: readings.probesBroken + broken.length,
    ...(answered.length === 0 ? {} : { slowestAnswer: millis(Math.round(Math.max(...answered))) }),
  };
}

const soonest = (instants: readonly Instant[]): Instant | null =>
  instants.reduce<Instant | null>((first, at) => earliest(first, at), null);
