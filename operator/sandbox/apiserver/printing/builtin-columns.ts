/** The columns of the built-in resources' tables. */
import type { KubeDocument } from '../../kube-api.ts';
import { asList, asMap, asString, asText, isMap, valueAt } from '../objects/json-tree.ts';
import { column, labelsText, numberAt, numberColumn, textAt, textColumn } from './columns.ts';
import { EVENT_COLUMNS, NODE_COLUMNS, POD_COLUMNS } from './pod-columns.ts';
import type { PrinterColumn } from './printer-column.ts';
import { AGE_COLUMN, NAME_COLUMN, STANDARD_COLUMNS } from './standard-columns.ts';

const podTemplate = (object: KubeDocument): Record<string, unknown>[] =>
  asList(valueAt(object, ['spec', 'template', 'spec', 'containers'])).filter(isMap);

const joined = (values: readonly unknown[]): string => (values.length === 0 ? '<none>' : values.map(String).join(','));

/** What `-o wide` adds to workloads. */
const WORKLOAD_WIDE: readonly PrinterColumn[] = [
  column('Containers', (object) => joined(podTemplate(object).map((container) => container['name'])), { wide: true }),
  column('Images', (object) => joined(podTemplate(object).map((container) => container['image'])), { wide: true }),
  column('Selector', (object) => labelsText(valueAt(object, ['spec', 'selector', 'matchLabels'])), { wide: true }),
];

const readyOf =
  (ready: string, wanted: string) =>
  (object: KubeDocument): string =>
    `${numberAt(object, ready)}/${numberAt(object, wanted)}`;

const DEPLOYMENT_COLUMNS: readonly PrinterColumn[] = [
  NAME_COLUMN,
  column('Ready', readyOf('status.readyReplicas', 'spec.replicas')),
  numberColumn('Up-to-date', 'status.updatedReplicas'),
  numberColumn('Available', 'status.availableReplicas'),
  AGE_COLUMN,
  ...WORKLOAD_WIDE,
];

const REPLICA_SET_COLUMNS: readonly PrinterColumn[] = [
  NAME_COLUMN,
  numberColumn('Desired', 'spec.replicas'),
  numberColumn('Current', 'status.replicas'),
  numberColumn('Ready', 'status.readyReplicas'),
  AGE_COLUMN,
  ...WORKLOAD_WIDE,
];

const STATEFUL_SET_COLUMNS: readonly PrinterColumn[] = [
  NAME_COLUMN,
  column('Ready', readyOf('status.readyReplicas', 'spec.replicas')),
  AGE_COLUMN,
  ...WORKLOAD_WIDE.slice(0, 2),
];

const DAEMON_SET_COLUMNS: readonly PrinterColumn[] = [
  NAME_COLUMN,
  numberColumn('Desired', 'status.desiredNumberScheduled'),
  numberColumn('Current', 'status.currentNumberScheduled'),
  numberColumn('Ready', 'status.numberReady'),
  numberColumn('Up-to-date', 'status.updatedNumberScheduled'),
  numberColumn('Available', 'status.numberAvailable'),
  column('Node Selector', (object) => labelsText(valueAt(object, ['spec', 'template', 'spec', 'nodeSelector']))),
  AGE_COLUMN,
  ...WORKLOAD_WIDE,
];

const portsOf = (service: KubeDocument): string =>
  joined(
    asList(valueAt(service, ['spec', 'ports']))
      .map(asMap)
      .map(
        ({ port, nodePort, protocol }) =>
          `${asText(port)}${nodePort === undefined ? '' : `:${asText(nodePort)}`}/${asText(protocol)}`,
      ),
  );

const externalAddress = (service: KubeDocument): string => {
  const given = asList(valueAt(service, ['status', 'loadBalancer', 'ingress'])).map(asMap);
  if (given.length > 0) return joined(given.map((entry) => entry['ip'] ?? entry['hostname']));
  return textAt(service, 'spec.type') === 'LoadBalancer' ? '<pending>' : '<none>';
};

const SERVICE_COLUMNS: readonly PrinterColumn[] = [
  NAME_COLUMN,
  textColumn('Type', 'spec.type'),
  textColumn('Cluster-IP', 'spec.clusterIP'),
  column('External-IP', externalAddress),
  column('Port(s)', portsOf),
  AGE_COLUMN,
  column('Selector', (service) => labelsText(valueAt(service, ['spec', 'selector'])), { wide: true }),
];

const sizeOf = (object: KubeDocument, field: string): number => Object.keys(asMap(object[field])).length;

const JOB_COLUMNS: readonly PrinterColumn[] = [
  NAME_COLUMN,
  column('Status', (job) => {
    const conditions = asList(valueAt(job, ['status', 'conditions'])).map(asMap);
    const is = (type: string): boolean =>
      conditions.some((entry) => entry['type'] === type && entry['status'] === 'True');
    return is('Complete') ? 'Complete' : is('Failed') ? 'Failed' : 'Running';
  }),
  column('Completions', readyOf('status.succeeded', 'spec.completions')),
  AGE_COLUMN,
];

const roleText = (binding: KubeDocument): string =>
  `${textAt(binding, 'roleRef.kind')}/${textAt(binding, 'roleRef.name')}`;

const HPA_COLUMNS: readonly PrinterColumn[] = [
  NAME_COLUMN,
  column(
    'Reference',
    (object) => `${textAt(object, 'spec.scaleTargetRef.kind')}/${textAt(object, 'spec.scaleTargetRef.name')}`,
  ),
  textColumn('MinPods', 'spec.minReplicas'),
  numberColumn('MaxPods', 'spec.maxReplicas'),
  numberColumn('Replicas', 'status.currentReplicas'),
  AGE_COLUMN,
];

const hostsOf = (ingress: KubeDocument): string =>
  joined(asList(valueAt(ingress, ['spec', 'rules'])).map((rule) => asString(asMap(rule)['host']) || '*'));

const COLUMNS: ReadonlyMap<string, readonly PrinterColumn[]> = new Map([
  ['/pods', POD_COLUMNS],
  ['/nodes', NODE_COLUMNS],
  ['/events', EVENT_COLUMNS],
  ['events.k8s.io/events', EVENT_COLUMNS],
  ['/namespaces', [NAME_COLUMN, textColumn('Status', 'status.phase'), AGE_COLUMN]],
  [
    '/secrets',
    [
      NAME_COLUMN,
      textColumn('Type', 'type'),
      column('Data', (object) => sizeOf(object, 'data'), { type: 'integer' }),
      AGE_COLUMN,
    ],
  ],
  [
    '/configmaps',
    [
      NAME_COLUMN,
      column('Data', (object) => sizeOf(object, 'data') + sizeOf(object, 'binaryData'), { type: 'integer' }),
      AGE_COLUMN,
    ],
  ],
  ['/services', SERVICE_COLUMNS],
  [
    '/serviceaccounts',
    [NAME_COLUMN, column('Secrets', (object) => asList(object['secrets']).length, { type: 'integer' }), AGE_COLUMN],
  ],
  ['/replicationcontrollers', REPLICA_SET_COLUMNS],
  ['apps/deployments', DEPLOYMENT_COLUMNS],
  ['apps/replicasets', REPLICA_SET_COLUMNS],
  ['apps/statefulsets', STATEFUL_SET_COLUMNS],
  ['apps/daemonsets', DAEMON_SET_COLUMNS],
  ['batch/jobs', JOB_COLUMNS],
  ['autoscaling/horizontalpodautoscalers', HPA_COLUMNS],
  ['coordination.k8s.io/leases', [NAME_COLUMN, textColumn('Holder', 'spec.holderIdentity'), AGE_COLUMN]],
  [
    'policy/poddisruptionbudgets',
    [
      NAME_COLUMN,
      column('Min Available', (object) => textAt(object, 'spec.minAvailable', 'N/A')),
      column('Max Unavailable', (object) => textAt(object, 'spec.maxUnavailable', 'N/A')),
      numberColumn('Allowed Disruptions', 'status.disruptionsAllowed'),
      AGE_COLUMN,
    ],
  ],
  [
    'networking.k8s.io/ingresses',
    [NAME_COLUMN, textColumn('Class', 'spec.ingressClassName'), column('Hosts', hostsOf), AGE_COLUMN],
  ],
  ['rbac.authorization.k8s.io/rolebindings', [NAME_COLUMN, column('Role', roleText), AGE_COLUMN]],
  ['rbac.authorization.k8s.io/clusterrolebindings', [NAME_COLUMN, column('Role', roleText), AGE_COLUMN]],
  [
    'apiextensions.k8s.io/customresourcedefinitions',
    [NAME_COLUMN, column('Created At', (object) => object.metadata.creationTimestamp ?? '')],
  ],
]);

/** The columns of a resource's table; name and age for one without columns of its own. */
export const builtinColumns = (group: string, plural: string): readonly PrinterColumn[] =>
  COLUMNS.get(`${group}/${plural}`) ?? STANDARD_COLUMNS;
