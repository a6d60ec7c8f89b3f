/** What can be done to pods beside writing them: binding to a node, eviction, reading the log. */
import type { Cluster } from '../cluster.ts';
import type { JsonMap } from '../objects/json-tree.ts';
import { asMap, asString, cloneTree, isMap } from '../objects/json-tree.ts';
import { badRequest, conflict } from '../objects/status-error.ts';
import type { Target, WriteOptions } from './request.ts';
import { liveObject } from './request.ts';
import { updateWriter } from './create.ts';
import { managersAfterUpdate, readManagers, writeManagers } from '../apply/managed-fields.ts';
import type { DeleteOptions } from './delete.ts';
import { deleteObject } from './delete.ts';

const SUCCESS: JsonMap = { kind: 'Status', apiVersion: 'v1', metadata: {}, status: 'Success', code: 201 };

/** The annotation whose text a pod's log shows. */
export const LOG_ANNOTATION = 'sandbox.tradewind.dev/log';

/** Binds a pod to the node a Binding names; a pod that is bound stays so. */
export function bindPod(cluster: Cluster, target: Target, body: unknown, options: WriteOptions): JsonMap {
  const node = asString(asMap(asMap(body)['target'])['name']);
  if (node === '') throw badRequest('Binding "" is invalid: target.name: Required value');
  const old = liveObject(target);
  const bound = asString(asMap(old['spec'])['nodeName']);
  if (old.metadata.deletionTimestamp !== undefined) {
    throw conflict(
      { group: '', plural: 'pods/binding' },
      target.name,
      `pod ${target.name} is being deleted, cannot be assigned to a host`,
    );
  }
  if (bound !== '') {
    throw conflict(
      { group: '', plural: 'pods/binding' },
      target.name,
      `pod ${target.name} is already assigned to node "${bound}"`,
    );
  }
  const draft = cloneTree(old);
  asMap(draft['spec'])['nodeName'] = node;
  const status = asMap(draft['status']);
  const conditions = Array.isArray(status['conditions']) ? status['conditions'] : [];
  status['conditions'] = [
    ...conditions.filter((condition) => !isMap(condition) || condition['type'] !== 'PodScheduled'),
    { type: 'PodScheduled', status: 'True', lastTransitionTime: cluster.timestamp() },
  ];
  const writer = updateWriter(cluster, { ...target, subresource: 'binding' }, options);
  const change = { before: old, after: draft, schema: target.resource.schema };
  writeManagers(draft, managersAfterUpdate(readManagers(old), writer, change));
  if (!options.dryRun) cluster.commit(target.resource, draft);
  return SUCCESS;
}

/** Evicts a pod: deletes it as the Eviction's options say. Disruption budgets are not looked at. */
export function evictPod(cluster: Cluster, target: Target, options: DeleteOptions): JsonMap {
  deleteObject(cluster, target, options);
  return SUCCESS;
}

/** The log of a pod, which nothing here writes. */
export function podLog(target: Target): string {
  const log = liveObject(target).metadata.annotations?.[LOG_ANNOTATION];
  return log === undefined ? 'no logs in the sandbox\n' : log.endsWith('\n') ? log : `${log}\n`;
}
