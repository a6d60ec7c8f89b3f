/** How a drill that went its way ended: by its objectives, and by what was seen. */
import type { Drill, DrillOutcome } from '../../model/drill.ts';
import type { DrillReadings, DrillVerdict } from '../../model/drill-readings.ts';
import { elapsed, milliToUnits, toSeconds, type Fraction, type Instant, type Millis } from '../../model/units.ts';
import { counted } from './counted.ts';
import { expectsMoves, isBelief } from './hit-by.ts';

export interface Judgement {
  readonly outcome: Extract<DrillOutcome, 'Succeeded' | 'Failed' | 'Inconclusive'>;
  /** One sentence. */
  readonly why: string;
}

/** Every objective that the drill has, with whether it was met. */
export function verdictsOf({ spec, state }: Drill, readings: DrillReadings): readonly DrillVerdict[] {
  const { objectives } = spec;
  const verdicts: DrillVerdict[] = [];
  const timed = (objective: 'recovery' | 'firstReplica', wanted: Millis | null, at: Instant | null): void => {
    if (wanted !== null) verdicts.push(timeVerdict(objective, wanted, since(readings, at)));
  };
  if (expectsMoves(spec)) {
    timed('firstReplica', objectives.firstReplica, readings.firstReadyAt);
    timed('recovery', objectives.recovery, readings.recoveredAt);
    const fits = state?.prediction === null || (state?.prediction.placeable ?? 0) >= (state?.prediction.units ?? 0);
    if (objectives.recovery === null && fits)
      verdicts.push({
        objective: 'allReadyAgain',
        met: readings.recoveredAt !== null,
        detail: 'all units were to be ready without the targets before the failure was lifted',
      });
  }
  if (isBelief(spec.failure.scope))
    verdicts.push({
      objective: 'nothingMoves',
      met: readings.moves === 0,
      detail: `${counted(readings.moves, 'placement')} moved, and none was to`,
    });
  if (objectives.lostRequests !== null) verdicts.push(lostVerdict(objectives.lostRequests, readings));
  if (objectives.errorRatio !== null) verdicts.push(ratioVerdict(objectives.errorRatio, readings));
  if (objectives.extraCost !== null) {
    const extra = readings.costPeak - readings.costBefore;
    const detail = `it cost up to $${extra.toFixed(2)} an hour more; at most $${objectives.extraCost.toFixed(2)} was wanted`;
    verdicts.push({ objective: 'extraCost', met: extra <= objectives.extraCost, detail });
  }
  return verdicts;
}

const since = ({ injectedAt }: DrillReadings, at: Instant | null): Millis | null =>
  injectedAt === null || at === null ? null : elapsed(injectedAt, at);

function timeVerdict(objective: 'recovery' | 'firstReplica', wanted: Millis, took: Millis | null): DrillVerdict {
  const what = objective === 'recovery' ? 'recovery' : 'the first replacement';
  const seen = took === null ? `${what} was not seen` : `${what} took ${Math.round(toSeconds(took))} s`;
  return {
    objective,
    met: took !== null && took <= wanted,
    detail: `${seen}; at most ${toSeconds(wanted)} s was wanted`,
  };
}

function lostVerdict(wanted: number, { probesAsked, probesBroken }: DrillReadings): DrillVerdict {
  const objective = 'lostRequests';
  if (probesAsked === 0) return { objective, met: null, detail: NOBODY_ASKED };
  const detail = `${probesBroken} of ${probesAsked} http probes broke; at most ${wanted} was wanted`;
  return { objective, met: probesBroken <= wanted, detail };
}

const NOBODY_ASKED = 'no http probe counted what clients would have seen';

function ratioVerdict(wanted: Fraction, { probesAsked, probesBroken }: DrillReadings): DrillVerdict {
  const objective = 'errorRatio';
  if (probesAsked === 0) return { objective, met: null, detail: NOBODY_ASKED };
  const ratio = probesBroken / probesAsked;
  const detail = `${percent(ratio)} of ${probesAsked} http probes broke; at most ${percent(wanted)} was wanted`;
  return { objective, met: ratio <= wanted, detail };
}

const percent = (share: number): string => `${Number((share * 100).toFixed(2))}%`;

/** Failed by the first objective that was missed, inconclusive by the first that could not be measured. */
export function judgeDrill(drill: Drill, readings: DrillReadings): Judgement {
  const verdicts = verdictsOf(drill, readings);
  const missed = verdicts.filter(({ met }) => met === false);
  if (missed.length > 0) return { outcome: 'Failed', why: `Missed: ${missed.map(({ detail }) => detail).join('; ')}.` };
  const unmeasured = verdicts.find(({ met }) => met === null);
  if (unmeasured) return { outcome: 'Inconclusive', why: `It could not be measured: ${unmeasured.detail}.` };
  const low =
    readings.lowestReady === null ? '' : `, never fewer than ${milliToUnits(readings.lowestReady)} units ready`;
  return { outcome: 'Succeeded', why: `Every objective was met${low}.` };
}
