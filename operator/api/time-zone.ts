/** Which time zones this process knows: only it can say, so no schema does. */
import type { Issue } from './issue.ts';

/** What is wrong with the name of a time zone at `path`; nothing for one that is left out. */
export function timeZoneIssues(path: string, timeZone: string | undefined): readonly Issue[] {
  if (timeZone === undefined || isTimeZone(timeZone)) return [];
  return [{ path, message: `must be a time zone of the IANA database, for instance Europe/London, not "${timeZone}"` }];
}

function isTimeZone(timeZone: string): boolean {
  try {
    return new Intl.DateTimeFormat('en', { timeZone }).resolvedOptions().timeZone !== '';
  } catch {
    return false; // a RangeError: it is not known
  }
}
