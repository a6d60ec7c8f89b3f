import { expect } from 'chai';
import { planHedged } from '../../../operator/decide/hedging/plan-hedged.ts';
import type { Member } from '../../../operator/model/fleet.ts';
import { after, hours, minutes } from '../../../operator/model/units.ts';
import { aFleet, aMember } from '../../support/fleet-members.ts';
import { aView, NOW, type WorkloadOverrides } from '../../support/fleet-workload.ts';

const growing = { acceleratorsPerNode: 1, freeByNode: [], growableNodes: 50 };
const spot = { ...growing, pool: 'spot', capacityType: 'spot', perAcceleratorHour: 1 } as const;

/** Serves on demand on azure-c, driven from aws-a, which has been well again since `goodSince`. */
function askedOf(
  goodSince: number,
  failback: NonNullable<WorkloadOverrides['failover']>['failback'],
): readonly string[] {
  const fleet = aFleet({
    members: [
      aMember({ name: 'aws-a', region: 'us-east-1', offerings: [spot] }),
      aMember({ name: 'aws-b', region: 'us-west-2', offerings: [spot] }),
      aMember({ name: 'azure-c', region: 'eastus', offerings: [{ ...growing, pool: 'od', perAcceleratorHour: 3 }] }),
    ],
    workloads: [
      aView({ replicas: 2, migration: { maxSurge: 9 }, failover: { failback: failback ?? {} } }, [
        { cluster: 'azure-c', pool: 'od', replicas: 2, since: after(NOW, hours(-1)) },
        { cluster: 'aws-a', pool: '', zone: '', phase: 'Stranded', replicas: 0, observed: null },
      ]),
    ],
  });
  const back = (member: Member): Member =>
    member.name === 'aws-a'
      ? { ...member, verdict: { ...member.verdict, goodSince: after(NOW, minutes(-goodSince)) } }
      : member;
  const keys = fleet.workloads.map(({ workload }) => workload.key);
  const { workloads } = planHedged({ ...fleet, members: fleet.members.map(back) }, { keys });
  return workloads.flatMap(({ placements }) => placements.map(({ cluster }) => cluster));
}

describe('planHedged after an evacuation', () => {
  const stabilization = minutes(10);

  it('asks nothing of the member that it was driven from before that has been well for long enough', () => {
    expect(askedOf(5, { stabilization })).to.deep.equal(['aws-b', 'azure-c']);
    expect(askedOf(15, { stabilization })).to.deep.equal(['aws-a', 'aws-b', 'azure-c']);
  });

  it('never goes back by itself where a person is to decide', () => {
    expect(askedOf(600, { stabilization, mode: 'Manual' })).to.deep.equal(['aws-b', 'azure-c']);
  });
});
