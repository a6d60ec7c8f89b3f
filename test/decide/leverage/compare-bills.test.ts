import { expect } from 'chai';
import { asIfEmpty } from '../../../operator/decide/leverage/as-if-empty.ts';
import { compareBills } from '../../../operator/decide/leverage/compare-bills.ts';
import { fraction } from '../../../operator/model/units.ts';
import { aFleet } from '../../support/fleet-members.ts';
import { aHolding, aView, aWorkload } from '../../support/fleet-workload.ts';

describe('compareBills', () => {
  const spot = { pool: 'h100-spot', capacityType: 'spot', perAcceleratorHour: 2, freeByNode: [8] } as const;
  const members = [
    { name: 'aws-a', offerings: [{ freeByNode: [8] }, { ...spot }] }, // $4 on demand, $2 spot
    { name: 'azure-a', offerings: [{ freeByNode: [8], perAcceleratorHour: 5 }] },
  ];

  it('sets what runs against one cloud alone and against all on demand', () => {
    const holdings = [{ pool: 'h100-spot', capacityType: 'spot', replicas: 2 }] as const;
    const bills = compareBills(aFleet({ members, workloads: [aView({ replicas: 2 }, holdings)] }));
    expect(bills.today).to.equal(4); // 2 × $2
    expect(bills.onDemand).to.deep.equal({ hourly: 8, unplaced: 0 }); // 2 × $4
    expect(bills.byProvider).to.deep.equal([
      { provider: 'aws', bill: { hourly: 4, unplaced: 0 } },
      { provider: 'azure', bill: { hourly: 10, unplaced: 0 } }, // 2 × $5
    ]);
  });

  it('does not hold a share over clouds against a cloud alone', () => {
    const workload = aWorkload({
      replicas: 2,
      placement: { maxPerProvider: fraction(0.5), whenUnsatisfiable: 'Hold' },
    });
    const [aws] = compareBills(aFleet({ members, workloads: [workload] })).byProvider;
    expect(aws?.bill.unplaced).to.equal(0);
  });

  it('tells what would find no place', () => {
    const bills = compareBills(aFleet({ members, workloads: [aWorkload({ replicas: 9 })] }));
    expect(bills.byProvider.at(-1)?.bill.unplaced).to.equal(1000);
  });

  it('counts neither what is stranded nor what has no price', () => {
    const holdings = [
      { phase: 'Stranded', replicas: 1 },
      { cluster: 'gone', replicas: 1 },
    ] as const;
    expect(compareBills(aFleet({ members, workloads: [aView({ replicas: 2 }, holdings)] })).today).to.equal(0);
  });
});

describe('asIfEmpty', () => {
  it('gives the room of bound replicas back to nodes that could have held them', () => {
    const view = aView({ replicas: 3, shapes: [{ count: 4 }] }, [aHolding({ replicas: 3 }).record]);
    const [member] = asIfEmpty(
      aFleet({ members: [{ offerings: [{ freeByNode: [4, 0] }] }], workloads: [view] }),
    ).members;
    expect(member?.offerings[0]?.freeByNode).to.deep.equal([8, 8]); // 4+4 and 0+4+4
  });

  it('takes a replica that fits on no node it knows to have had a node of its own', () => {
    const view = aView({ replicas: 1, shapes: [{ count: 8 }] }, [aHolding().record]);
    const [member] = asIfEmpty(aFleet({ members: [{ offerings: [{ freeByNode: [4] }] }], workloads: [view] })).members;
    expect(member?.offerings[0]?.freeByNode).to.deep.equal([8, 4]);
  });

  it('gives back nothing for what is not seen, and for shapes that are no longer wanted one accelerator', () => {
    const views = [
      aView({ name: 'unseen' }, [{ observed: null }]),
      aView({ name: 'changed', shapes: [{ accelerator: 'A100-80GB' }] }, [{}]),
    ];
    const [member] = asIfEmpty(aFleet({ members: [{ offerings: [{ freeByNode: [4] }] }], workloads: views })).members;
    expect(member?.offerings[0]?.freeByNode).to.deep.equal([5]);
  });
});
