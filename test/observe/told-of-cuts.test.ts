import { expect } from 'chai';
import { NODES } from '../../operator/kube/builtin-resources.ts';
import type { KubeClient } from '../../operator/kube/kube-client.ts';
import { RetryableError } from '../../operator/model/errors.ts';
import { toldOfCuts } from '../../operator/observe/told-of-cuts.ts';
import { MemoryKube } from '../support/kube-memory-client.ts';
import { settle } from '../support/stepped-clock.ts';

const cut = new RetryableError('cut', { code: 'Unreachable' });

/** A watch that is accepted or not, and then ends or fails. */
const aWatch = (it: { accepted: boolean; fails: boolean }): KubeClient['watch'] =>
  function (_type, { onOpen }) {
    if (it.accepted) onOpen?.();
    const next = async () => {
      if (it.fails) throw cut;
      return { done: true as const, value: undefined };
    };
    return { [Symbol.asyncIterator]: () => ({ next }) };
  };

function watched(watch: KubeClient['watch'] | null = null) {
  const client: KubeClient = new MemoryKube();
  if (watch !== null) client.watch = watch;
  const stop = new AbortController();
  const seen = { cuts: 0, error: null as unknown };
  const told = toldOfCuts(client, () => (seen.cuts += 1));
  const run = (async () => {
    for await (const event of told.watch(NODES, { resourceVersion: '100' }, stop.signal)) void event;
  })().catch((error: unknown) => {
    seen.error = error;
  });
  return { client, stop, seen, run };
}

describe('toldOfCuts', () => {
  it('tells of a watch that breaks off after it had been accepted, and lets the failure through', async () => {
    const { seen, run } = watched(aWatch({ accepted: true, fails: true }));
    await run;
    expect(seen).to.deep.equal({ cuts: 1, error: cut });
  });

  it('is silent about one that was never accepted', async () => {
    const { seen, run } = watched(aWatch({ accepted: false, fails: true }));
    await run;
    expect(seen).to.deep.equal({ cuts: 0, error: cut });
  });

  it('is silent about one that is told to stop, and about one that ends', async () => {
    const stopped = watched();
    await settle();
    stopped.stop.abort();
    await stopped.run;
    const ended = watched(aWatch({ accepted: true, fails: false }));
    await ended.run;
    expect([stopped.seen.cuts, ended.seen.cuts, ended.seen.error]).to.deep.equal([0, 0, null]);
  });
});
