/** A KubeClient on a map, for tests of what stands on the client: versions, conflicts, watches and faults, nothing else. */
import { apiVersionOf, resourceName } from '../../operator/kube/api-path.ts';
import type {
  ApplyOptions,
  DeleteOptions,
  KubeClient,
  KubeObject,
  ListOptions,
  MergePatch,
  ObjectList,
  ObjectName,
  ResourceType,
  WatchEvent,
  WatchOptions,
} from '../../operator/kube/kube-client.ts';
import { RetryableError, TerminalError } from '../../operator/model/errors.ts';

interface LoggedEvent {
  readonly type: string;
  readonly version: number;
  readonly event: WatchEvent;
}

type Fault = (verb: string, subject: string) => Error | 'hang' | null;

export class MemoryKube implements KubeClient {
  readonly #objects = new Map<string, KubeObject>();
  readonly #history: LoggedEvent[] = [];
  readonly #watchers = new Set<() => void>();
  #version = 100;
  #oldest = 0;
  #cut: Error | 'end' | null = null;
  /** What each call meets; null lets it pass. */
  fault: Fault = () => null;
  /** Verbs of the calls so far, for instance "list pods". */
  readonly calls: string[] = [];

  async get(type: ResourceType, name: ObjectName, signal: AbortSignal): Promise<KubeObject> {
    await this.#meet('get', type, signal);
    return this.#known(type, name);
  }

  async list(type: ResourceType, options: ListOptions, signal: AbortSignal): Promise<ObjectList> {
    await this.#meet('list', type, signal);
    const prefix = `${resourceName(type)}/${options.namespace === undefined ? '' : `${options.namespace}/`}`;
    const items = [...this.#objects].filter(([key]) => key.startsWith(prefix)).map(([, object]) => object);
    return { items, resourceVersion: String(this.#version) };
  }

  async *watch(type: ResourceType, options: WatchOptions, signal: AbortSignal): AsyncGenerator<WatchEvent> {
    await this.#meet('watch', type, signal);
    let seen = Number(options.resourceVersion);
    if (seen < this.#oldest) throw new RetryableError('too old', { code: 'Gone' });
    options.onOpen?.();
    for (;;) {
      signal.throwIfAborted();
      const next = this.#history.find((entry) => entry.version > seen && entry.type === resourceName(type));
      if (next !== undefined) {
        seen = next.version;
        yield next.event;
      } else if (this.#cut === null) await this.#change(signal);
      else if (this.#cut === 'end') return;
      else throw this.#cut;
    }
  }

  async create(type: ResourceType, object: KubeObject, signal: AbortSignal): Promise<KubeObject> {
    await this.#meet('create', type, signal);
    if (this.#objects.has(keyOf(type, object.metadata))) throw new RetryableError('exists', { code: 'Conflict' });
    return this.#write(type, object, 'Added');
  }

  async replace(type: ResourceType, object: KubeObject, signal: AbortSignal): Promise<KubeObject> {
    await this.#meet('update', type, signal);
    const { resourceVersion } = this.#known(type, object.metadata).metadata;
    if (object.metadata.resourceVersion !== resourceVersion) {
      throw new RetryableError('somebody wrote first', { code: 'Conflict' });
    }
    return this.#write(type, object, 'Modified');
  }

  async apply(type: ResourceType, object: KubeObject, _: ApplyOptions, signal: AbortSignal): Promise<KubeObject> {
    await this.#meet('apply', type, signal);
    const known = this.#objects.get(keyOf(type, object.metadata));
    return this.#write(type, { ...known, ...object }, known === undefined ? 'Added' : 'Modified');
  }

  async patch(type: ResourceType, patch: MergePatch, signal: AbortSignal): Promise<KubeObject> {
    await this.#meet('patch', type, signal);
    const known = this.#known(type, patch);
    return this.#write(type, { ...known, ...patch.body, metadata: known.metadata }, 'Modified');
  }

  async delete(type: ResourceType, name: ObjectName, _: DeleteOptions, signal: AbortSignal): Promise<void> {
    await this.#meet('delete', type, signal);
    this.remove(type, name);
  }

  async raw(path: string, signal: AbortSignal): Promise<{ status: number; body: string }> {
    signal.throwIfAborted();
    return { status: 200, body: path };
  }

  async close(): Promise<void> {}

  /** Writes as somebody else would. */
  put(type: ResourceType, object: KubeObject): KubeObject {
    return this.#write(type, object, this.#objects.has(keyOf(type, object.metadata)) ? 'Modified' : 'Added');
  }

  /** Deletes as somebody else would. */
  remove(type: ResourceType, name: ObjectName): void {
    const known = this.#objects.get(keyOf(type, name));
    if (known === undefined) return;
    this.#objects.delete(keyOf(type, name));
    this.#tell(type, 'Deleted', this.#stamped(known));
  }

  /** What is stored; null when nothing is. */
  peek(type: ResourceType, name: ObjectName): KubeObject | null {
    return this.#objects.get(keyOf(type, name)) ?? null;
  }

  /** All of a type. */
  all(type: ResourceType): KubeObject[] {
    return [...this.#objects].filter(([key]) => key.startsWith(`${resourceName(type)}/`)).map(([, object]) => object);
  }

  /** Ends all watches, with an error or as a server does. New ones can begin right after. */
  cutWatches(how: Error | 'end'): void {
    this.#cut = how;
    this.#wake();
    setImmediate(() => {
      this.#cut = null;
    });
  }

  /** Forgets all events up to now: a watch that is behind gets Gone. */
  compact(): void {
    this.#version += 1;
    this.#oldest = this.#version;
    this.#history.length = 0;
  }

  #known(type: ResourceType, name: ObjectName): KubeObject {
    const known = this.#objects.get(keyOf(type, name));
    if (known === undefined) throw new TerminalError(`${name.name} not found`, { code: 'NotFound' });
    return known;
  }

  #write(type: ResourceType, object: KubeObject, event: 'Added' | 'Modified'): KubeObject {
    const stamped = this.#stamped({ ...object, apiVersion: apiVersionOf(type), kind: type.kind });
    this.#objects.set(keyOf(type, object.metadata), stamped);
    this.#tell(type, event, stamped);
    return stamped;
  }

  #stamped(object: KubeObject): KubeObject {
    this.#version += 1;
    return { ...object, metadata: { ...object.metadata, resourceVersion: String(this.#version) } };
  }

  #tell(type: ResourceType, kind: 'Added' | 'Modified' | 'Deleted', object: KubeObject): void {
    this.#history.push({ type: resourceName(type), version: this.#version, event: { type: kind, object } });
    this.#wake();
  }

  #wake(): void {
    for (const wake of this.#watchers) wake();
  }

  #change(signal: AbortSignal): Promise<void> {
    return new Promise((resolve, reject) => {
      const wake = (): void => {
        this.#watchers.delete(wake);
        signal.removeEventListener('abort', onAbort);
        resolve();
      };
      const onAbort = (): void => {
        this.#watchers.delete(wake);
        reject(signal.reason as Error);
      };
      this.#watchers.add(wake);
      signal.addEventListener('abort', onAbort, { once: true });
    });
  }

  async #meet(verb: string, type: ResourceType, signal: AbortSignal): Promise<void> {
    signal.throwIfAborted();
    this.calls.push(`${verb} ${resourceName(type)}`);
    const fault = this.fault(verb, resourceName(type));
    if (fault === 'hang') {
      await new Promise((_resolve, reject) => {
        signal.addEventListener('abort', () => reject(signal.reason as Error), { once: true });
      });
    } else if (fault !== null) throw fault;
  }
}

/** What is wrong with one client's connection; null: nothing. */
export interface Link {
  broken: Error | 'hang' | null;
}

/** A client of the same server whose gets, creates and replaces go over a link that can break. */
export function overLink(kube: MemoryKube, link: Link): KubeClient {
  const over = <Args extends readonly unknown[], T>(call: (...args: Args) => Promise<T>) => {
    return async (...args: Args): Promise<T> => {
      const signal = args.at(-1) as AbortSignal;
      if (link.broken instanceof Error) throw link.broken;
      if (link.broken === null) return call(...args);
      return new Promise<T>((_resolve, reject) => {
        signal.addEventListener('abort', () => reject(signal.reason as Error), { once: true });
      });
    };
  };
  return {
    get: over((...args) => kube.get(...args)),
    create: over((...args) => kube.create(...args)),
    replace: over((...args) => kube.replace(...args)),
    list: (...args) => kube.list(...args),
    watch: (...args) => kube.watch(...args),
    apply: (...args) => kube.apply(...args),
    patch: (...args) => kube.patch(...args),
    delete: (...args) => kube.delete(...args),
    raw: (...args) => kube.raw(...args),
    close: () => kube.close(),
  };
}

const keyOf = (type: ResourceType, { namespace, name }: ObjectName): string =>
  `${resourceName(type)}/${namespace === undefined ? '' : `${namespace}/`}${name}`;
