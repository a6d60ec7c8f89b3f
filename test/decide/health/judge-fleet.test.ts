import { expect } from 'chai';
import { judgeFleet } from '../../../operator/decide/health/judge-fleet.ts';
import type { Member, Verdict } from '../../../operator/model/fleet.ts';
import { fraction, minutes } from '../../../operator/model/units.ts';
import { secondsOn } from '../../support/decide-health.ts';
import { aMember, aVerdict } from '../../support/fleet-members.ts';
import { NOW } from '../../support/fleet-workload.ts';

/** Seconds before NOW at which each member was lost; null: it answers. */
const fleetOf = (...lostAgo: readonly (number | null)[]): readonly Member[] =>
  lostAgo.map((ago, index) =>
    aMember({
      name: `m${index}`,
      verdict:
        ago === null ? 'Healthy' : aVerdict(ago > 60 ? 'Down' : 'Suspect', { unreachableSince: secondsOn(-ago) }),
    }),
  );

const returned = (verdict: Verdict, secondsAgo: number): Member =>
  aMember({ name: `${verdict}-${secondsAgo}`, verdict: aVerdict(verdict, { since: secondsOn(-secondsAgo) }) });

const HALF = { freezeThreshold: fraction(0.5) };
const DAY = 86_400;

describe('judgeFleet', () => {
  const table: readonly (readonly [string, readonly Member[], boolean])[] = [
    ['no members at all', [], false],
    ['one member that answers', fleetOf(null), false],
    ['one member and it is lost: it may well be us', fleetOf(10), true],
    ['two members, one lost: 1/2 is not more than half', fleetOf(10, null), false],
    ['two members, both lost', fleetOf(10, 10), true],
    ['two members, lost weeks apart: nowhere to go either', fleetOf(10, 20 * DAY), true],
    ['three members, one lost', fleetOf(10, null, null), false],
    ['three members, two lost at once: 2/3', fleetOf(10, 40, null), true],
    ['three members, two lost an hour apart: 1/3, then 1/2', fleetOf(10, 3600, null), false],
    ['four members, two lost at once: 2/4', fleetOf(10, 10, null, null), false],
    ['five members, three lost at once: 3/5', fleetOf(10, 10, 10, null, null), true],
    [
      'ten members, four lost at the same instant: 4/10',
      fleetOf(9, 9, 9, 9, null, null, null, null, null, null),
      false,
    ],
    [
      'ten members, eight lost long ago and one now: one loss is no pattern',
      fleetOf(...Array.from({ length: 8 }, (_, i) => (i + 1) * DAY), 5, null),
      false,
    ],
    ['the same and both of the last lost', fleetOf(...Array.from({ length: 8 }, (_, i) => (i + 1) * DAY), 5, 5), true],
    ['a cloud lost a day ago stays frozen: time alone proves nothing', fleetOf(DAY, DAY + 30, DAY + 60, null), true],
  ];
  for (const [name, members, frozen] of table) {
    it(`${frozen ? 'freezes' : 'does not freeze'}: ${name}`, () => {
      const judgement = judgeFleet(members, HALF, NOW);
      expect(judgement.frozen).to.equal(frozen);
      expect(judgement.why).to.match(/^[A-Z0-9].*\.$/);
    });
  }

  it('respects the threshold that is set', () => {
    const members = fleetOf(10, 10, null, null, null);
    expect(judgeFleet(members, { freezeThreshold: fraction(0.3) }, NOW).frozen).to.equal(true);
    expect(judgeFleet(members, { freezeThreshold: fraction(0.5) }, NOW).frozen).to.equal(false);
  });

  it('takes one loss for an outage however low the threshold is', () => {
    expect(judgeFleet(fleetOf(10, null, null), { freezeThreshold: fraction(0.01) }, NOW).frozen).to.equal(false);
  });

  it('leaves members lost long ago out of the reckoning: three of the last four is most', () => {
    const members = fleetOf(...Array.from({ length: 6 }, (_, i) => (i + 1) * DAY), 5, 6, 7, null);
    expect(judgeFleet(members, HALF, NOW).frozen).to.equal(true);
  });

  it('does not thaw half-way while members come back one by one', () => {
    const members = [...fleetOf(90, 95, null), returned('Recovering', 10), returned('Recovering', 5)];
    expect(judgeFleet(members, HALF, NOW).frozen).to.equal(true);
  });

  it('thaws when the returned ones have been back for a while', () => {
    const back = Number(minutes(5)) / 1000;
    const members = [...fleetOf(400, 400, null), returned('Recovering', back), returned('Recovering', back)];
    expect(judgeFleet(members, HALF, NOW).frozen).to.equal(false);
  });

  it('does not thaw with the first answer after a cut that all shared: who still waits for its next probe is not lost', () => {
    const answering = aMember({
      name: 'first',
      verdict: aVerdict('Down', { since: secondsOn(-5), unreachableSince: null, goodSince: NOW }),
    });
    expect(judgeFleet([answering, ...fleetOf(20)], HALF, NOW).frozen).to.equal(true);
    expect(judgeFleet([answering, ...fleetOf(20, null, null)], HALF, NOW).frozen).to.equal(false);
  });
});
