/** The resource types on the hub that requests are led by. */
import { ENDPOINT_SLICES, SERVICES } from '../kube/builtin-resources.ts';
import type { ResourceType } from '../kube/kube-client.ts';
import type { TrafficRouting } from '../model/traffic-routing.ts';

/** Gateway API. */
export const HTTP_ROUTES: ResourceType = {
  group: 'gateway.networking.k8s.io',
  version: 'v1',
  plural: 'httproutes',
  kind: 'HTTPRoute',
  namespaced: true,
};

/** external-dns. */
export const DNS_ENDPOINTS: ResourceType = {
  group: 'externaldns.k8s.io',
  version: 'v1alpha1',
  plural: 'dnsendpoints',
  kind: 'DNSEndpoint',
  namespaced: true,
};

/** In the order in which objects are applied: what is referred to comes first. */
export const ROUTE_RESOURCES: readonly ResourceType[] = [SERVICES, ENDPOINT_SLICES, HTTP_ROUTES, DNS_ENDPOINTS];

/** The resources that a way of routing needs. */
export function resourcesOf({ via }: TrafficRouting): readonly ResourceType[] {
  if (via.kind === 'Dns') return [DNS_ENDPOINTS];
  return via.kind === 'Gateway' ? [SERVICES, ENDPOINT_SLICES, HTTP_ROUTES] : [SERVICES, ENDPOINT_SLICES];
}
