import { expect } from 'chai';
import { parseCron, type CronTimes } from '../../operator/api/drill-cron.ts';
import { instant, type Instant } from '../../operator/model/units.ts';

const at = (text: string): Instant => instant(Date.parse(text));
const told = (it: Instant | null): string | null => (it === null ? null : new Date(it).toISOString());

function times(schedule: string, timeZone = 'UTC'): CronTimes {
  const parsed = parseCron(schedule, timeZone);
  if (!parsed.ok) throw new Error(parsed.message);
  return parsed.times;
}

describe('parseCron', () => {
  it('tells when a weekly time is due next, and when it was last', () => {
    const tuesdays = times('30 10 * * 2');
    expect(told(tuesdays.next(at('2026-11-23T00:00:00Z')))).to.equal('2026-11-24T10:30:00.000Z');
    expect(told(tuesdays.next(at('2026-11-24T10:30:00Z')))).to.equal('2026-12-01T10:30:00.000Z');
    expect(told(tuesdays.last(at('2026-11-24T10:29:59.999Z')))).to.equal('2026-11-17T10:30:00.000Z');
    expect(told(tuesdays.last(at('2026-11-24T10:30:00Z')))).to.equal('2026-11-24T10:30:00.000Z');
    expect(told(tuesdays.last(at('2026-11-24T10:30:59Z')))).to.equal('2026-11-24T10:30:00.000Z');
  });

  it('keeps the hour of its time zone over the changes of summer time', () => {
    const london = times('0 10 * * *', 'Europe/London');
    expect(told(london.next(at('2026-03-28T12:00:00Z')))).to.equal('2026-03-29T09:00:00.000Z');
    expect(told(london.next(at('2026-10-24T12:00:00Z')))).to.equal('2026-10-25T10:00:00.000Z');
  });

  it('is due once where summer time skips the hour, and once where it comes twice', () => {
    const inTheGap = times('30 2 * * *', 'Europe/Berlin');
    expect(inTheGap.count(at('2026-03-28T12:00:00Z'), at('2026-03-29T12:00:00Z'), 10)).to.equal(1);
    expect(told(inTheGap.next(at('2026-03-28T12:00:00Z')))).to.match(/^2026-03-29T01:(00|30):00/);
    expect(inTheGap.count(at('2026-10-24T12:00:00Z'), at('2026-10-25T12:00:00Z'), 10)).to.equal(1);
  });

  it('counts what was missed, up to a limit', () => {
    const hourly = times('0 * * * *');
    expect(hourly.count(at('2026-11-23T00:00:00Z'), at('2026-11-23T05:00:00Z'), 100)).to.equal(5);
    expect(hourly.count(at('2026-01-01T00:00:00Z'), at('2026-11-23T05:00:00Z'), 100)).to.equal(100);
  });

  it('refuses what is no expression of five fields, no time zone, or never due', () => {
    for (const bad of ['', '* * * *', '0 0 10 * * 2', '61 * * * *', 'often', '@secondly'])
      expect(parseCron(bad, 'UTC'), bad).to.include({ ok: false, field: 'schedule' });
    expect(parseCron('0 0 31 2 *', 'UTC')).to.include({ ok: false, message: 'is never due' });
    expect(parseCron('0 10 * * 2', 'Mars/Olympus')).to.include({ ok: false, field: 'timeZone' });
  });
});
