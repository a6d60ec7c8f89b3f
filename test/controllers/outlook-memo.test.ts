import { expect } from 'chai';
import { OutlookMemo } from '../../operator/controllers/outlook-memo.ts';
import type { FleetSnapshot } from '../../operator/model/fleet.ts';
import type { WorkloadPlan } from '../../operator/model/plan.ts';
import { after, seconds } from '../../operator/model/units.ts';
import { planFleet } from '../../operator/decide/placement/plan-fleet.ts';
import { aFleet, aMember } from '../support/fleet-members.ts';
import { aView, NOW, type HoldingOverrides } from '../support/fleet-workload.ts';

/** That many deployments, the first of which serves with one replica on aws-a; elsewhere there is room, or none. */
function aFleetOf(count: number, room: number, later = 0): FleetSnapshot {
  const offering = { acceleratorsPerNode: 8, growableNodes: 0 };
  const serving: HoldingOverrides = { cluster: 'aws-a', pool: 'h100', zone: 'a' };
  return {
    ...aFleet({
      members: [
        aMember({ name: 'aws-a', offerings: [{ ...offering, pool: 'h100', freeByNode: [] }] }),
        aMember({ name: 'aws-b', offerings: [{ ...offering, pool: 'h100', freeByNode: [room] }] }),
      ],
      workloads: Array.from({ length: count }, (_, at) =>
        aView({ name: `model-${String(at).padStart(4, '0')}`, replicas: at === 0 ? 1 : 0 }, at === 0 ? [serving] : []),
      ),
    }),
    at: after(NOW, seconds(later)),
  };
}

const planOf = (fleet: FleetSnapshot): readonly WorkloadPlan[] =>
  planFleet(fleet, { keys: fleet.workloads.slice(0, 1).map(({ workload }) => workload.key) }).workloads;

describe('OutlookMemo', () => {
  const read = (memo: OutlookMemo, fleet: FleetSnapshot) => {
    const { outlooks, assessAt } = memo.read(fleet, planOf(fleet));
    return [[...outlooks.values()][0]?.kind, assessAt];
  };

  it('assesses a small fleet in every pass', () => {
    const memo = new OutlookMemo();
    expect(read(memo, aFleetOf(2, 8))).to.deep.equal(['Covered', null]);
    expect(read(memo, aFleetOf(2, 0, 1))).to.deep.equal(['Short', null]);
  });

  it('remembers an outlook in a large one while nothing changes, and says when it is to be assessed again', () => {
    const memo = new OutlookMemo();
    expect(read(memo, aFleetOf(600, 8))).to.deep.equal(['Covered', null]);
    expect(read(memo, aFleetOf(600, 0, 20))).to.deep.equal(['Covered', after(NOW, seconds(30))]);
    expect(read(memo, aFleetOf(600, 0, 30))).to.deep.equal(['Short', null]);
  });

  it('assesses at once what is planned anew', () => {
    const memo = new OutlookMemo();
    const fleet = aFleetOf(600, 8);
    memo.read(fleet, planOf(fleet));
    const short = aFleetOf(600, 0, 1);
    const changed = planOf(short).map((plan): WorkloadPlan => ({ ...plan, change: 'Scale' }));
    expect([...memo.read(short, changed).outlooks.values()][0]?.kind).to.equal('Short');
  });
});
