import { expect } from 'chai';
import { array, assert, constantFrom, integer, option, property, record } from 'fast-check';
import { judgeFleet, type SightedMember } from '../../../operator/decide/health/judge-fleet.ts';
import type { Member } from '../../../operator/model/fleet.ts';
import { regionName } from '../../../operator/model/names.ts';
import { fraction } from '../../../operator/model/units.ts';
import { secondsOn } from '../../support/decide-health.ts';
import { aMember, aVerdict } from '../../support/fleet-members.ts';
import { NOW } from '../../support/fleet-workload.ts';

interface Sight {
  readonly provider?: Member['provider'];
  readonly region?: string;
  /** Seconds since it was lost; null: it answers. */
  readonly lostFor?: number | null;
  /** Seconds since what it answered last was asked. */
  readonly answeredAgo?: number | null;
  readonly ended?: boolean;
}

const sighted = (sights: readonly Sight[]): readonly SightedMember[] =>
  sights.map(({ provider = 'aws', region = 'us-east-1', lostFor = null, answeredAgo = 1, ended = false }, at) => ({
    ...aMember({ name: `m${at}`, provider, region: 'anywhere' }),
    region: regionName(region),
    verdict:
      lostFor === null
        ? aVerdict()
        : aVerdict(lostFor >= 10 ? 'Down' : 'Suspect', { unreachableSince: secondsOn(-lostFor) }),
    answeredAt: answeredAgo === null ? null : secondsOn(-answeredAgo),
    endedByCloud: ended,
  }));

/** A member that had been lost itself. */
const RETURNED_LATELY: Sight = {};
const HALF = { freezeThreshold: fraction(0.5) };
const judge = (...sights: readonly Sight[]) => judgeFleet(sighted(sights), HALF, NOW);
const azure = (lostFor: number | null, rest: Sight = {}): Sight => ({
  provider: 'azure',
  region: 'eastus',
  lostFor,
  ...rest,
});

describe('judgeFleet, of losses with one cause', () => {
  it('does not freeze when one provider is lost whole and another one answers: that is what a second one is for', () => {
    const judgement = judge(azure(12), azure(12, { region: 'westeurope' }), {});
    expect(judgement.frozen).to.equal(false);
    expect(judgement.vouchedFor).to.match(/^All 2 members .* in provider azure, and m2 answers/);
  });

  it('does not freeze when one region is lost whole and another region of the same provider answers', () => {
    const judgement = judge({ lostFor: 12 }, { lostFor: 12 }, { region: 'us-west-2' });
    expect(judgement.frozen).to.equal(false);
    expect(judgement.vouchedFor).to.include('region us-east-1 of aws');
  });

  const frozen: Readonly<Record<string, readonly Sight[]>> = {
    'losses span providers, whoever else answers': [azure(12), { lostFor: 12 }, { provider: 'other', region: 'fra' }],
    'the one that answers shares the region that was lost': [{ lostFor: 12 }, { lostFor: 12 }, {}],
    'several regions of a provider are lost and only the same provider answers': [
      { lostFor: 12 },
      { lostFor: 12, region: 'us-west-2' },
      { region: 'eu-west-1' },
    ],
    'nobody has answered since the losses are believed': [azure(12), azure(12), { answeredAgo: 13 }],
    'nobody has answered since the start': [azure(12), azure(12), { answeredAgo: null }],
    'the other one has itself only just come back': [azure(12), azure(12), RETURNED_LATELY],
    'two unrelated places called "other" without a region': [
      { provider: 'other', region: '', lostFor: 12 },
      { provider: 'other', region: '', lostFor: 12 },
      {},
    ],
    'nothing answers at all, even when every cloud explains it': [
      azure(12, { ended: true }),
      { lostFor: 12, ended: true },
    ],
  };
  for (const [name, sights] of Object.entries(frozen)) {
    it(`freezes when ${name}`, () => {
      const members = sighted(sights).map((it, at) => (sights[at] === RETURNED_LATELY ? returnedLately(it) : it));
      const judgement = judgeFleet(members, HALF, NOW);
      expect(judgement.frozen).to.equal(true);
      expect(judgement.why).to.match(/look at the hub's network/);
    });
  }

  it('waits for a proof only of what is believed down: before that nothing is given up anyway', () => {
    expect(judge(azure(5), azure(6), { answeredAgo: 8 }).frozen).to.equal(false);
    expect(judge(azure(12), azure(6), { answeredAgo: 8 }).frozen).to.equal(false);
    expect(judge(azure(12), azure(11), { answeredAgo: 11.5 }).frozen).to.equal(true);
  });

  it('does not count what its cloud says is stopped: that loss is explained', () => {
    expect(judge(azure(12, { ended: true }), { lostFor: 12 }, { answeredAgo: 60 }).frozen).to.equal(false);
    expect(judge(azure(12), { lostFor: 12 }, { answeredAgo: 60 }).frozen).to.equal(true);
  });

  describe('whatever the fleet', () => {
    const sight = record({
      provider: constantFrom('aws' as const, 'azure' as const, 'other' as const),
      region: constantFrom('', 'r1', 'r2'),
      lostFor: option(integer({ min: 0, max: 600 }), { freq: 2 }),
      answeredAgo: option(integer({ min: 0, max: 600 }), { freq: 5 }),
    });
    const fleet = array(sight, { minLength: 1, maxLength: 8 });

    it('freezes when nobody answers', () => {
      assert(
        property(
          fleet,
          (sights) => judgeFleet(sighted(sights.map((it) => ({ ...it, lostFor: 60 }))), HALF, NOW).frozen,
        ),
      );
    });

    it('never freezes over one provider alone while a member of another one has just answered', () => {
      assert(
        property(fleet, (sights) => {
          const confined = sights.map((it) => (it.provider === 'azure' ? it : { ...it, lostFor: null }));
          return !judgeFleet(sighted([...confined, { provider: 'aws', answeredAgo: 0 }]), HALF, NOW).frozen;
        }),
      );
    });

    it('never acts on losses over the threshold that nobody vouches for', () => {
      assert(
        property(fleet, (sights) => {
          const silent = sighted(sights.map((it) => ({ ...it, answeredAgo: null, lostFor: it.lostFor && 20 })));
          const lost = silent.filter(({ verdict }) => verdict.unreachableSince !== null).length;
          const { frozen } = judgeFleet(silent, HALF, NOW);
          return lost >= 2 && lost / silent.length > 0.5 ? frozen : !frozen || lost === silent.length;
        }),
      );
    });

    it('does not depend on the order of the members', () => {
      assert(
        property(fleet, (sights) => {
          const members = sighted(sights);
          return judgeFleet(members, HALF, NOW).frozen === judgeFleet(members.toReversed(), HALF, NOW).frozen;
        }),
      );
    });

    it('freezes no less at a lower threshold', () => {
      assert(
        property(fleet, integer({ min: 1, max: 100 }), integer({ min: 1, max: 100 }), (sights, a, b) => {
          const members = sighted(sights);
          const at = (percent: number) => judgeFleet(members, { freezeThreshold: fraction(percent / 100) }, NOW).frozen;
          return !at(Math.max(a, b)) || at(Math.min(a, b));
        }),
      );
    });
  });
});

function returnedLately(member: SightedMember): SightedMember {
  return { ...member, verdict: aVerdict('Recovering', { unreachableSince: null, since: secondsOn(-5) }) };
}
