import { expect } from 'chai';
import { exitReadiness } from '../../../operator/decide/leverage/exit-readiness.ts';
import { aFleet } from '../../support/fleet-members.ts';
import { aView, aWorkload } from '../../support/fleet-workload.ts';

describe('exitReadiness', () => {
  const members = [
    { name: 'aws-a', offerings: [{ freeByNode: [8] }] }, // $4
    { name: 'azure-b', offerings: [{ freeByNode: [2], perAcceleratorHour: 5 }] },
  ];

  it('tells what finds no place without a provider, and what the rest costs more', () => {
    const exits = exitReadiness(aFleet({ members, workloads: [aWorkload({ replicas: 3 })] }));
    expect(
      exits.map(({ provider, hourly, extraHourly, short }) => [
        provider,
        hourly,
        extraHourly,
        short.map(({ key, unplaced }) => [key, unplaced?.units]),
      ]),
    ).to.deep.equal([
      ['aws', 10, -2, [['ml-prod/llama', 1000]]], // 2 × $5 instead of 3 × $4
      ['azure', 12, 0, []],
    ]);
  });

  it('moves what ran there, move under way or not, and leaves the rest where it is', () => {
    const view = aView({ replicas: 2 }, [{ replicas: 1 }, { cluster: 'azure-b', replicas: 1 }]);
    const [aws] = exitReadiness(aFleet({ members, workloads: [view] }));
    expect(aws?.short).to.deep.equal([]);
    expect(aws?.hourly).to.equal(10);
  });

  it('keeps the rules: what may only run there is lost', () => {
    const bound = aWorkload({ placement: { providers: ['aws'] } });
    const [aws] = exitReadiness(aFleet({ members, workloads: [bound] }));
    expect(aws?.short[0]?.unplaced?.reasons[0]?.rule).to.equal('Provider');
  });
});
