/** The built-in resource types that the operator reads or writes. */
import type { ResourceType } from './kube-client.ts';

const core = (plural: string, kind: string, namespaced: boolean): ResourceType => ({
  group: '',
  version: 'v1',
  plural,
  kind,
  namespaced,
});

export const NODES: ResourceType = core('nodes', 'Node', false);
export const PODS: ResourceType = core('pods', 'Pod', true);
export const NAMESPACES: ResourceType = core('namespaces', 'Namespace', false);
export const SECRETS: ResourceType = core('secrets', 'Secret', true);
export const CONFIG_MAPS: ResourceType = core('configmaps', 'ConfigMap', true);
export const SERVICES: ResourceType = core('services', 'Service', true);

export const DEPLOYMENTS: ResourceType = {
  group: 'apps',
  version: 'v1',
  plural: 'deployments',
  kind: 'Deployment',
  namespaced: true,
};

export const LEASES: ResourceType = {
  group: 'coordination.k8s.io',
  version: 'v1',
  plural: 'leases',
  kind: 'Lease',
  namespaced: true,
};

export const EVENTS: ResourceType = {
  group: 'events.k8s.io',
  version: 'v1',
  plural: 'events',
  kind: 'Event',
  namespaced: true,
};

export const ENDPOINT_SLICES: ResourceType = {
  group: 'discovery.k8s.io',
  version: 'v1',
  plural: 'endpointslices',
  kind: 'EndpointSlice',
  namespaced: true,
};
