/** The names and marks of objects that lead requests: a hub may be a member too, so those of both stand side by side. */
import { createHash } from 'node:crypto';
import type { ClusterName } from '../model/names.ts';
import { MANAGED_SELECTOR } from './ownership.ts';

export const TRAFFIC_LABEL = 'tradewind.dev/traffic';
/** On the hub: leads requests to members. */
export const ROUTE = 'route';
/** On a member: leads requests to copies. */
export const ENDPOINT = 'endpoint';

/** On the Service of a member: its MemberCluster's name. Two may stand for one cluster, and each deletes its own only. */
export const MEMBER_ANNOTATION = 'tradewind.dev/member-cluster';

/** On the Service of a member that has an InferencePool beside it: what has to be deleted again. */
export const POOL_ANNOTATION = 'tradewind.dev/inference-pool';

export const ROUTE_SELECTOR = `${MANAGED_SELECTOR},${TRAFFIC_LABEL}=${ROUTE}`;
export const ENDPOINT_SELECTOR = `${MANAGED_SELECTOR},${TRAFFIC_LABEL}=${ENDPOINT}`;

const NAME_LIMIT = 63; // a Service's

function named(workload: string, what: string): string {
  const suffix = createHash('sha256').update(`${workload}\n${what}`).digest('hex').slice(0, 8);
  const readable = workload
    .slice(0, NAME_LIMIT - suffix.length - 1)
    .replaceAll('.', '-')
    .replace(/-+$/, '');
  return `${readable}-${suffix}`;
}

/** On the hub: the Service and EndpointSlice that stand for one member. */
export const backendName = (workload: string, cluster: ClusterName): string => named(workload, `to/${cluster}`);

/** On a member: the Service of type LoadBalancer in front of its copies. */
export const memberServiceName = (workload: string): string => named(workload, 'serve');
