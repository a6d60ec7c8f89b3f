import { expect } from 'chai';
import { array, assert, integer, nat, property, tuple } from 'fast-check';
import { mixedCharge } from '../../../operator/decide/placement/mixed-packing.ts';
import { divides } from '../../../operator/decide/placement/packing.ts';
import { countOf, remainderOf } from '../../../operator/decide/placement/promises.ts';
import type { OfferingOverrides } from '../../support/fleet-members.ts';
import { aFleet, anOffering } from '../../support/fleet-members.ts';
import type { HoldingOverrides, WorkloadOverrides } from '../../support/fleet-workload.ts';
import { aHolding, aView, aWorkload } from '../../support/fleet-workload.ts';
import { fareOf, lackOf, placesByName, placesOf, planAll, planOf } from '../../support/placement-plans.ts';

const HERE = 'aws-a/h100/a';

const on = (offering: OfferingOverrides, ...workloads: readonly WorkloadOverrides[]) => ({
  members: [{ offerings: [offering] }],
  workloads: workloads.map((each) => aWorkload(each)),
});

/** Units placed of each workload when all are planned together. */
const placedOf = (fleet: Parameters<typeof aFleet>[0]): readonly number[] =>
  planAll(aFleet(fleet)).workloads.map(({ placements }) => placements.reduce((sum, { replicas }) => sum + replicas, 0));

describe('planFleet: room on nodes', () => {
  it('never lets a replica span two nodes: 5 do not fit where 4 and 4 are free', () => {
    const plan = planOf(on({ freeByNode: [4, 4] }, { shapes: [{ count: 5 }] }));
    expect(fareOf(plan, HERE)).to.deep.include({
      verdict: 'Rejected',
      rule: 'Room',
      reason:
        'a replica takes 5 accelerators on one node; at most 4 are free on one after promises, and no node can be opened',
    });
    expect(plan.unplaced).to.deep.equal({
      units: 1000,
      reasons: [
        { rule: 'Room', message: `${HERE}: no node of ${HERE} has 5 accelerators left after what this plan places` },
      ],
    });
  });

  it('says how large a new node is when even that is too small', () => {
    const plan = planOf(on({ freeByNode: [], growableNodes: 2 }, { shapes: [{ count: 16 }] }));
    expect(fareOf(plan, HERE).reason).to.equal(
      'a replica takes 16 accelerators on one node; at most 0 are free on one after promises, and a new node has 8',
    );
  });

  const fits: readonly (readonly [string, OfferingOverrides, number, number])[] = [
    ['2 of 3 on a node of 8, 2 x 2 = 4 on two', { freeByNode: [8, 8] }, 3, 4],
    ['1 of 5 on a node of 8, though 2 x 8 / 5 = 3.2', { freeByNode: [8, 8] }, 5, 2],
    ['1 of 6 where 6 and 5 are free', { freeByNode: [6, 5] }, 6, 1],
    ['2 of 3 a node that is opened, 2 + 2 x 2 = 6 with two', { freeByNode: [7], growableNodes: 2 }, 3, 6],
    ['7 of 1 on a node of 7', { acceleratorsPerNode: 7 }, 1, 7],
    ['1 of 8 on a node of 8, and no second one', {}, 8, 1],
    ['nothing where every node is full', { freeByNode: [0, 0] }, 1, 0],
  ];
  for (const [title, offering, count, replicas] of fits) {
    it(`fits ${title}`, () => {
      const plan = planOf(on(offering, { replicas: 10, shapes: [{ count }] }));
      expect(placesOf(plan)).to.deep.equal(replicas === 0 ? {} : { [HERE]: replicas });
      expect(lackOf(plan)).to.deep.equal({ units: 10 - replicas, rules: ['Room'] });
    });
  }

  const together: readonly (readonly [string, OfferingOverrides, readonly (readonly [number, number])[], number])[] = [
    [
      '3 + 5 on each of two nodes of 8',
      { freeByNode: [8, 8] },
      [
        [2, 3],
        [2, 5],
      ],
      4,
    ],
    [
      '3 + 3 + 2 on a node of 8',
      {},
      [
        [1, 2],
        [2, 3],
      ],
      3,
    ],
    [
      '3 + 3 on one and 5 on the other, and a third 3 beside it',
      { freeByNode: [8, 8] },
      [
        [3, 3],
        [1, 5],
      ],
      4,
    ],
    [
      '4 + 3 on an opened node of 7',
      { freeByNode: [], growableNodes: 1, acceleratorsPerNode: 7 },
      [
        [1, 3],
        [1, 4],
      ],
      2,
    ],
    [
      '8, then 4 + 2 + 1 + 1',
      { freeByNode: [8, 8] },
      [
        [2, 1],
        [1, 2],
        [1, 4],
        [1, 8],
      ],
      5,
    ],
  ];
  for (const [title, offering, asked, replicas] of together) {
    it(`packs replicas of several sizes: ${title}`, () => {
      const workloads = asked.map(([wanted, count], at) => ({ name: `w${at}`, replicas: wanted, shapes: [{ count }] }));
      const placed = placedOf(on(offering, ...workloads));
      expect(placed).to.deep.equal(asked.map(([wanted]) => wanted));
      expect(placed.reduce((sum, each) => sum + each, 0)).to.equal(replicas);
    });
  }

  it('leaves out one of 3 + 3 + 3 on a node of 8', () => {
    expect(
      placedOf(on({}, { name: 'a', replicas: 2, shapes: [{ count: 3 }] }, { name: 'b', shapes: [{ count: 3 }] })),
    ).to.satisfy(([a = 0, b = 0]) => a + b === 2);
  });
});

describe('planFleet: nodes that are opened', () => {
  const twoPools: readonly OfferingOverrides[] = [
    { pool: 'grows', freeByNode: [], growableNodes: 4, perAcceleratorHour: 4 },
    { pool: 'stands', freeByNode: [8, 8], perAcceleratorHour: 10 },
  ];
  const GROWS = 'aws-a/grows/a';
  const STANDS = 'aws-a/stands/a';

  it('are paid whole: 3 x $10 on a standing node beats 8 x $4', () => {
    const plan = planOf({ members: [{ offerings: twoPools }], workloads: [aWorkload({ replicas: 3 })] });
    expect(placesOf(plan)).to.deep.equal({ [STANDS]: 3 });
    expect(fareOf(plan, GROWS)).to.deep.include({
      verdict: 'Dearer',
      reason: '$4.00 a unit against $10.00; more of it would open nodes that stay idle, or serve no rule',
    });
  });

  it('pay from the fourth replica on: 8 x $4 beats 4 x $10, and the bill counts what is used', () => {
    const plan = planOf({ members: [{ offerings: twoPools }], workloads: [aWorkload({ replicas: 4 })] });
    expect(placesOf(plan)).to.deep.equal({ [GROWS]: 4 });
    expect(plan.hourly).to.equal(4 * 4);
  });

  it('are shared: 3 + 3 on one opened node ($32) beat 6 x $10', () => {
    const workloads = ['a', 'b'].map((name) => aWorkload({ name, replicas: 3 }));
    const plan = planAll(aFleet({ members: [{ offerings: twoPools }], workloads }));
    expect(placesByName(plan)).to.deep.equal({ a: { [GROWS]: 3 }, b: { [GROWS]: 3 } });
  });

  it('are not opened while standing ones of the same pool have room', () => {
    const members = [
      {
        offerings: [
          { freeByNode: [2], growableNodes: 1 },
          { pool: 'other', perAcceleratorHour: 5 },
        ],
      },
    ];
    const plan = planOf({ members, workloads: [aWorkload({ replicas: 3 })] });
    // 2 x $4 standing and $5 elsewhere = $13; a node opened for the third alone costs 8 x $4.
    expect(placesOf(plan)).to.deep.equal({ [HERE]: 2, 'aws-a/other/a': 1 });
  });
});

describe('planFleet: promises to others', () => {
  const beside = (other: HoldingOverrides, offering: OfferingOverrides, wanted = 8, otherShape = {}) =>
    planOf({
      members: [{ offerings: [offering] }],
      workloads: [
        aView({ name: 'other', replicas: 8, shapes: [otherShape] }, [other]),
        aWorkload({ replicas: wanted }),
      ],
    });

  it('are not sold twice: of 5 free, 4 on record with 1 bound leave 5 - 3 = 2', () => {
    const plan = beside({ replicas: 4, phase: 'Starting', observed: { bound: 1 } }, { freeByNode: [5] });
    expect(placesOf(plan)).to.deep.equal({ [HERE]: 2 });
    expect(lackOf(plan)).to.deep.equal({ units: 6, rules: ['Room'] });
  });

  it('count in full while nobody has seen what runs: 8 - 4 = 4', () => {
    expect(placesOf(beside({ replicas: 4, observed: null }, {}))).to.deep.equal({ [HERE]: 4 });
  });

  it('cost nothing once their pods are bound: the free ones are free', () => {
    expect(placesOf(beside({ replicas: 4 }, { freeByNode: [4] }))).to.deep.equal({ [HERE]: 4 });
  });

  it('take the nodes that are still to be opened: 2 nodes - 1 for a replica of 8 = 8', () => {
    const plan = beside(
      { replicas: 1, phase: 'Starting', observed: { bound: 0 } },
      { freeByNode: [], growableNodes: 2 },
      16,
      { count: 8 },
    );
    expect(placesOf(plan)).to.deep.equal({ [HERE]: 8 });
  });

  it('of replicas that are larger than any node take nothing', () => {
    const plan = beside({ replicas: 1, phase: 'Starting', observed: { bound: 0 } }, {}, 8, { count: 16 });
    expect(placesOf(plan)).to.deep.equal({ [HERE]: 8 });
  });

  it('are kept to what a workload itself is draining and has not got: 8 - 2 = 6', () => {
    const plan = planOf({
      workloads: [aView({ replicas: 8 }, [{ replicas: 2, phase: 'Draining', observed: { bound: 0 } }])],
    });
    expect(placesOf(plan)).to.deep.equal({ [HERE]: 6 });
  });
});

describe('remainderOf', () => {
  const left = (freeByNode: readonly number[], ...promised: readonly (readonly [number, number])[]) =>
    remainderOf(anOffering({ freeByNode, growableNodes: 1 }), new Map(promised));

  it('puts a promise where it spoils least: 2 go beside what is broken already', () => {
    expect(left([8, 2], [2, 1])).to.deep.equal({ free: [8], growable: 1 });
  });

  it('puts larger promises first: 4 and 4 x 1 fill a node of 8 whatever their order', () => {
    expect(left([8], [1, 4], [4, 1])).to.deep.equal({ free: [], growable: 1 });
  });

  it('opens a node for what fits on none, and lists what that leaves: 8 - 5 = 3', () => {
    expect(left([4], [5, 1])).to.deep.equal({ free: [4, 3], growable: 0 });
  });

  it('stops when there is nothing more to promise: 2 x 8 need two nodes, one can be opened', () => {
    expect(left([4], [8, 2], [4, 1])).to.deep.equal({ free: [], growable: 0 });
  });

  it('leaves everything where nothing is promised', () => {
    expect(remainderOf(anOffering({ freeByNode: [8, 3, 0] }), undefined)).to.deep.equal({ free: [8, 3], growable: 0 });
  });
});

describe('countOf', () => {
  const workload = aWorkload({
    shapes: [
      { accelerator: 'H100', count: 2 },
      { accelerator: 'A100', count: 4 },
    ],
  });

  it('is the count of the shape on the accelerators of the record', () => {
    expect(countOf(workload, aHolding({ accelerator: 'H100' }))).to.equal(2);
  });

  it('is the largest count when the workload has no such shape any more', () => {
    expect(countOf(workload, aHolding({ accelerator: 'B200' }))).to.equal(4);
  });
});

describe('mixedCharge', () => {
  const bins = { perNode: 8, sizes: [3, 5] };

  it('packs tightly where a table would be too large: 114 accelerators in replicas of 2 and 3 into room for 114', () => {
    const bins = { free: [8, 7, 4, 4, 3, 1, 1], perNode: 8, growable: 11, sizes: [2, 3, 5], demand: [900, 900, 900] };
    const charge = mixedCharge(bins);
    expect(charge([33, 16, 0])).to.equal(114);
    expect(charge([34, 16, 0])).to.equal(-1);
  });

  it('charges what is used on standing nodes, and opened ones whole', () => {
    const charge = mixedCharge({ ...bins, free: [8], growable: 1, demand: [4, 4] });
    expect(charge([1, 1])).to.equal(8);
    // 5 + 3 on the opened node (8) and 3 on the standing one.
    expect(charge([2, 1])).to.equal(8 + 3);
    expect(charge([2, 2])).to.equal(8 + 8);
    expect(charge([0, 3])).to.equal(-1);
    expect(charge([5, 0])).to.equal(-1);
  });

  it('is first-fit decreasing when a table would be too large: 100 nodes of 5 + 3', () => {
    const charge = mixedCharge({
      ...bins,
      free: Array.from({ length: 100 }, () => 8),
      growable: 2,
      demand: [150, 150],
    });
    expect(charge([100, 100])).to.equal(800);
    expect(charge([100, 100])).to.equal(800);
    // The 101st replica of 5 opens a node, which is paid whole; 1 of the 100 of 3 moves in with it.
    expect(charge([100, 101])).to.equal(99 * 3 + 100 * 5 + 8);
    expect(charge([0, 103])).to.equal(-1);
  });

  it('never promises more, or cheaper, with first fit than a table over all counts finds', () => {
    const [perNode, sizes] = [8, [3, 5]];
    const filler = Array.from({ length: 400 }, () => 2); // too small for anybody, and enough to forgo the table
    assert(
      property(
        array(integer({ min: 0, max: 8 }), { maxLength: 4 }),
        nat(2),
        tuple(nat(8), nat(8)),
        (free, growable, counts) => {
          const exact = mixedCharge({ free, perNode, growable, sizes, demand: [8, 8] })(counts);
          const quick = mixedCharge({ free: [...free, ...filler], perNode, growable, sizes, demand: [2000, 2000] })(
            counts,
          );
          if (quick >= 0) expect(exact).to.be.within(0, quick);
        },
      ),
      { seed: 7, numRuns: 200 },
    );
  });
});

describe('divides', () => {
  it('holds where each size divides the next, and the largest a node that may be opened', () => {
    expect(divides([1, 2, 4, 8], 8, 1)).to.equal(true);
    expect(divides([3], 8, 1)).to.equal(true);
    expect(divides([2, 3], 8, 0)).to.equal(false);
    expect(divides([1, 3], 8, 1)).to.equal(false);
    expect(divides([1, 3], 8, 0)).to.equal(true);
  });
});
