import { expect } from 'chai';
import { idleOfPlan } from '../../../operator/decide/leverage/idle-of-plan.ts';
import { planFleet } from '../../../operator/decide/placement/plan-fleet.ts';
import type { WorkloadView } from '../../../operator/model/fleet.ts';
import type { Workload } from '../../../operator/model/workload.ts';
import { aFleet, type OfferingOverrides } from '../../support/fleet-members.ts';
import { aView, aWorkload } from '../../support/fleet-workload.ts';

/** At $1 an accelerator-hour, dollars are accelerators. */
function idle(offering: OfferingOverrides, workloads: readonly (Workload | WorkloadView)[]): number {
  const fleet = aFleet({ members: [{ offerings: [{ perAcceleratorHour: 1, ...offering }] }], workloads });
  const keys = fleet.workloads.map(({ workload }) => workload.key);
  return idleOfPlan(fleet, planFleet(fleet, { keys }).workloads);
}

const wants = (name: string, replicas: number, count: number): Workload =>
  aWorkload({ name, replicas, shapes: [{ count }] });

describe('idleOfPlan', () => {
  it('is nothing while standing nodes hold everything', () => {
    expect(idle({ freeByNode: [8, 8], growableNodes: 4 }, [wants('a', 3, 4)])).to.equal(0);
  });

  it('is what an opened node has left', () => {
    expect(idle({ freeByNode: [], growableNodes: 4 }, [wants('a', 3, 4)])).to.equal(4); // 2 × 8 - 12
  });

  it('fills opened nodes first: what standing ones could take as well makes them no idler', () => {
    // One node must be opened for the second replica of 4; both go there.
    expect(idle({ freeByNode: [4], growableNodes: 4 }, [wants('a', 2, 4)])).to.equal(0);
  });

  it('opens for pieces that fit on no standing node though there is room in all', () => {
    expect(idle({ freeByNode: [3, 3], growableNodes: 1 }, [wants('a', 1, 4)])).to.equal(4); // 8 - 4
  });

  it('packs all deployments together, small ones beside large ones', () => {
    expect(idle({ freeByNode: [], growableNodes: 4 }, [wants('a', 1, 4), wants('b', 3, 1)])).to.equal(1); // 8 - 4 - 3
  });

  it('counts what no replica can use of a node', () => {
    expect(idle({ freeByNode: [], growableNodes: 4 }, [wants('a', 2, 3)])).to.equal(2); // 8 - 6
  });

  it('packs sizes that do not divide one another', () => {
    // 5 + 3 fill one node; 3 more open another: 16 - 11.
    expect(idle({ freeByNode: [], growableNodes: 4 }, [wants('a', 1, 5), wants('b', 2, 3)])).to.equal(5);
  });

  it('opens nothing for what runs already', () => {
    const view = aView({ replicas: 2, shapes: [{ count: 8 }] }, [{ replicas: 2 }]);
    expect(idle({ freeByNode: [], growableNodes: 4 }, [view])).to.equal(0);
  });
});
