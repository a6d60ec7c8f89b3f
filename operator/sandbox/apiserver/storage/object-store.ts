/** The objects of one resource, by namespace and name; what is stored is frozen and shared with whoever reads it. */
import type { KubeDocument } from '../../kube-api.ts';
import { freezeTree } from '../objects/json-tree.ts';
import type { Revisions } from './revisions.ts';
import { WatchHistory } from './watch-history.ts';

export class ObjectStore {
  readonly history: WatchHistory;
  readonly #revisions: Revisions;
  /** Cluster-scoped objects are in the namespace ''. */
  readonly #namespaces = new Map<string, Map<string, KubeDocument>>();
  /** Names in order, by namespace; forgotten when a name comes or goes. */
  readonly #order = new Map<string, string[]>();

  constructor(revisions: Revisions) {
    this.#revisions = revisions;
    this.history = new WatchHistory(revisions);
  }

  get(namespace: string, name: string): KubeDocument | undefined {
    return this.#namespaces.get(namespace)?.get(name);
  }

  /** In order of namespace and name, as etcd keeps them; null for all namespaces. */
  list(namespace: string | null): KubeDocument[] {
    if (namespace !== null) return this.#inNamespace(namespace);
    return [...this.#namespaces.keys()].sort().flatMap((name) => this.#inNamespace(name));
  }

  #inNamespace(namespace: string): KubeDocument[] {
    const objects = this.#namespaces.get(namespace);
    if (objects === undefined) return [];
    let names = this.#order.get(namespace);
    if (names === undefined) {
      names = [...objects.keys()].sort();
      this.#order.set(namespace, names);
    }
    return names.flatMap((name) => objects.get(name) ?? []);
  }

  get size(): number {
    let size = 0;
    for (const objects of this.#namespaces.values()) size += objects.size;
    return size;
  }

  /** Stores a new object or a new version of one, under a new revision, and tells the watches. */
  put(object: KubeDocument): KubeDocument {
    const namespace = object.metadata.namespace ?? '';
    const previous = this.get(namespace, object.metadata.name) ?? null;
    const revision = this.#revisions.next();
    const stored = freezeTree({ ...object, metadata: { ...object.metadata, resourceVersion: String(revision) } });
    this.#keep(namespace, stored);
    this.history.record({ type: previous === null ? 'ADDED' : 'MODIFIED', revision, object: stored, previous });
    return stored;
  }

  /** Reads what is stored in another way from now on: no change that anybody is told of. */
  reinterpret(read: (stored: KubeDocument) => KubeDocument): void {
    for (const objects of this.#namespaces.values()) {
      for (const [name, stored] of objects) objects.set(name, freezeTree(read(stored)));
    }
  }

  #keep(namespace: string, object: KubeDocument): void {
    let objects = this.#namespaces.get(namespace);
    if (objects === undefined) {
      objects = new Map();
      this.#namespaces.set(namespace, objects);
    }
    if (!objects.has(object.metadata.name)) this.#order.delete(namespace);
    objects.set(object.metadata.name, object);
  }

  /** Removes an object and tells the watches; returns it as it was last. */
  remove(object: KubeDocument): KubeDocument {
    const namespace = object.metadata.namespace ?? '';
    const objects = this.#namespaces.get(namespace);
    objects?.delete(object.metadata.name);
    if (objects?.size === 0) this.#namespaces.delete(namespace);
    this.#order.delete(namespace);
    const revision = this.#revisions.next();
    const last = freezeTree({ ...object, metadata: { ...object.metadata, resourceVersion: String(revision) } });
    this.history.record({ type: 'DELETED', revision, object: last, previous: object });
    return last;
  }
}
