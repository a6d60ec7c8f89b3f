/** The hub as it really is, and the operator's cache of it: writes carry the version that they were decided from. */
import { RetryableError } from '../../operator/model/errors.ts';
import type { WorkloadKey } from '../../operator/model/names.ts';
import { NO_TRAFFIC } from '../../operator/model/traffic-state.ts';
import type { TrafficRouting } from '../../operator/model/traffic-routing.ts';
import type { Workload } from '../../operator/model/workload.ts';
import type { RecordedDeployment } from '../../operator/api/recorded-deployment.ts';
import type { HubDeployment } from '../../operator/observe/hub-observer.ts';

interface HubObject {
  readonly workload: Workload;
  readonly recorded: RecordedDeployment;
  readonly deleting: boolean;
  readonly readable: boolean;
  /** null: requests are led nowhere. */
  readonly routing: TrafficRouting | null;
  /** Whether the operator's finalizer holds it. */
  readonly held: boolean;
  readonly version: number;
}

const NOTHING_RECORDED: RecordedDeployment = {
  placements: [],
  migration: { phase: 'Idle', lastMoveAt: null },
  traffic: NO_TRAFFIC,
};

export class SimHub {
  readonly #objects = new Map<WorkloadKey, HubObject>();
  readonly #cache = new Map<WorkloadKey, HubDeployment>();
  /** What of the next writes goes wrong. */
  fault: 'none' | 'unreachable' | 'request' | 'response' = 'none';
  /** Writes that changed something. */
  writes = 0;

  get objects(): readonly HubObject[] {
    return [...this.#objects.values()];
  }

  truth(key: WorkloadKey): HubObject | null {
    return this.#objects.get(key) ?? null;
  }

  /** What a user does: makes, changes, deletes. */
  create(workload: Workload, routing: TrafficRouting | null): void {
    this.#objects.set(workload.key, {
      workload,
      routing,
      recorded: NOTHING_RECORDED,
      deleting: false,
      readable: true,
      held: false,
      version: 1,
    });
  }

  edit(key: WorkloadKey, change: (it: HubObject) => Partial<HubObject>): void {
    const known = this.#objects.get(key);
    if (known) this.#objects.set(key, { ...known, ...change(known), version: known.version + 1 });
  }

  delete(key: WorkloadKey): void {
    const known = this.#objects.get(key);
    if (known?.held) this.edit(key, () => ({ deleting: true }));
    else this.#objects.delete(key);
  }

  /** The operator's watch catches up; returns the keys of what changed. */
  sync(): readonly WorkloadKey[] {
    if (this.fault === 'unreachable') return [];
    const changed: WorkloadKey[] = [];
    for (const [key, object] of this.#objects) {
      if (this.#cache.get(key)?.object.metadata.resourceVersion === versionOf(object)) continue;
      this.#cache.set(key, readOf(object));
      changed.push(key);
    }
    for (const key of this.#cache.keys()) {
      if (this.#objects.has(key)) continue;
      this.#cache.delete(key);
      changed.push(key);
    }
    return changed;
  }

  /** A new process lists everything. */
  forget(): void {
    this.#cache.clear();
    this.sync();
  }

  cached(): readonly HubDeployment[] {
    return [...this.#cache.values()];
  }

  deployment(key: WorkloadKey): HubDeployment | null {
    return this.#cache.get(key) ?? null;
  }

  /** Writes status as it was decided from the object as it was read. Returns whether anything changed. */
  record(read: HubDeployment['object'], recorded: RecordedDeployment, key: WorkloadKey): boolean {
    const known = this.#writable(read, key);
    if (known.held && JSON.stringify(known.recorded) === JSON.stringify(recorded)) return false;
    this.#write(key, { ...known, recorded, held: true, version: known.version + 1 });
    return true;
  }

  /** The finalizer goes, and with it the object. */
  release(read: HubDeployment['object'], key: WorkloadKey): void {
    this.#writable(read, key);
    this.writes += 1;
    this.#objects.delete(key);
    this.#answer();
    this.#cache.delete(key);
  }

  #writable(read: HubDeployment['object'], key: WorkloadKey): HubObject {
    if (this.fault === 'unreachable' || this.fault === 'request')
      throw new RetryableError('the hub cannot be reached', { code: 'Timeout' });
    const known = this.#objects.get(key);
    if (!known || versionOf(known) !== read.metadata.resourceVersion)
      throw new RetryableError('the object has changed', { code: 'Conflict' });
    return known;
  }

  #write(key: WorkloadKey, object: HubObject): void {
    this.writes += 1;
    this.#objects.set(key, object);
    this.#answer();
    this.#cache.set(key, readOf(object));
  }

  #answer(): void {
    if (this.fault === 'response') throw new RetryableError('no answer came', { code: 'Timeout' });
  }
}

const versionOf = ({ workload, version }: HubObject): string => `${workload.uid}/${version}`;

function readOf(object: HubObject): HubDeployment {
  const { workload, routing, recorded, deleting, readable } = object;
  const metadata = {
    name: workload.name,
    namespace: workload.namespace,
    uid: workload.uid,
    generation: workload.generation,
    resourceVersion: versionOf(object),
  };
  const parsed = readable
    ? ({ ok: true, workload, routing, recorded, status: null } as const)
    : ({ ok: false, issues: [], recorded, status: null } as const);
  return { key: workload.key, object: { metadata }, parsed, deleting };
}
