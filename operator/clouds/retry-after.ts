/** Reads the Retry-After header as both clouds send it. */
import { elapsed, instant, type Instant, type Millis, millis, minutes, seconds } from '../model/units.ts';

/** A service that asks for more is not believed: the caller asks again within this. */
const LONGEST_WAIT = minutes(15);

/** Seconds or an HTTP date (RFC 9110, 10.2.3) as a time to wait; null when there is nothing usable. */
export function retryAfter(header: string | null | undefined, now: Instant): Millis | null {
  if (header === null || header === undefined || header.trim() === '') return null;
  const asked = /^\d+$/.test(header.trim()) ? seconds(Number(header)) : untilDate(header, now);
  return asked === null || asked < 0 ? null : millis(Math.min(asked, LONGEST_WAIT));
}

function untilDate(header: string, now: Instant): Millis | null {
  const date = Date.parse(header);
  return Number.isNaN(date) ? null : elapsed(now, instant(date));
}
