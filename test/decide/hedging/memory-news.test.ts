import { expect } from 'chai';
import { learnedBeyond, worthKeeping } from '../../../operator/decide/hedging/memory-news.ts';
import { recall } from '../../../operator/decide/hedging/recall.ts';
import type { HedgeMemory } from '../../../operator/model/hedge-memory.ts';
import { after, hours, minutes } from '../../../operator/model/units.ts';
import { aHedgeInput, aHedgeOffering, type HedgeOfferingOverrides } from '../../support/backtest-hedging.ts';
import { NOW } from '../../support/fleet-workload.ts';

const running = { launched: 4, ready: 4, usualLosses: 0.2 };

const seen = (minute: number, memory: HedgeMemory | null, sight: HedgeOfferingOverrides): HedgeMemory =>
  recall(aHedgeInput([aHedgeOffering('a', sight)], { memory, now: after(NOW, minutes(minute)) }));

describe('learnedBeyond', () => {
  const first = seen(0, null, running);

  it('is the memory as it was while only time has passed', () => {
    expect(learnedBeyond(first, seen(600, first, running))).to.equal(first);
  });

  const news: readonly (readonly [string, HedgeOfferingOverrides])[] = [
    ['a loss', { ...running, launched: 3, ready: 3, lost: 1 }],
    ['a replica that is short of ready', { ...running, ready: 3 }],
    ['a launch', { ...running, launched: 5 }],
    ['a refusal', { ...running, launchFailures: 1, refusedAt: after(NOW, minutes(1)) }],
  ];
  for (const [what, sight] of news)
    it(`is a new one after ${what}`, () => {
      const later = seen(1, first, sight);
      expect(learnedBeyond(first, later)).to.equal(later);
    });

  it('is not told the same refusal twice', () => {
    const refused = { usualLosses: 0.2, launchFailures: 1, refusedAt: NOW };
    const told = seen(1, seen(0, null, refused), refused);
    expect(learnedBeyond(told, seen(2, told, refused))).to.equal(told);
  });
});

describe('worthKeeping', () => {
  const keptOf = (sights: Readonly<Record<string, HedgeOfferingOverrides>>): readonly string[] => {
    const offerings = Object.entries(sights).map(([name, sight]) =>
      aHedgeOffering(name, { usualLosses: 0.2, ...sight }),
    );
    return Object.keys(worthKeeping(recall(aHedgeInput(offerings)), offerings).offerings).sort();
  };

  it('forgets what nobody has tried and nothing is known of', () => {
    expect(keptOf({ a: running, b: {}, c: { aliveSince: after(NOW, hours(-48)) } })).to.deep.equal(['a']);
  });

  it('keeps what refused, and what nobody has estimated the losses of', () => {
    const refused = { launchFailures: 1, refusedAt: NOW };
    expect(keptOf({ a: refused, b: { usualLosses: null }, c: {} })).to.deep.equal(['a', 'b']);
  });

  it('keeps no more than status takes: what is used, then what gave trouble last', () => {
    const refusals = Array.from({ length: 40 }, (_, at): readonly [string, HedgeOfferingOverrides] => [
      `r${String(at).padStart(2, '0')}`,
      { launchFailures: 1, refusedAt: after(NOW, minutes(-at)) },
    ]);
    const kept = keptOf({ z: running, ...Object.fromEntries(refusals) });
    expect(kept).to.have.length(24);
    expect(kept).to.include.members(['z', 'r00', 'r22']).and.not.to.include('r23');
  });
});
