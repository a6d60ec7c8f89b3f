import { expect } from 'chai';
import { offlineFleet } from '../../../operator/cli/plan/offline-fleet.ts';
import { reportAnswer } from '../../../operator/cli/plan/report-answer.ts';
import { readHub } from '../../../operator/cli/report/read-hub.ts';
import { reportHtml } from '../../../operator/cli/report/report-html.ts';
import { reportSections } from '../../../operator/cli/report/report-sections.ts';
import type { KubeObject, ResourceType } from '../../../operator/kube/kube-client.ts';
import { NOW } from '../../support/fleet-workload.ts';
import { aDeploymentFile, aMemberFile, aPlacementEntry, aPoolEntry } from '../../support/plan-files.ts';
import { SteppedClock } from '../../support/stepped-clock.ts';

const OBJECTS = [
  aMemberFile('aws-a', [aPoolEntry({ freeByNode: [6] })]), // $4
  aMemberFile('azure-b', [aPoolEntry({ freeByNode: [1], priceUSDPerNodeHour: '40' })]), // $5
  aDeploymentFile('llama', { spec: { replicas: 2 }, placements: [aPlacementEntry('aws-a', 2)] }),
];
const FLEET = offlineFleet(
  OBJECTS.map((value, index) => ({ file: 'fleet.yaml', document: index + 1, prefix: '', value })),
  NOW,
);

describe('reportAnswer', () => {
  const answer = reportAnswer(FLEET, []);

  it('tells what runs, what it costs and who holds it', () => {
    expect(answer.todayHourlyUSD).to.equal(8);
    expect(answer.deployments).to.deep.equal([{ namespace: 'ml-prod', name: 'llama', accelerators: 2, hourlyUSD: 8 }]);
    expect(answer.vendors.map(({ provider, spendShare }) => [provider, spendShare])).to.deep.equal([
      ['aws', 1],
      ['azure', 0],
    ]);
  });

  it('tells what it would cost under other rules, and what they leave out', () => {
    expect(answer.instead).to.deep.equal({
      onDemand: { hourlyUSD: 8, unplacedUnits: 0 },
      spot: { hourlyUSD: 0, unplacedUnits: 2 },
      byProvider: [
        { provider: 'aws', hourlyUSD: 8, unplacedUnits: 0 },
        { provider: 'azure', hourlyUSD: 5, unplacedUnits: 1 },
      ],
    });
  });

  it('tells what breaks when a vendor leaves', () => {
    const [aws, azure] = answer.exits;
    expect(aws).to.deep.include({ provider: 'aws', hourlyUSD: 5, extraHourlyUSD: -3 });
    expect(aws?.unplaced[0]).to.deep.include({ name: 'llama', units: 1 });
    expect(azure).to.deep.include({ hourlyUSD: 8, extraHourlyUSD: 0, unplaced: [] });
  });
});

describe('reportHtml', () => {
  const html = reportHtml(
    reportSections(reportAnswer(FLEET, ['MemberCluster <script>alert("x")</script> & co'])),
    '2026-01-01T00:00:00Z',
  );

  it('has every part of the report', () => {
    for (const title of ['What runs now: $8.00 an hour', 'Who holds it', 'If a vendor left', 'Left out'])
      expect(html).to.include(`<h2>${title}</h2>`);
    expect(html).to.include('<td>ml-prod/llama</td>');
  });

  it('escapes every text, runs nothing and loads nothing', () => {
    expect(html).to.include('&lt;script&gt;alert(&quot;x&quot;)&lt;/script&gt; &amp; co');
    expect(html).not.to.match(/<script|<link|<img|<iframe|\son\w+=|\b(?:src|href)=|url\(|@import/i);
  });
});

describe('readHub', () => {
  const hub = (objects: readonly Readonly<Record<string, unknown>>[]) => ({
    list: ({ kind }: ResourceType) =>
      Promise.resolve({
        // Items of a list come without kind and version.
        items: objects
          .filter((it) => it['kind'] === kind)
          .map(({ apiVersion: _version, kind: _kind, ...object }) => object as unknown as KubeObject),
        resourceVersion: '1',
      }),
  });
  const signal = new AbortController().signal;

  it('sees the fleet that its objects describe', async () => {
    const clock = new SteppedClock();
    const { fleet, notes } = await readHub(hub(OBJECTS), clock, signal);
    expect(notes).to.deep.equal([]);
    expect(reportAnswer(fleet, notes).todayHourlyUSD).to.equal(8);
  });

  it('leaves out what cannot be read, and says so', async () => {
    const broken = { ...aDeploymentFile('qwen'), spec: {} };
    const policy = { apiVersion: 'tradewind.dev/v1alpha1', kind: 'FleetPolicy', metadata: { name: 'default' } };
    const { fleet, notes } = await readHub(hub([...OBJECTS, broken, policy]), new SteppedClock(), signal);
    expect(fleet.workloads).to.have.length(1);
    expect(notes[0]).to.match(/^InferenceDeployment qwen is left out: spec\./);
  });

  it('takes a pool without a price as it is: the operator knows none', async () => {
    const { priceUSDPerNodeHour: _price, ...pool } = aPoolEntry();
    const unpriced = aMemberFile('aws-a', [pool]);
    const { fleet, notes } = await readHub(hub([unpriced]), new SteppedClock(), signal);
    expect(notes).to.deep.equal([]);
    expect(fleet.members[0]?.offerings[0]?.price).to.equal(null);
  });
});
