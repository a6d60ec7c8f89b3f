/** Objects of one kind on the hub, each parsed once for each version of it. */
import type { KubeObject } from '../kube/kube-client.ts';

/** An object with what it means. */
export interface Parsed<T> {
  readonly object: KubeObject;
  readonly value: T;
}

/** `namespace/name`, or the name alone for what has no namespace. */
export const objectKey = (object: KubeObject): string =>
  object.metadata.namespace === undefined ? object.metadata.name : `${object.metadata.namespace}/${object.metadata.name}`;

/**
 * Written by one watch and by the writes of this process; an object the server returned is taken at once, so that nobody
 * has to wait for the watch to read his own writes. An older version never replaces a newer one.
 */
export class ParsedStore<T> {
  readonly #parse: (object: KubeObject) => T;
  readonly #onChange: (key: string) => void;
  #objects = new Map<string, Parsed<T>>();
  #synced = false;

  constructor(options: { readonly parse: (object: KubeObject) => T; readonly onChange: (key: string) => void }) {
    this.#parse = options.parse;
    this.#onChange = options.onChange;
  }

  /** Whether a whole list has been taken: until then, what is missing is unknown. */
  get synced(): boolean {
    return this.#synced;
  }

  get(key: string): Parsed<T> | null {
    return this.#objects.get(key) ?? null;
  }

  keys(): readonly string[] {
    return [...this.#objects.keys()].sort();
  }

  values(): readonly Parsed<T>[] {
    return [...this.#objects.entries()].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, parsed]) => parsed);
  }

  replace(objects: readonly KubeObject[]): void {
    const before = this.#objects;
    this.#objects = new Map(objects.map((object) => [objectKey(object), this.#parsed(object, before)]));
    this.#synced = true;
    for (const key of new Set([...before.keys(), ...this.#objects.keys()])) {
      if (before.get(key) !== this.#objects.get(key)) this.#onChange(key);
    }
  }

  put(object: KubeObject): void {
    const key = objectKey(object);
    const known = this.#objects.get(key);
    if (known && isOlder(object, known.object)) return;
    const parsed = this.#parsed(object, this.#objects);
    if (parsed === known) return;
    this.#objects.set(key, parsed);
    this.#onChange(key);
  }

  remove(object: KubeObject): void {
    const key = objectKey(object);
    if (this.#objects.delete(key)) this.#onChange(key);
  }

  #parsed(object: KubeObject, before: ReadonlyMap<string, Parsed<T>>): Parsed<T> {
    const known = before.get(objectKey(object));
    // A list may have been read just before a write of ours: what the write returned stays.
    if (known && (sameVersion(known.object, object) || isOlder(object, known.object))) return known;
    return { object, value: this.#parse(object) };
  }
}

const sameVersion = (a: KubeObject, b: KubeObject): boolean =>
  a.metadata.uid === b.metadata.uid && a.metadata.resourceVersion === b.metadata.resourceVersion;

/** Resource versions of one object are comparable (KEP-5504 makes it official); another uid is another object. */
function isOlder(a: KubeObject, b: KubeObject): boolean {
  if (a.metadata.uid !== b.metadata.uid) return false;
  const [left, right] = [a.metadata.resourceVersion ?? '', b.metadata.resourceVersion ?? ''];
  return /^\d+$/.test(left) && /^\d+$/.test(right) && BigInt(left) < BigInt(right);
}
