import { expect } from 'chai';
import { adoptFound, type FoundPlacement } from '../../../operator/decide/migration/adopt-found.ts';
import { aPlan, linesOf, step } from '../../support/decide-plans.ts';
import { aFleet } from '../../support/fleet-members.ts';
import { aHolding, aRecord, aView, NOW } from '../../support/fleet-workload.ts';

const fleet = aFleet({ members: [{ name: 'aws-a' }, { name: 'azure-b' }] });

const found = (cluster: string, replicas: number, present = true): FoundPlacement => {
  const { pool, zone, capacityType, accelerator, ...rest } = aRecord({ cluster });
  const observed = { present, replicas, bound: replicas, ready: replicas, pendingSince: null };
  return { place: { cluster: rest.cluster, pool, zone, capacityType, accelerator }, observed };
};

describe('adoptFound', () => {
  it('changes nothing where all that runs is on record', () => {
    const view = aView({ replicas: 3 }, [{ cluster: 'aws-a', replicas: 3 }]);
    expect(adoptFound(view, [found('aws-a', 3), found('azure-b', 0, false)], NOW)).to.equal(view);
  });

  it('puts what is not on record there, in order, to be compared', () => {
    const view = aView({ replicas: 3 }, [{ cluster: 'azure-b', replicas: 3 }]);
    const adopted = adoptFound(view, [found('aws-a', 2)], NOW);
    expect(adopted.holdings).to.deep.equal([
      aHolding({ cluster: 'aws-a', replicas: 2, phase: 'Stranded', since: NOW, observed: { ready: 2 } }),
      aHolding({ cluster: 'azure-b', replicas: 3 }),
    ]);
  });

  it('leads to its release where others serve', () => {
    const view = adoptFound(aView({ replicas: 3 }, [{ cluster: 'azure-b', replicas: 3 }]), [found('aws-a', 2)], NOW);
    const { placements } = step(view, aPlan(view.workload, { 'azure-b/h100/a': 3 }), fleet);
    expect(linesOf(placements)).to.deep.equal(['aws-a/h100/a Releasing 0', 'azure-b/h100/a Serving 3']);
  });

  it('leads to its return to service where nothing else serves', () => {
    const view = adoptFound(aView({ replicas: 3 }), [found('aws-a', 3)], NOW);
    const { placements } = step(view, aPlan(view.workload, { 'azure-b/h100/a': 3 }, { change: 'Initial' }), fleet);
    expect(linesOf(placements)).to.deep.equal(['aws-a/h100/a Serving 3']);
  });
});
