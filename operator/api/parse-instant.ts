/** Points in time as the custom resources write them: RFC 3339 in UTC. */
import { instant, type Instant } from '../model/units.ts';

const RFC_3339 = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(?:\.\d{1,9})?(?:Z|[+-]\d{2}:\d{2})$/;

/** The instant that `text` writes; null when it writes none. */
export function parseInstant(text: string): Instant | null {
  const epochMillis = RFC_3339.test(text) ? Date.parse(text) : Number.NaN;
  return Number.isNaN(epochMillis) ? null : instant(epochMillis);
}

/** To the millisecond, so that a clock read back from status is the clock that was written. */
export const formatInstant = (at: Instant): string => new Date(at).toISOString().replace('.000Z', 'Z');
