/** The columns of pods and nodes, whose state has to be told from many fields. */
import type { KubeDocument } from '../../kube-api.ts';
import type { JsonMap } from '../objects/json-tree.ts';
import { asList, asMap, asString, asText, isMap, valueAt } from '../objects/json-tree.ts';
import { ageSince } from './age.ts';
import { column, textAt, textColumn } from './columns.ts';
import type { PrinterColumn } from './printer-column.ts';
import { AGE_COLUMN, NAME_COLUMN } from './standard-columns.ts';

const containerStatuses = (pod: KubeDocument): JsonMap[] =>
  asList(valueAt(pod, ['status', 'containerStatuses'])).filter(isMap);

const conditionOf = (object: KubeDocument, type: string): JsonMap | undefined =>
  asList(valueAt(object, ['status', 'conditions']))
    .filter(isMap)
    .find((condition) => condition['type'] === type);

/** What `kubectl get pods` shows as STATUS: the phase, or the reason that says more. */
function podStatus(pod: KubeDocument): string {
  const phase = textAt(pod, 'status.phase', 'Unknown');
  let reason = textAt(pod, 'status.reason', phase);
  for (const status of containerStatuses(pod).toReversed()) {
    const waiting = asString(valueAt(status, ['state', 'waiting', 'reason']));
    const terminated = asString(valueAt(status, ['state', 'terminated', 'reason']));
    if (waiting !== '') reason = waiting;
    else if (terminated !== '') reason = terminated;
  }
  if (pod.metadata.deletionTimestamp === undefined) return reason;
  return valueAt(pod, ['status', 'reason']) === 'NodeLost' ? 'Unknown' : 'Terminating';
}

function readyContainers(pod: KubeDocument): string {
  const total = asList(valueAt(pod, ['spec', 'containers'])).length;
  return `${containerStatuses(pod).filter((status) => status['ready'] === true).length}/${total}`;
}

const restarts = (pod: KubeDocument): number =>
  containerStatuses(pod).reduce((sum, status) => sum + Number(status['restartCount'] ?? 0), 0);

export const POD_COLUMNS: readonly PrinterColumn[] = [
  NAME_COLUMN,
  column('Ready', readyContainers),
  column('Status', podStatus),
  column('Restarts', restarts, { type: 'integer' }),
  AGE_COLUMN,
  textColumn('IP', 'status.podIP', { wide: true }),
  textColumn('Node', 'spec.nodeName', { wide: true }),
  textColumn('Nominated Node', 'status.nominatedNodeName', { wide: true }),
  column('Readiness Gates', () => '<none>', { wide: true }),
];

function nodeStatus(node: KubeDocument): string {
  const ready = conditionOf(node, 'Ready');
  const status = ready === undefined ? 'Unknown' : ready['status'] === 'True' ? 'Ready' : 'NotReady';
  return valueAt(node, ['spec', 'unschedulable']) === true ? `${status},SchedulingDisabled` : status;
}

const ROLE_PREFIX = 'node-role.kubernetes.io/';

function nodeRoles(node: KubeDocument): string {
  const roles = Object.keys(node.metadata.labels ?? {})
    .filter((label) => label.startsWith(ROLE_PREFIX))
    .map((label) => label.slice(ROLE_PREFIX.length));
  return roles.length === 0 ? '<none>' : roles.join(',');
}

const addressOf =
  (type: string) =>
  (node: KubeDocument): string => {
    const addresses = asList(valueAt(node, ['status', 'addresses'])).map(asMap);
    return asString(addresses.find((address) => address['type'] === type)?.['address']) || '<none>';
  };

export const NODE_COLUMNS: readonly PrinterColumn[] = [
  NAME_COLUMN,
  column('Status', nodeStatus),
  column('Roles', nodeRoles),
  AGE_COLUMN,
  textColumn('Version', 'status.nodeInfo.kubeletVersion'),
  column('Internal-IP', addressOf('InternalIP'), { wide: true }),
  column('External-IP', addressOf('ExternalIP'), { wide: true }),
  textColumn('OS-Image', 'status.nodeInfo.osImage', { wide: true }),
  textColumn('Kernel-Version', 'status.nodeInfo.kernelVersion', { wide: true }),
  textColumn('Container-Runtime', 'status.nodeInfo.containerRuntimeVersion', { wide: true }),
];

const lastSeen = (event: KubeDocument, now: number): string => {
  const series = valueAt(event, ['series', 'lastObservedTime']);
  return ageSince(series ?? event['lastTimestamp'] ?? event['eventTime'] ?? event.metadata.creationTimestamp, now);
};

const involved = (event: KubeDocument): string => {
  const object = asMap(event['involvedObject'] ?? event['regarding']);
  return `${asString(object['kind']).toLowerCase()}/${asString(object['name'])}`;
};

export const EVENT_COLUMNS: readonly PrinterColumn[] = [
  column('Last Seen', lastSeen),
  textColumn('Type', 'type'),
  textColumn('Reason', 'reason'),
  column('Object', involved),
  textColumn('Source', 'source.component', { wide: true }),
  column('Message', (event) => asText(event['message'] ?? event['note']).trim()),
  column('First Seen', (event, now) => ageSince(event['firstTimestamp'] ?? event['eventTime'], now), { wide: true }),
  column('Count', (event) => Number(event['count'] ?? 1), { type: 'integer', wide: true }),
  column('Name', (event) => event.metadata.name, { wide: true }),
];
