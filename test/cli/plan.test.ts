import { readdirSync } from 'node:fs';
import { load } from 'js-yaml';
import { expect } from 'chai';
import { aDeploymentFile, aFolder, aMemberFile, aPoolEntry, documents, runTradewind } from '../support/plan-files.ts';

const FLEET = documents(aMemberFile('aws-a', [aPoolEntry()]), aDeploymentFile('llama'));

describe('tradewind plan', function () {
  this.timeout(60_000); // processes start slowly on a busy machine

  it('prints JSON with the keys that are agreed, numbers as numbers, and ends with 0', async () => {
    using folder = aFolder({ 'fleet.yaml': FLEET });
    const { code, stdout, stderr } = await runTradewind(['plan', '-f', folder.path, '-o', 'json']);
    expect({ code, stderr }).to.deep.equal({ code: 0, stderr: '' });
    const { elapsedMs, ...answer } = JSON.parse(stdout) as Record<string, unknown>;
    expect(elapsedMs).to.be.a('number').above(0);
    expect(Object.keys(answer).slice(0, 5)).to.deep.equal([
      'placements',
      'unplaced',
      'relaxed',
      'idleHourlyUSD',
      'totalHourlyUSD',
    ]);
    expect(answer).to.deep.include({ unplaced: [], relaxed: [], idleHourlyUSD: 0, totalHourlyUSD: 4 });
    expect(answer['placements']).to.deep.equal([
      {
        namespace: 'ml-prod',
        name: 'llama',
        cluster: 'aws-a',
        pool: 'h100',
        zone: 'a',
        capacityType: 'on-demand',
        accelerator: 'H100',
        replicas: 1,
        hourlyUSD: 4,
      },
    ]);
  });

  it('says the same in YAML, and in a table for people', async () => {
    const [yaml, table] = await Promise.all([
      runTradewind(['plan', '-f', '-', '-o', 'yaml'], FLEET),
      runTradewind(['plan', '-f', '-'], FLEET),
    ]);
    expect(load(yaml.stdout)).to.deep.include({ totalHourlyUSD: 4 });
    expect(table.stdout).to.match(/^ml-prod\/llama +aws-a +h100 +a +on-demand +H100 +1 +4\.00$/m);
    expect(table.stdout).to.match(/On AWS alone +\$4\.00/);
  });

  it('plans the examples, with members that are there to be had', async () => {
    using folder = aFolder({
      'members.yaml': documents(
        aMemberFile('aws-a', [aPoolEntry({ growableNodes: 20, capacityType: 'spot', priceUSDPerNodeHour: '20' })]),
        aMemberFile('azure-b', [
          aPoolEntry({ growableNodes: 20 }),
          aPoolEntry({ name: 'l4', accelerator: 'L4', acceleratorsPerNode: 1, freeByNode: [1] }),
        ]),
      ),
    });
    const files = readdirSync('crds/examples').map((name) => `crds/examples/${name}`);
    const { code, stdout } = await runTradewind(['plan', '-f', ...files, '-f', folder.path, '-o', 'json']);
    expect(code).to.equal(0);
    const { placements } = JSON.parse(stdout) as { readonly placements: readonly { readonly name: string }[] };
    expect(placements.map(({ name }) => name)).to.include.members(['embedder', 'llama-70b']);
  });

  it('plans nothing and ends with 1 when a file is broken', async () => {
    const { code, stdout, stderr } = await runTradewind(['plan', '-f', '-', '-o', 'json'], 'kind: MemberCluster');
    expect({ code, stdout }).to.deep.equal({ code: 1, stdout: '' });
    expect(stderr).to.match(/^tradewind plan: -, document 1: apiVersion: must be tradewind\.dev\/v1alpha1$/m);
  });

  for (const [what, args] of [
    ['no file', ['plan']],
    ['an unknown format', ['plan', '-f', 'x', '-o', 'xml']],
    ['an unknown command', ['plant']],
  ] as const)
    it(`ends with 2 when given ${what}`, async () => {
      const { code, stdout } = await runTradewind(args);
      expect({ code, stdout }).to.deep.equal({ code: 2, stdout: '' });
    });
});
