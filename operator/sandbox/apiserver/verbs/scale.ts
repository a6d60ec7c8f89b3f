/** The scale subresource: replicas of anything that has them, read and written in one form. */
import { intersection, isEmptySet } from '../apply/field-set.ts';
import { type ManagerEntry, readManagers } from '../apply/managed-fields.ts';
import { fieldsOf } from '../apply/owned-fields.ts';
import type { KubeDocument } from '../../kube-api.ts';
import type { Cluster } from '../cluster.ts';
import { invalid, invalidValue } from '../objects/field-error.ts';
import type { JsonMap } from '../objects/json-tree.ts';
import { asMap, asString, cloneTree, isMap, setAt, valueAt } from '../objects/json-tree.ts';
import { badRequest, conflict, OBJECT_MODIFIED, pathNotFound } from '../objects/status-error.ts';
import type { ResourceDefinition, ScalePaths } from '../resources/resource-definition.ts';
import type { Patch } from './patch.ts';
import { patched } from './patch.ts';
import type { Target, WriteOptions } from './request.ts';
import { liveObject } from './request.ts';
import { persistChange } from './update.ts';

function pathsOf(resource: ResourceDefinition): ScalePaths {
  if (resource.scale === null) throw pathNotFound();
  return resource.scale;
}

/** A LabelSelector as text, the way a client would type it. */
function selectorText(selector: unknown): string {
  const labels = Object.entries(asMap(asMap(selector)['matchLabels'])).map(([key, value]) => `${key}=${String(value)}`);
  return labels.sort().join(',');
}

const numberAt = (object: KubeDocument, path: readonly string[]): number => {
  const value = valueAt(object, path);
  return typeof value === 'number' ? value : 0;
};

/** The object's scale. */
export function scaleOf(resource: ResourceDefinition, object: KubeDocument): KubeDocument {
  const paths = pathsOf(resource);
  const selector =
    paths.selectorText === null
      ? selectorText(valueAt(object, ['spec', 'selector']))
      : asString(valueAt(object, paths.selectorText));
  const { name, namespace, uid, resourceVersion, creationTimestamp } = object.metadata;
  return {
    kind: 'Scale',
    apiVersion: 'autoscaling/v1',
    metadata: {
      name,
      ...(namespace === undefined ? {} : { namespace }),
      ...(uid === undefined ? {} : { uid }),
      ...(resourceVersion === undefined ? {} : { resourceVersion }),
      ...(creationTimestamp === undefined ? {} : { creationTimestamp }),
    },
    spec: { replicas: numberAt(object, paths.specReplicas) },
    status: {
      replicas: numberAt(object, paths.statusReplicas),
      ...(selector === '' ? {} : { selector }),
    },
  };
}

/** Sets the replicas a Scale asks for. */
export function replaceScale(cluster: Cluster, target: Target, body: unknown, options: WriteOptions): KubeDocument {
  const old = liveObject(target);
  const paths = pathsOf(target.resource);
  if (!isMap(body) || body['kind'] !== 'Scale') throw badRequest(`expected a Scale, not ${JSON.stringify(body)}`);
  const version = asString(asMap(body['metadata'])['resourceVersion']);
  if (version !== '' && version !== old.metadata.resourceVersion) {
    throw conflict(target.resource, target.name, OBJECT_MODIFIED);
  }
  const replicas = asMap(body['spec'])['replicas'] ?? 0;
  if (typeof replicas !== 'number' || !Number.isInteger(replicas) || replicas < 0) {
    throw invalid({ group: 'autoscaling', kind: 'Scale' }, target.name, [
      invalidValue('spec.replicas', replicas, 'should be a non-negative integer'),
    ]);
  }
  const draft = cloneTree(old);
  setAt(draft, paths.specReplicas, replicas);
  const { object } = persistChange(cluster, { target, old, draft, options, managers: unlessTracked(target, old) });
  return scaleOf(target.resource, object);
}

/** Who scales what nobody owns leaves no trace: a Scale without managers is not tracked. */
function unlessTracked({ resource }: Target, old: KubeDocument): readonly ManagerEntry[] | null {
  const replicas: JsonMap = {};
  setAt(replicas, pathsOf(resource).specReplicas, 0);
  const field = fieldsOf(replicas, resource.schema);
  const managers = readManagers(old);
  return managers.some((entry) => !isEmptySet(intersection(entry.fields, field))) ? null : managers;
}

/** Patches the object's Scale. */
export function patchScale(cluster: Cluster, target: Target, patch: Patch, options: WriteOptions): KubeDocument {
  const scale: JsonMap = scaleOf(target.resource, liveObject(target));
  const type = patch.type === 'apply' || patch.type === 'strategic' ? 'merge' : patch.type;
  return replaceScale(cluster, target, patched(scale, { ...patch, type }, target), options);
}
