/** Which fields a field selector may name, by resource. */
import type { FieldReader } from '../objects/selectors.ts';
import { fieldAt } from '../objects/selectors.ts';

const METADATA = ['metadata.name', 'metadata.namespace'];

const EXTRA: ReadonlyMap<string, readonly string[]> = new Map([
  [
    '/pods',
    [
      'spec.nodeName',
      'spec.restartPolicy',
      'spec.schedulerName',
      'spec.serviceAccountName',
      'spec.hostNetwork',
      'status.phase',
      'status.podIP',
      'status.nominatedNodeName',
    ],
  ],
  ['/nodes', ['spec.unschedulable']],
  ['/namespaces', ['status.phase']],
  ['/secrets', ['type']],
  ['/services', ['spec.clusterIP', 'spec.type']],
  ['/replicationcontrollers', ['status.replicas']],
  ['apps/replicasets', ['status.replicas']],
  ['batch/jobs', ['status.successful']],
  [
    '/events',
    [
      'involvedObject.kind',
      'involvedObject.namespace',
      'involvedObject.name',
      'involvedObject.uid',
      'involvedObject.apiVersion',
      'involvedObject.resourceVersion',
      'involvedObject.fieldPath',
      'reason',
      'reportingComponent',
      'source',
      'type',
    ],
  ],
  [
    'events.k8s.io/events',
    [
      'regarding.kind',
      'regarding.namespace',
      'regarding.name',
      'regarding.uid',
      'regarding.apiVersion',
      'regarding.resourceVersion',
      'regarding.fieldPath',
      'reason',
      'reportingController',
      'type',
    ],
  ],
]);

/** Readers of the fields that objects of a resource can be selected by; `extra` are further paths. */
export function selectableFields(
  group: string,
  plural: string,
  extra: readonly string[] = EXTRA.get(`${group}/${plural}`) ?? [],
): ReadonlyMap<string, FieldReader> {
  const readers = new Map<string, FieldReader>([...METADATA, ...extra].map((path) => [path, fieldAt(path)]));
  if (plural === 'nodes' || plural === 'pods') {
    for (const path of ['spec.unschedulable', 'spec.hostNetwork']) {
      const read = readers.get(path);
      if (read !== undefined) readers.set(path, (object) => read(object) || 'false');
    }
  }
  if (readers.has('source')) readers.set('source', fieldAt('source.component'));
  return readers;
}
