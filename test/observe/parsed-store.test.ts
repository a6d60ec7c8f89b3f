import { expect } from 'chai';
import type { KubeObject } from '../../operator/kube/kube-client.ts';
import { ParsedStore } from '../../operator/observe/parsed-store.ts';

const anObject = (name: string, resourceVersion: string, uid = 'u1'): KubeObject => ({
  metadata: { namespace: 'ml-prod', name, resourceVersion, uid },
});

function aStore() {
  const changed: string[] = [];
  let parses = 0;
  const parse = (object: KubeObject): string => {
    parses += 1;
    return `${object.metadata.name}@${object.metadata.resourceVersion}`;
  };
  const store = new ParsedStore({ parse, onChange: (key) => changed.push(key) });
  return { store, changed, parses: () => parses };
}

describe('ParsedStore', () => {
  it('is unknown, not empty, before the first list', () => {
    const { store } = aStore();
    expect(store.synced).to.equal(false);
    store.replace([]);
    expect(store.synced).to.equal(true);
  });

  it('parses an object once for each version of it', () => {
    const { store, parses } = aStore();
    store.replace([anObject('a', '1')]);
    store.replace([anObject('a', '1')]);
    store.put(anObject('a', '1'));
    expect(parses()).to.equal(1);
    store.put(anObject('a', '2'));
    expect(store.get('ml-prod/a')?.value).to.equal('a@2');
  });

  it('does not let a late watch event undo what a write returned', () => {
    const { store } = aStore();
    store.put(anObject('a', '12'));
    store.put(anObject('a', '9'));
    expect(store.get('ml-prod/a')?.value).to.equal('a@12');
  });

  it('does not let a list that was read before a write undo it', () => {
    const { store } = aStore();
    store.put(anObject('a', '12'));
    store.replace([anObject('a', '9')]);
    expect(store.get('ml-prod/a')?.value).to.equal('a@12');
  });

  it('takes an object recreated under the same name, whatever its version', () => {
    const { store } = aStore();
    store.put(anObject('a', '12'));
    store.put(anObject('a', '3', 'u2'));
    expect(store.get('ml-prod/a')?.value).to.equal('a@3');
  });

  it('tells each change once, by key', () => {
    const { store, changed } = aStore();
    store.replace([anObject('a', '1'), anObject('b', '1')]);
    store.replace([anObject('a', '1'), anObject('c', '2')]);
    store.remove(anObject('c', '2'));
    store.remove(anObject('c', '2'));
    expect(changed).to.deep.equal(['ml-prod/a', 'ml-prod/b', 'ml-prod/b', 'ml-prod/c', 'ml-prod/c']);
    expect(store.keys()).to.deep.equal(['ml-prod/a']);
    expect(store.values().map((it) => it.value)).to.deep.equal(['a@1']);
  });
});
