import { expect } from 'chai';
import { planHedged } from '../../../operator/decide/hedging/plan-hedged.ts';
import { planFleet } from '../../../operator/decide/placement/plan-fleet.ts';
import type { FleetSnapshot, WorkloadView } from '../../../operator/model/fleet.ts';
import { regionName } from '../../../operator/model/names.ts';
import { after, fraction, minutes, usdPerHour } from '../../../operator/model/units.ts';
import { aView, NOW } from '../../support/fleet-workload.ts';
import { aSpotFleet, aSpotHolding, firstOf, four, placesOf, planned } from '../../support/hedged-fleet.ts';

describe('planHedged', () => {
  it('starts on several spot offerings and on demand at once', () => {
    const plan = planned(aSpotFleet(aView(four())));
    expect(placesOf(plan)).to.deep.equal({ 'aws-a/spot': 4, 'aws-b/spot': 4, 'azure-c/od': 4 });
    expect(firstOf(plan)).to.include({ change: 'Initial', unplaced: null, hourly: 4 + 4.4 + 12 });
  });

  it('tells what a unit costs there, and what everything costs', () => {
    const [first] = firstOf(planned(aSpotFleet(aView(four())))).placements;
    expect(first).to.deep.include({ units: 4000, hourly: 4, capacityType: 'spot', accelerator: 'H100' });
    expect(first?.cost).to.deep.equal({ price: 1, interruption: 0, move: 0, total: 1 });
  });

  it('keeps what serves, and says that nothing changes', () => {
    const view = aView(four(), [aSpotHolding()]);
    const first = planned(aSpotFleet(view));
    const later = planned(aSpotFleet(view, {}, after(NOW, minutes(300))), { before: first });
    expect(placesOf(later)).to.deep.equal({ 'aws-a/spot': 4 });
    expect(firstOf(later)).to.include({ change: null, summary: 'spot serves 4 of 4' });
  });

  it('sees a loss as bound replicas that are gone, and covers what is left', () => {
    const served = planned(aSpotFleet(aView(four(), [aSpotHolding()])));
    const aged = planned(aSpotFleet(aView(four(), [aSpotHolding()]), {}, after(NOW, minutes(300))), { before: served });
    const left = aView(four(), [aSpotHolding({ observed: { bound: 3, ready: 3 } })]);
    const plan = planned(aSpotFleet(left, {}, after(NOW, minutes(301))), { before: aged });
    expect(placesOf(plan)).to.deep.equal({ 'aws-a/spot': 4, 'aws-b/spot': 1, 'azure-c/od': 4 });
  });

  it('replaces what a notice has been given of', () => {
    const view = aView(four(), [aSpotHolding()]);
    const plan = planned(aSpotFleet(view), { notices: 4 });
    expect(placesOf(plan)).to.deep.equal({ 'aws-a/spot': 4, 'aws-b/spot': 4, 'azure-c/od': 4 });
  });

  it('asks for no more than fits', () => {
    const plan = planned(aSpotFleet(aView(four()), { freeByNode: [1], growableNodes: 1 }));
    expect(placesOf(plan)['aws-a/spot']).to.equal(2);
  });

  it('counts replicas by what each contributes', () => {
    const plan = planned(aSpotFleet(aView(four({ shapes: [{ capacity: 0.5 }] }))));
    expect(placesOf(plan)['azure-c/od']).to.equal(8);
  });

  it('keeps the on-demand base off spot', () => {
    const plan = planned(aSpotFleet(aView(four({ placement: { onDemandBase: 1 } }))));
    expect(placesOf(plan)).to.deep.equal({ 'aws-a/spot': 3, 'aws-b/spot': 3, 'azure-c/od': 4 });
  });

  it('buys no cover beyond the budget of the workload', () => {
    const view = aView(four({ maxHourly: 15 }));
    expect(placesOf(planned(aSpotFleet(view)))).to.deep.equal({ 'aws-a/spot': 4 });
  });

  it('buys no cover with what is left of the budget of the fleet', () => {
    const fleet = aSpotFleet(aView(four()));
    const policy = { ...fleet.policy, fleetBudget: usdPerHour(100) };
    expect(placesOf(planned({ ...fleet, policy }))).to.deep.equal({ 'aws-a/spot': 4 });
  });

  /** Another workload that has served on aws-a for a day. */
  const resident = aView({ name: 'resident', replicas: 1 }, [
    aSpotHolding({ replicas: 1, since: after(NOW, minutes(-60 * 24)) }),
  ]);
  const withResident = (fleet: FleetSnapshot): FleetSnapshot => ({
    ...fleet,
    workloads: [...fleet.workloads, resident],
  });

  it('takes nodes that stand before it asks for any, and asks nobody else then', () => {
    const fleet = withResident(aSpotFleet(aView(four()), { freeByNode: [1, 1, 1, 1] }));
    const plan = planHedged(fleet, { keys: [aView(four()).workload.key] });
    expect(placesOf(plan)).to.deep.equal({ 'aws-a/spot': 4 });
    expect(firstOf(plan).summary).to.equal('spot serves 4 of 4');
  });

  it('waits for its own pods to be bound to nodes that stand', () => {
    const starting = { phase: 'Starting', since: NOW, observed: { bound: 0, ready: 0 } } as const;
    const view = aView(four(), [aSpotHolding(starting)]);
    const plan = planHedged(aSpotFleet(view, { freeByNode: [1, 1, 1, 1] }), { keys: [view.workload.key] });
    expect(placesOf(plan)).to.deep.equal({ 'aws-a/spot': 4 });
    expect(firstOf(plan).change).to.equal(null);
  });

  it('takes nodes that have stood for long for a place that has', () => {
    const view = aView(four(), [aSpotHolding({ since: after(NOW, minutes(-4)) })]);
    const fleet = aSpotFleet(view, { interruptionsPerHour: 4, standingSince: after(NOW, minutes(-60 * 24)) });
    expect(placesOf(planHedged(fleet, { keys: [view.workload.key] }))).to.deep.equal({ 'aws-a/spot': 4 });
  });

  it('buys no cover where nothing was ever lost', () => {
    const view = aView(four(), [aSpotHolding({ since: after(NOW, minutes(-4)) })]);
    expect(placesOf(planHedged(aSpotFleet(view), { keys: [view.workload.key] }))).to.deep.equal({ 'aws-a/spot': 4 });
  });

  it('knows from what others run there that a place has stood for long', () => {
    const young = [aSpotHolding({ since: after(NOW, minutes(-4)) })];
    const fleet = aSpotFleet(aView(four(), young), { interruptionsPerHour: 4 });
    const keys = [aView(four()).workload.key];
    expect(placesOf(planHedged(fleet, { keys }))).to.deep.equal({ 'aws-a/spot': 4, 'aws-b/spot': 4, 'azure-c/od': 4 });
    expect(placesOf(planHedged(withResident(fleet), { keys }))).to.deep.equal({ 'aws-a/spot': 4 });
  });

  it('never promises the same room to two workloads', () => {
    const names = ['one', 'two', 'three'];
    const fleet = {
      ...aSpotFleet(aView(four()), { freeByNode: [1, 1], growableNodes: 3 }),
      workloads: names.map((name) => aView(four({ name }))),
    };
    const places = planned(fleet).workloads.flatMap(({ placements }) => placements);
    const onA = places.filter(({ cluster }) => cluster === 'aws-a').reduce((sum, { replicas }) => sum + replicas, 0);
    expect(onA).to.equal(5);
  });

  it('does not claim the room of its waiting replicas that the planner has given to another', () => {
    const serving = { pool: 'od', cluster: 'azure-c', replicas: 3, observed: { bound: 3, ready: 3 } };
    const waiting = aSpotHolding({ replicas: 5, phase: 'Starting', observed: { replicas: 5, bound: 3, ready: 3 } });
    const view = aView(four({ replicas: 6, name: 'waits' }), [waiting, serving]);
    const important = aView(four({ replicas: 2, name: 'important', priority: 100, placement: { spot: 'Required' } }));
    const fleet = aSpotFleet(view, { acceleratorsPerNode: 2, growableNodes: 1 });
    const plan = planned({ ...fleet, workloads: [important, view] });
    const there = plan.workloads.flatMap(({ placements }) => placements.filter((it) => it.cluster === 'aws-a'));
    const beyond = there.reduce((sum, { replicas }) => sum + replicas, 0) - 3;
    expect(beyond).to.equal(2);
  });

  it('gives room to the higher priority first', () => {
    const [low, high] = [four({ name: 'a-low', priority: 0 }), four({ name: 'b-high', priority: 9 })];
    const fleet = {
      ...aSpotFleet(aView(low), { freeByNode: [1, 1, 1, 1], growableNodes: 0 }),
      workloads: [aView(low), aView(high)],
    };
    const [ofLow, ofHigh] = planned(fleet).workloads.map(({ placements }) => placements.map(({ cluster }) => cluster));
    expect(ofHigh).to.include('aws-a');
    expect(ofLow).not.to.include('aws-a');
  });

  it('leaves what runs on a cordoned member and sends nothing more there', () => {
    const view = aView(four({ replicas: 5 }), [aSpotHolding()]);
    const fleet = aSpotFleet(view);
    const cordoned = fleet.members.map((member) => ({ ...member, cordoned: member.name === 'aws-a' }));
    expect(placesOf(planned({ ...fleet, members: cordoned }))['aws-a/spot']).to.equal(4);
  });

  it('asks nothing of a place that it knows no price of', () => {
    const fleet = aSpotFleet(aView(four()), { price: null });
    expect(placesOf(planned(fleet))).to.deep.equal({ 'aws-b/spot': 4, 'azure-c/od': 4 });
  });

  it('passes over keys that the fleet does not have', () => {
    const { workloads } = planHedged(aSpotFleet(aView(four())), { keys: [aView({ name: 'gone' }).workload.key] });
    expect(workloads).to.deep.equal([]);
  });

  it('takes away what the specification no longer allows', () => {
    const view = aView(four({ placement: { regions: [regionName('us-west-2'), regionName('eastus')] } }), [
      aSpotHolding(),
    ]);
    expect(placesOf(planned(aSpotFleet(view)))).not.to.have.property('aws-a/spot');
  });

  it('names what it chose as chosen, and tells of everything else that was weighed', () => {
    const { candidates, placements } = firstOf(planned(aSpotFleet(aView(four()))));
    const chosen = candidates.filter(({ verdict }) => verdict === 'Chosen').map(({ offering }) => offering);
    expect(chosen).to.deep.equal(placements.map(({ offering }) => offering));
    expect(candidates).to.have.length(3);
    expect(candidates[0]?.reason).to.match(/^4 replicas at \$1\.00 a unit: 4 asked for here and elsewhere/);
  });

  it('says of the cheapest why it was passed over', () => {
    const view = aView(four(), [aSpotHolding({ cluster: 'aws-b', since: after(NOW, minutes(-60 * 24)) })]);
    const { candidates } = firstOf(planned(aSpotFleet(view, { perAcceleratorHour: 0.1, interruptionsPerHour: 4 })));
    expect(candidates.find(({ cluster }) => cluster === 'aws-a')?.verdict).to.equal('Dearer');
  });

  it('looks again soon while something is missing, and not once it has settled', () => {
    expect(firstOf(planned(aSpotFleet(aView(four())))).wakeAt).to.equal(after(NOW, minutes(0.5)));
    const settled = aView(four(), [aSpotHolding({ since: after(NOW, minutes(-60 * 24)) })]);
    expect(firstOf(planned(aSpotFleet(settled))).wakeAt).to.equal(null);
  });

  it('plans as planFleet does where it is told to leave a workload alone, or the fleet is frozen', () => {
    const fleet = aSpotFleet(aView(four()));
    const keys = fleet.workloads.map(({ workload }) => workload.key);
    const plain = planFleet(fleet, { keys }).workloads;
    expect(planHedged(fleet, { keys, terms: () => null }).workloads).to.deep.equal(plain);
    const frozen = { ...fleet, frozen: true };
    expect(planHedged(frozen, { keys }).workloads).to.deep.equal(planFleet(frozen, { keys }).workloads);
  });

  const unhedged: readonly (readonly [string, WorkloadView])[] = [
    ['may not run on spot', aView(four({ placement: { spot: 'Never' } }))],
    ['must run on spot', aView(four({ placement: { spot: 'Required' } }))],
    ['has nothing on demand to turn to', aView(four({ placement: { providers: ['aws'] } }))],
    ['has shapes of unequal capacity', aView(four({ shapes: [{}, { accelerator: 'A100-80GB', capacity: 0.6 }] }))],
    ['holds something that is not seen', aView(four(), [aSpotHolding({ observed: null })])],
    ['holds something on a member that is gone', aView(four(), [aSpotHolding({ cluster: 'aws-z' })])],
    ['must be spread over providers', aView(four({ placement: { maxPerProvider: fraction(0.5) } }))],
    ['must be spread over clusters', aView(four({ placement: { minClusters: 2 } }))],
    ['wants nothing', aView(four({ replicas: 0 }))],
  ];
  for (const [what, view] of unhedged) {
    it(`plans a workload that ${what} as planFleet does`, () => {
      const fleet = aSpotFleet(view);
      const keys = [view.workload.key];
      const { workloads, memories } = planned(fleet);
      expect(workloads).to.deep.equal(planFleet(fleet, { keys }).workloads);
      expect(memories.size).to.equal(0);
    });
  }
});
