import { expect } from 'chai';
import { hedge } from '../../../operator/decide/hedging/hedge.ts';
import type { HedgeDecision } from '../../../operator/decide/hedging/hedge-input.ts';
import type { HedgeMemory } from '../../../operator/model/hedge-memory.ts';
import type { OfferingId } from '../../../operator/model/names.ts';
import { after, minutes } from '../../../operator/model/units.ts';
import { aHedgeInput, aHedgeOffering, askedOf } from '../../support/backtest-hedging.ts';
import { NOW } from '../../support/fleet-workload.ts';

const A = 'a' as OfferingId;

/** Four replicas that run on "a", which was seen first that many minutes ago, or lost one of five then. */
function decidedAfter(minute: number, lost = 0): HedgeDecision {
  const sights = (now: number, taken: number) => {
    const offerings = [aHedgeOffering('a', { launched: 4, ready: 4, lost: taken, room: 0 }), aHedgeOffering('od')];
    return { offerings, now: after(NOW, minutes(now)) };
  };
  let memory: HedgeMemory | null = null;
  for (const [at, taken] of [
    [0, 0],
    [1, lost],
  ] as const) {
    const { offerings, now } = sights(at, taken);
    ({ memory } = hedge(aHedgeInput(offerings, { memory, now })));
  }
  const { offerings, now } = sights(minute, 0);
  return hedge(aHedgeInput(offerings, { memory, now }));
}

describe('what hedging says', () => {
  it('says for how long cover is held, and because of what', () => {
    const { why, reasons } = decidedAfter(4);
    expect(why).to.equal(
      'spot serves 4 of 4; 4 on demand as cover for about 6 minutes, for a came back or began 4 minutes ago',
    );
    expect(reasons.get('od' as OfferingId)).to.equal(
      'cover for about 6 minutes, for a came back or began 4 minutes ago',
    );
    expect(reasons.get(A)).to.equal('4 of them serve');
  });

  it('is right about how long', () => {
    const coverAfter = (minute: number): number => askedOf(decidedAfter(minute))['od'] ?? 0;
    expect([coverAfter(9), coverAfter(10)]).to.satisfy(([before, then]: [number, number]) => then < before);
  });

  it('names a loss of part of a zone', () => {
    expect(decidedAfter(3, 1).why).to.match(/for a lost or refused some 2 minutes ago$/);
  });

  it('names the offerings that are asked', () => {
    const decision = hedge(aHedgeInput([aHedgeOffering('a'), aHedgeOffering('b'), aHedgeOffering('od')]));
    expect(decision.reasons.get(A)).to.equal('4 asked for here and elsewhere; what is granted in excess goes');
    expect(decision.reasons.get('od' as OfferingId)).to.equal(
      'serves what spot has not given yet, and goes when it has',
    );
  });

  it('says nothing of offerings that nothing is asked of', () => {
    expect([...decidedAfter(48 * 60).reasons.keys()]).to.deep.equal(['a']);
  });
});
