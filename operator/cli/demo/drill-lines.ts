/** A drill's report in a few lines: how long things took, what it cost, and what it did not test. */
import type { DrillReport } from '../../model/drill-report.ts';

export const drillLines = (report: DrillReport): readonly string[] => [
  `noticed after ${shown(report.seconds.detect)}, first replacement ready after ${shown(report.seconds.firstReplica)}, ` +
    `all without ${report.clusters.join(', ')} after ${shown(report.seconds.recovery)}`,
  ...figures(report),
  ...report.notTested.slice(0, 1).map((it) => `not tested: ${it}`),
];

const shown = (seconds: number | null): string => (seconds === null ? 'not seen' : `${Math.round(seconds)} s`);

function figures({ units, hourlyUSD, survivorsPeak }: DrillReport): readonly string[] {
  if (units === null || hourlyUSD === null) return [];
  const lowest = units.lowestReady === null ? 'not seen' : `${units.lowestReady} of ${units.wanted}`;
  const full =
    survivorsPeak === null ? '' : `, survivors' accelerators up to ${Math.round(survivorsPeak * 100)}% taken`;
  return [`fewest units ready: ${lowest}; up to $${hourlyUSD.extra.toFixed(2)} an hour more${full}`];
}
