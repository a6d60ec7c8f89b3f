import { expect } from 'chai';
import { offlineFleet } from '../../../operator/cli/plan/offline-fleet.ts';
import { planAnswer, type PlanAnswer } from '../../../operator/cli/plan/plan-answer.ts';
import { planTable } from '../../../operator/cli/plan/plan-table.ts';
import { NOW } from '../../support/fleet-workload.ts';
import { aDeploymentFile, aMemberFile, aPlacementEntry, aPoolEntry } from '../../support/plan-files.ts';
import { SteppedClock } from '../../support/stepped-clock.ts';

const answerTo = (...objects: readonly unknown[]): PlanAnswer =>
  planAnswer(
    offlineFleet(
      objects.map((value, index) => ({ file: 'fleet.yaml', document: index + 1, prefix: '', value })),
      NOW,
    ),
    new SteppedClock(),
  );

const wants = (replicas: number, count: number, spec: Readonly<Record<string, unknown>> = {}) => ({
  spec: { replicas, accelerators: [{ model: 'H100', count }], ...spec },
});

describe('planAnswer', () => {
  it('charges the idle part of the nodes that it opens', () => {
    const pool = aPoolEntry({ freeByNode: [], growableNodes: 3 });
    const answer = answerTo(aMemberFile('aws-a', [pool]), aDeploymentFile('llama', wants(3, 4)));
    // 3 replicas × 4 accelerators = 12 on 2 nodes of 8, of which 4 idle: 12 × $4 = $48 and 4 × $4 = $16.
    expect(answer.placements).to.have.length(1);
    expect(answer).to.deep.include({ idleHourlyUSD: 16, totalHourlyUSD: 64 });
  });

  it('tells what saves by moving, and from where to where', () => {
    const answer = answerTo(
      aMemberFile('aws-a', [aPoolEntry({ freeByNode: [6] })]),
      aMemberFile('azure-b', [aPoolEntry({ priceUSDPerNodeHour: '16' })]), // $2 instead of $4
      aDeploymentFile('llama', { spec: { replicas: 2 }, placements: [aPlacementEntry('aws-a', 2)] }),
    );
    expect(answer.moves).to.deep.equal([
      {
        namespace: 'ml-prod',
        name: 'llama',
        reason: 'Price',
        from: [{ cluster: 'aws-a', pool: 'h100', zone: 'a', replicas: 2 }],
        to: [{ cluster: 'azure-b', pool: 'h100', zone: 'a', replicas: 2 }],
        todayHourlyUSD: 8,
        plannedHourlyUSD: 4,
        savesHourlyUSD: 4,
      },
    ]);
    expect(answer.bills).to.deep.equal({
      todayUSD: 8,
      plannedUSD: 4,
      onDemand: { hourlyUSD: 4, unplacedUnits: 0 },
      byProvider: [
        { provider: 'aws', hourlyUSD: 8, unplacedUnits: 0 },
        { provider: 'azure', hourlyUSD: 4, unplacedUnits: 0 },
      ],
    });
    expect(planTable(answer)).to.include(
      'ml-prod/llama (Price): gives up 2 on aws-a/h100/a; takes 2 on azure-b/h100/a; $8.00 becomes $4.00 an hour',
    );
  });

  it('moves nothing where what runs is as good as any', () => {
    const placements = [aPlacementEntry('aws-a', 1)];
    const answer = answerTo(aMemberFile('aws-a', [aPoolEntry()]), aDeploymentFile('llama', { placements }));
    expect(answer.moves).to.deep.equal([]);
    expect(answer.totalHourlyUSD).to.equal(4);
  });

  it('evacuates a member that is stated to be down', () => {
    const answer = answerTo(
      aMemberFile('aws-a', [aPoolEntry()], { verdict: 'Down' }),
      aMemberFile('azure-b', [aPoolEntry({ priceUSDPerNodeHour: '40' })]),
      aDeploymentFile('llama', { placements: [aPlacementEntry('aws-a', 1)] }),
    );
    expect(answer.moves[0]).to.deep.include({ reason: 'Evacuation', savesHourlyUSD: -1 });
    expect(planTable(answer)).to.include('they cost $1.00 more an hour');
  });

  it('tells what finds no place and why, and which rules gave way by how much', () => {
    const answer = answerTo(
      aMemberFile('aws-a', [aPoolEntry()]),
      aDeploymentFile('llama', wants(10, 1, { placement: { minClusters: 2 } })),
    );
    expect(answer.unplaced[0]).to.deep.include({ namespace: 'ml-prod', name: 'llama', units: 2 });
    expect(answer.unplaced[0]?.reasons[0]).to.have.all.keys('rule', 'message');
    expect(answer.unplaced[0]?.reasons[0]?.rule).to.equal('Room');
    expect(answer.relaxed).to.deep.equal([{ namespace: 'ml-prod', name: 'llama', rule: 'MinClusters', by: 1 }]);
    const table = planTable(answer);
    expect(table).to.include('ml-prod/llama: 2 units\n    Room: ');
    expect(table).to.include('ml-prod/llama: MinClusters by 1 clusters');
    expect(table).to.match(/On AWS alone +\$32\.00, and 2 units find no place/);
  });

  it('has a table for a fleet in which nothing can be placed', () => {
    expect(planTable(answerTo(aDeploymentFile('llama')))).to.include('Nothing is placed.');
  });
});
