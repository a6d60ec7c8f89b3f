/** The KubeApi of a server in the same process: the same verbs, without HTTP and without faults. */
import type { KubeApi, KubeDocument, ResourceRef } from '../kube-api.ts';
import { KubeStatusError } from '../kube-api.ts';
import type { Cluster } from './cluster.ts';
import type { Ledger } from './http/ledger.ts';
import { asString, asMap, cloneTree } from './objects/json-tree.ts';
import type { JsonMap } from './objects/json-tree.ts';
import { ApiError, pathNotFound } from './objects/status-error.ts';
import type { ResourceDefinition } from './resources/resource-definition.ts';
import { createObject } from './verbs/create.ts';
import { deleteObject, DELETE_NOW } from './verbs/delete.ts';
import { patchObject } from './verbs/patch.ts';
import { bindPod } from './verbs/pod-actions.ts';
import { listObjects } from './verbs/read.ts';
import type { Target, WriteOptions } from './verbs/request.ts';
import { liveObject } from './verbs/request.ts';
import { replaceObject } from './verbs/update.ts';
import type { WatchSignal } from './verbs/watch.ts';
import { watchObjects } from './verbs/watch.ts';

/** How the ledger and managedFields name whoever calls from within the process. */
export const IN_PROCESS = 'in-process';

const OPTIONS: WriteOptions = { dryRun: false, fieldManager: IN_PROCESS, fieldValidation: 'Ignore', warnings: [] };

const ALL = { limit: 0, continueToken: '', resourceVersion: '', resourceVersionMatch: '' };

/** Runs a verb, keeps account of it, and turns refusals into what KubeApi promises. */
type Run = <Result>(verb: string, ref: ResourceRef, act: () => Result) => Promise<Result>;

const READS: ReadonlySet<string> = new Set(['get', 'list', 'watch']);

function createRun(cluster: Cluster, ledger: Ledger): Run {
  return (verb, ref, act) => {
    const before = cluster.revisions.current;
    const resource = ref.group === '' ? ref.plural : `${ref.plural}.${ref.group}`;
    const key = { verb, resource, userAgent: IN_PROCESS, user: IN_PROCESS };
    try {
      const result = act();
      const changed = cluster.revisions.current !== before;
      ledger.record(key, READS.has(verb) ? 'read' : changed ? 'changed' : 'unchanged');
      return Promise.resolve(result);
    } catch (error) {
      ledger.record(key, 'failed');
      return Promise.reject(toStatusError(error));
    }
  };
}

/** A client of the cluster. Objects it hands out are the stored ones, frozen. */
export function createInProcessApi(cluster: Cluster, ledger: Ledger): KubeApi {
  const run = createRun(cluster, ledger);
  const find = ({ group, version, plural }: ResourceRef): ResourceDefinition => {
    const resource = cluster.registry.find(group, version, plural);
    if (resource === undefined) throw pathNotFound();
    return resource;
  };
  const target = (ref: ResourceRef, name: string, namespace = '', subresource = ''): Target => ({
    resource: find(ref),
    namespace,
    name,
    subresource,
  });
  return {
    list: (ref, query = {}) => run('list', ref, () => list(cluster, find(ref), query)),
    get: (ref, name, namespace) => run('get', ref, () => liveObject(target(ref, name, namespace))),
    create: (ref, object) =>
      run('create', ref, () => create(cluster, target(ref, '', object.metadata.namespace), object)),
    replace: (ref, object) =>
      run('update', ref, () => {
        const { name, namespace } = object.metadata;
        return replaceObject(cluster, target(ref, name, namespace), cloneTree<JsonMap>(object), OPTIONS).object;
      }),
    patch: (ref, { name, namespace, subresource }, patch) =>
      run('patch', ref, () => {
        const body = { type: 'merge', body: cloneTree(patch), force: false } as const;
        return patchObject(cluster, target(ref, name, namespace, subresource), body, OPTIONS).object;
      }),
    delete: (ref, name, options = {}) =>
      run('delete', ref, () => remove(cluster, target(ref, name, options.namespace), options)),
    watch: (ref, onEvent, signal) =>
      run('watch', ref, () => find(ref)).then((resource) => watchForEver(cluster, resource, onEvent, signal)),
  };
}

type ListSelection = NonNullable<Parameters<KubeApi['list']>[1]>;

function list(cluster: Cluster, resource: ResourceDefinition, selection: ListSelection): KubeDocument[] {
  const { namespace, labelSelector = '', fieldSelector = '' } = selection;
  const query = { ...ALL, namespace: namespace ?? null, labelSelector, fieldSelector };
  return [...listObjects(cluster, resource, query).items];
}

function create(cluster: Cluster, target: Target, object: KubeDocument): KubeDocument {
  const { resource } = target;
  if (resource.group === '' && resource.plural === 'bindings') {
    const pods = cluster.registry.find('', 'v1', 'pods');
    if (pods === undefined) throw pathNotFound();
    const pod = { ...target, resource: pods, name: asString(asMap(object.metadata)['name']) };
    bindPod(cluster, pod, object, OPTIONS);
    return object;
  }
  return createObject(cluster, target, cloneTree<JsonMap>(object), OPTIONS);
}

function remove(cluster: Cluster, target: Target, options: { gracePeriodSeconds?: number; uid?: string }): void {
  try {
    const { gracePeriodSeconds = null, uid = null } = options;
    deleteObject(cluster, target, { ...DELETE_NOW, gracePeriodSeconds, uid });
  } catch (error) {
    if (!(error instanceof ApiError && error.code === 404)) throw error;
  }
}

function toStatusError(error: unknown): unknown {
  return error instanceof ApiError ? new KubeStatusError(error.code, error.reason, error.message) : error;
}

/** Events are told in a later turn, so that what they set off cannot overtake them on their way to other watches. */
function watchForEver(
  cluster: Cluster,
  resource: ResourceDefinition,
  onEvent: (type: 'ADDED' | 'MODIFIED' | 'DELETED', object: KubeDocument) => void,
  signal: AbortSignal,
): Promise<void> {
  const queue: Exclude<WatchSignal, { type: 'BOOKMARK' }>[] = [];
  const flush = (): void => {
    for (const event of queue.splice(0)) {
      if (!signal.aborted) onEvent(event.type, event.object);
    }
  };
  const query = {
    namespace: null,
    labelSelector: '',
    fieldSelector: '',
    resourceVersion: '',
    sendInitialEvents: false,
  };
  const stop = watchObjects(cluster, resource, query, (event) => {
    if (event.type === 'BOOKMARK') return;
    if (queue.length === 0) queueMicrotask(flush);
    queue.push(event);
  });
  return new Promise((resolve) => {
    const finish = (): void => {
      stop();
      resolve();
    };
    if (signal.aborted) finish();
    else signal.addEventListener('abort', finish, { once: true });
  });
}
