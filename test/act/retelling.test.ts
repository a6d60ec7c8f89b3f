import { expect } from 'chai';
import { onlyRetells } from '../../operator/act/retelling.ts';
import { mergePatch } from '../../operator/api/merge-patch.ts';
import type { InferenceDeploymentStatus } from '../../operator/api/wire-types.ts';

const candidate = (verdict: 'Chosen' | 'Dearer' | 'Rejected') => ({
  cluster: 'aws-a',
  pool: 'h100',
  zone: 'us-east-1a',
  verdict,
  reason: `it is ${verdict}`,
});
const condition = (type: string, message: string, status: 'True' | 'False' = 'False') => ({
  type,
  status,
  reason: 'ShortOfCapacity',
  message,
  observedGeneration: 1,
  lastTransitionTime: '2026-09-01T12:00:00Z',
});
const BEFORE: InferenceDeploymentStatus = {
  observedGeneration: 1,
  conditions: [condition('Ready', 'all serve', 'True'), condition('FailoverReady', 'When aws-a is lost, 1 unit.')],
  readyReplicas: 1,
  lastDecision: { at: '2026-09-01T12:00:00Z', trigger: 'Initial', summary: 's', candidates: [candidate('Dearer')] },
};

/** Whether a status that differs so is no more than the old story told again. */
function retells(changes: Partial<InferenceDeploymentStatus>): boolean {
  const patch = mergePatch(BEFORE, { ...BEFORE, ...changes });
  return patch !== null && onlyRetells(BEFORE, patch);
}
const [ready, failover] = BEFORE.conditions ?? [];

describe('onlyRetells', () => {
  it('takes for a retelling how candidates fare that were not chosen', () => {
    const { at = '', trigger = 'Initial', summary = '' } = BEFORE.lastDecision ?? {};
    expect(retells({ lastDecision: { at, trigger, summary, candidates: [candidate('Rejected')] } })).to.equal(true);
  });

  it('takes for a retelling which member would be missed most', () => {
    const other = condition('FailoverReady', 'When aws-b is lost, 2 units.');
    expect(retells({ conditions: [ready ?? other, other] })).to.equal(true);
  });

  it('takes for news whether any member could be lost', () => {
    const covered = condition('FailoverReady', 'Any one can be lost.', 'True');
    expect(retells({ conditions: [ready ?? covered, covered] })).to.equal(false);
  });

  it('takes for news what another condition says, and one that comes or goes', () => {
    const said = condition('Ready', 'one is gone', 'True');
    expect(retells({ conditions: [said, failover ?? said] })).to.equal(false);
    expect(retells({ conditions: [ready ?? said] })).to.equal(false);
  });

  it('takes for news another decision, and everything else', () => {
    const later = { at: '2026-09-01T13:00:00Z', trigger: 'Price' as const, summary: 's' };
    expect(retells({ lastDecision: { ...later, candidates: [candidate('Dearer')] } })).to.equal(false);
    expect(retells({ readyReplicas: 0 })).to.equal(false);
    expect(onlyRetells(null, { lastDecision: {} })).to.equal(false);
  });
});
