import { expect } from 'chai';
import { INFERENCE_DEPLOYMENTS } from '../../operator/api/resources.ts';
import { writeStatus } from '../../operator/act/write-status.ts';
import type { KubeObject } from '../../operator/kube/kube-client.ts';
import { MemoryKube } from '../support/kube-memory-client.ts';

const signal = new AbortController().signal;

describe('writeStatus', () => {
  const stands = (): { kube: MemoryKube; object: KubeObject } => {
    const kube = new MemoryKube();
    const metadata = { name: 'llama', namespace: 'ml-prod' };
    return { kube, object: kube.put(INFERENCE_DEPLOYMENTS, { metadata, status: { replicas: 1, ready: 0 } }) };
  };

  it('writes what differs, and nothing when nothing does', async () => {
    const { kube, object } = stands();
    const same = { type: INFERENCE_DEPLOYMENTS, object, status: { ready: 0, replicas: 1 } };
    expect(await writeStatus(kube, same, signal)).to.equal(null);
    const written = await writeStatus(kube, { ...same, status: { replicas: 1, ready: 1 } }, signal);
    expect(written?.['status']).to.deep.include({ ready: 1 });
  });

  it('puts off what is no news', async () => {
    const { kube, object } = stands();
    const asked: unknown[] = [];
    const isNews = (patch: object): boolean => {
      asked.push(patch);
      return false;
    };
    const write = { type: INFERENCE_DEPLOYMENTS, object, status: { replicas: 1, ready: 1 }, isNews };
    expect(await writeStatus(kube, write, signal)).to.equal(null);
    expect(asked).to.deep.equal([{ ready: 1 }]);
    expect(kube.calls).to.deep.equal([]);
  });
});
