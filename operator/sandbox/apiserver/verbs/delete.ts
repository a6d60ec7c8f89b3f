/** Deletes objects: preconditions, grace, finalizers and what is to become of dependents. */
import type { KubeDocument } from '../../kube-api.ts';
import type { Cluster } from '../cluster.ts';
import { asMap, asString } from '../objects/json-tree.ts';
import { conflict } from '../objects/status-error.ts';
import { served } from '../resources/resource-definition.ts';
import type { Target } from './request.ts';
import { liveObject } from './request.ts';

/** What becomes of dependents: deleted after, deleted before, or kept. */
export type Propagation = 'Background' | 'Foreground' | 'Orphan';

/** How to delete; null where the client said nothing. */
export interface DeleteOptions {
  /** null: as the object itself says. */
  readonly gracePeriodSeconds: number | null;
  readonly uid: string | null;
  readonly resourceVersion: string | null;
  readonly propagation: Propagation | null;
  readonly dryRun: boolean;
}

export const DELETE_NOW: DeleteOptions = {
  gracePeriodSeconds: null,
  uid: null,
  resourceVersion: null,
  propagation: null,
  dryRun: false,
};

/** Held until all dependents that block it are gone. */
export const FOREGROUND_FINALIZER = 'foregroundDeletion';
/** Held until dependents have forgotten their owner. */
export const ORPHAN_FINALIZER = 'orphan';

/** What became of a deletion: gone, or waiting for finalizers, grace or content. */
export interface Deletion {
  readonly object: KubeDocument;
  readonly gone: boolean;
}

/** Deletes the object, or marks it for deletion; 404 when it is not there. */
export function deleteObject(cluster: Cluster, target: Target, options: DeleteOptions): Deletion {
  const old = liveObject(target);
  checkPreconditions(target, old, options);
  const finalizers = finalizersFor(old, options.propagation);
  const grace = gracePeriod(old, options.gracePeriodSeconds);
  const isHeld = finalizers.length > 0 || grace > 0 || isNamespace(target);
  if (!isHeld) {
    const object = options.dryRun ? old : served(target.resource, cluster.remove(target.resource, old));
    return { object, gone: true };
  }
  const next = marked(cluster, old, { finalizers, grace });
  if (next === null || options.dryRun) return { object: next ?? old, gone: false };
  const object = cluster.commit(target.resource, next);
  const gone = target.resource.store.get(target.namespace, target.name) === undefined;
  return { object: served(target.resource, object), gone };
}

const isNamespace = ({ resource }: Target): boolean => resource.group === '' && resource.plural === 'namespaces';

function checkPreconditions({ resource, name }: Target, old: KubeDocument, options: DeleteOptions): void {
  const fail = (what: string, wanted: string, actual: string): never => {
    throw conflict(
      resource,
      name,
      `Precondition failed: ${what} in precondition: ${wanted}, ${what} in object meta: ${actual}`,
    );
  };
  const { uid, resourceVersion } = options;
  if (uid !== null && uid !== old.metadata.uid) fail('UID', uid, old.metadata.uid ?? '');
  if (resourceVersion !== null && resourceVersion !== old.metadata.resourceVersion) {
    fail('ResourceVersion', resourceVersion, old.metadata.resourceVersion ?? '');
  }
}

function finalizersFor(old: KubeDocument, propagation: Propagation | null): string[] {
  const present = old.metadata.finalizers ?? [];
  if (propagation === null) return [...present];
  const kept = present.filter((finalizer) => finalizer !== FOREGROUND_FINALIZER && finalizer !== ORPHAN_FINALIZER);
  if (propagation === 'Foreground') return [...kept, FOREGROUND_FINALIZER];
  return propagation === 'Orphan' ? [...kept, ORPHAN_FINALIZER] : kept;
}

/** Only pods that a node runs are given time to stop. */
function gracePeriod(old: KubeDocument, asked: number | null): number {
  if (old.kind !== 'Pod' || old.apiVersion !== 'v1') return 0;
  const spec = asMap(old['spec']);
  const phase = asString(asMap(old['status'])['phase']);
  if (asString(spec['nodeName']) === '' || phase === 'Succeeded' || phase === 'Failed') return 0;
  const own = spec['terminationGracePeriodSeconds'];
  const wanted = Math.max(0, asked ?? (typeof own === 'number' ? own : 0));
  const pending = old.metadata.deletionGracePeriodSeconds;
  return old.metadata.deletionTimestamp === undefined || pending === undefined ? wanted : Math.min(wanted, pending);
}

/** The object marked for deletion; null when it is marked so already. */
function marked(
  cluster: Cluster,
  old: KubeDocument,
  { finalizers, grace }: { finalizers: string[]; grace: number },
): KubeDocument | null {
  const { deletionTimestamp, deletionGracePeriodSeconds } = old.metadata;
  const sameFinalizers = finalizers.join() === (old.metadata.finalizers ?? []).join();
  const isPending = deletionTimestamp !== undefined;
  if (isPending && sameFinalizers && deletionGracePeriodSeconds === grace) return null;
  const due = new Date(cluster.clock.now() + grace * 1000);
  const next: KubeDocument = { ...old, metadata: { ...old.metadata } };
  const keepsTime = isPending && deletionGracePeriodSeconds === grace;
  next.metadata.deletionTimestamp = keepsTime ? deletionTimestamp : `${due.toISOString().slice(0, 19)}Z`;
  next.metadata.deletionGracePeriodSeconds = grace;
  if (finalizers.length > 0) next.metadata.finalizers = finalizers;
  else delete next.metadata.finalizers;
  if (!isPending && old.metadata.generation !== undefined) next.metadata.generation = old.metadata.generation + 1;
  if (old.kind === 'Namespace') next['status'] = { ...asMap(old['status']), phase: 'Terminating' };
  return next;
}
