/** The state of one API server, and the one place where it changes: commit and remove tell the lifecycle workers. */
import type { Clock } from '../../model/clock.ts';
import type { KubeDocument } from '../kube-api.ts';
import type { Identities } from './objects/identities.ts';
import { shareUnchanged } from './objects/json-tree.ts';
import type { ResourceDefinition } from './resources/resource-definition.ts';
import type { ResourceRegistry } from './resources/resource-registry.ts';
import type { BuiltinSchemas } from './schema/builtin-schemas.ts';
import { ListPages } from './storage/list-pages.ts';
import type { Revisions } from './storage/revisions.ts';

/** One committed change. */
export interface Change {
  readonly type: 'ADDED' | 'MODIFIED' | 'DELETED';
  readonly resource: ResourceDefinition;
  readonly object: KubeDocument;
  readonly previous: KubeDocument | null;
}

/** Something that reacts to changes with changes of its own, such as garbage collection. */
export interface LifecycleWorker {
  observe(change: Change): void;
  /** Does one piece of work; false when there is none. */
  work(): boolean;
}

/** What a cluster is made of. */
export interface ClusterParts {
  readonly clock: Clock;
  readonly revisions: Revisions;
  readonly registry: ResourceRegistry;
  readonly schemas: BuiltinSchemas;
  readonly identities: Identities;
}

export class Cluster {
  readonly clock: Clock;
  readonly revisions: Revisions;
  readonly registry: ResourceRegistry;
  readonly schemas: BuiltinSchemas;
  readonly identities: Identities;
  readonly pages = new ListPages();
  readonly #workers: LifecycleWorker[] = [];
  #settling = false;

  constructor(parts: ClusterParts) {
    this.clock = parts.clock;
    this.revisions = parts.revisions;
    this.registry = parts.registry;
    this.schemas = parts.schemas;
    this.identities = parts.identities;
  }

  /** The time as metadata shows it: whole seconds. */
  timestamp(): string {
    return `${new Date(this.clock.now()).toISOString().slice(0, 19)}Z`;
  }

  addWorker(worker: LifecycleWorker): void {
    this.#workers.push(worker);
  }

  /** Stores a new object or version; what equals the former version is shared with it. */
  commit(resource: ResourceDefinition, draft: KubeDocument): KubeDocument {
    const next = resource.conversion?.toStorage(draft) ?? draft;
    const previous = resource.store.get(draft.metadata.namespace ?? '', draft.metadata.name) ?? null;
    if (previous !== null) shareUnchanged(previous, next);
    const object = resource.store.put(next);
    this.#tell({ type: previous === null ? 'ADDED' : 'MODIFIED', resource, object, previous });
    return object;
  }

  /** Removes an object for good. */
  remove(resource: ResourceDefinition, object: KubeDocument): KubeDocument {
    const previous = resource.store.get(object.metadata.namespace ?? '', object.metadata.name) ?? null;
    if (previous === null) return object;
    const last = resource.store.remove(previous);
    this.#tell({ type: 'DELETED', resource, object: last, previous });
    return last;
  }

  /** Makes every resource version up to now, and every continue token, too old to resume from. */
  forgetPast(): void {
    this.revisions.compact();
    this.pages.expire();
    for (const resource of this.registry.stored()) resource.store.history.trim();
  }

  #tell(change: Change): void {
    for (const worker of this.#workers) worker.observe(change);
    this.#settle();
  }

  /** Lets the workers act until none has anything left to do, so that a write leaves nothing half done. */
  #settle(): void {
    if (this.#settling) return;
    this.#settling = true;
    try {
      while (this.#workers.some((worker) => worker.work()));
    } finally {
      this.#settling = false;
    }
  }
}
