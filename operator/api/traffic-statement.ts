/** States the condition TrafficRouted from what was planned and what stands in the way. */
import { assertNever } from '../model/assert-never.ts';
import type { ClusterName } from '../model/names.ts';
import type { TrafficState } from '../model/traffic-state.ts';
import { milliToUnits } from '../model/units.ts';
import type { TrafficStatement } from './traffic-status.ts';

/** What keeps requests from being led as planned. */
export type TrafficObstacle =
  | { readonly kind: 'Missing'; readonly resource: 'HTTPRoute' | 'DNSEndpoint' }
  | { readonly kind: 'NameTaken'; readonly object: string }
  | { readonly kind: 'NotAccepted'; readonly message: string }
  | { readonly kind: 'Unresolved'; readonly clusters: readonly ClusterName[] };

export interface TrafficOutlook {
  readonly state: TrafficState;
  readonly footing: 'Ready' | 'LastKnown' | 'Nothing';
  readonly unaddressed: readonly ClusterName[];
  readonly obstacle: TrafficObstacle | null;
  /** Members without the InferencePool that was asked for; left out: none. */
  readonly withoutPool?: { readonly trouble: 'Missing' | 'NameTaken'; readonly clusters: readonly ClusterName[] };
}

type Rest = Omit<TrafficStatement, 'type'>;

/** The first thing that a person should know. */
export const trafficStatement = (outlook: TrafficOutlook): TrafficStatement => ({
  type: 'TrafficRouted',
  ...restOf(outlook),
});

function restOf({ state, footing, unaddressed, obstacle, withoutPool }: TrafficOutlook): Rest {
  if (obstacle !== null) return { status: 'False', ...obstructed(obstacle) };
  if (unaddressed.length > 0) {
    const message = `${unaddressed.join(', ')} has no address yet; wait for its load balancer, and look at its Service there when that takes long.`;
    return {
      status: state.backends.some((it) => it.weight > 0) ? 'True' : 'False',
      reason: 'EndpointPending',
      message,
    };
  }
  if (footing === 'Nothing') {
    const message = 'Nothing is ready that requests could be led to; look at the condition Ready.';
    return { status: 'False', reason: 'NothingReady', message };
  }
  const shares = sharesOf(state);
  if (footing === 'LastKnown') {
    const message = `Nothing is known to be ready, so requests go where they went last: ${shares}; look at the MemberClusters.`;
    return { status: 'Unknown', reason: 'LastKnown', message };
  }
  if (state.shiftedAt !== null)
    return { status: 'True', reason: 'Shifting', message: `Requests are being shifted, now ${shares}; wait.` };
  if (withoutPool !== undefined) return { status: 'True', ...poolless(withoutPool, shares) };
  return { status: 'True', reason: 'Routed', message: `Requests go to ${shares}.` };
}

function poolless(
  { trouble, clusters }: NonNullable<TrafficOutlook['withoutPool']>,
  shares: string,
): Omit<Rest, 'status'> {
  const where = clusters.join(', ');
  return trouble === 'Missing'
    ? {
        reason: 'InferencePoolMissing',
        message: `Requests go to ${shares}; ${where} does not serve inferencepools.inference.networking.k8s.io, install the Gateway API Inference Extension there or leave out spec.traffic.inferencePool.`,
      }
    : {
        reason: 'InferencePoolNameTaken',
        message: `Requests go to ${shares}; an InferencePool on ${where} has the name and is not ours, rename it or this object.`,
      };
}

function obstructed(obstacle: TrafficObstacle): Omit<Rest, 'status'> {
  switch (obstacle.kind) {
    case 'Missing':
      return obstacle.resource === 'HTTPRoute'
        ? { reason: 'GatewayApiMissing', message: GATEWAY_API_MISSING }
        : { reason: 'ExternalDnsMissing', message: EXTERNAL_DNS_MISSING };
    case 'NameTaken': {
      const message = `${obstacle.object} is on the hub and is not ours, so it is left alone; rename it or this object.`;
      return { reason: 'NameTaken', message };
    }
    case 'NotAccepted':
      return { reason: 'RouteNotAccepted', message: `The Gateway does not accept the HTTPRoute: ${obstacle.message}` };
    case 'Unresolved': {
      const message = `The load balancer of ${obstacle.clusters.join(', ')} has a name that does not resolve; look at the DNS of the hub.`;
      return { reason: 'AddressUnresolved', message };
    }
    default:
      return assertNever(obstacle);
  }
}

const GATEWAY_API_MISSING =
  'The hub does not serve httproutes.gateway.networking.k8s.io; install it with kubectl apply --server-side -f https://github.com/kubernetes-sigs/gateway-api/releases/latest/download/standard-install.yaml, and a Gateway controller.';
const EXTERNAL_DNS_MISSING =
  'The hub does not serve dnsendpoints.externaldns.k8s.io; install external-dns with its CRD and --source=crd (chart external-dns, values sources: [crd]).';

/** As `aws-east 2, azure-east 1`, in ready units. */
const sharesOf = ({ backends }: TrafficState): string =>
  backends
    .filter((it) => it.weight > 0)
    .map((it) => `${it.cluster} ${milliToUnits(it.weight)}`)
    .join(', ');
