import { expect } from 'chai';
import { planHedged } from '../../../operator/decide/hedging/plan-hedged.ts';
import { after, minutes } from '../../../operator/model/units.ts';
import { aView, NOW } from '../../support/fleet-workload.ts';
import { aSpotFleet, aSpotHolding, firstOf, four, placesOf, planned } from '../../support/hedged-fleet.ts';

describe('planHedged over refusals and announced losses', () => {
  const message = 'no capacity';
  const backoff = { until: after(NOW, minutes(3)), reason: 'Capacity', failures: 1, message } as const;
  const waiting = aView(four(), [aSpotHolding({ phase: 'Starting', observed: { bound: 0, ready: 0 } })]);

  it('takes an offering in backoff for one that refuses, and asks it again at once where that is free', () => {
    const fleet = aSpotFleet(waiting, { backoff });
    const terms = () => ({ coldStart: minutes(3), availabilityTarget: null, asksAtOnce: true });
    const plan = planHedged(fleet, { keys: [waiting.workload.key], terms });
    expect(placesOf(plan)).to.deep.equal({ 'aws-a/spot': 4, 'aws-b/spot': 4, 'azure-c/od': 4 });
    const memory = [...plan.memories.values()][0];
    expect(Object.values(memory?.offerings ?? {}).map(({ state }) => state)).to.deep.equal([
      'Refusing',
      'Steady',
      'Steady',
    ]);
  });

  it('leaves nothing waiting where a backoff is in force, and asks again when it ends', () => {
    expect(placesOf(planned(aSpotFleet(waiting, { backoff })))).to.deep.equal({ 'aws-b/spot': 4, 'azure-c/od': 4 });
    const later = after(NOW, minutes(4));
    expect(placesOf(planned(aSpotFleet(waiting, { backoff }, later)))).to.include({ 'aws-a/spot': 4 });
  });

  it('comes to rest on demand while all of spot refuses, until a backoff ends', () => {
    const fleet = aSpotFleet(aView(four(), [{ cluster: 'azure-c', pool: 'od', replicas: 4 }]), { backoff });
    const refusing = fleet.members.map((member) => ({
      ...member,
      offerings: member.offerings.map((it) => (it.capacityType === 'spot' ? { ...it, backoff } : it)),
    }));
    const plan = planned({ ...fleet, members: refusing });
    expect(placesOf(plan)).to.deep.equal({ 'azure-c/od': 4 });
    expect(firstOf(plan)).to.include({ change: null, wakeAt: backoff.until });
  });

  it('asks for what a lost member held on spot and on demand in one step', () => {
    const fleet = aSpotFleet(aView(four(), [aSpotHolding({ observed: null })]));
    const lost = fleet.members.map((member) =>
      member.name === 'aws-a' ? { ...member, verdict: { ...member.verdict, verdict: 'Down' as const } } : member,
    );
    const plan = planned({ ...fleet, members: lost });
    expect(firstOf(plan).change).to.equal('Evacuation');
    expect(placesOf(plan)).to.deep.equal({ 'aws-b/spot': 4, 'azure-c/od': 4 });
  });

  it('does not ask for spot that is no cheaper than on demand', () => {
    const plan = planned(aSpotFleet(aView(four()), { perAcceleratorHour: 3.5 }));
    expect(placesOf(plan)).to.deep.equal({ 'aws-b/spot': 4, 'azure-c/od': 4 });
  });

  it('keeps what is seen to leave until it has gone, and replaces it once', () => {
    const view = aView(four(), [aSpotHolding({ observed: { bound: 4, ready: 4, leaving: 4 } })]);
    const plan = planHedged(aSpotFleet(view), { keys: [view.workload.key] });
    expect(placesOf(plan)).to.deep.equal({ 'aws-a/spot': 4, 'aws-b/spot': 4, 'azure-c/od': 4 });
    const started = aView(four(), [
      aSpotHolding({ observed: { bound: 4, ready: 4, leaving: 4 } }),
      { cluster: 'azure-c', pool: 'od', replicas: 4, phase: 'Starting', observed: { bound: 4, ready: 0 } },
    ]);
    expect(placesOf(planHedged(aSpotFleet(started), { keys: [view.workload.key] }))['azure-c/od']).to.equal(4);
  });

  it('keeps what is seen to leave of a workload that is not hedged as well', () => {
    const view = aView(four({ placement: { spot: 'Required' } }), [
      aSpotHolding({ observed: { bound: 4, ready: 4, leaving: 4 } }),
    ]);
    const plan = planHedged(aSpotFleet(view), { keys: [view.workload.key] });
    expect(placesOf(plan)).to.deep.equal({ 'aws-a/spot': 4, 'aws-b/spot': 4 });
    expect(plan.memories.size).to.equal(0);
  });
});
