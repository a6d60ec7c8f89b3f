import { expect } from 'chai';
import { assert, nat, property } from 'fast-check';
import { planFleet } from '../../../operator/decide/placement/plan-fleet.ts';
import type { FleetSnapshot } from '../../../operator/model/fleet.ts';
import { workloadKey, namespaceName } from '../../../operator/model/names.ts';
import type { OfferingOverrides } from '../../support/fleet-members.ts';
import { aFleet } from '../../support/fleet-members.ts';
import { aRandomFleet } from '../../support/fleet-random.ts';
import { aView, aWorkload } from '../../support/fleet-workload.ts';
import { fareOf, lackOf, placesByName, placesOf, planAll, planOf } from '../../support/placement-plans.ts';

const HERE = 'aws-a/h100/a';
const THERE = 'azure-b/h100/a';

describe('planFleet: priorities', () => {
  it('serves a higher priority first, and tells the lower one why not', () => {
    const workloads = [aWorkload({ name: 'a', replicas: 8 }), aWorkload({ name: 'z', replicas: 6, priority: 100 })];
    const fleet = aFleet({ workloads });
    expect(placesByName(planAll(fleet))).to.deep.equal({ a: { [HERE]: 2 }, z: { [HERE]: 6 } });
    const [low] = planAll(fleet).workloads;
    expect(low?.unplaced).to.deep.equal({
      units: 6000,
      reasons: [
        { rule: 'Room', message: `${HERE}: no node of ${HERE} has 1 accelerators left after what this plan places` },
      ],
    });
  });

  it('gives the higher one nothing that it can do without: it goes where the lower one cannot', () => {
    const workloads = [
      aWorkload({ name: 'low', replicas: 8, placement: { providers: ['aws'] } }),
      aWorkload({ name: 'high', replicas: 8, priority: 100 }),
    ];
    const members = [{}, { name: 'azure-b', offerings: [{ perAcceleratorHour: 9 }] }];
    // Units of every level come before cost: high pays $72 instead of $32 so that low runs at all.
    expect(placesByName(planAll(aFleet({ members, workloads })))).to.deep.equal({
      low: { [HERE]: 8 },
      high: { [THERE]: 8 },
    });
  });

  it('gives the one budget of the fleet to the higher one', () => {
    const workloads = [aWorkload({ name: 'a' }), aWorkload({ name: 'z', priority: 1 })];
    const plan = planAll(aFleet({ policy: { fleetBudget: 4 as never }, workloads }));
    expect(placesByName(plan)).to.deep.equal({ a: {}, z: { [HERE]: 1 } });
    expect(plan.workloads.map(lackOf)).to.deep.equal([{ units: 1, rules: ['FleetBudget'] }, null]);
  });

  it('does not take from a lower one what it holds and is not being planned', () => {
    const workloads = [
      aView({ name: 'low', replicas: 8 }, [{ replicas: 8, phase: 'Starting', observed: { bound: 0 } }]),
      aWorkload({ priority: 100 }),
    ];
    expect(lackOf(planOf({ workloads }))).to.deep.equal({ units: 1, rules: ['Room'] });
  });

  it('of equal priority fills the room whatever the names: 5 and 3 on a node of 8', () => {
    const workloads = [
      aWorkload({ name: 'a', shapes: [{ count: 5 }] }),
      aWorkload({ name: 'b', shapes: [{ count: 3 }] }),
    ];
    expect(placesByName(planAll(aFleet({ workloads })))).to.deep.equal({ a: { [HERE]: 1 }, b: { [HERE]: 1 } });
  });
});

describe('planFleet: shapes', () => {
  const pool = (accelerator: string, perAcceleratorHour: number, free = 8): OfferingOverrides => ({
    pool: accelerator.toLowerCase(),
    accelerator,
    perAcceleratorHour,
    freeByNode: [free],
  });
  const twoShapes = [{ accelerator: 'H100' }, { accelerator: 'A100', capacity: 0.6 }];
  const planned = (replicas: number, offerings: readonly OfferingOverrides[], shapes = twoShapes) =>
    planOf({ members: [{ offerings }], workloads: [aWorkload({ replicas, shapes })] });

  it('of 0.6 units: 2 units take ceil(2 / 0.6) = 4 replicas, 2.4 units', () => {
    const plan = planned(2, [pool('A100', 1)]);
    expect(placesOf(plan)).to.deep.equal({ 'aws-a/a100/a': 4 });
    expect(plan.placements.map(({ units, hourly }) => [units, hourly])).to.deep.equal([[2400, 4]]);
    expect(plan.summary).to.equal('2 of 2 units on aws-a/a100/a (4 replicas) for $4.00 an hour');
  });

  it('are compared by the unit: 4 x $2.10 for 2.4 units is dearer than 2 x $4', () => {
    expect(placesOf(planned(2, [pool('A100', 2.1), pool('H100', 4)]))).to.deep.equal({ 'aws-a/h100/a': 2 });
    expect(placesOf(planned(2, [pool('A100', 1.9), pool('H100', 4)]))).to.deep.equal({ 'aws-a/a100/a': 4 });
  });

  it('are mixed, and what the last one makes needless is taken back: 3 x 0.6 + 1 = 2.8, so 2 x 0.6 + 1 = 2.2', () => {
    expect(placesOf(planned(2, [pool('A100', 0.5, 3), pool('H100', 1)]))).to.deep.equal({
      'aws-a/a100/a': 2,
      'aws-a/h100/a': 1,
    });
  });

  it('fill up with the small one when the large one would be too much: 1 x 1 + 1 x 0.6 for 1.6 is not wanted, 2 x 1 is', () => {
    // One more unit costs $4 on H100 and 2 x $1.90 on A100.
    expect(placesOf(planned(2, [pool('A100', 1.9), pool('H100', 4, 1)]))).to.deep.equal({ 'aws-a/a100/a': 4 });
    expect(placesOf(planned(2, [pool('A100', 1.9, 3), pool('H100', 4)]))).to.deep.equal({
      'aws-a/a100/a': 2,
      'aws-a/h100/a': 1,
    });
  });

  it('take different counts: 2 accelerators at $3 for 1.5 units beat 1 at $4.10 for 1', () => {
    const shapes = [{ accelerator: 'H100' }, { accelerator: 'A100', count: 2, capacity: 1.5 }];
    expect(placesOf(planned(3, [pool('A100', 3), pool('H100', 4.1)], shapes))).to.deep.equal({ 'aws-a/a100/a': 2 });
    expect(placesOf(planned(3, [pool('A100', 3), pool('H100', 3.9)], shapes))).to.deep.equal({ 'aws-a/h100/a': 3 });
  });

  it('are told one by one when neither has room', () => {
    const plan = planned(20, [pool('A100', 1), pool('H100', 4)]);
    expect(lackOf(plan)).to.deep.equal({ units: 20 - 8 - 8 * 0.6, rules: ['Room'] });
    expect(plan.unplaced?.reasons[0]?.message).to.match(/^2 offerings, for instance aws-a\/h100\/a: /);
  });

  it('of which the fleet has only one are no obstacle', () => {
    expect(placesOf(planned(1, [pool('H100', 4)]))).to.deep.equal({ 'aws-a/h100/a': 1 });
  });

  it('price the units on-demand at the best of the shapes: 2 units at min($4, $2.10 / 0.6 = $3.50) = $7', () => {
    expect(planned(2, [pool('A100', 2.1), pool('H100', 4)]).onDemandHourly).to.be.closeTo(7, 1e-9);
  });

  it('have no on-demand price where all is spot', () => {
    expect(planned(1, [{ ...pool('H100', 4), capacityType: 'spot' }]).onDemandHourly).to.equal(null);
  });
});

describe('planFleet: interruptions', () => {
  it('make spot dearer: $3.80 x (1 + 0.6 an hour x 10 minutes) = $4.18 loses to $4 on-demand', () => {
    const spot = { pool: 'spot', capacityType: 'spot', perAcceleratorHour: 3.8 } as const;
    const at = (interruptionsPerHour: number) =>
      placesOf(planOf({ members: [{ offerings: [{}, { ...spot, interruptionsPerHour }] }], workloads: [aWorkload()] }));
    expect(at(0.6)).to.deep.equal({ [HERE]: 1 });
    expect(at(0.2)).to.deep.equal({ 'aws-a/spot/a': 1 });
  });
});

describe('planFleet: the ask', () => {
  it('leaves out keys that the snapshot does not have', () => {
    const keys = [workloadKey(namespaceName('ml-prod'), 'gone')];
    expect(planFleet(aFleet({ workloads: [aWorkload()] }), { keys })).to.deep.equal({ workloads: [] });
  });

  it('is answered by key, whatever the order of asking', () => {
    const fleet = aFleet({ workloads: ['c', 'a', 'b'].map((name, priority) => aWorkload({ name, priority })) });
    const keys = fleet.workloads.map(({ workload }) => workload.key);
    const plan = planFleet(fleet, { keys });
    expect(plan.workloads.map(({ key }) => key)).to.deep.equal(['ml-prod/a', 'ml-prod/b', 'ml-prod/c']);
    expect(planFleet(fleet, { keys: keys.toReversed() })).to.deep.equal(plan);
    expect(planFleet(fleet, { keys: [...keys, ...keys] })).to.deep.equal(plan);
  });

  it('for 0 units places nothing and lacks nothing', () => {
    const plan = planOf({ workloads: [aWorkload({ replicas: 0 })] });
    expect([placesOf(plan), plan.unplaced, plan.change]).to.deep.equal([{}, null, null]);
    expect(plan.summary).to.equal('0 of 0 units are placed');
  });

  it('in an empty fleet finds no accelerators', () => {
    expect(lackOf(planOf({ members: [], workloads: [aWorkload()] }))).to.deep.equal({
      units: 1,
      rules: ['Accelerator'],
    });
  });

  it('breaks ties by the offering, first by name', () => {
    const members = ['aws-c', 'aws-b', 'aws-d'].map((name) => ({ name }));
    expect(placesOf(planOf({ members, workloads: [aWorkload()] }))).to.deep.equal({ 'aws-b/h100/a': 1 });
    expect(fareOf(planOf({ members, workloads: [aWorkload()] }), 'aws-c/h100/a').verdict).to.equal('Dearer');
  });
});

describe('planFleet: determinism', () => {
  const size = { deployments: 6, members: 4, pools: 3, tight: true };
  const shuffled = (fleet: FleetSnapshot): FleetSnapshot => ({
    ...fleet,
    members: fleet.members.toReversed().map((member) => ({ ...member, offerings: member.offerings.toReversed() })),
    workloads: fleet.workloads.toReversed(),
  });

  it('gives the same plan for the same snapshot, and for one whose lists are in another order', () => {
    assert(
      property(nat(100_000), (seed) => {
        const fleet = aRandomFleet(seed, size);
        const plan = planAll(fleet);
        expect(planAll(fleet)).to.deep.equal(plan);
        expect(planAll(shuffled(fleet))).to.deep.equal(plan);
      }),
      { numRuns: 12, seed: 1 },
    );
  });

  it('leaves the snapshot as it was', () => {
    const fleet = aRandomFleet(3, size);
    const before = structuredClone(fleet);
    planAll(fleet);
    expect(fleet).to.deep.equal(before);
  });
});
