import { expect } from 'chai';
import { array, assert, integer, nat, option, property, record, tuple } from 'fast-check';
import { hedge } from '../../../operator/decide/hedging/hedge.ts';
import type { HedgeDecision } from '../../../operator/decide/hedging/hedge-input.ts';
import type { HedgeMemory } from '../../../operator/model/hedge-memory.ts';
import { fraction, minutes } from '../../../operator/model/units.ts';
import { aHedgeInput, aHedgeOffering, askedOf, HedgeMarket } from '../../support/backtest-hedging.ts';

describe('hedge', () => {
  it('asks two spot offerings and on demand in the same step when nothing runs', () => {
    const decision = hedge(aHedgeInput(['a', 'b', 'c', 'od'].map((name) => aHedgeOffering(name))));
    expect(askedOf(decision)).to.deep.equal({ a: 4, b: 4, od: 4 });
    expect(decision.why).to.equal('spot serves 0 of 4; 4 missing asked for on a and b and on demand');
  });

  it('ends on spot alone once what was granted has aged, and has been ready all the while', () => {
    const market = new HedgeMarket({ a: 10, b: 10 });
    market.pass(5);
    for (let each = 0; each < 240; each += 1) {
      market.decide();
      expect(market.ready()).to.be.at.least(4);
    }
    expect(market.launched('a') + market.launched('b')).to.equal(4);
    expect(market.launched('od')).to.equal(0);
  });

  it('serves on demand while spot refuses, and goes on asking', () => {
    const market = new HedgeMarket({ a: 0, b: 0 });
    market.pass(30);
    expect(market.launched('od')).to.equal(4);
    expect(askedOf(market.decide())).to.deep.equal({ a: 4, b: 4, od: 4 });
  });

  it('keeps ready on-demand replicas until spot replicas are ready in their place', () => {
    const market = new HedgeMarket({ a: 0 });
    market.pass(30);
    market.capacity['a'] = 4;
    for (let each = 0; each < 40; each += 1) {
      market.decide();
      expect(market.ready()).to.be.at.least(4);
    }
    expect(market.launched('a')).to.equal(4);
  });

  it('covers the rest of a zone on demand when part of it is taken, and lets the cover go later', () => {
    const market = new HedgeMarket({ a: 4 });
    market.pass(24 * 60);
    expect([market.launched('a'), market.launched('od')]).to.deep.equal([4, 0]);
    market.capacity['a'] = 3;
    market.pass(1.5);
    expect([market.launched('a'), market.launched('od')]).to.deep.equal([3, 4]);
    market.pass(6 * 60);
    expect([market.launched('a'), market.launched('od')]).to.deep.equal([3, 1]);
  });

  it('does not take a refusal for news where as much runs as was granted before', () => {
    const market = new HedgeMarket({ a: 3 });
    market.pass(24 * 60);
    expect([market.launched('a'), market.launched('od')]).to.deep.equal([3, 1]);
  });

  it('replaces at once what will be interrupted, and keeps it as long as it lasts', () => {
    const calm = { notices: 0, launched: 4, ready: 4 };
    const first = hedge(aHedgeInput([aHedgeOffering('a', calm), aHedgeOffering('b'), aHedgeOffering('od')]));
    const told = [aHedgeOffering('a', { ...calm, notices: 4 }), aHedgeOffering('b'), aHedgeOffering('od')];
    const decision = hedge(aHedgeInput(told, { memory: first.memory }));
    expect(askedOf(decision)).to.deep.equal({ a: 4, b: 4, od: 4 });
  });

  it('lets no starting on-demand replica go for a spot replica that began later', () => {
    const running = { launched: 4, ready: 4 };
    const steps = [
      [aHedgeOffering('a', running), aHedgeOffering('od')],
      [aHedgeOffering('a', { lost: 4 }), aHedgeOffering('od')],
      [aHedgeOffering('a', { launchFailures: 4 }), aHedgeOffering('od', { launched: 4, launchSuccesses: 4 })],
      [aHedgeOffering('a', { launched: 4, launchSuccesses: 4 }), aHedgeOffering('od', { launched: 4 })],
    ];
    let memory: HedgeMemory | null = null;
    let asked = {};
    for (const [index, offerings] of steps.entries()) {
      const now = (aHedgeInput([]).now + index * 30_000) as ReturnType<typeof aHedgeInput>['now'];
      const decision: HedgeDecision = hedge(aHedgeInput(offerings, { memory, now }));
      ({ memory } = decision);
      asked = askedOf(decision);
    }
    expect(asked).to.deep.equal({ a: 4, od: 4 });
  });

  it('never runs the on-demand base on spot', () => {
    const market = new HedgeMarket({ a: 10, b: 10 }, { onDemandBase: 1 });
    market.pass(24 * 60);
    expect(market.launched('a') + market.launched('b')).to.equal(3);
    expect(market.launched('od')).to.equal(1);
  });

  it('asks no more of an offering than it has room for', () => {
    const decision = hedge(aHedgeInput([aHedgeOffering('a', { room: 1 }), aHedgeOffering('od', { room: 3 })]));
    expect(askedOf(decision)).to.deep.equal({ a: 1, od: 3 });
  });

  it('asks on demand for what is missing, and spot only for the surge, where that is bounded', () => {
    const decision = hedge(
      aHedgeInput(
        ['a', 'b', 'od'].map((name) => aHedgeOffering(name)),
        { maxSurge: 1 },
      ),
    );
    expect(askedOf(decision)).to.deep.equal({ a: 1, od: 4 });
  });

  it('asks what refused last after everything else, where the surge is bounded', () => {
    const offerings = [
      aHedgeOffering('a', { launchFailures: 1 }),
      aHedgeOffering('b', { price: 1.5 }),
      aHedgeOffering('od', { launched: 4, ready: 4 }),
    ];
    expect(askedOf(hedge(aHedgeInput(offerings, { maxSurge: 1 })))).to.deep.equal({ b: 1, od: 4 });
  });

  it('goes to another on-demand offering when the cheapest has refused', () => {
    const offerings = [
      aHedgeOffering('a'),
      aHedgeOffering('od-cheap', { price: 3, launchFailures: 4 }),
      aHedgeOffering('od-dear', { price: 4 }),
    ];
    expect(askedOf(hedge(aHedgeInput(offerings)))).to.deep.equal({ a: 4, 'od-dear': 4 });
  });

  it('holds cover for longer when the error budget is overspent', () => {
    const covered = (availability: number | null): number => {
      const target = availability === null ? null : fraction(availability);
      const market = new HedgeMarket({ a: 0 }, { availabilityTarget: target });
      market.pass(60);
      market.capacity['a'] = 4;
      let steps = 0;
      for (let each = 0; each < 600; each += 1) {
        market.decide();
        if (market.launched('od') > 0) steps += 1;
      }
      return steps;
    };
    expect(covered(0.9999)).to.be.above(covered(null));
  });

  it('throws when nothing is offered on demand', () => {
    expect(() => hedge(aHedgeInput([aHedgeOffering('a')]))).to.throw('on demand');
  });
});

const offeringArbitrary = record({
  launched: nat(8),
  starting: nat(8),
  lost: nat(4),
  launchFailures: nat(4),
  launchSuccesses: nat(4),
  notices: option(nat(8)),
  room: nat(20),
  standing: nat(20),
  price: integer({ min: 1, max: 8 }),
}).map(({ launched, starting, notices, standing, ...rest }) => ({
  ...rest,
  standing: Math.min(standing, rest.room),
  launched,
  ready: Math.max(0, launched - starting),
  notices: notices === null ? null : Math.min(notices, launched),
}));

const marketArbitrary = tuple(array(offeringArbitrary, { minLength: 1, maxLength: 6 }), offeringArbitrary).map(
  ([spots, onDemand]) => [
    ...spots.map((spot, index) => aHedgeOffering(`spot-${index}`, spot)),
    aHedgeOffering('od', { ...onDemand, notices: null, lost: 0 }),
  ],
);

describe('hedge, whatever the market does', () => {
  const terms = { now: aHedgeInput([]).now, coldStart: minutes(3) };

  it('decides the same in whatever order offerings are told, and after its memory has been written down', () => {
    assert(
      property(array(marketArbitrary, { minLength: 2, maxLength: 4 }), nat(9), (markets, target) => {
        let [memory, mirrored]: (HedgeMemory | null)[] = [null, null];
        for (const offerings of markets) {
          const plain: HedgeDecision = hedge(
            aHedgeInput(offerings, { ...terms, memory: memory ?? null, target: target + 1 }),
          );
          const again = { ...terms, memory: mirrored ?? null, target: target + 1 };
          const turned = hedge(aHedgeInput(offerings.toReversed(), again));
          expect(askedOf(turned)).to.deep.equal(askedOf(plain));
          memory = plain.memory;
          mirrored = JSON.parse(JSON.stringify(turned.memory)) as HedgeMemory;
        }
      }),
    );
  });

  it('asks for whole replicas of offerings it was told of, beyond what runs only where there is room', () => {
    assert(
      property(marketArbitrary, nat(20), (offerings, target) => {
        const { desired } = hedge(aHedgeInput(offerings, { ...terms, target }));
        expect([...desired.keys()].sort()).to.deep.equal(offerings.map(({ id }) => id).sort());
        for (const { id, launched, room } of offerings) {
          const wanted = desired.get(id) ?? -1;
          expect(Number.isInteger(wanted) && wanted >= 0 && wanted <= launched + room, `${id}: ${wanted}`).to.equal(
            true,
          );
        }
      }),
    );
  });

  it('holds no more than the surge allows, unless it is ready already or replaces what is announced to go', () => {
    assert(
      property(marketArbitrary, nat(12), nat(4), (offerings, target, maxSurge) => {
        const { desired } = hedge(aHedgeInput(offerings, { ...terms, target, maxSurge }));
        const asked = [...desired.values()].reduce((sum, replicas) => sum + replicas, 0);
        const ready = offerings.reduce((sum, each) => sum + Math.min(each.ready, desired.get(each.id) ?? 0), 0);
        const leaving = offerings.reduce((sum, each) => sum + Math.min(each.notices ?? 0, each.launched), 0);
        expect(asked).to.be.at.most(Math.max(target + maxSurge + leaving, ready));
      }),
    );
  });

  it('asks for as much as is wanted within the surge too, where on demand has room', () => {
    assert(
      property(marketArbitrary, nat(12), nat(4), (offerings, target, maxSurge) => {
        const roomy = offerings.map((each) => (each.capacityType === 'spot' ? each : { ...each, room: 100 }));
        const { desired } = hedge(aHedgeInput(roomy, { ...terms, target, maxSurge }));
        const leaving = offerings.reduce((sum, each) => sum + (each.notices ?? 0), 0);
        const asked = [...desired.values()].reduce((sum, replicas) => sum + replicas, 0);
        expect(asked + leaving).to.be.at.least(target);
      }),
    );
  });

  it('starts the replacements of all that is announced to go at once, whatever the surge', () => {
    const offerings = [aHedgeOffering('a', { launched: 6, ready: 6, notices: 6, room: 0 }), aHedgeOffering('od')];
    const decision = hedge(aHedgeInput(offerings, { ...terms, target: 6, maxSurge: 1 }));
    expect(askedOf(decision)).to.deep.equal({ a: 6, od: 6 });
  });

  it('takes no ready replica away that leaves fewer ready than wanted', () => {
    assert(
      property(marketArbitrary, nat(12), (offerings, target) => {
        const { desired } = hedge(aHedgeInput(offerings, { ...terms, target }));
        const ready = offerings.reduce((sum, each) => sum + each.ready, 0);
        const kept = offerings.reduce((sum, each) => sum + Math.min(each.ready, desired.get(each.id) ?? 0), 0);
        expect(kept).to.be.at.least(Math.min(ready, target));
      }),
    );
  });
});
