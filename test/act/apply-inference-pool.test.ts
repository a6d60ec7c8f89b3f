import { expect } from 'chai';
import {
  applyInferencePool,
  deleteInferencePool,
  INFERENCE_POOLS,
  renderInferencePool,
  type PoolOutcome,
} from '../../operator/act/apply-inference-pool.ts';
import { RetryableError, TerminalError } from '../../operator/model/errors.ts';
import { aWorkload } from '../support/fleet-workload.ts';
import { MemoryKube } from '../support/kube-memory-client.ts';

const { signal } = new AbortController();
const request = {
  workload: aWorkload(),
  port: 8000,
  picker: { name: 'llama-epp', port: 9002, failureMode: 'FailOpen' },
} as const;

describe('applyInferencePool', () => {
  let member: MemoryKube;
  beforeEach(() => {
    member = new MemoryKube();
  });
  const apply = (
    wanted: typeof request | (Omit<typeof request, 'port'> & { port: number }) = request,
  ): Promise<PoolOutcome> => applyInferencePool(wanted, member, signal);
  const standing = () => member.all(INFERENCE_POOLS)[0] ?? null;

  it('makes a pool of every copy on the member, with the picker that was named', async () => {
    expect(await apply()).to.equal('Written');
    expect(standing()?.metadata.name).to.equal(request.workload.name);
    expect(standing()?.['spec']).to.deep.equal({
      selector: {
        matchLabels: {
          'app.kubernetes.io/managed-by': 'tradewind',
          'tradewind.dev/owner-uid': request.workload.uid,
        },
      },
      targetPorts: [{ number: 8000 }],
      endpointPickerRef: {
        group: '',
        kind: 'Service',
        name: 'llama-epp',
        port: { number: 9002 },
        failureMode: 'FailOpen',
      },
    });
  });

  it('writes nothing while it stands as wanted, and follows what is wanted', async () => {
    await apply();
    expect(await apply()).to.equal('Unchanged');
    expect(await apply({ ...request, port: 9000 })).to.equal('Written');
  });

  it("leaves somebody else's alone", async () => {
    const { name, namespace } = request.workload;
    member.put(INFERENCE_POOLS, { metadata: { name, namespace, labels: { app: 'theirs' } } });
    expect(await apply()).to.equal('NameTaken');
    expect(await deleteInferencePool(request.workload, member, signal)).to.equal(false);
    expect(standing()?.metadata.labels).to.deep.equal({ app: 'theirs' });
  });

  it('says that the member has no such resource', async () => {
    member.fault = (verb) => (verb === 'apply' ? new TerminalError('no such resource', { code: 'NotFound' }) : null);
    expect(await apply()).to.equal('Missing');
  });

  it('passes on what the member has against it', async () => {
    for (const verb of ['get', 'apply']) {
      member.fault = (asked) => (asked === verb ? new RetryableError('slow down', { code: 'Throttled' }) : null);
      const failure = await apply().catch((error: unknown) => error);
      expect(failure).to.have.property('code', 'Throttled');
    }
  });

  it('is deleted once', async () => {
    await apply();
    expect(await deleteInferencePool(request.workload, member, signal)).to.equal(true);
    expect(await deleteInferencePool(request.workload, member, signal)).to.equal(false);
    member.put(INFERENCE_POOLS, {
      ...renderInferencePool(request),
      metadata: { ...renderInferencePool(request).metadata, deletionTimestamp: '2026-01-01T00:00:00Z' },
    });
    expect(await deleteInferencePool(request.workload, member, signal)).to.equal(false);
  });
});
