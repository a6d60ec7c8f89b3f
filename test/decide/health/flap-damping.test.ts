import { expect } from 'chai';
import { outageAfter, patienceWith } from '../../../operator/decide/health/flap-damping.ts';
import type { PastOutage } from '../../../operator/model/fleet.ts';
import { minutes, seconds } from '../../../operator/model/units.ts';
import { held, ProbedMember, secondsOn, theThresholds } from '../../support/decide-health.ts';
import { NOW } from '../../support/fleet-workload.ts';

const TEN = theThresholds({ downAfter: seconds(10), recoverAfter: seconds(30) });

describe('patienceWith', () => {
  const patience = (lastOutage: PastOutage | null, downAfter = 10): number =>
    patienceWith({ ...held('Healthy'), lastOutage }, theThresholds({ downAfter: seconds(downAfter) }), NOW) / 1000;
  const ended = (minutesAgo: number, flaps: number): PastOutage => ({ endedAt: secondsOn(-60 * minutesAgo), flaps });

  it('is what is set for a member that was never down, or lately for a long time', () => {
    expect(patience(null)).to.equal(10);
    expect(patience(ended(1, 0))).to.equal(10);
  });

  it('is four times as long for each short outage in a row, up to five minutes', () => {
    expect([1, 2, 3, 50].map((flaps) => patience(ended(1, flaps)))).to.deep.equal([40, 160, 300, 300]);
  });

  it('is never shorter than what is set', () => {
    expect(patience(ended(1, 3), 600)).to.equal(600);
  });

  it('forgets after a quarter of an hour', () => {
    expect([14, 15].map((ago) => patience(ended(ago, 1)))).to.deep.equal([40, 10]);
  });
});

describe('outageAfter', () => {
  const down = (sinceAgo: number, lastOutage: PastOutage | null = null) => ({
    ...held('Down'),
    since: secondsOn(-sinceAgo),
    lastOutage,
  });

  it('remembers nothing new before the outage ends', () => {
    expect(outageAfter(down(20), 'Down', NOW)).to.equal(null);
    expect(outageAfter(held('Healthy'), 'Suspect', NOW)).to.equal(null);
    const earlier = { endedAt: secondsOn(-100), flaps: 2 };
    expect(outageAfter({ ...held('Healthy'), lastOutage: earlier }, 'Suspect', NOW)).to.equal(earlier);
  });

  it('counts short outages that follow one another within the window', () => {
    expect(outageAfter(down(20), 'Recovering', NOW)).to.deep.equal({ endedAt: NOW, flaps: 1 });
    const again = down(20, { endedAt: secondsOn(-60), flaps: 1 });
    expect(outageAfter(again, 'Recovering', NOW)).to.deep.equal({ endedAt: NOW, flaps: 2 });
    const longAgo = down(20, { endedAt: secondsOn(-20 - minutes(15) / 1000), flaps: 1 });
    expect(outageAfter(longAgo, 'Recovering', NOW)).to.deep.equal({ endedAt: NOW, flaps: 1 });
  });

  it('takes a long outage for what it is: no flap', () => {
    const afterFlaps = down(300, { endedAt: secondsOn(-400), flaps: 3 });
    expect(outageAfter(afterFlaps, 'Recovering', NOW)).to.deep.equal({ endedAt: NOW, flaps: 0 });
  });
});

describe('judgeMember of a member that goes down for 20 s and up for 20 s', () => {
  it('believes in the first outage, for it looks like any, and in none of the nine that follow', () => {
    const member = new ProbedMember(held('Healthy'), TEN);
    const outages: number[] = [];
    for (let round = 1; round <= 10; round += 1) {
      for (let probe = 0; probe < 4; probe += 1) {
        const before = member.state?.verdict;
        member.see('Refused');
        if (member.state?.verdict === 'Down' && before !== 'Down') outages.push(round);
      }
      member.see('good', 4);
    }
    expect(outages).to.deep.equal([1]);
    expect(member.state?.lastOutage?.flaps).to.equal(1);
  });

  it('goes on being patient after a restart of the operator', () => {
    const member = new ProbedMember({ ...held('Healthy'), lastOutage: { endedAt: NOW, flaps: 1 } }, TEN);
    member.restart();
    expect(member.see('Refused', 8)).to.equal('Suspect/ProbeFailed'); // 35 s
    expect(member.see('Refused')).to.equal('Down/ApiUnreachable'); // 40 s
  });
});
