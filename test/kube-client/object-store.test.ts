/** What the store shows, whatever order lists, events and own writes come in. */
import { expect } from 'chai';
import * as fc from 'fast-check';
import type { KubeObject } from '../../operator/kube/kube-client.ts';
import type { StoreChange } from '../../operator/kube/object-store.ts';
import { ObjectStore, objectKey, objectNameOf } from '../../operator/kube/object-store.ts';
import { isNewer } from '../../operator/kube/resource-version.ts';

const anObject = (name: string, version: number, app = 'web', namespace = 'default'): KubeObject => ({
  metadata: { namespace, name, resourceVersion: String(version), labels: { app } },
});

interface Seen {
  readonly name: string;
  readonly version: string;
  readonly app: string;
}

const aStore = (): ObjectStore<Seen> =>
  new ObjectStore<Seen>({
    read: ({ metadata }) => ({
      name: metadata.name,
      version: metadata.resourceVersion ?? '',
      app: metadata.labels?.['app'] ?? '',
    }),
    indexes: { app: ({ app }) => [app] },
  });

const names = (values: readonly Seen[]): string[] => values.map(({ name }) => name).toSorted();

describe('ObjectStore', () => {
  it('knows nothing before the first list, which is not the same as empty', () => {
    const store = aStore();
    expect(store.synced).to.equal(false);
    store.replace([], '5');
    expect(store.synced).to.equal(true);
    expect(store.size).to.equal(0);
  });

  it('finds by key, namespace and index, and forgets the old index key', () => {
    const store = aStore();
    store.replace([anObject('a', 1, 'web'), anObject('b', 2, 'db'), anObject('c', 3, 'web', 'other')], '5');
    expect(store.get('default/a')?.name).to.equal('a');
    expect(names(store.inNamespace('default'))).to.deep.equal(['a', 'b']);
    expect(names(store.byIndex('app', 'web'))).to.deep.equal(['a', 'c']);
    store.apply({ type: 'Modified', object: anObject('a', 6, 'db') });
    expect(names(store.byIndex('app', 'web'))).to.deep.equal(['c']);
    expect(names(store.byIndex('app', 'db'))).to.deep.equal(['a', 'b']);
    expect(() => store.byIndex('color', 'red')).to.throw('the store has no index color');
  });

  it('swaps to a new list at once and tells only of what differs', () => {
    const store = aStore();
    store.replace([anObject('a', 1), anObject('b', 2)], '5');
    const changes: StoreChange<Seen>[] = [];
    let sizeAtFirst = 0;
    store.subscribe((change) => {
      if (changes.length === 0) sizeAtFirst = store.size;
      changes.push(change);
    });
    store.replace([anObject('b', 2), anObject('c', 7)], '9');
    expect(changes.map(({ key, value }) => [key, value === null])).to.deep.equal([
      ['default/c', false],
      ['default/a', true],
    ]);
    expect(sizeAtFirst).to.equal(2);
  });

  it('shows what was just written, and is not set back by an older event', () => {
    const store = aStore();
    store.replace([anObject('a', 5)], '5');
    store.put(anObject('a', 8));
    store.apply({ type: 'Modified', object: anObject('a', 7) });
    expect(store.get('default/a')?.version).to.equal('8');
    store.apply({ type: 'Modified', object: anObject('a', 9) });
    expect(store.get('default/a')?.version).to.equal('9');
  });

  it('keeps an own write that a list was too early to see, and lets the next list decide', () => {
    const store = aStore();
    store.replace([], '5');
    store.put(anObject('a', 8));
    store.replace([], '7');
    expect(store.get('default/a')?.version).to.equal('8');
    store.replace([], '7');
    expect(store.get('default/a')).to.equal(null);
  });

  it('treats an own write as any other object once the watch has shown it', () => {
    const store = aStore();
    store.replace([], '5');
    store.put(anObject('a', 8));
    store.apply({ type: 'Modified', object: anObject('a', 8) });
    store.replace([], '6');
    expect(store.get('default/a')).to.equal(null);
  });

  it('does not bring back what was deleted before the answer to a write came', () => {
    const store = aStore();
    store.replace([anObject('a', 5)], '5');
    store.apply({ type: 'Deleted', object: anObject('a', 9) });
    store.put(anObject('a', 8));
    expect(store.get('default/a')).to.equal(null);
  });

  it('does not lose what was made anew to the deletion of the one before', () => {
    const store = aStore();
    store.replace([anObject('a', 5)], '5');
    store.put(anObject('a', 9));
    store.apply({ type: 'Deleted', object: anObject('a', 8) });
    expect(store.get('default/a')?.version).to.equal('9');
  });

  it('accepts a list with lower versions, as after a restore of the server', () => {
    const store = aStore();
    store.replace([anObject('a', 1000)], '1000');
    store.replace([anObject('a', 10)], '12');
    expect(store.get('default/a')?.version).to.equal('10');
  });

  it('tells nobody of the same version twice', () => {
    const store = aStore();
    store.replace([anObject('a', 5)], '5');
    let told = 0;
    const stop = store.subscribe(() => {
      told += 1;
    });
    store.apply({ type: 'Modified', object: anObject('a', 5) });
    store.put(anObject('a', 5));
    store.apply({ type: 'Bookmark', resourceVersion: '20' });
    expect(told).to.equal(0);
    store.apply({ type: 'Modified', object: anObject('a', 21) });
    expect(told).to.equal(1);
    stop();
    store.apply({ type: 'Modified', object: anObject('a', 22) });
    expect(told).to.equal(1);
  });

  it('ends at the truth whenever answers to own writes come in among the events', () => {
    const change = fc.record({ name: fc.constantFrom('a', 'b', 'c'), gone: fc.boolean(), own: fc.nat({ max: 6 }) });
    fc.assert(
      fc.property(fc.array(change, { maxLength: 30 }), (changes) => {
        const store = aStore();
        store.replace([], '100');
        const truth = new Map<string, string>();
        const answers: { readonly due: number; readonly object: KubeObject }[] = [];
        const answerUpTo = (step: number): void => {
          for (const answer of answers.filter(({ due }) => due === step)) store.put(answer.object);
        };
        changes.forEach(({ name, gone, own }, step) => {
          const object = anObject(name, 101 + step);
          if (gone) {
            if (truth.delete(name)) store.apply({ type: 'Deleted', object });
          } else {
            // The answer to an own write comes before its event (0) or up to five events later.
            if (own === 0) store.put(object);
            else answers.push({ due: step + own - 1, object });
            store.apply({ type: truth.has(name) ? 'Modified' : 'Added', object });
            truth.set(name, String(101 + step));
          }
          answerUpTo(step);
        });
        for (let step = changes.length; step < changes.length + 6; step += 1) answerUpTo(step);
        const seen = Object.fromEntries(store.values().map(({ name, version }) => [name, version]));
        expect(seen).to.deep.equal(Object.fromEntries(truth));
      }),
    );
  });
});

describe('objectKey', () => {
  it('names an object with and without a namespace, and back', () => {
    for (const name of [{ namespace: 'ml', name: 'a' }, { name: 'node-1' }]) {
      expect(objectNameOf(objectKey(name))).to.deep.equal(name);
    }
  });
});

describe('isNewer', () => {
  it('orders versions as numbers of any length', () => {
    expect(isNewer('10', '9')).to.equal(true);
    expect(isNewer('9', '10')).to.equal(false);
    expect(isNewer('9', '9')).to.equal(false);
    expect(isNewer('90071992547409930', '90071992547409929')).to.equal(true);
  });

  it('lets what came last win where a version is no number', () => {
    expect(isNewer('abc', '9')).to.equal(true);
    expect(isNewer('abc', 'abc')).to.equal(false);
  });
});
