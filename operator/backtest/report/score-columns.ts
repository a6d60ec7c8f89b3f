/** The columns of a score, for tables in the terminal and on the page. */
import type { Score } from '../measurement.ts';

export interface ScoreColumn {
  readonly title: string;
  readonly show: (score: Score) => string;
}

const percent = (share: number, digits: number): string => (share * 100).toFixed(digits);

export const SCORE_COLUMNS: readonly ScoreColumn[] = [
  { title: 'available %', show: ({ availability }) => percent(availability, 2) },
  { title: 'cost %', show: ({ cost }) => percent(cost, 1) },
  { title: 'on demand %', show: ({ readyOnDemand, provOnDemand }) => percent(readyOnDemand + provOnDemand, 1) },
  { title: 'surplus %', show: ({ surplus }) => percent(surplus, 1) },
  { title: 'none ready %', show: ({ zero }) => percent(zero, 2) },
  { title: 'outages/day', show: ({ outagesPerDay }) => outagesPerDay.toFixed(1) },
  { title: 'longest s', show: ({ longestSeconds }) => longestSeconds.toFixed(0) },
  { title: 'lost/day', show: ({ preemptionsPerDay }) => preemptionsPerDay.toFixed(1) },
  { title: 'launched/day', show: ({ launchesPerDay }) => launchesPerDay.toFixed(1) },
];
