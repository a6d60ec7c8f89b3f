import type { ResourceSku } from '@azure/arm-compute';
import { expect } from 'chai';
import { all, aCloudState, failureOf, startCloudSandbox, type CloudSandbox } from '../../../support/cloud-sandbox.ts';
import { anAksCluster, aPool } from '../../../support/world-builders.ts';

const capability = (sku: ResourceSku | undefined, name: string): string | undefined =>
  sku?.capabilities?.find((item) => item.name === name)?.value;

describe('armEndpoint for Compute', () => {
  let sandbox: CloudSandbox;

  before(async () => {
    const pools = [
      aPool({
        name: 'a',
        instanceType: 'Standard_NC24ads_A100_v4',
        nodesByZone: new Map([['eastus-1', 2]]),
        maxNodes: 4,
      }),
      aPool({ name: 'b', capacityType: 'on-demand', instanceType: 'Standard_NC40ads_H100_v5', maxNodes: 3 }),
    ];
    sandbox = await startCloudSandbox({ state: aCloudState({ clusters: [anAksCluster({ pools })] }) });
  });
  after(() => sandbox.stop());

  it('lists what a location sells, following the pages, with machines and other things among it', async () => {
    sandbox.server.requests.clear();
    const skus = await all(sandbox.compute().resourceSkus.list({ filter: "location eq 'eastus'" }));
    const machine = skus.find(({ name }) => name === 'Standard_NC48ads_A100_v4');
    expect(machine).to.include({ resourceType: 'virtualMachines', family: 'StandardNCADSA100v4Family' });
    expect(machine?.locationInfo?.[0]?.zones).to.deep.equal(['1', '2', '3']);
    expect(['GPUs', 'vCPUs', 'MemoryGB', 'LowPriorityCapable'].map((name) => capability(machine, name))).to.deep.equal([
      '2',
      '48',
      '440',
      'True',
    ]);
    expect(skus.some(({ resourceType }) => resourceType === 'disks')).to.equal(true);
    expect(
      capability(
        skus.find(({ name }) => name === 'Standard_D4s_v5'),
        'GPUs',
      ),
    ).to.equal(undefined);
    expect(sandbox.server.requests.count('arm', 'ResourceSkus_List')).to.be.above(1);
  });

  it('does not list what a location does not sell', async () => {
    const names = (await all(sandbox.compute().resourceSkus.list({ filter: "location eq 'westus2'" }))).map(
      ({ name }) => name,
    );
    expect(names).to.include('Standard_NC24ads_A100_v4');
    expect(names).not.to.include('Standard_ND96isr_MI300X_v5');
  });

  it('lists every location without a filter, and refuses filters of another field', async () => {
    const skus = await all(sandbox.compute().resourceSkus.list());
    expect(new Set(skus.flatMap(({ locations }) => locations)).size).to.equal(16);
    const failure = await failureOf(all(sandbox.compute().resourceSkus.list({ filter: "name eq 'x'" })));
    expect(failure.code).to.equal('InvalidParameter');
  });

  it('counts cores used and cores that the pools may grow to', async () => {
    const usages = await all(sandbox.compute().usage.list('eastus'));
    const of = (name: string) => usages.find((usage) => usage.name.value === name);
    expect(of('lowPriorityCores')).to.include({ currentValue: 2 * 24, limit: 4 * 24 });
    expect(of('cores')).to.include({ currentValue: 0, limit: 3 * 40 });
    expect(of('StandardNCadsH100v5Family')).to.include({ limit: 3 * 40 });
    expect(of('StandardNCADSA100v4Family')).to.equal(undefined);
  });
});
