/** What a watch has told of one resource, kept by key and by a few indexes; the world's controllers read only this. */
import type { KubeApi, KubeDocument, ResourceRef } from '../kube-api.ts';
import { keyOf } from './kube-documents.ts';

export type Indexers<Doc> = Readonly<Record<string, (object: Doc) => string | null>>;

type Listener<Doc> = (key: string, object: Doc, type: 'ADDED' | 'MODIFIED' | 'DELETED') => void;

export interface ObjectCacheOptions<Doc> {
  readonly api: KubeApi;
  readonly resource: ResourceRef;
  readonly indexers?: Indexers<Doc>;
}

export class ObjectCache<Doc extends KubeDocument> {
  readonly #options: ObjectCacheOptions<Doc>;
  readonly #objects = new Map<string, Doc>();
  readonly #indexes = new Map<string, Map<string, Map<string, Doc>>>();
  readonly #listeners: Listener<Doc>[] = [];
  #latest = 0;

  constructor(options: ObjectCacheOptions<Doc>) {
    this.#options = options;
    for (const name of Object.keys(options.indexers ?? {})) this.#indexes.set(name, new Map());
  }

  /** Called after every change; at once for what is already there. */
  onChange(listener: Listener<Doc>): void {
    this.#listeners.push(listener);
    for (const [key, object] of this.#objects) listener(key, object, 'ADDED');
  }

  /** Lists, so that what exists is known when this resolves. Follow first, or what goes in between stays for ever. */
  async load(): Promise<void> {
    for (const object of await this.#options.api.list(this.#options.resource)) this.put(object);
  }

  /** Follows changes until the signal aborts. */
  async follow(signal: AbortSignal): Promise<void> {
    try {
      await this.#options.api.watch(
        this.#options.resource,
        (type, object) => this.#accept(type, object as Doc),
        signal,
      );
    } catch (error) {
      if (!signal.aborted) throw error;
    }
  }

  /** Takes in what the server answered to a write, so that the writer does not act on older news. */
  put(object: KubeDocument): void {
    // Older than the newest event: the watch has told of it already, perhaps of its end.
    if (versionOf(object) > this.#latest) this.#store('MODIFIED', object as Doc);
  }

  get(key: string): Doc | null {
    return this.#objects.get(key) ?? null;
  }

  all(): readonly Doc[] {
    return [...this.#objects.values()];
  }

  by(index: string, value: string): readonly Doc[] {
    return [...(this.#indexes.get(index)?.get(value)?.values() ?? [])];
  }

  #accept(type: 'ADDED' | 'MODIFIED' | 'DELETED', object: Doc): void {
    this.#latest = Math.max(this.#latest, versionOf(object));
    const held = this.#objects.get(keyOf(object));
    const stale = held !== undefined && versionOf(held) > versionOf(object);
    if (stale && (type !== 'DELETED' || held.metadata.uid !== object.metadata.uid)) return;
    this.#store(type, object);
  }

  #store(type: 'ADDED' | 'MODIFIED' | 'DELETED', object: Doc): void {
    const key = keyOf(object);
    const held = this.#objects.get(key);
    if (type !== 'DELETED' && held !== undefined && versionOf(held) === versionOf(object)) return;
    if (held !== undefined) this.#index(key, held, 'remove');
    if (type === 'DELETED') this.#objects.delete(key);
    else {
      this.#objects.set(key, object);
      this.#index(key, object, 'add');
    }
    for (const listener of this.#listeners) listener(key, object, type);
  }

  #index(key: string, object: Doc, change: 'add' | 'remove'): void {
    for (const [name, indexer] of Object.entries(this.#options.indexers ?? {})) {
      const value = indexer(object);
      const index = this.#indexes.get(name);
      if (value === null || index === undefined) continue;
      const entries = index.get(value) ?? new Map<string, Doc>();
      if (change === 'add') index.set(value, entries.set(key, object));
      else if (entries.delete(key) && entries.size === 0) index.delete(value);
    }
  }
}

// Versions are whole numbers that grow on the embedded server and on etcd alike.
const versionOf = (object: KubeDocument): number => Number(object.metadata.resourceVersion ?? 0);
