/** The defaults Kubernetes fills into pod specs, wherever one stands: pods and the templates of workloads. */
import type { JsonMap } from '../objects/json-tree.ts';
import { asList, asMap, asString, isMap } from '../objects/json-tree.ts';

/** Sets a field that is absent. */
export function setDefault(map: JsonMap, field: string, value: unknown): void {
  if (map[field] === undefined) map[field] = value;
}

/** Fills in a pod spec, in place. */
export function defaultPodSpec(spec: JsonMap): void {
  setDefault(spec, 'restartPolicy', 'Always');
  setDefault(spec, 'terminationGracePeriodSeconds', 30);
  setDefault(spec, 'dnsPolicy', 'ClusterFirst');
  setDefault(spec, 'securityContext', {});
  setDefault(spec, 'schedulerName', 'default-scheduler');
  if (spec['serviceAccountName'] !== undefined) setDefault(spec, 'serviceAccount', spec['serviceAccountName']);
  else if (spec['serviceAccount'] !== undefined) spec['serviceAccountName'] = spec['serviceAccount'];
  for (const container of asList(spec['containers']).filter(isMap)) defaultContainer(container);
  for (const container of asList(spec['initContainers']).filter(isMap)) defaultContainer(container);
  for (const volume of asList(spec['volumes']).filter(isMap)) defaultVolume(volume);
}

const PULL_ALWAYS = /(^|:)latest$/u;

function pullPolicy(image: string): string {
  const name = image.slice(image.lastIndexOf('/') + 1);
  const untagged = !name.includes(':') && !image.includes('@');
  return untagged || PULL_ALWAYS.test(name) ? 'Always' : 'IfNotPresent';
}

function defaultContainer(container: JsonMap): void {
  setDefault(container, 'terminationMessagePath', '/dev/termination-log');
  setDefault(container, 'terminationMessagePolicy', 'File');
  setDefault(container, 'imagePullPolicy', pullPolicy(asString(container['image'])));
  setDefault(container, 'resources', {});
  for (const port of asList(container['ports']).filter(isMap)) setDefault(port, 'protocol', 'TCP');
  defaultResources(asMap(container['resources']));
  for (const probe of ['livenessProbe', 'readinessProbe', 'startupProbe']) {
    if (isMap(container[probe])) defaultProbe(container[probe]);
  }
  for (const variable of asList(container['env']).filter(isMap)) {
    const source = asMap(variable['valueFrom'])['fieldRef'];
    if (isMap(source)) setDefault(source, 'apiVersion', 'v1');
  }
}

/** A limit without a request is also the request. */
function defaultResources(resources: JsonMap): void {
  const limits = resources['limits'];
  if (!isMap(limits)) return;
  const requests = asMap(resources['requests']);
  for (const [name, amount] of Object.entries(limits)) setDefault(requests, name, amount);
  resources['requests'] = requests;
}

function defaultProbe(probe: JsonMap): void {
  setDefault(probe, 'timeoutSeconds', 1);
  setDefault(probe, 'periodSeconds', 10);
  setDefault(probe, 'successThreshold', 1);
  setDefault(probe, 'failureThreshold', 3);
  const http = probe['httpGet'];
  if (isMap(http)) {
    setDefault(http, 'path', '/');
    setDefault(http, 'scheme', 'HTTP');
  }
}

/** Files mounted from secrets and config maps are readable by all. */
const DEFAULT_MODE = 0o644;

function defaultVolume(volume: JsonMap): void {
  if (Object.keys(volume).length === 1) volume['emptyDir'] = {};
  for (const source of ['secret', 'configMap', 'downwardAPI', 'projected']) {
    if (isMap(volume[source])) setDefault(volume[source], 'defaultMode', DEFAULT_MODE);
  }
  const path = volume['hostPath'];
  if (isMap(path)) setDefault(path, 'type', '');
  for (const source of asList(asMap(volume['projected'])['sources']).filter(isMap)) {
    const token = source['serviceAccountToken'];
    if (isMap(token)) setDefault(token, 'expirationSeconds', 3600);
  }
}
