import { expect } from 'chai';
import { explainPlanned, explainRecorded } from '../../../operator/cli/plan/explain-answer.ts';
import { explainTable } from '../../../operator/cli/plan/explain-table.ts';
import { aFleet } from '../../support/fleet-members.ts';
import { aWorkload } from '../../support/fleet-workload.ts';

const LLAMA = { namespace: 'ml-prod', name: 'llama' };

describe('explainPlanned', () => {
  const fleet = aFleet({
    members: [
      { name: 'aws-a' }, // $4
      { name: 'aws-c', cordoned: true, offerings: [{ perAcceleratorHour: 1 }] },
      { name: 'azure-b', offerings: [{ perAcceleratorHour: 5 }] },
    ],
    workloads: [aWorkload()],
  });
  const answer = explainPlanned(fleet, LLAMA);

  it('tells of every offering: chosen with its cost terms, dearer, or the first rule that refused it', () => {
    expect(answer?.candidates.map(({ cluster, verdict, rule }) => [cluster, verdict, rule])).to.deep.equal([
      ['aws-a', 'Chosen', null],
      ['azure-b', 'Dearer', null],
      ['aws-c', 'Rejected', 'Cordon'],
    ]);
    expect(answer?.candidates[0]).to.deep.include({
      pool: 'h100',
      zone: 'a',
      replicas: 1,
      effectiveUSDPerUnit: 4,
      costUSDPerUnit: { price: 4, interruption: 0, move: 0, total: 4 },
    });
    expect(answer?.candidates[1]?.costUSDPerUnit).to.equal(null);
  });

  it('names the nearest flip', () => {
    expect(answer?.nearestFlip).to.deep.equal({
      offering: 'azure-b/h100/a',
      when: 'wins below $4.00 an accelerator-hour',
    });
  });

  it('names the price at which a budget would have it, where nothing else is in the way', () => {
    const workload = aWorkload({ replicas: 3, maxHourly: 9 });
    const members = [
      { name: 'aws-a', offerings: [{ perAcceleratorHour: 4 }] },
      { name: 'azure-b', offerings: [{ perAcceleratorHour: 5 }] },
    ];
    const short = explainPlanned(aFleet({ members, workloads: [workload] }), LLAMA);
    expect(short?.nearestFlip).to.deep.equal({
      offering: 'azure-b/h100/a',
      when: 'fits below $1.00 an accelerator-hour',
    });
  });

  it('says so when no price could change anything', () => {
    const alone = explainPlanned(aFleet({ workloads: [aWorkload()] }), LLAMA);
    expect(alone?.nearestFlip).to.equal(null);
    expect(alone && explainTable(alone)).to.include('No lower price alone would change this.');
  });

  it('knows nothing of a deployment that is not there', () => {
    expect(explainPlanned(fleet, { ...LLAMA, name: 'gone' })).to.equal(null);
  });
});

describe('explainRecorded', () => {
  const answer = explainRecorded(LLAMA, {
    at: '2026-01-01T00:00:00Z',
    trigger: 'Price',
    summary: '1 of 1 units on aws-a/h100/a',
    candidates: [
      {
        cluster: 'aws-a',
        pool: 'h100',
        zone: 'a',
        replicas: 1,
        verdict: 'Chosen',
        effectiveUSDPerUnit: '4.2',
        reason: '',
      },
      { cluster: 'azure-b', pool: 'h100', zone: '1', verdict: 'Rejected', rule: 'Backoff', reason: 'launches failed' },
    ],
  });

  it('tells what was recorded, and nothing beyond it', () => {
    expect(answer).to.deep.include({ decidedAt: '2026-01-01T00:00:00Z', trigger: 'Price', nearestFlip: null });
    expect(answer.candidates.map((it) => [it.effectiveUSDPerUnit, it.costUSDPerUnit])).to.deep.equal([
      [4.2, null],
      [null, null],
    ]);
  });

  it('is told as a table', () => {
    const table = explainTable(answer);
    expect(table).to.include('ml-prod/llama (Price, decided 2026-01-01T00:00:00Z): 1 of 1 units');
    expect(table).to.match(/^aws-a\/h100\/a +Chosen: 1 +4\.2000$/m);
    expect(table).to.match(/^azure-b\/h100\/1 +Backoff +- +launches failed$/m);
  });
});
