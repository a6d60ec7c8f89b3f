/** When a drill may begin: weekly windows and blocked dates in a time zone, summer time included. */
import type { DrillSpec } from '../../model/drill.ts';
import type { Instant } from '../../model/units.ts';

type Window = DrillSpec['window'];

const WEEKDAYS = ['Sun', 'Mon', 'Tue', 'Wed', 'Thu', 'Fri', 'Sat'];

/** Why no drill may begin at `now`; null when one may. */
export function closedBecause(window: Window, now: Instant): string | null {
  if (window.allowed.length === 0 && window.blockedDates.length === 0) return null;
  const { date, weekday, minute } = wallClock(now, window.timeZone);
  if (window.blockedDates.includes(date)) return `${date} is a blocked date`;
  const isOpen = window.allowed.some((it) => {
    if (it.from < it.to) return it.weekday === weekday && it.from <= minute && minute < it.to;
    const isNextDay = (it.weekday + 1) % 7 === weekday; // past midnight
    return (it.weekday === weekday && it.from <= minute) || (isNextDay && minute < it.to);
  });
  return isOpen || window.allowed.length === 0 ? null : 'it is outside the allowed windows';
}

interface WallClock {
  /** `YYYY-MM-DD` */
  readonly date: string;
  /** 0 is Sunday. */
  readonly weekday: number;
  /** After midnight. */
  readonly minute: number;
}

/** What clocks in the time zone show at that instant. */
function wallClock(at: Instant, timeZone: string): WallClock {
  const format = new Intl.DateTimeFormat('en-US', {
    timeZone,
    hourCycle: 'h23',
    weekday: 'short',
    year: 'numeric',
    month: '2-digit',
    day: '2-digit',
    hour: '2-digit',
    minute: '2-digit',
  });
  const parts = new Map(format.formatToParts(at).map(({ type, value }) => [type, value]));
  const part = (type: Intl.DateTimeFormatPartTypes): string => parts.get(type) ?? '';
  return {
    date: `${part('year')}-${part('month')}-${part('day')}`,
    weekday: WEEKDAYS.indexOf(part('weekday')),
    minute: Number(part('hour')) * 60 + Number(part('minute')),
  };
}
