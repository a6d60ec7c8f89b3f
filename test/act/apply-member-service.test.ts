import { expect } from 'chai';
import { applyMemberService, renderMemberService } from '../../operator/act/apply-member-service.ts';
import { SERVICES } from '../../operator/kube/builtin-resources.ts';
import type { KubeObject } from '../../operator/kube/kube-client.ts';
import { aWorkload } from '../support/fleet-workload.ts';
import { MemoryKube } from '../support/kube-memory-client.ts';

const { signal } = new AbortController();
const request = { workload: aWorkload(), port: 8000, annotations: { 'example.com/internal': 'true' } };

describe('applyMemberService', () => {
  let member: MemoryKube;
  beforeEach(() => {
    member = new MemoryKube();
  });
  const standing = (): KubeObject | null => member.all(SERVICES)[0] ?? null;
  const apply = (wanted: typeof request | null) =>
    applyMemberService(wanted, { client: member, standing: standing(), onApplied: () => {} }, signal);

  it('asks for a load balancer in front of every copy of the workload', async () => {
    expect(await apply(request)).to.equal(true);
    expect(standing()?.['spec']).to.deep.include({
      type: 'LoadBalancer',
      selector: { 'app.kubernetes.io/managed-by': 'tradewind', 'tradewind.dev/owner-uid': 'uid-ml-prod-llama' },
    });
    expect(standing()?.metadata.annotations).to.include({ 'example.com/internal': 'true' });
  });

  it('writes nothing while it stands as wanted, whatever others have added', async () => {
    await apply(request);
    const added = standing();
    if (added) member.put(SERVICES, { ...added, status: { loadBalancer: { ingress: [{ ip: '203.0.113.7' }] } } });
    expect(await apply(request)).to.equal(false);
  });

  it('follows the port', async () => {
    await apply(request);
    expect(await apply({ ...request, port: 9000 })).to.equal(true);
  });

  it('deletes it when it is not wanted any more, once', async () => {
    await apply(request);
    expect(await apply(null)).to.equal(true);
    expect(await apply(null)).to.equal(false);
    expect(standing()).to.equal(null);
  });

  it('does not delete what is being deleted', async () => {
    const leaving = {
      ...renderMemberService(request),
      metadata: { name: 'x', deletionTimestamp: '2026-01-01T00:00:00Z' },
    };
    expect(await applyMemberService(null, { client: member, standing: leaving, onApplied: () => {} }, signal)).to.equal(
      false,
    );
  });
});
