import { expect } from 'chai';
import { agentPoolProblem } from '../../../operator/clouds/aks/pool-problems.ts';

describe('agentPoolProblem', () => {
  const CODES = {
    SkuNotAvailable: 'Capacity',
    AllocationFailed: 'Capacity',
    ZonalAllocationFailed: 'Capacity',
    OverconstrainedAllocationRequest: 'Capacity',
    OverconstrainedZonalAllocationRequest: 'Capacity',
    SpotPriceGreaterThanProvidedMaxPrice: 'Capacity',
    QuotaExceeded: 'Quota',
    InsufficientVCPUQuota: 'Quota',
    ErrCode_InsufficientVCPUQuota: 'Quota',
    VMExtensionProvisioningError: 'Other',
  } as const;
  for (const [code, kind] of Object.entries(CODES)) {
    it(`holds ${code} to be ${kind}`, () => {
      expect(agentPoolProblem({ code, message: 'why' })).to.deep.equal({ kind, code, message: 'why' });
    });
  }

  it('finds the inner code in the text that AKS wraps it in', () => {
    const message =
      'Code="ZonalAllocationFailed" Message="Allocation failed. We do not have sufficient capacity for the requested VM size in this zone."';
    expect(agentPoolProblem({ code: 'ReconcileVMSSAgentPoolFailed', message })).to.include({
      kind: 'Capacity',
      code: 'ZonalAllocationFailed',
    });
  });

  it('finds the inner code in details, however deep', () => {
    const details = [
      { code: 'Outer', details: [{ code: 'SkuNotAvailable', message: 'The requested size is unavailable' }] },
    ];
    expect(agentPoolProblem({ code: 'DeploymentFailed', details })).to.deep.equal({
      kind: 'Capacity',
      code: 'SkuNotAvailable',
      message: 'The requested size is unavailable',
    });
  });

  it('tells a quota from another operation in progress, both of which are OperationNotAllowed', () => {
    const quota =
      'Operation could not be completed as it results in exceeding approved LowPriorityCores quota. Additional details - Deployment Model: Resource Manager, Location: eastus, Current Limit: 96, Current Usage: 96, Additional Required: 96';
    expect(agentPoolProblem({ code: 'OperationNotAllowed', message: quota })).to.include({ kind: 'Quota' });
    const busy = "Operation is not allowed because there's an in progress scale operation";
    expect(agentPoolProblem({ code: 'OperationNotAllowed', message: busy })).to.include({ kind: 'Other' });
  });

  it('copes with an error that says nothing, and one that is endless', () => {
    expect(agentPoolProblem({})).to.deep.equal({ kind: 'Other', code: 'Unknown', message: '' });
    const endless: { details: object[] } = { details: [] };
    endless.details.push(endless);
    expect(agentPoolProblem(endless).kind).to.equal('Other');
    expect(agentPoolProblem({ message: 'x'.repeat(9_000) }).message).to.have.length(500);
  });
});
