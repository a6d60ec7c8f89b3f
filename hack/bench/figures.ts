/** Figures as they are printed: quantiles, ratios, and whether a goal is met. */

export const quantile = (values: readonly number[], share: number): number =>
  values.toSorted((a, b) => a - b)[Math.min(values.length - 1, Math.floor(values.length * share))] ?? Number.NaN;

export const fixed = (value: number, digits = 1): string => value.toFixed(digits);

/** `12.3 s`, or `never`. */
export const secondsOf = (value: number | null): string => (value === null ? 'never' : `${fixed(value)} s`);

/** One line of a report: what, how much, and, where there is a goal, whether it is met. */
export function tell(what: string, figure: string, goal?: { readonly text: string; readonly met: boolean }): void {
  const verdict = goal === undefined ? '' : `  ${goal.met ? 'PASS' : 'MISS'} (goal ${goal.text})`;
  console.log(`  ${what.padEnd(58)} ${figure}${verdict}`);
  if (goal?.met === false) process.exitCode = 1;
}

/** Milliseconds since the epoch with fractions: the same in every process of this machine. */
export const instantNow = (): number => performance.timeOrigin + performance.now();
