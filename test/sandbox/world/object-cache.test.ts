import { expect } from 'chai';
import type { KubeApi, KubeDocument } from '../../../operator/sandbox/kube-api.ts';
import { ObjectCache } from '../../../operator/sandbox/world/object-cache.ts';
import { PODS } from '../../../operator/sandbox/world/resources.ts';

type Tell = Parameters<KubeApi['watch']>[1];

const pod = (name: string, resourceVersion: number, node = ''): KubeDocument => ({
  apiVersion: 'v1',
  kind: 'Pod',
  metadata: { name, uid: name, resourceVersion: String(resourceVersion) },
  node,
});

/** A cache whose watch says what the test says. */
function aCache(listed: readonly KubeDocument[] = []): {
  readonly cache: ObjectCache<KubeDocument>;
  readonly tell: Tell;
} {
  let tell: Tell = () => {};
  const api = {
    list: async () => [...listed],
    watch: async (_resource: unknown, onEvent: Tell) => {
      tell = onEvent;
    },
  } as unknown as KubeApi;
  const indexers = { node: (it: KubeDocument): string => it['node'] as string };
  const cache = new ObjectCache<KubeDocument>({ api, resource: PODS, indexers });
  void cache.follow(new AbortController().signal);
  return { cache, tell: (type, object) => tell(type, object) };
}

describe('ObjectCache', () => {
  it('knows what was listed once it is loaded', async () => {
    const { cache } = aCache([pod('a', 1)]);
    await cache.load();
    expect(cache.get('a')?.metadata.name).to.equal('a');
  });

  it('takes in the answer to a write before the watch tells of it, and is told only once', () => {
    const { cache, tell } = aCache();
    const changes: string[] = [];
    cache.onChange((key, _object, type) => changes.push(`${type} ${key}`));
    cache.put(pod('a', 5));
    tell('ADDED', pod('a', 5));
    expect(changes).to.deep.equal(['MODIFIED a']);
  });

  it('does not bring back what the watch has told the end of', () => {
    const { cache, tell } = aCache();
    tell('ADDED', pod('a', 5));
    tell('DELETED', pod('a', 6));
    cache.put(pod('a', 5));
    expect(cache.get('a')).to.equal(null);
  });

  it('keeps the newer of two versions, whichever comes last', () => {
    const { cache, tell } = aCache();
    cache.put(pod('a', 7, 'new'));
    tell('MODIFIED', pod('a', 6, 'old'));
    expect(cache.get('a')?.['node']).to.equal('new');
    tell('DELETED', pod('a', 6, 'old'));
    expect(cache.get('a')).to.equal(null);
  });

  it('finds objects by index, also after they moved', () => {
    const { cache, tell } = aCache();
    const names = (node: string): readonly string[] => cache.by('node', node).map((it) => it.metadata.name);
    tell('ADDED', pod('a', 1));
    tell('ADDED', pod('b', 2));
    tell('MODIFIED', pod('a', 3, 'n1'));
    expect([names(''), names('n1')]).to.deep.equal([['b'], ['a']]);
    tell('DELETED', pod('a', 4, 'n1'));
    expect([names('n1'), cache.all().length]).to.deep.equal([[], 1]);
  });

  it('tells a late listener of what is there', () => {
    const { cache, tell } = aCache();
    tell('ADDED', pod('a', 1));
    const seen: string[] = [];
    cache.onChange((key) => seen.push(key));
    expect(seen).to.deep.equal(['a']);
  });
});
