import { expect } from 'chai';
import { assert, double, integer, property, tuple } from 'fast-check';
import { moveShareOf, movesUnderWay } from '../../../operator/decide/placement/voluntary-moves.ts';
import { after, fraction, hours, instant, minutes } from '../../../operator/model/units.ts';
import type { MigrationState } from '../../../operator/model/workload.ts';
import type { FleetOverrides, MemberOverrides, OfferingOverrides } from '../../support/fleet-members.ts';
import { aFleet } from '../../support/fleet-members.ts';
import type { HoldingOverrides, WorkloadOverrides } from '../../support/fleet-workload.ts';
import { aTarget, aView, NOW } from '../../support/fleet-workload.ts';
import { placesByName, placesOf, planAll, planOf } from '../../support/placement-plans.ts';

const A = 'aws-a/h100/a';
const B = 'azure-b/h100/a';

const at = (perAcceleratorHour: number, rest: OfferingOverrides = {}): MemberOverrides => ({
  name: 'azure-b',
  offerings: [{ perAcceleratorHour, ...rest }],
});

interface Case {
  readonly workload?: WorkloadOverrides;
  readonly holding?: HoldingOverrides;
  readonly here?: MemberOverrides;
  readonly migration?: MigrationState;
  readonly fleet?: FleetOverrides;
}

/** One replica serves on aws-a at $4; azure-b offers the same. */
const offered = (there: MemberOverrides, { workload = {}, holding = {}, here = {}, migration, fleet }: Case = {}) =>
  planOf({ members: [here, there], workloads: [aView(workload, [holding], migration)], ...fleet });

/** A move costs 10 minutes of overlap: spread over 50 hours, 1/300 of the new price. */
const patient = { migration: { payback: hours(50) } };
const idleSince = (minutesAgo: number): MigrationState => ({
  phase: 'Idle',
  lastMoveAt: instant(NOW - minutes(minutesAgo)),
});

describe('planFleet: moves that nothing forces', () => {
  it('are made for $1 instead of $4', () => {
    const plan = offered(at(1));
    expect(placesOf(plan)).to.deep.equal({ [B]: 1 });
    expect(plan.change).to.equal('Price');
    expect(plan.hourly).to.equal(1);
  });

  it('have to save minSavings: 15 % of $4 is $0.60', () => {
    expect(placesOf(offered(at(3.41), { workload: patient }))).to.deep.equal({ [A]: 1 });
    expect(placesOf(offered(at(3.4), { workload: patient }))).to.deep.equal({ [B]: 1 });
  });

  it('have to earn their cost back within payback: 10 of 30 minutes make $3 count as $4', () => {
    expect(placesOf(offered(at(3)))).to.deep.equal({ [A]: 1 });
    expect(placesOf(offered(at(2.99)))).to.deep.equal({ [B]: 1 });
    // Twice the time to earn it back: 10 of 60 minutes make $3.39 count as $3.955.
    expect(placesOf(offered(at(3.39), { workload: { migration: { payback: minutes(60) } } }))).to.deep.equal({
      [B]: 1,
    });
  });

  it('never pay back when there is no time for it', () => {
    expect(placesOf(offered(at(0.01), { workload: { migration: { payback: minutes(0) } } }))).to.deep.equal({ [A]: 1 });
  });

  it('are measured against what the workload itself spends, all replicas together', () => {
    const three = { replicas: 3, ...patient };
    const plan = offered(at(3, { freeByNode: [1] }), { workload: three, holding: { replicas: 3 } });
    // One of three moves: it saves $1 of $12, 8 %.
    expect(placesOf(plan)).to.deep.equal({ [A]: 3 });
    const two = offered(at(3, { freeByNode: [2] }), { workload: three, holding: { replicas: 3 } });
    expect(placesOf(two)).to.deep.equal({ [A]: 1, [B]: 2 }); // $2 of $12, 17 %
  });

  it('count interruptions: spot at $3 with 2.4 an hour costs $4.20', () => {
    const spot = { capacityType: 'spot', interruptionsPerHour: 2.4 } as const;
    expect(placesOf(offered(at(3, spot), { workload: patient }))).to.deep.equal({ [A]: 1 });
    expect(placesOf(offered(at(3, { ...spot, interruptionsPerHour: 0.6 }), { workload: patient }))).to.deep.equal({
      [B]: 1,
    });
  });

  it('are not made while the last one cools down, and the plan wakes when it has', () => {
    const cooling = offered(at(1), { migration: idleSince(5) });
    expect(placesOf(cooling)).to.deep.equal({ [A]: 1 });
    expect(cooling.change).to.equal(null);
    expect(cooling.wakeAt).to.equal(after(NOW, minutes(15)));
    expect(placesOf(offered(at(1), { migration: idleSince(20) }))).to.deep.equal({ [B]: 1 });
  });

  it('wake nobody for the end of a cooldown that changes nothing', () => {
    expect(offered(at(4), { migration: idleSince(5) }).wakeAt).to.equal(null);
  });

  it('are not made while the fleet is frozen', () => {
    expect(placesOf(offered(at(1), { fleet: { frozen: true } }))).to.deep.equal({ [A]: 1 });
  });

  const uncertain: readonly (readonly [string, Case])[] = [
    ['its member is Suspect', { here: { verdict: 'Suspect' } }],
    ['its member has lost its control plane', { here: { verdict: 'ControlPlaneLost' } }],
    ['its member is Recovering', { here: { verdict: 'Recovering' } }],
    ['nobody has seen what it holds', { holding: { observed: null } }],
    ['it is still starting', { holding: { phase: 'Starting' } }],
    ['its own price is unknown', { here: { offerings: [{ price: null }] } }],
    [
      'it wants more than it holds',
      { workload: { replicas: 20 }, holding: { replicas: 8 }, here: { offerings: [{ freeByNode: [] }] } },
    ],
  ];
  for (const [title, case_] of uncertain) {
    it(`are not made while ${title}`, () => {
      const there = at(0.5, { freeByNode: [1] });
      expect(placesOf(offered(there, case_))[A]).to.equal(case_.holding?.replicas ?? 1);
    });
  }

  it('are made from a Degraded member too', () => {
    expect(placesOf(offered(at(1), { here: { verdict: 'Degraded' } }))).to.deep.equal({ [B]: 1 });
  });

  it('do not bend a rule for money', () => {
    const workload = { replicas: 2, placement: { maxPerProvider: fraction(0.5) } };
    const held = [{}, { cluster: 'azure-b' }];
    const cheap = { name: 'aws-c', offerings: [{ perAcceleratorHour: 0.1 }] };
    const members = [{}, { name: 'azure-b' }, cheap];
    const plan = planOf({ members, workloads: [aView(workload, held)] });
    expect(placesOf(plan)).to.deep.equal({ [B]: 1, 'aws-c/h100/a': 1 });
  });

  it('are left alone by noise in prices: within 7 % of $4 nothing saves 15 %', () => {
    const price = double({ min: 4 * 0.93, max: 4 * 1.07, noNaN: true });
    assert(
      property(tuple(price, price, price), ([own, one, other]) => {
        const offerings = [{ perAcceleratorHour: one }, { pool: 'second', perAcceleratorHour: other }];
        const here = { offerings: [{ perAcceleratorHour: own }] };
        const plan = offered(
          { name: 'azure-b', offerings },
          { workload: { replicas: 2, ...patient }, holding: { replicas: 2 }, here },
        );
        expect(plan.change).to.equal(null);
        expect(placesOf(plan)).to.deep.equal({ [A]: 2 });
      }),
      { numRuns: 100, seed: 1 },
    );
  });

  it('do not follow one another back and forth: what was worth a move is not worth the way back', () => {
    assert(
      property(double({ min: 0.5, max: 8, noNaN: true }), integer({ min: 10, max: 600 }), (price, payback) => {
        const workload = { migration: { payback: minutes(payback) } };
        const there = placesOf(offered(at(price), { workload }))[B] === 1;
        const back = placesOf(offered(at(price), { workload, holding: { cluster: 'azure-b' } }))[A] === 1;
        expect(there && back).to.equal(false);
      }),
      { numRuns: 100, seed: 2 },
    );
  });
});

describe('planFleet: the move budget of the fleet', () => {
  const moving: MigrationState = {
    phase: 'Surging',
    reason: 'Price',
    startedAt: NOW,
    target: [aTarget('azure-b', 'h100', 'a', 1)],
    lastMoveAt: null,
  };
  /** Small saves 1 x $3, large 2 x $3. */
  const fleet = (concurrentMoves: number, others: readonly MigrationState[] = [], free = 8) =>
    aFleet({
      members: [{}, at(1, { freeByNode: [free] })],
      policy: { concurrentMoves },
      workloads: [
        aView({ name: 'small' }, [{}]),
        aView({ name: 'large', replicas: 2 }, [{ replicas: 2 }]),
        ...others.map((each, nth) => aView({ name: `other-${nth}` }, [{ cluster: 'azure-b' }], each)),
      ],
    });
  const moved = (...ask: Parameters<typeof fleet>) => placesByName(planAll(fleet(...ask)));

  it('gives the one move there is to what saves most', () => {
    expect(moved(1)).to.deep.equal({ large: { [B]: 2 }, small: { [A]: 1 } });
  });

  it('lets all move that it has moves for', () => {
    expect(moved(2)).to.deep.equal({ large: { [B]: 2 }, small: { [B]: 1 } });
  });

  it('counts moves under way, and nothing that a member forced', () => {
    expect(moved(1, [moving])).to.deep.include({ large: { [A]: 2 }, small: { [A]: 1 } });
    expect(moved(1, [{ ...moving, reason: 'Evacuation' }])).to.deep.include({ large: { [B]: 2 } });
    const others = (['Price', 'Failback', 'Rules', 'Scale'] as const).map((reason) => ({ ...moving, reason }));
    expect(movesUnderWay(fleet(1, others).workloads)).to.equal(3);
    expect(moved(1, [{ ...moving, reason: 'Rules' }])).to.deep.include({ large: { [A]: 2 } });
  });

  it('does not count what is being deleted in the middle of a move, however long a member cannot be reached', () => {
    const going = { cluster: 'azure-b', replicas: 0, phase: 'Releasing', observed: null } as const;
    expect(movesUnderWay([aView({}, [going], moving)])).to.equal(0);
  });

  it('of 0 allows none', () => {
    expect(moved(0)).to.deep.equal({ large: { [A]: 2 }, small: { [A]: 1 } });
  });

  it('sells the room once: two of three replicas find a place', () => {
    expect(moved(5, [], 2)).to.deep.equal({ large: { [B]: 2 }, small: { [A]: 1 } });
  });
});

describe('moveShareOf', () => {
  it('is the overlap of 10 minutes over the payback time', () => {
    expect(moveShareOf(aView({ migration: { payback: minutes(30) } }))).to.be.closeTo(1 / 3, 1e-12);
    expect(moveShareOf(aView(patient))).to.be.closeTo(1 / 300, 1e-12);
  });
});
