/** The rules of every built-in resource that has some of its own, by group and plural: kindRules. */
import type { KubeDocument } from '../../kube-api.ts';
import type { FieldError } from '../objects/field-error.ts';
import { forbiddenField, invalidValue } from '../objects/field-error.ts';
import { asMap, equalTrees, isMap } from '../objects/json-tree.ts';
import type { KindRules } from './builtin-strategy.ts';
import { CUSTOM_RESOURCE_DEFINITION } from './definition-rules.ts';
import { setDefault } from './pod-defaults.ts';
import { POD } from './pod-rules.ts';
import { serviceRules } from './service-rules.ts';
import { CRON_JOB, DAEMON_SET, DEPLOYMENT, JOB, REPLICA_SET, STATEFUL_SET } from './workload-rules.ts';

/** The finalizer that keeps a namespace until its content is gone. */
const NAMESPACE_FINALIZER = 'kubernetes';

const NAMESPACE: KindRules = {
  nameRule: 'label',
  applyDefaults: (draft) => {
    setDefault(draft.metadata, 'labels', {});
    asMap(draft.metadata.labels)['kubernetes.io/metadata.name'] = draft.metadata.name;
  },
  prepareForCreate: (draft) => {
    draft['spec'] = { finalizers: [NAMESPACE_FINALIZER] };
    draft['status'] = { phase: 'Active' };
  },
  prepareForUpdate: (draft, old) => {
    draft['spec'] = old['spec'];
  },
};

/** `stringData` is write-only: it ends up in `data`, encoded. */
function encodeStringData(secret: KubeDocument): void {
  const plain = secret['stringData'];
  delete secret['stringData'];
  if (!isMap(plain)) return;
  const data = { ...asMap(secret['data']) };
  for (const [name, value] of Object.entries(plain)) data[name] = Buffer.from(String(value)).toString('base64');
  secret['data'] = data;
}

function immutableErrors(object: KubeDocument, old: KubeDocument | null): FieldError[] {
  if (old === null || old['immutable'] !== true) return [];
  const errors: FieldError[] = [];
  if (object['immutable'] !== true)
    errors.push(forbiddenField('immutable', 'field is immutable when `immutable` is set'));
  for (const field of ['data', 'binaryData']) {
    if (!equalTrees(object[field], old[field])) {
      errors.push(forbiddenField(field, 'field is immutable when `immutable` is set'));
    }
  }
  return errors;
}

const SECRET: KindRules = {
  applyDefaults: (draft) => {
    encodeStringData(draft);
    setDefault(draft, 'type', 'Opaque');
  },
  validate: (object, old) => [
    ...immutableErrors(object, old),
    ...(old !== null && object['type'] !== old['type']
      ? [invalidValue('type', object['type'], 'field is immutable')]
      : []),
  ],
};

const NODE: KindRules = {
  keepsStatusOnCreate: true,
  applyDefaults: (draft) => {
    setDefault(draft, 'spec', {});
    const status = draft['status'];
    if (isMap(status) && isMap(status['capacity'])) setDefault(status, 'allocatable', { ...status['capacity'] });
  },
};

const positive = (field: string, value: unknown): FieldError[] =>
  typeof value === 'number' && value <= 0 ? [invalidValue(field, value, 'must be greater than 0')] : [];

const LEASE: KindRules = {
  needsResourceVersion: true,
  applyDefaults: (draft) => setDefault(draft, 'spec', {}),
  validate: (object) => positive('spec.leaseDurationSeconds', asMap(object['spec'])['leaseDurationSeconds']),
};

const RBAC_ROLE: KindRules = { nameRule: 'path' };
const RBAC_BINDING: KindRules = {
  nameRule: 'path',
  applyDefaults: (draft) => {
    setDefault(asMap(draft['roleRef']), 'apiGroup', 'rbac.authorization.k8s.io');
    for (const subject of Array.isArray(draft['subjects']) ? draft['subjects'] : []) {
      if (isMap(subject) && subject['kind'] !== 'ServiceAccount') {
        setDefault(subject, 'apiGroup', 'rbac.authorization.k8s.io');
      }
    }
  },
  validate: (object, old) =>
    old !== null && !equalTrees(object['roleRef'], old['roleRef'])
      ? [invalidValue('roleRef', object['roleRef'], 'cannot change roleRef')]
      : [],
};

const AUTOSCALER: KindRules = {
  applyDefaults: (draft) => setDefault(asMap(draft['spec']), 'minReplicas', 1),
};

const COUNTED: KindRules = { hasGeneration: true };

/** The rules by `group/plural`; those of services hold the allocations of one server. */
export const kindRules = (): ReadonlyMap<string, KindRules> =>
  new Map([
    ['/pods', POD],
    ['/services', serviceRules()],
    ['/namespaces', NAMESPACE],
    ['/secrets', SECRET],
    ['/configmaps', { validate: immutableErrors }],
    ['/nodes', NODE],
    ['/replicationcontrollers', COUNTED],
    ['autoscaling/horizontalpodautoscalers', AUTOSCALER],
    ['apps/deployments', DEPLOYMENT],
    ['apps/replicasets', REPLICA_SET],
    ['apps/statefulsets', STATEFUL_SET],
    ['apps/daemonsets', DAEMON_SET],
    ['batch/jobs', JOB],
    ['batch/cronjobs', CRON_JOB],
    ['coordination.k8s.io/leases', LEASE],
    ['discovery.k8s.io/endpointslices', COUNTED],
    ['networking.k8s.io/ingresses', COUNTED],
    ['networking.k8s.io/networkpolicies', COUNTED],
    ['policy/poddisruptionbudgets', { hasGeneration: true }],
    ['rbac.authorization.k8s.io/roles', RBAC_ROLE],
    ['rbac.authorization.k8s.io/clusterroles', RBAC_ROLE],
    ['rbac.authorization.k8s.io/rolebindings', RBAC_BINDING],
    ['rbac.authorization.k8s.io/clusterrolebindings', RBAC_BINDING],
    ['apiextensions.k8s.io/customresourcedefinitions', CUSTOM_RESOURCE_DEFINITION],
  ]);
