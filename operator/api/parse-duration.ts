/** Durations as the custom resources write them: 30m, 10s, 1h30m, 500ms. */
import { millis, type Millis } from '../model/units.ts';

const DURATION = /^(?:(\d{1,6})h)?(?:(\d{1,6})m)?(?:(\d{1,6})s)?(?:(\d{1,6})ms)?$/;

/** The duration that `text` writes; null when it writes none. */
export function parseDuration(text: string): Millis | null {
  const match = DURATION.exec(text);
  if (match === null || text === '') return null;
  const [hours, minutes, seconds, rest] = match.slice(1).map((digits) => Number(digits ?? 0));
  return millis((hours ?? 0) * 3_600_000 + (minutes ?? 0) * 60_000 + (seconds ?? 0) * 1000 + (rest ?? 0));
}

/** The shortest way to write a duration of whole milliseconds; what parseDuration reads back. */
export function formatDuration(duration: Millis): string {
  const whole = Math.max(0, Math.round(duration));
  const parts: readonly (readonly [number, string])[] = [
    [Math.floor(whole / 3_600_000), 'h'],
    [Math.floor(whole / 60_000) % 60, 'm'],
    [Math.floor(whole / 1000) % 60, 's'],
    [whole % 1000, 'ms'],
  ];
  const written = parts.filter(([amount]) => amount > 0).map(([amount, unit]) => `${amount}${unit}`);
  return written.join('') || '0s';
}
