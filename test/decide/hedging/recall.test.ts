import { expect } from 'chai';
import type { HedgeMemory, OfferingMemory } from '../../../operator/model/hedge-memory.ts';
import { recall } from '../../../operator/decide/hedging/recall.ts';
import type { OfferingId } from '../../../operator/model/names.ts';
import { after, hours, minutes, seconds } from '../../../operator/model/units.ts';
import { aHedgeInput, aHedgeOffering, type HedgeOfferingOverrides } from '../../support/backtest-hedging.ts';
import { NOW } from '../../support/fleet-workload.ts';

const LATER = after(NOW, minutes(1));

/** What is remembered of "a" after the sights, one a minute from NOW on. */
function remembered(...sights: readonly HedgeOfferingOverrides[]): OfferingMemory | undefined {
  let memory: HedgeMemory | null = null;
  for (const [minute, sight] of sights.entries()) {
    const now = after(NOW, minutes(minute));
    memory = recall(aHedgeInput([aHedgeOffering('a', sight), aHedgeOffering('od')], { memory, now }));
  }
  return memory?.offerings['a' as OfferingId];
}

const running = { launched: 4, ready: 4 };

describe('recall', () => {
  it('takes an offering that is new for one that has just come back', () => {
    expect(remembered({})).to.include({ state: 'Steady', troubledAt: NOW, full: false });
  });

  it('lets the age grow while nothing happens', () => {
    expect(remembered(running, running)).to.include({ state: 'Steady', troubledAt: NOW });
  });

  it('begins a new age with a loss: wounded where part is left, refusing where nothing is', () => {
    expect(remembered(running, { launched: 3, lost: 1 })).to.include({ state: 'Wounded', troubledAt: LATER });
    expect(remembered(running, { launched: 0, lost: 4 })).to.include({ state: 'Refusing', troubledAt: LATER });
  });

  it('begins a new age with a notice', () => {
    expect(remembered(running, { ...running, notices: 4 })).to.include({ troubledAt: LATER });
  });

  it('learns nothing from the same notice within a minute, so that a look that writes does not call for another', () => {
    const offerings = [aHedgeOffering('a', { ...running, notices: 4 }), aHedgeOffering('od')];
    const first = recall(aHedgeInput(offerings, { memory: null, now: NOW }));
    const soon = recall(aHedgeInput(offerings, { memory: first, now: after(NOW, seconds(5)) }));
    expect(soon.offerings).to.deep.equal(first.offerings);
  });

  it('takes the first refusal beside running replicas for a wound, and a repeated one for no news', () => {
    const refused = { ...running, launchFailures: 1 };
    expect(remembered(running, refused)).to.include({ state: 'Wounded', troubledAt: LATER, full: true });
    expect(remembered(running, refused, refused)).to.include({ troubledAt: LATER });
  });

  it('takes every refusal for news where nothing runs', () => {
    const refused = { launchFailures: 4 };
    expect(remembered(refused, refused, refused)?.troubledAt).to.equal(after(NOW, minutes(2)));
  });

  it('takes an offering that grants again for one that has come back', () => {
    const granted = { launched: 4, launchSuccesses: 4 };
    expect(remembered({ launchFailures: 4 }, granted)).to.include({ state: 'Steady', full: false, troubledAt: NOW });
  });

  it('knows since when replicas have been starting, from the latest that joined on spot', () => {
    const starting = { launched: 2, launchSuccesses: 2 };
    expect(remembered({}, starting, { launched: 2 })?.startingSince).to.equal(LATER);
    expect(remembered({}, starting, { launched: 3, launchSuccesses: 1 })?.startingSince).to.equal(
      after(NOW, minutes(2)),
    );
    expect(remembered({}, starting, { launched: 2, ready: 2 })?.startingSince).to.equal(null);
  });

  it('counts a loss once, however many replicas it takes, against the exposure of the time before', () => {
    const first = recall(aHedgeInput([aHedgeOffering('a', running)]));
    const now = after(NOW, hours(1));
    const second = recall(aHedgeInput([aHedgeOffering('a', { launched: 1, lost: 3 })], { memory: first, now }));
    expect(second.steady.losses).to.equal(1);
    expect(second.steady.exposure).to.be.closeTo(Math.log(1.25 / 0.25), 1e-9); // the sum of 1 / (0.25 h + age) over an hour
    expect(second.wounded).to.deep.equal({ losses: 0, exposure: 0 });
    expect(second.sizes).to.deep.include({ losses: 1, whole: 0, partial: 1 });
  });

  it('forgets offerings that are no longer there', () => {
    const first = recall(aHedgeInput([aHedgeOffering('a'), aHedgeOffering('b')]));
    const second = recall(aHedgeInput([aHedgeOffering('b')], { memory: first }));
    expect(Object.keys(second.offerings)).to.deep.equal(['b']);
  });

  it('spends the error budget while fewer are ready than wanted, and forgets half of it in three days', () => {
    const at = (hour: number, memory: HedgeMemory | null, ready: number): HedgeMemory =>
      recall(aHedgeInput([aHedgeOffering('a', { launched: 4, ready })], { memory, now: after(NOW, hours(hour)) }));
    const lost = at(1, at(0, null, 4), 3);
    expect(lost.budget.watched).to.be.closeTo(1, 0.01);
    expect(lost.budget.short).to.equal(0);
    const whole = at(2, lost, 4);
    expect(whole.budget.short).to.be.closeTo(1, 0.01);
    expect(at(74, whole, 4).budget.short).to.be.closeTo(whole.budget.short / 2, 1e-9);
  });

  it('counts the same however often it looks, while nothing happens', () => {
    const at = (minute: number, memory: HedgeMemory | null): HedgeMemory =>
      recall(aHedgeInput([aHedgeOffering('a', running)], { memory, now: after(NOW, minutes(minute)) }));
    const first = at(0, null);
    const once = at(90, first);
    const often = [10, 20, 45, 80, 90].reduce<HedgeMemory>((memory, minute) => at(minute, memory), first);
    expect(often.steady.exposure).to.be.closeTo(once.steady.exposure, 1e-9);
    expect(often.budget.watched).to.be.closeTo(once.budget.watched, 1e-9);
    expect(often.offerings).to.deep.equal(once.offerings);
  });

  it('takes an offering with an estimate of its losses for as old as those make it, and older where it is seen to be', () => {
    const ageOf = (sight: HedgeOfferingOverrides): number => (NOW - Number(remembered(sight)?.troubledAt)) / hours(1);
    expect(ageOf({ usualLosses: 0.2 })).to.be.closeTo(3.75, 1e-9); // 0.8 / 0.2 - 0.25
    expect(ageOf({ usualLosses: 0.2, aliveSince: after(NOW, hours(-1)) })).to.be.closeTo(3.75, 1e-9);
    expect(ageOf({ usualLosses: 0.2, aliveSince: after(NOW, hours(-9)) })).to.equal(9);
    expect(ageOf({ usualLosses: 9 })).to.equal(0);
  });

  it('begins a new age when a refusal was told, not when it is looked at', () => {
    const refusedAt = after(NOW, minutes(-2));
    expect(remembered({ usualLosses: 0.2 }, { usualLosses: 0.2, launchFailures: 1, refusedAt })?.troubledAt).to.equal(
      refusedAt,
    );
  });
});
