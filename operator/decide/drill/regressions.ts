/** What became worse from one drill to the next of its kind. */
import type { DrillReport, ReportedTimes } from '../../model/drill-report.ts';

/** Below this a difference is noise: of any two starts one is slower. */
const NOISE_SHARE = 0.1;
const NOISE_SECONDS = 5;

const FIGURES: readonly (readonly [keyof ReportedTimes, string])[] = [
  ['detect', 'detection'],
  ['decide', 'the decision'],
  ['firstReplica', 'the first replacement'],
  ['recovery', 'full recovery'],
  ['restore', 'restoring'],
  ['failback', 'the way back'],
];

type Compared = Omit<DrillReport, 'previous' | 'regressions'>;

/** One sentence for each figure that is worse than before by more than noise. */
export function regressionsSince(before: Compared, now: Compared): readonly string[] {
  return [...outcomeWorse(before, now), ...timesWorse(before, now), ...figuresWorse(before, now)];
}

function outcomeWorse(before: Compared, now: Compared): readonly string[] {
  if (before.outcome !== 'Succeeded' || now.outcome === 'Succeeded') return [];
  return [`The last drill of this kind succeeded; this one ended as ${now.outcome ?? 'unfinished'}.`];
}

const timesWorse = (before: Compared, now: Compared): readonly string[] =>
  FIGURES.flatMap(([figure, what]) => {
    const [was, is] = [before.seconds[figure], now.seconds[figure]];
    if (was === null) return [];
    if (is === null)
      return now.injectedAt === null
        ? []
        : [`${capital(what)} took ${was} s the last time and was not seen this time.`];
    const isNoise = is - was <= Math.max(NOISE_SECONDS, was * NOISE_SHARE);
    return isNoise ? [] : [`${capital(what)} took ${is} s, after ${was} s the last time.`];
  });

function figuresWorse(before: Compared, now: Compared): readonly string[] {
  const worse: string[] = [];
  const [lowestWas, lowestIs] = [before.units?.lowestReady ?? null, now.units?.lowestReady ?? null];
  if (lowestWas !== null && lowestIs !== null && shareOf(lowestIs, now) < shareOf(lowestWas, before))
    worse.push(`As few as ${lowestIs} units were ready, after ${lowestWas} the last time.`);
  const [lostWas, lostIs] = [lost(before), lost(now)];
  if (lostWas !== null && lostIs !== null && lostIs > lostWas)
    worse.push(`${percent(lostIs)} of the probes of clients broke, after ${percent(lostWas)} the last time.`);
  const [extraWas, extraIs] = [before.hourlyUSD?.extra, now.hourlyUSD?.extra];
  if (extraWas !== undefined && extraIs !== undefined && extraIs > extraWas * (1 + NOISE_SHARE) + 0.01)
    worse.push(`It cost up to $${extraIs.toFixed(2)} an hour more, after $${extraWas.toFixed(2)} the last time.`);
  return worse;
}

/** Of the wanted units, so that a fleet that has grown is not better for it. */
const shareOf = (ready: number, { units }: Compared): number => ready / Math.max(1, units?.wanted ?? 1);

const lost = ({ requests }: Compared): number | null =>
  requests === null || requests.asked === 0 ? null : requests.broken / requests.asked;

const percent = (share: number): string => `${Math.round(share * 1000) / 10}%`;

const capital = (text: string): string => text.charAt(0).toUpperCase() + text.slice(1);
