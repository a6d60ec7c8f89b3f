import { expect } from 'chai';
import { agentPool, type AgentPoolFacts } from '../../../operator/clouds/aks/agent-pool.ts';
import { vmSizeAccelerator } from '../../../operator/clouds/aks/vm-size-accelerators.ts';
import { regionName } from '../../../operator/model/names.ts';
import { anAgentPool } from '../../support/clouds-aks-answers.ts';

const SIZE = 'Standard_ND96isr_H100_v5';
const factsOf = (vmSize: string, sku: AgentPoolFacts['sku'] = null): AgentPoolFacts => ({
  region: regionName('eastus'),
  accelerator: vmSizeAccelerator(vmSize),
  sku,
});
const poolOf = (overrides: Readonly<Record<string, unknown>> = {}, facts = factsOf(SIZE)) => {
  const { name, properties } = anAgentPool(overrides);
  return agentPool({ name, ...properties }, facts);
};

describe('agentPool', () => {
  it('reads a pool as AKS describes it', () => {
    expect(poolOf()).to.deep.equal({
      name: 'h100spot',
      capacityType: 'spot',
      instanceType: SIZE,
      accelerator: { model: 'H100', count: 8 },
      zones: ['eastus-1', 'eastus-3'],
      minNodes: 0,
      maxNodes: 1000,
      desiredNodes: 2,
      autoscaled: false,
      usable: true,
      updating: false,
      nodeSelector: { 'kubernetes.azure.com/agentpool': 'h100spot' },
      taints: [
        { key: 'sku', value: 'gpu', effect: 'NoSchedule' },
        { key: 'kubernetes.azure.com/scalesetpriority', value: 'spot', effect: 'NoSchedule' },
      ],
      problems: [],
    });
  });

  it('knows that every spot node is tainted, even when the pool does not say so', () => {
    expect(poolOf({ nodeTaints: undefined })?.taints).to.deep.equal([
      { key: 'kubernetes.azure.com/scalesetpriority', value: 'spot', effect: 'NoSchedule' },
    ]);
    const regular = poolOf({ nodeTaints: ['only-key:NoExecute', 'a=b=c:NoSchedule'], scaleSetPriority: 'Regular' });
    expect(regular).to.deep.include({
      capacityType: 'on-demand',
      taints: [
        { key: 'only-key', value: '', effect: 'NoExecute' },
        { key: 'a', value: 'b=c', effect: 'NoSchedule' },
      ],
    });
  });

  it('has the zone that nodes outside availability zones carry', () => {
    expect(poolOf({ availabilityZones: undefined })?.zones).to.deep.equal(['0']);
    expect(poolOf({ availabilityZones: [] })?.zones).to.deep.equal(['0']);
  });

  it("takes the autoscaler's bounds where one runs, and AKS's own where none does", () => {
    const scaled = poolOf({ enableAutoScaling: true, minCount: 1, maxCount: 4 });
    expect(scaled).to.include({ autoscaled: true, minNodes: 1, maxNodes: 4 });
    expect(poolOf({ mode: 'System' })).to.include({ autoscaled: false, minNodes: 1, maxNodes: 1000 });
  });

  it('is usable unless it is made or stopped; one whose last operation failed or was cancelled can be asked again', () => {
    const states = ['Succeeded', 'Scaling', 'Updating', 'Upgrading', 'Failed', 'Creating', 'Stopping', 'Canceled'];
    const seen = states.map((provisioningState) => poolOf({ provisioningState }));
    expect(seen.map((pool) => pool?.usable)).to.deep.equal([true, true, true, true, true, false, false, true]);
    expect(seen.map((pool) => pool?.updating)).to.deep.equal([false, true, true, true, false, true, true, false]);
    expect(poolOf({ powerState: { code: 'Stopped' } })?.usable).to.equal(false);
  });

  it('leaves out pools that go away, hold no whole accelerators, or run no Linux pods', () => {
    const left = [
      { provisioningState: 'Deleting' },
      { gpuInstanceProfile: 'MIG1g' },
      { osType: 'Windows' },
      { mode: 'Gateway' },
      { vmSize: undefined },
    ];
    for (const overrides of left) expect(poolOf(overrides), JSON.stringify(overrides)).to.equal(null);
    expect(poolOf({ vmSize: 'Standard_D8s_v5' }, factsOf('Standard_D8s_v5'))).to.equal(null);
  });

  it("believes Azure's own count, and needs it where the table has none", () => {
    const rtx = 'Standard_NC128lds_xl_RTXPRO6000BSE_v6';
    const sku = { gpus: 2, spotCapable: true, refused: null };
    expect(poolOf({ vmSize: rtx }, factsOf(rtx, sku))?.accelerator).to.deep.equal({ model: 'RTX-PRO-6000', count: 2 });
    expect(poolOf({ vmSize: rtx }, factsOf(rtx))).to.equal(null);
  });

  it('reports sizes that the subscription may not have, or not on spot', () => {
    const refused = factsOf(SIZE, { gpus: 8, spotCapable: true, refused: 'NotAvailableForSubscription' });
    expect(poolOf({}, refused)?.problems[0]).to.include({ kind: 'Quota', code: 'NotAvailableForSubscription' });
    const noSpot = factsOf(SIZE, { gpus: 8, spotCapable: false, refused: null });
    expect(poolOf({}, noSpot)?.problems[0]).to.include({ kind: 'Capacity', code: 'LowPriorityNotCapable' });
    expect(poolOf({ scaleSetPriority: 'Regular' }, noSpot)?.problems).to.deep.equal([]);
  });

  it('reports why it could not be provisioned', () => {
    const status = { provisioningError: { code: 'ZonalAllocationFailed', message: 'none left' } };
    expect(poolOf({ provisioningState: 'Failed', status })?.problems).to.deep.equal([
      { kind: 'Capacity', code: 'ZonalAllocationFailed', message: 'none left' },
    ]);
  });
});
