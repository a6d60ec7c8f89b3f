import { expect } from 'chai';
import { spotBill } from '../../../operator/decide/leverage/compare-bills.ts';
import { vendorShares } from '../../../operator/decide/leverage/vendor-shares.ts';
import { aFleet } from '../../support/fleet-members.ts';
import { aView, aWorkload } from '../../support/fleet-workload.ts';

const members = [{ name: 'aws-a' }, { name: 'azure-b', offerings: [{ perAcceleratorHour: 12 }] }];

describe('vendorShares', () => {
  it('shares out spend and accelerators', () => {
    const view = aView({ replicas: 4 }, [{ replicas: 3 }, { cluster: 'azure-b', replicas: 1 }]);
    expect(vendorShares(aFleet({ members, workloads: [view] }))).to.deep.equal([
      { provider: 'aws', hourly: 12, spendShare: 0.5, accelerators: 3, acceleratorShare: 0.75 },
      { provider: 'azure', hourly: 12, spendShare: 0.5, accelerators: 1, acceleratorShare: 0.25 },
    ]);
  });

  it('gives nobody a share of nothing', () => {
    expect(vendorShares(aFleet({ members })).map(({ spendShare }) => spendShare)).to.deep.equal([0, 0]);
  });
});

describe('spotBill', () => {
  it('plans on spot alone, and says what that leaves out', () => {
    const spot = { pool: 'h100-spot', capacityType: 'spot', perAcceleratorHour: 1, freeByNode: [2] } as const;
    const fleet = aFleet({ members: [{ offerings: [{}, spot] }], workloads: [aWorkload({ replicas: 3 })] });
    expect(spotBill(fleet)).to.deep.equal({ hourly: 2, unplaced: 1000 });
  });
});
