/** When a cron expression is due in a time zone: five fields, over the changes of summer time as Vixie cron has them. */
import { Cron } from 'croner';
import { instant, type Instant } from '../model/units.ts';
import { timeZoneIssues } from './time-zone.ts';

export interface CronTimes {
  /** The first time after that; null: never again. */
  readonly next: (after: Instant) => Instant | null;
  /** The last time up to and with that; null: never before. */
  readonly last: (upTo: Instant) => Instant | null;
  /** How many times after the one and up to and with the other; not counted beyond `most`. */
  readonly count: (after: Instant, upTo: Instant, most: number) => number;
}

export type ParsedCron =
  | { readonly ok: true; readonly times: CronTimes }
  /** What is wrong, for the field that it stands in. */
  | { readonly ok: false; readonly field: 'schedule' | 'timeZone'; readonly message: string };

/**
 * A time that summer time skips is due right after the gap; one that comes twice is due once. Expressions with a `*` hour
 * are due every hour that passes.
 */
export function parseCron(schedule: string, timeZone: string): ParsedCron {
  if (timeZoneIssues('', timeZone).length > 0)
    return {
      ok: false,
      field: 'timeZone',
      message: 'is no time zone of the IANA database, for instance Europe/London',
    };
  try {
    const cron = new Cron(schedule, { timezone: timeZone, mode: '5-part', paused: true });
    if (cron.nextRun(LONG_AGO) === null) return { ok: false, field: 'schedule', message: 'is never due' };
    return { ok: true, times: timesOf(cron) };
  } catch {
    const message = 'is no cron expression of five fields: minute, hour, day of month, month, day of week';
    return { ok: false, field: 'schedule', message };
  }
}

const LONG_AGO = new Date(Date.UTC(2000, 0, 1));

const instantOf = (date: Date | null | undefined): Instant | null => (date ? instant(date.getTime()) : null);

function timesOf(cron: Cron): CronTimes {
  const next = (after: Instant): Instant | null => instantOf(cron.nextRun(new Date(after)));
  return {
    next,
    // What is due at the reference itself is not told, so the reference is a minute on: times are whole minutes.
    last: (upTo) => {
      const [latest] = cron.previousRuns(1, new Date(Math.floor(upTo / MINUTE) * MINUTE + MINUTE));
      return instantOf(latest);
    },
    count: (after, upTo, most) => {
      let counted = 0;
      for (let at = next(after); at !== null && at <= upTo && counted < most; at = next(at)) counted += 1;
      return counted;
    },
  };
}

const MINUTE = 60_000;
