import { expect } from 'chai';
import { learnLaunch, type LaunchEvidence } from '../../../operator/decide/risk/learn-launch.ts';
import type { Backoff } from '../../../operator/model/fleet.ts';
import { after, minutes, seconds, type Instant } from '../../../operator/model/units.ts';
import { secondsOn } from '../../support/decide-health.ts';
import { NOW } from '../../support/fleet-workload.ts';

const quiet: LaunchEvidence = { problem: null, askedAt: null, pendingSince: null, launchedAt: null };
const capacity = { kind: 'Capacity', message: 'InsufficientInstanceCapacity' } as const;
const quota = { kind: 'Quota', message: 'VcpuLimitExceeded' } as const;
const MINUTE = 60;

/** After `failures` failures for lack of capacity, the last backoff of which ended at NOW. */
const ended = (failures: number, overrides: Partial<Backoff> = {}): Backoff => ({
  until: NOW,
  reason: 'Capacity',
  failures,
  message: 'InsufficientInstanceCapacity',
  ...overrides,
});

/** Minutes from `now` until the backoff ends. */
const minutesOf = (backoff: Backoff | null, now: Instant): number | null => backoff && (backoff.until - now) / 60_000;

describe('learnLaunch', () => {
  it('learns nothing of an offering where nothing happens', () => {
    expect(learnLaunch(null, quiet, NOW)).to.deep.equal({ backoff: null, wakeAt: null });
    const other = { ...quiet, problem: { kind: 'Other', message: 'IamLimitExceeded' } as const };
    expect(learnLaunch(null, other, NOW).backoff).to.equal(null);
  });

  it('leaves an offering alone for a while after a failure, with the words of the cloud', () => {
    const { backoff, wakeAt } = learnLaunch(null, { ...quiet, problem: capacity, askedAt: secondsOn(-60) }, NOW);
    expect(backoff).to.deep.equal({
      until: after(NOW, minutes(3)),
      reason: 'Capacity',
      failures: 1,
      message: 'InsufficientInstanceCapacity',
    });
    expect(wakeAt).to.equal(backoff?.until);
  });

  it('doubles with every failed attempt, up to an hour', () => {
    // capacity: 3, 6, 12, 24, 48, then the limit; quota: 10, 20, 40, then the limit
    const delays = (problem: LaunchEvidence['problem']) => {
      const evidence = { ...quiet, problem, askedAt: secondsOn(1) };
      return [0, 1, 2, 3, 4, 5, 6, 40].map((failures) => {
        const previous = failures === 0 ? null : ended(failures);
        return minutesOf(learnLaunch(previous, evidence, secondsOn(30)).backoff, secondsOn(30));
      });
    };
    expect(delays(capacity)).to.deep.equal([3, 6, 12, 24, 48, 60, 60, 60]);
    expect(delays(quota)).to.deep.equal([10, 20, 40, 60, 60, 60, 60, 60]);
  });

  it('counts nothing while an offering is left alone', () => {
    const running = ended(2, { until: secondsOn(300) });
    const storm = { ...quiet, problem: quota, askedAt: NOW, pendingSince: secondsOn(-3600) };
    expect(learnLaunch(running, storm, NOW)).to.deep.equal({ backoff: running, wakeAt: secondsOn(300) });
  });

  it('is not kept going by a complaint that stays', () => {
    let backoff: Backoff | null = null;
    const sticky = { ...quiet, problem: capacity, askedAt: secondsOn(-60) };
    for (let second = 0; second < 24 * 3600; second += 30) {
      ({ backoff } = learnLaunch(backoff, sticky, secondsOn(second)));
    }
    expect(backoff).to.include({ failures: 1, until: after(NOW, minutes(3)) });
  });

  it('counts a complaint that was there before anybody asked once', () => {
    const first = learnLaunch(null, { ...quiet, problem: capacity }, NOW).backoff;
    expect(first?.failures).to.equal(1);
    expect(learnLaunch(first, { ...quiet, problem: capacity }, secondsOn(3600)).backoff).to.deep.equal(first);
  });

  it('does not take a complaint for a failure where nodes have joined since', () => {
    const joined = { ...quiet, problem: capacity, askedAt: secondsOn(-120), launchedAt: secondsOn(-60) };
    expect(learnLaunch(null, joined, NOW).backoff).to.equal(null);
    expect(learnLaunch(null, { ...joined, askedAt: null }, NOW).backoff).to.equal(null);
    expect(learnLaunch(null, { ...joined, askedAt: secondsOn(-30) }, NOW).backoff?.failures).to.equal(1);
  });

  it('counts pods that wait for a node as a failed launch after ten minutes', () => {
    const waiting = { ...quiet, pendingSince: NOW };
    expect(learnLaunch(null, waiting, secondsOn(10 * MINUTE - 1))).to.deep.equal({
      backoff: null,
      wakeAt: secondsOn(10 * MINUTE),
    });
    const { backoff } = learnLaunch(null, waiting, secondsOn(10 * MINUTE));
    expect(backoff).to.deep.include({ reason: 'LaunchTimeout', failures: 1 });
    expect(backoff?.message).to.equal('pods have waited for a node for 10 minutes');
  });

  it('gives the rest of the pods more time with every one that gets a node', () => {
    const evidence = { ...quiet, pendingSince: NOW, launchedAt: secondsOn(8 * MINUTE) };
    expect(learnLaunch(null, evidence, secondsOn(11 * MINUTE)).wakeAt).to.equal(secondsOn(18 * MINUTE));
  });

  it('counts pods that still wait after a backoff again, from its end on', () => {
    const waiting = { ...quiet, pendingSince: secondsOn(-3600) };
    expect(learnLaunch(ended(1), waiting, secondsOn(5 * MINUTE)).backoff).to.deep.equal(ended(1));
    const again = learnLaunch(ended(1), waiting, secondsOn(10 * MINUTE)).backoff;
    expect(again).to.include({ failures: 2, reason: 'LaunchTimeout' });
    const told = learnLaunch(ended(1), { ...waiting, problem: quota }, secondsOn(10 * MINUTE)).backoff;
    expect(told).to.include({ failures: 2, reason: 'Quota', message: 'VcpuLimitExceeded' });
  });

  it('forgets everything once a launch has succeeded since the failure', () => {
    // Counted three minutes before the backoff's end.
    expect(learnLaunch(ended(1), { ...quiet, launchedAt: secondsOn(-180) }, NOW).backoff).to.deep.equal(ended(1));
    expect(learnLaunch(ended(1), { ...quiet, launchedAt: secondsOn(-179) }, NOW).backoff).to.equal(null);
    const running = ended(1, { until: secondsOn(100) });
    expect(learnLaunch(running, { ...quiet, launchedAt: secondsOn(-1) }, NOW).backoff).to.equal(null);
  });

  it('forgets failures that are long past, unless the cloud still complains', () => {
    const later = after(NOW, minutes(120));
    const before = after(NOW, minutes(119));
    expect(learnLaunch(ended(4), quiet, before).backoff).to.deep.equal(ended(4));
    expect(learnLaunch(ended(4), quiet, later).backoff).to.equal(null);
    expect(learnLaunch(ended(4), { ...quiet, problem: capacity }, later).backoff).to.deep.equal(ended(4));
  });

  it('keeps the message to what status can hold', () => {
    const long = { ...quiet, problem: { ...capacity, message: 'x'.repeat(5000) } };
    expect(learnLaunch(null, long, NOW).backoff?.message).to.have.length(1024);
  });

  it('never lets a permanent shortage be tried more often than the backoff allows', () => {
    // Each attempt is made the moment the backoff ends and fails 20 s later.
    let backoff: Backoff | null = null;
    let askedAt: Instant = NOW;
    let attempts = 1;
    for (let now = NOW; now < after(NOW, minutes(24 * 60)); now = after(now, seconds(20))) {
      if (backoff !== null && now >= backoff.until && askedAt < backoff.until) {
        askedAt = now;
        attempts += 1;
        continue;
      }
      ({ backoff } = learnLaunch(backoff, { ...quiet, problem: capacity, askedAt }, now));
    }
    // 3 + 6 + 12 + 24 + 48 minutes, then once an hour: 5 + (1440 − 93) / 60 = 27 and the one under way
    expect(attempts).to.be.within(24, 28);
  });
});
