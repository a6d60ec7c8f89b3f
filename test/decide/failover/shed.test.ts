import { expect } from 'chai';
import { array, assert, integer, property, record } from 'fast-check';
import { planWithShedding } from '../../../operator/decide/failover/plan-shedding.ts';
import { advance } from '../../../operator/decide/migration/advance.ts';
import { planFleet } from '../../../operator/decide/placement/plan-fleet.ts';
import type { FleetSnapshot, SheddingPolicy, WorkloadView } from '../../../operator/model/fleet.ts';
import type { WorkloadKey } from '../../../operator/model/names.ts';
import { on } from '../../support/decide-moves.ts';
import { aFleet, aVerdict, type FleetOverrides, type MemberOverrides } from '../../support/fleet-members.ts';
import { aView, NOW, type HoldingOverrides, type WorkloadOverrides } from '../../support/fleet-workload.ts';

const ALLOWED: SheddingPolicy = { maxPriority: null, minPriorityGap: 1, belowMinReady: false };

/** aws-a is down; azure-b answers, with so many free accelerators. */
const pair = (free = 0, more: MemberOverrides = {}): readonly MemberOverrides[] => [
  { name: 'aws-a', verdict: 'Down', offerings: [{ freeByNode: [] }] },
  { name: 'azure-b', offerings: [{ freeByNode: [free] }], ...more },
];

/** Important, of priority 100, and lost with aws-a. */
const vip = (workload: WorkloadOverrides = {}): WorkloadView =>
  aView({ name: 'vip', priority: 100, replicas: 2, ...workload }, [
    on('aws-a', workload.replicas ?? 2, { observed: null }),
  ]);
/** Of priority 0, on azure-b. */
const batch = (
  replicas: number,
  workload: WorkloadOverrides = {},
  more: Partial<HoldingOverrides> = {},
): WorkloadView => aView({ name: 'batch', replicas, ...workload }, [on('azure-b', replicas, more)]);

const fleetOf = (
  workloads: readonly WorkloadView[],
  more: FleetOverrides & { shedding?: SheddingPolicy | null } = {},
) => {
  const { shedding = ALLOWED, policy, ...rest } = more;
  return aFleet({ members: pair(), workloads, policy: { ...policy, shedding }, ...rest });
};

/** What each deployment that was planned is given, as `name: replicas, missing units`. */
function planned(fleet: FleetSnapshot, asked: readonly string[] = ['vip']): readonly string[] {
  const keys = asked.map((name) => `ml-prod/${name}` as WorkloadKey);
  const { plans } = planWithShedding(fleet, keys, (all) => planFleet(fleet, { keys: all }).workloads);
  return plans.map(({ key, placements, unplaced }) => {
    const replicas = placements.reduce((sum, it) => sum + it.replicas, 0);
    return `${key.slice('ml-prod/'.length)}: ${replicas}, missing ${(unplaced?.units ?? 0) / 1000}`;
  });
}

describe('planWithShedding', () => {
  it('lets nobody give anything up unless the policy says so, or while the fleet is frozen', () => {
    const views = [vip(), batch(3)];
    expect(planned(fleetOf(views, { shedding: null }))).to.deep.equal(['vip: 0, missing 2']);
    expect(planned(fleetOf(views, { frozen: true }))).to.deep.equal(['vip: 2, missing 0']);
    const given = aView({ name: 'vip', priority: 100, replicas: 2 }, [
      on('aws-a', 2, { phase: 'Stranded', observed: null }),
    ]);
    expect(planned(fleetOf([given, batch(3)]))).to.deep.equal(['vip: 0, missing 2', 'batch: 1, missing 2']);
    expect(planned(fleetOf([given, batch(3)], { frozen: true }))).to.deep.equal(['vip: 0, missing 2']);
  });

  it('makes the less important give up what the more important lack, and no more, in the same pass', () => {
    expect(planned(fleetOf([vip(), batch(4)]))).to.deep.equal(['vip: 0, missing 2', 'batch: 2, missing 2']);
    expect(planned(fleetOf([vip(), batch(4)], { members: pair(1) }))).to.deep.equal([
      'vip: 1, missing 1',
      'batch: 3, missing 1',
    ]);
    expect(planned(fleetOf([vip(), batch(4)], { members: pair(2) }))).to.deep.equal(['vip: 2, missing 0']);
  });

  it('says for whom', () => {
    const fleet = fleetOf([vip(), batch(4)]);
    const { plans, sheds, lessened } = planWithShedding(
      fleet,
      ['ml-prod/vip' as WorkloadKey],
      (keys) => planFleet(fleet, { keys }).workloads,
    );
    expect(plans[1]?.summary).to.match(/^2 of 4 units are given up for ml-prod\/vip \(priority 100\)/);
    expect(sheds.get('ml-prod/batch' as WorkloadKey)).to.include({ replicas: 2, for: 'ml-prod/vip' });
    expect(lessened.get('ml-prod/batch' as WorkloadKey)?.replicas).to.equal(2);
    expect(plans[1]?.shedFor).to.equal('ml-prod/vip');
  });

  it('respects minReady and the last copy, unless the policy gives them up', () => {
    expect(planned(fleetOf([vip(), batch(4, { minReady: 3 })]))).to.deep.equal([
      'vip: 0, missing 2',
      'batch: 3, missing 1',
    ]);
    expect(planned(fleetOf([vip(), batch(4, { minReady: 4 })]))).to.deep.equal(['vip: 0, missing 2']);
    expect(planned(fleetOf([vip(), batch(2)]))).to.deep.equal(['vip: 0, missing 2', 'batch: 1, missing 1']);
    const ruthless = { ...ALLOWED, belowMinReady: true };
    expect(planned(fleetOf([vip(), batch(2, { minReady: 2 })], { shedding: ruthless }))).to.deep.equal([
      'vip: 0, missing 2',
      'batch: 0, missing 2',
    ]);
  });

  it('counts only what is ready towards what has to stay', () => {
    const wounded = batch(4, { minReady: 2 }, { observed: { ready: 3 } });
    expect(planned(fleetOf([vip(), wounded]))[1]).to.equal('batch: 3, missing 1');
  });

  it('takes from the least important first, and from nobody who is important enough', () => {
    const [low, mid, high] = [10, 50, 99].map((priority) => batch(2, { name: `p${priority}`, priority })) as [
      WorkloadView,
      WorkloadView,
      WorkloadView,
    ];
    expect(planned(fleetOf([vip(), low, mid, high]))).to.deep.equal([
      'vip: 0, missing 2',
      'p10: 1, missing 1',
      'p50: 1, missing 1',
    ]);
    const gap = { ...ALLOWED, minPriorityGap: 60 };
    expect(planned(fleetOf([vip(), mid, high], { shedding: gap }))).to.deep.equal(['vip: 0, missing 2']);
    const capped = { ...ALLOWED, maxPriority: 10 };
    expect(planned(fleetOf([vip(), low, mid], { shedding: capped }))).to.deep.equal([
      'vip: 0, missing 2',
      'p10: 1, missing 1',
    ]);
    expect(planned(fleetOf([vip({ priority: 10 }), low]))).to.deep.equal(['vip: 0, missing 2']);
  });

  it('waits for what is on its way out before it asks for more, and does not let its giver grow back meanwhile', () => {
    const leaving = batch(2, { replicas: 4 }, { observed: { bound: 4, ready: 4, replicas: 2 } });
    expect(planned(fleetOf([vip(), leaving]), ['vip', 'batch'])).to.deep.equal([
      'batch: 2, missing 2',
      'vip: 0, missing 2',
    ]);
    expect(planned(fleetOf([vip(), leaving]), ['batch'])).to.deep.equal(['batch: 2, missing 2']);
  });

  it('keeps the room that came free for those it was made for, whoever is planned first', () => {
    const given = batch(2, { replicas: 4 });
    expect(planned(fleetOf([vip(), given], { members: pair(2) }), ['batch'])).to.deep.equal(['batch: 2, missing 2']);
    expect(planned(fleetOf([vip(), given], { members: pair(2) }), ['vip'])).to.deep.equal(['vip: 2, missing 0']);
  });

  it('gives back when there is room again', () => {
    const served = aView({ name: 'vip', priority: 100, replicas: 2 }, [on('azure-b', 2)]);
    expect(planned(fleetOf([served, batch(2, { replicas: 4 })], { members: pair(2) }), ['batch'])).to.deep.equal([
      'batch: 4, missing 0',
    ]);
  });

  it('sheds for nobody who only wants more, is short of money, or may not run there', () => {
    const growing = aView({ name: 'vip', priority: 100, replicas: 3 }, [on('azure-b', 1)]);
    expect(planned(fleetOf([growing, batch(4)]))).to.deep.equal(['vip: 1, missing 2']);
    const lost = aView({ name: 'lost' }, [on('aws-a', 1, { observed: null })]);
    expect(planned(fleetOf([growing, lost, batch(4)]))).to.deep.equal(['vip: 1, missing 2']);
    const offerings = [{ freeByNode: [] }, { pool: 'dear', freeByNode: [8], perAcceleratorHour: 40 }];
    const thrifty = fleetOf([vip({ maxHourly: 9 }), batch(4)], { members: pair(0, { offerings }) });
    expect(planned(thrifty)).to.deep.equal(['vip: 0, missing 2']);
    expect(planned(fleetOf([vip({ maxHourly: 1 }), batch(4)], { members: pair(8) }))).to.deep.equal([
      'vip: 0, missing 2',
    ]);
    expect(planned(fleetOf([vip({ placement: { providers: ['aws'] } }), batch(4)]))).to.deep.equal([
      'vip: 0, missing 2',
    ]);
    expect(planned(fleetOf([vip({ shapes: [{ accelerator: 'A100-80GB' }] }), batch(4)]))).to.deep.equal([
      'vip: 0, missing 2',
    ]);
  });

  it('does not count on pods of several replicas to have stood on one node', () => {
    expect(planned(fleetOf([vip({ replicas: 1, shapes: [{ count: 2 }] }), batch(4)]))).to.deep.equal([
      'vip: 0, missing 1',
    ]);
    const large = batch(2, { shapes: [{ count: 4 }] });
    expect(planned(fleetOf([vip(), large]))).to.deep.equal(['vip: 0, missing 2', 'batch: 1, missing 1']);
  });

  it('leaves alone what is on a member in doubt: its word cannot be taken', () => {
    const doubted = fleetOf([vip(), batch(4, {}, { observed: null })], { members: pair(0, { verdict: 'Suspect' }) });
    expect(planned(doubted)).to.deep.equal(['vip: 0, missing 2']);
    const slow = aVerdict('Suspect', { reason: 'ProbeSlow', unreachableSince: null });
    const members = [...pair(), { name: 'azure-c', verdict: slow, offerings: [{ freeByNode: [] }] }];
    const half = aView({ name: 'batch', replicas: 4, minReady: 2 }, [on('azure-b', 2), on('azure-c', 2)]);
    expect(planned(fleetOf([vip(), half], { members }))).to.deep.equal(['vip: 0, missing 2']);
  });

  it('also takes from the less important that lost a part of themselves, and lets them be replaced elsewhere', () => {
    const both = aView({ name: 'batch', replicas: 4 }, [on('aws-a', 2, { observed: null }), on('azure-b', 2)]);
    expect(planned(fleetOf([vip(), both]), ['vip', 'batch'])).to.deep.equal([
      'batch: 1, missing 3',
      'vip: 0, missing 2',
    ]);
  });

  it('takes from several offerings and several deployments until there is enough', () => {
    const offerings = [
      { pool: 'h100', freeByNode: [] },
      { pool: 'h200', freeByNode: [] },
    ];
    const split = aView({ name: 'batch', replicas: 4 }, [on('azure-b', 2), on('azure-b', 2, { pool: 'h200' })]);
    const other = batch(3, { name: 'other', priority: 5 });
    const fleet = fleetOf([vip({ replicas: 5 }), split, other], { members: pair(0, { offerings }) });
    expect(planned(fleet)).to.deep.equal(['vip: 0, missing 5', 'batch: 1, missing 3', 'other: 1, missing 2']);
  });

  it('serves the most important of those in need first, and tells the giver of that one', () => {
    const second = aView({ name: 'second', priority: 50, replicas: 2 }, [on('aws-a', 2, { observed: null })]);
    const fleet = fleetOf([vip({ replicas: 1 }), second, batch(4)]);
    const key = 'ml-prod/batch' as WorkloadKey;
    const { sheds } = planWithShedding(fleet, [key], (keys) => planFleet(fleet, { keys }).workloads);
    expect(sheds.get(key)).to.include({ for: 'ml-prod/vip', replicas: 3 });
  });

  it('counts a copy that is being deleted as room to come, and one that is drained or strange as none', () => {
    const releasing = aView({ name: 'old', replicas: 1 }, [
      on('azure-b', 0, { phase: 'Releasing', observed: { bound: 2, ready: 2 } }),
    ]);
    expect(planned(fleetOf([vip(), releasing, batch(4)]))).to.deep.equal(['vip: 0, missing 2', 'old: 0, missing 1']);
    const draining = aView({ name: 'old', replicas: 1 }, [on('azure-b', 2, { phase: 'Draining' })]);
    expect(planned(fleetOf([vip(), draining, batch(4)]))).to.include('batch: 2, missing 2');
    const strange = aView({ name: 'odd', replicas: 4, shapes: [{ accelerator: 'B200' }] }, [
      on('azure-b', 4),
      on('azure-b', 1, { pool: 'gone' }),
    ]);
    expect(planned(fleetOf([vip(), strange]))).to.deep.equal(['vip: 0, missing 2']);
  });

  it('is carried out: the step after it takes away the pods, and only those', () => {
    const fleet = fleetOf([vip(), batch(4)]);
    const key = 'ml-prod/batch' as WorkloadKey;
    const { plans, lessened } = planWithShedding(fleet, [key], (keys) => planFleet(fleet, { keys }).workloads);
    const [plan] = plans;
    const workload = lessened.get(key);
    if (!plan || !workload) throw new Error('batch gives nothing up');
    const { placements, migration } = advance({ view: { ...batch(4), workload }, plan, fleet, now: NOW });
    expect(placements.map(({ cluster, replicas, phase }) => `${cluster} ${replicas} ${phase}`)).to.deep.equal([
      'azure-b 2 Serving',
    ]);
    expect(migration.phase).to.equal('Idle');
  });

  it('never takes anybody below what must stay, whatever the fleet', () => {
    const giver = record({
      replicas: integer({ min: 1, max: 6 }),
      minReady: integer({ min: 0, max: 6 }),
      priority: integer({ min: 0, max: 120 }),
    });
    assert(
      property(array(giver, { maxLength: 5 }), integer({ min: 1, max: 12 }), (givers, replicas) => {
        const others = givers.map((it, at) =>
          batch(it.replicas, { ...it, name: `g${at}`, minReady: Math.min(it.minReady, it.replicas) }),
        );
        const fleet = fleetOf([vip({ replicas }), ...others], { shedding: { ...ALLOWED, minPriorityGap: 10 } });
        const { plans, sheds } = planWithShedding(
          fleet,
          ['ml-prod/vip' as WorkloadKey],
          (keys) => planFleet(fleet, { keys }).workloads,
        );
        const given = [...sheds.values()].reduce((sum, it) => sum + it.replicas, 0);
        return (
          given <= replicas &&
          plans.slice(1).every(({ key, placements }) => {
            const { workload } = others.find((it) => it.workload.key === key) as WorkloadView;
            const kept = placements.reduce((sum, it) => sum + it.replicas, 0);
            return kept >= Math.max(1, workload.minReady) && workload.priority <= 90;
          })
        );
      }),
    );
  });
});
