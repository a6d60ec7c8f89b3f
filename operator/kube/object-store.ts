/**
 * What is known of one resource type: one writer (a resource watch), many readers. Values are read from whole objects
 * once, when they come in, so that a store keeps only what its readers need.
 */
import type { KubeObject, ObjectName, WatchEvent } from './kube-client.ts';
import { isNewer } from './resource-version.ts';

/** `namespace/name`, or `name` of a cluster-scoped object. */
export type ObjectKey = string;

export const objectKey = ({ namespace, name }: ObjectName): ObjectKey =>
  namespace === undefined || namespace === '' ? name : `${namespace}/${name}`;

/** The namespace and name in a key. */
export function objectNameOf(key: ObjectKey): ObjectName {
  const slash = key.indexOf('/');
  return slash < 0 ? { name: key } : { namespace: key.slice(0, slash), name: key.slice(slash + 1) };
}

/** A change of one key; `value` is null when the object is gone, `previous` when it is new. */
export interface StoreChange<T> {
  readonly key: ObjectKey;
  readonly value: T | null;
  readonly previous: T | null;
}

export type StoreListener<T> = (change: StoreChange<T>) => void;

/** What readers see. */
export interface StoreReader<T> {
  /** Whether the first list has come: before that nothing is known, which is not the same as empty. */
  readonly synced: boolean;
  readonly size: number;
  get(key: ObjectKey): T | null;
  /** In the order in which they came. */
  values(): T[];
  inNamespace(namespace: string): T[];
  /** Those for which the index of that name gave this key. */
  byIndex(index: string, indexKey: string): T[];
  /** Hears of every change from now on; the result stops it. Listeners are called after the change is complete. */
  subscribe(listener: StoreListener<T>): () => void;
}

export interface ObjectStoreOptions<T> {
  /** What to keep of an object. Must not throw: say "unreadable" in T instead. */
  readonly read: (object: KubeObject) => T;
  readonly indexes?: Readonly<Record<string, (value: T, key: ObjectKey) => readonly string[]>>;
}

interface Entry<T> {
  readonly version: string;
  readonly value: T;
}

const NAMESPACE_INDEX = 'namespace';

export class ObjectStore<T> implements StoreReader<T> {
  readonly #read: (object: KubeObject) => T;
  readonly #indexers: ReadonlyMap<string, (value: T, key: ObjectKey) => readonly string[]>;
  readonly #entries = new Map<ObjectKey, Entry<T>>();
  readonly #indexes = new Map<string, Map<string, Set<ObjectKey>>>();
  readonly #listeners = new Set<StoreListener<T>>();
  /** Written by ourselves and not yet seen from the server's list or watch. */
  readonly #ownWrites = new Set<ObjectKey>();
  /** The version up to which everything was seen; null before the first list. */
  #position: string | null = null;

  constructor(options: ObjectStoreOptions<T>) {
    this.#read = options.read;
    this.#indexers = new Map([
      [NAMESPACE_INDEX, (_value: T, key: ObjectKey) => [objectNameOf(key).namespace ?? '']],
      ...Object.entries(options.indexes ?? {}),
    ]);
    for (const name of this.#indexers.keys()) this.#indexes.set(name, new Map());
  }

  get synced(): boolean {
    return this.#position !== null;
  }

  get size(): number {
    return this.#entries.size;
  }

  get(key: ObjectKey): T | null {
    return this.#entries.get(key)?.value ?? null;
  }

  values(): T[] {
    return Array.from(this.#entries.values(), (entry) => entry.value);
  }

  inNamespace(namespace: string): T[] {
    return this.byIndex(NAMESPACE_INDEX, namespace);
  }

  byIndex(index: string, indexKey: string): T[] {
    const keys = this.#indexes.get(index);
    if (keys === undefined) throw new Error(`the store has no index ${index}`);
    const found: T[] = [];
    for (const key of keys.get(indexKey) ?? []) {
      const entry = this.#entries.get(key);
      if (entry !== undefined) found.push(entry.value);
    }
    return found;
  }

  subscribe(listener: StoreListener<T>): () => void {
    this.#listeners.add(listener);
    return () => {
      this.#listeners.delete(listener);
    };
  }

  /** Takes the whole list as the truth at its version, at once. Own writes later than that stay. */
  replace(items: readonly KubeObject[], resourceVersion: string): void {
    const changes: StoreChange<T>[] = [];
    const listed = new Set<ObjectKey>();
    for (const item of items) {
      const key = objectKey(item.metadata);
      listed.add(key);
      const known = this.#entries.get(key);
      const version = versionOf(item);
      if (known?.version === version) continue;
      if (known !== undefined && this.#ownWrites.has(key) && !isNewer(version, known.version)) continue;
      changes.push(this.#set(key, version, this.#read(item)));
    }
    for (const [key, { version }] of this.#entries) {
      if (listed.has(key) || (this.#ownWrites.has(key) && isNewer(version, resourceVersion))) continue;
      changes.push(this.#drop(key));
    }
    this.#ownWrites.clear();
    this.#position = resourceVersion;
    this.#tell(changes);
  }

  /** Takes one event of the watch. What is older than an own write of the same object is passed over. */
  apply(event: WatchEvent): void {
    if (event.type === 'Bookmark') {
      this.#position = event.resourceVersion;
      return;
    }
    const key = objectKey(event.object.metadata);
    const version = versionOf(event.object);
    const known = this.#entries.get(key);
    this.#position = version;
    if (known !== undefined && known.version !== version && !isNewer(version, known.version)) return;
    this.#ownWrites.delete(key);
    if (event.type === 'Deleted') {
      if (known !== undefined) this.#tell([this.#drop(key)]);
      return;
    }
    if (known?.version !== version) this.#tell([this.#set(key, version, this.#read(event.object))]);
  }

  /**
   * Takes an object as the server returned it from a write, so that the next read sees it. One that is not here and is
   * older than what the watch has shown was deleted since, and stays away.
   */
  put(object: KubeObject): void {
    const key = objectKey(object.metadata);
    const version = versionOf(object);
    const known = this.#entries.get(key);
    const seen = known?.version ?? this.#position;
    if (seen !== null && !isNewer(version, seen)) return;
    this.#ownWrites.add(key);
    this.#tell([this.#set(key, version, this.#read(object))]);
  }

  #set(key: ObjectKey, version: string, value: T): StoreChange<T> {
    const previous = this.#entries.get(key)?.value ?? null;
    if (previous !== null) this.#unindex(key, previous);
    this.#entries.set(key, { version, value });
    for (const [name, indexer] of this.#indexers) {
      const index = this.#indexes.get(name);
      for (const indexKey of indexer(value, key)) {
        const keys = index?.get(indexKey);
        if (keys === undefined) index?.set(indexKey, new Set([key]));
        else keys.add(key);
      }
    }
    return { key, value, previous };
  }

  #drop(key: ObjectKey): StoreChange<T> {
    const previous = this.#entries.get(key)?.value ?? null;
    if (previous !== null) this.#unindex(key, previous);
    this.#entries.delete(key);
    return { key, value: null, previous };
  }

  #unindex(key: ObjectKey, value: T): void {
    for (const [name, indexer] of this.#indexers) {
      const index = this.#indexes.get(name);
      for (const indexKey of indexer(value, key)) {
        const keys = index?.get(indexKey);
        keys?.delete(key);
        if (keys?.size === 0) index?.delete(indexKey);
      }
    }
  }

  #tell(changes: readonly StoreChange<T>[]): void {
    for (const change of changes) {
      for (const listener of this.#listeners) listener(change);
    }
  }
}

const versionOf = (object: KubeObject): string => object.metadata.resourceVersion ?? '';
