/** Renders the objects on the hub that lead requests to members. The same backends give the same bytes. */
import { isIPv6 } from 'node:net';
import { assertNever } from '../model/assert-never.ts';
import type { TrafficRouting } from '../model/traffic-routing.ts';
import type { TrafficBackend } from '../model/traffic-state.ts';
import { toSeconds } from '../model/units.ts';
import type { Workload } from '../model/workload.ts';
import { MANAGED_BY, MANAGED_BY_LABEL, OWNER_ANNOTATION, OWNER_UID_LABEL } from '../api/ownership.ts';
import { API_VERSION } from '../api/resources.ts';
import { backendName, ROUTE, TRAFFIC_LABEL } from '../api/traffic-names.ts';
import { ENDPOINT_SLICES, SERVICES } from '../kube/builtin-resources.ts';
import type { KubeObject, ObjectMeta, ResourceType } from '../kube/kube-client.ts';
import { DNS_ENDPOINTS, HTTP_ROUTES } from './route-resources.ts';

/** A backend with the IP addresses that its name stands for, at least one; DNS records do without. */
export interface ResolvedBackend extends TrafficBackend {
  readonly addresses: readonly string[];
}

export interface RouteRequest {
  readonly workload: Pick<Workload, 'name' | 'namespace' | 'uid' | 'key'>;
  /** metadata.uid of the InferenceDeployment as it stands on the hub: what belongs to it goes with it. */
  readonly ownerUid: string;
  readonly routing: TrafficRouting;
  /** By cluster. */
  readonly backends: readonly ResolvedBackend[];
}

export interface RouteObject {
  readonly type: ResourceType;
  readonly object: KubeObject;
}

type Via<Kind extends TrafficRouting['via']['kind']> = Extract<TrafficRouting['via'], { readonly kind: Kind }>;

/** In the order in which they are to be applied. */
export function renderRoute(request: RouteRequest): readonly RouteObject[] {
  const { via } = request.routing;
  switch (via.kind) {
    case 'Gateway':
      return [...request.backends.flatMap((it) => backendObjects(request, it)), httpRoute(request, via)];
    case 'Dns':
      return [dnsEndpoint(request, via)];
    case 'Service':
      return serviceObjects(request);
    default:
      return assertNever(via);
  }
}

const PORT_NAME = 'http';

function metadataOf(
  { workload: { namespace, uid, name: owner, key }, ownerUid }: RouteRequest,
  name: string,
  labels: Readonly<Record<string, string>> = {},
): ObjectMeta {
  return {
    name,
    namespace,
    labels: { [MANAGED_BY_LABEL]: MANAGED_BY, [OWNER_UID_LABEL]: uid, [TRAFFIC_LABEL]: ROUTE, ...labels },
    annotations: { [OWNER_ANNOTATION]: key },
    ownerReferences: [
      {
        apiVersion: API_VERSION,
        kind: 'InferenceDeployment',
        name: owner,
        uid: ownerUid,
        controller: true,
        blockOwnerDeletion: false,
      },
    ],
  };
}

/** Without a selector: its endpoints are those that we write. */
function service(request: RouteRequest, name: string, targetPort: number): RouteObject {
  const ports = [{ name: PORT_NAME, port: request.routing.port, protocol: 'TCP', targetPort }];
  const object = { apiVersion: 'v1', kind: 'Service', metadata: metadataOf(request, name), spec: { ports } };
  return { type: SERVICES, object };
}

interface SliceOptions {
  readonly of: string;
  readonly ready: boolean;
}

/** One family of addresses, as a slice demands; IPv4 where there is any. */
function endpointSlice(request: RouteRequest, backend: ResolvedBackend, { of, ready }: SliceOptions): RouteObject {
  const all = [...backend.addresses].sort();
  const ipv4 = all.filter((it) => !isIPv6(it));
  const addresses = ipv4.length > 0 ? ipv4 : all;
  const labels = { 'kubernetes.io/service-name': of, 'endpointslice.kubernetes.io/managed-by': MANAGED_BY };
  const object = {
    apiVersion: 'discovery.k8s.io/v1',
    kind: 'EndpointSlice',
    metadata: metadataOf(request, backendName(request.workload.name, backend.cluster), labels),
    addressType: addresses.some(isIPv6) ? 'IPv6' : 'IPv4',
    endpoints: addresses.map((it) => ({ addresses: [it], conditions: { ready } })),
    ports: [{ name: PORT_NAME, port: backend.endpoint.port, protocol: 'TCP' }],
  };
  return { type: ENDPOINT_SLICES, object };
}

/** The weight is the route's to tell, so the endpoints of an idle member stay: requests under way end in peace. */
function backendObjects(request: RouteRequest, backend: ResolvedBackend): readonly RouteObject[] {
  const name = backendName(request.workload.name, backend.cluster);
  return [service(request, name, backend.endpoint.port), endpointSlice(request, backend, { of: name, ready: true })];
}

/** A Service has no weights: a member is in or out, and each of those that are in gets the same share. */
function serviceObjects(request: RouteRequest): readonly RouteObject[] {
  const { name } = request.workload;
  const slices = request.backends.map((it) => endpointSlice(request, it, { of: name, ready: it.weight > 0 }));
  return [service(request, name, request.routing.port), ...slices];
}

const MAX_ROUTE_WEIGHT = 1_000_000; // Gateway API's

function httpRoute(request: RouteRequest, via: Via<'Gateway'>): RouteObject {
  const { workload, routing, backends } = request;
  const { name, namespace, sectionName, hostnames } = via;
  const weights = scaled(backends, MAX_ROUTE_WEIGHT, 'OnlyDown');
  const parentRef = {
    group: 'gateway.networking.k8s.io',
    kind: 'Gateway',
    name,
    namespace: namespace ?? workload.namespace,
    ...(sectionName === null ? {} : { sectionName }),
  };
  const backendRefs = backends.map(({ cluster }, index) => ({
    group: '',
    kind: 'Service',
    name: backendName(workload.name, cluster),
    port: routing.port,
    weight: weights[index] ?? 0,
  }));
  const spec = {
    parentRefs: [parentRef],
    ...(hostnames.length > 0 ? { hostnames: [...hostnames] } : {}),
    rules: [backendRefs.length > 0 ? { backendRefs } : {}],
  };
  const metadata = metadataOf(request, workload.name);
  return {
    type: HTTP_ROUTES,
    object: { apiVersion: 'gateway.networking.k8s.io/v1', kind: 'HTTPRoute', metadata, spec },
  };
}

const MAX_DNS_WEIGHT = 255; // Route 53's

function dnsEndpoint(request: RouteRequest, via: Via<'Dns'>): RouteObject {
  const { workload, backends } = request;
  const weights = scaled(backends, MAX_DNS_WEIGHT, 'UpAndDown');
  const endpoints = backends.map(({ cluster, endpoint: { address } }, index) => ({
    dnsName: via.hostname,
    recordType: recordTypeOf(address),
    recordTTL: Math.round(toSeconds(via.ttl)),
    setIdentifier: cluster,
    targets: [address],
    providerSpecific: [{ name: 'aws/weight', value: String(weights[index] ?? 0) }],
  }));
  const metadata = metadataOf(request, workload.name);
  const object = { apiVersion: 'externaldns.k8s.io/v1alpha1', kind: 'DNSEndpoint', metadata, spec: { endpoints } };
  return { type: DNS_ENDPOINTS, object };
}

/** external-dns turns a CNAME to an AWS load balancer into an alias, which may stand beside A records. */
function recordTypeOf(address: string): 'A' | 'AAAA' | 'CNAME' {
  if (isIPv6(address)) return 'AAAA';
  return /^\d{1,3}(\.\d{1,3}){3}$/.test(address) ? 'A' : 'CNAME';
}

/** Weights as whole numbers up to `max`; none above 0 becomes 0. */
function scaled(backends: readonly TrafficBackend[], max: number, how: 'OnlyDown' | 'UpAndDown'): readonly number[] {
  const largest = Math.max(0, ...backends.map((it) => it.weight));
  const factor = largest === 0 || (how === 'OnlyDown' && largest <= max) ? 1 : max / largest;
  return backends.map(({ weight }) => (weight === 0 ? 0 : Math.max(1, Math.round(weight * factor))));
}
