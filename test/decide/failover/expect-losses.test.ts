import { expect } from 'chai';
import { keepingLeaving, withoutLeaving } from '../../../operator/decide/failover/expect-losses.ts';
import { advance } from '../../../operator/decide/migration/advance.ts';
import { planFleet } from '../../../operator/decide/placement/plan-fleet.ts';
import type { FleetSnapshot, ObservedPlacement, WorkloadView } from '../../../operator/model/fleet.ts';
import { A, B, on } from '../../support/decide-moves.ts';
import { aFleet, type MemberOverrides } from '../../support/fleet-members.ts';
import { aTarget, aView, NOW, type HoldingOverrides } from '../../support/fleet-workload.ts';

const [HOME, AWAY] = [A, B];

/** aws-a and azure-b; what is free is said by member. */
function fleetWith(view: WorkloadView, free: { home?: number; away?: number } = {}): FleetSnapshot {
  const member = (name: string, accelerators: number): MemberOverrides => ({
    name,
    offerings: [{ freeByNode: accelerators > 0 ? [accelerators] : [], perAcceleratorHour: name === 'aws-a' ? 2 : 4 }],
  });
  return aFleet({ members: [member('aws-a', free.home ?? 0), member('azure-b', free.away ?? 8)], workloads: [view] });
}

/** One pass as the planning controller makes it. */
function pass(fleet: FleetSnapshot) {
  const [view] = fleet.workloads as [WorkloadView];
  const [planned] = planFleet(withoutLeaving(fleet), { keys: [view.workload.key] }).workloads;
  if (planned === undefined) throw new Error('nothing was planned');
  const plan = keepingLeaving(planned, view);
  const step = advance({ view, plan, fleet, now: NOW });
  const placements = step.placements.map(({ cluster, replicas, phase }) => `${cluster} ${replicas} ${phase}`);
  return { plan, step, placements, migration: step.migration };
}

const holding = (replicas: number, observed: Partial<ObservedPlacement>, phase?: 'Starting' | 'Serving') =>
  on('aws-a', replicas, { observed, ...(phase ? { phase } : {}) });
const three = (holdings: readonly HoldingOverrides[], migration?: WorkloadView['migration']): WorkloadView =>
  aView({ replicas: 3 }, holdings, migration);

describe('a notice that a node is about to go', () => {
  const noticed = three([holding(3, { leaving: 1 })]);

  it('starts a replacement at once, and leaves what serves alone until it is gone', () => {
    const { plan, placements, migration } = pass(fleetWith(noticed));
    expect(placements).to.deep.equal(['aws-a 3 Serving', 'azure-b 1 Starting']);
    expect(plan.change).to.equal('Capacity');
    expect(migration).to.include({ phase: 'Surging', reason: 'Capacity' });
  });

  it('starts it on other nodes of the same offering where there is room', () => {
    expect(pass(fleetWith(noticed, { home: 8 })).placements).to.deep.equal(['aws-a 4 Starting']);
  });

  it('starts as many as are about to be lost, though a surge of one is allowed', () => {
    const all = three([holding(3, { leaving: 3 })]);
    expect(pass(fleetWith(all)).placements).to.deep.equal(['aws-a 3 Serving', 'azure-b 3 Starting']);
  });

  it('asks for no new machines of a spot pool that machines are taken from, though they would be cheaper', () => {
    const growing = { growableNodes: 9, freeByNode: [], perAcceleratorHour: 1 };
    const away = { name: 'azure-b', offerings: [{ freeByNode: [8], perAcceleratorHour: 12 }] };
    const home = (capacityType: 'spot' | 'on-demand') =>
      aFleet({ members: [{ name: 'aws-a', offerings: [{ ...growing, capacityType }] }, away], workloads: [noticed] });
    expect(pass(home('spot')).placements).to.deep.equal(['aws-a 3 Serving', 'azure-b 1 Starting']);
    expect(pass(home('on-demand')).placements).to.deep.equal(['aws-a 4 Starting']);
  });

  it('says what finds no place before it is lost', () => {
    const { plan, placements } = pass(fleetWith(noticed, { away: 0 }));
    expect(placements).to.deep.equal(['aws-a 3 Serving']);
    expect(plan.unplaced?.units).to.equal(1000);
  });

  it('is answered once: the next passes find everything as it should be', () => {
    let view = noticed;
    for (const ready of [0, 1, 1]) {
      const { step } = pass(fleetWith(view, { away: 7 }));
      const [home, away] = step.placements;
      if (!home || !away) throw new Error('a placement is missing');
      const seen = { present: true, replicas: 1, bound: 1, ready, pendingSince: null };
      view = {
        ...view,
        migration: step.migration,
        holdings: [
          { offering: HOME as never, record: home, observed: { ...seen, replicas: 3, bound: 3, ready: 3, leaving: 1 } },
          { offering: AWAY as never, record: away, observed: seen },
        ],
      };
    }
    const { placements, migration, plan } = pass(fleetWith(view, { away: 7 }));
    expect(placements).to.deep.equal(['aws-a 3 Serving', 'azure-b 1 Serving']);
    expect([migration.phase, plan.change]).to.deep.equal(['Idle', null]);
  });

  it('done, the successor that the Deployment starts without need goes, and the replacement stays', () => {
    const away = on('azure-b', 1);
    const gone = three([holding(3, { bound: 2, ready: 2 }), away]);
    expect(pass(fleetWith(gone, { away: 7 })).placements).to.deep.equal(['aws-a 2 Serving', 'azure-b 1 Serving']);
  });

  it('withdrawn, the replacement is let go', () => {
    const back = three([holding(3, {}), on('azure-b', 1, { phase: 'Starting', observed: { ready: 0 } })]);
    expect(pass(fleetWith(back, { away: 7 })).placements).to.deep.equal(['aws-a 3 Serving', 'azure-b 0 Releasing']);
  });
});

describe('withoutLeaving', () => {
  it('is the fleet itself when nothing is announced and nothing is to spare', () => {
    const fleet = fleetWith(three([holding(3, {})]));
    expect(withoutLeaving(fleet)).to.equal(fleet);
    const starting = fleetWith(three([holding(3, { bound: 1, ready: 0 }, 'Starting')]));
    expect(withoutLeaving(starting)).to.equal(starting);
  });

  it('keeps the room of what waits without need for workloads that are not asked about', () => {
    const gone = three([holding(3, { bound: 2, ready: 2 }), on('azure-b', 1)]);
    const fleet = fleetWith(gone, { away: 7 });
    expect(withoutLeaving(fleet, [])).to.equal(fleet);
    expect(withoutLeaving(fleet, [gone.workload.key])).to.deep.equal(withoutLeaving(fleet));
  });
});

describe('a notice in the middle of things', () => {
  const target = (home: number, away: number) => ({
    phase: 'Surging' as const,
    reason: 'Capacity' as const,
    startedAt: NOW,
    lastMoveAt: null,
    target: [aTarget('aws-a', 'h100', 'a', home), aTarget('azure-b', 'h100', 'a', away)],
  });

  it('takes what leaves out of the target of the move, and an offering that leaves whole with it', () => {
    const view = three([holding(2, { leaving: 2 }), on('azure-b', 1)], target(2, 1));
    const [planned] = withoutLeaving(fleetWith(view)).workloads;
    expect(planned?.migration).to.deep.include({ target: [aTarget('azure-b', 'h100', 'a', 1)] });
    expect(planned?.holdings.map(({ offering }) => offering)).to.deep.equal([AWAY]);
  });

  it('keeps an offering that the plan leaves until it has gone by itself', () => {
    const { plan, placements } = pass(fleetWith(three([holding(3, { leaving: 3 })])));
    expect(plan.placements.find(({ cluster }) => cluster === 'aws-a')).to.include({
      replicas: 3,
      units: 3000,
      hourly: 0,
    });
    expect(placements).to.include('aws-a 3 Serving');
  });

  it('lets go of what leaves when the deployment no longer knows its accelerator', () => {
    const view = aView({ replicas: 3, shapes: [{ accelerator: 'A100-80GB' }] }, [holding(3, { leaving: 1 })]);
    const [planned] = planFleet(fleetWith(view), { keys: [view.workload.key] }).workloads;
    expect(planned && keepingLeaving(planned, view).placements).to.deep.equal([]);
  });

  it('leaves alone what cannot be seen, and what moves for another reason', () => {
    const unseen = fleetWith(three([on('aws-a', 3, { observed: null })]));
    expect(withoutLeaving(unseen)).to.equal(unseen);
    const pricey = { ...target(2, 1), reason: 'Price' as const };
    const moving = fleetWith(three([holding(3, { bound: 2, ready: 2 }), on('azure-b', 1)], pricey));
    expect(withoutLeaving(moving)).to.equal(moving);
  });

  it('counts for nothing what an unknown accelerator contributes', () => {
    const strange = aView({ replicas: 1, shapes: [{ accelerator: 'B200' }] }, [holding(2, { bound: 1, ready: 1 })]);
    const fleet = fleetWith(strange);
    expect(withoutLeaving(fleet)).to.equal(fleet);
  });
});

describe('keepingLeaving', () => {
  it('is the plan itself when nothing is announced', () => {
    const fleet = fleetWith(three([holding(3, {})]));
    const [view] = fleet.workloads as [WorkloadView];
    const [plan] = planFleet(fleet, { keys: [view.workload.key] }).workloads;
    expect(plan && keepingLeaving(plan, view)).to.equal(plan);
  });
});
