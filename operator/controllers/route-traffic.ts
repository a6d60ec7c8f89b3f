/** One pass over workloads whose requests may have to be led differently: observe, decide, act, and tell what is in force. */
import { performRoute, type RouteTarget } from '../act/perform-traffic-route.ts';
import type { RouteRecorder } from '../act/record-traffic-route.ts';
import { renderRoute, type ResolvedBackend } from '../act/render-traffic-route.ts';
import { DNS_ENDPOINTS, HTTP_ROUTES, resourcesOf, ROUTE_RESOURCES } from '../act/route-resources.ts';
import { trafficStatement, type TrafficObstacle, type TrafficOutlook } from '../api/traffic-statement.ts';
import { clustersOnTrial } from '../decide/traffic/move-share.ts';
import { planTraffic, type TrafficPlan } from '../decide/traffic/plan-traffic.ts';
import type { KubeClient, ResourceType } from '../kube/kube-client.ts';
import { awaitChange, failed, requeueAfter, requeueAt, type KeyResult, type Outcome } from '../kube/outcome.ts';
import type { Clock } from '../model/clock.ts';
import type { FleetSnapshot, WorkloadView } from '../model/fleet.ts';
import type { ClusterName, WorkloadKey } from '../model/names.ts';
import type { TrafficRouting } from '../model/traffic-routing.ts';
import type { DataPathAnswer, MemberEndpoint, TrafficState } from '../model/traffic-state.ts';
import { after, minutes, seconds, type Instant } from '../model/units.ts';
import { ADDRESS_TTL, type AddressBook } from '../observe/address-book.ts';
import { trialUrl, type DataPathTrials } from '../observe/data-path-trials.ts';
import type { HubDeployment } from '../observe/hub-observer.ts';
import type { HubRoutes } from '../observe/hub-routes.ts';
import type { MemberServices } from '../observe/member-services.ts';
import { routeRefusal } from '../observe/route-refusal.ts';
import { standingAddresses } from '../observe/standing-addresses.ts';
import type { PoolTroubles } from './pool-troubles.ts';
import { mapBounded } from '../runtime/map-bounded.ts';

export interface RoutingDeps {
  readonly clock: Clock;
  readonly deployments: { readonly deployment: (key: WorkloadKey) => HubDeployment | null };
  readonly snapshot: (now: Instant) => FleetSnapshot;
  /** Whether enough is known to decide. */
  readonly ready: () => boolean;
  readonly routes: Pick<HubRoutes, 'availability' | 'ownedBy' | 'put'>;
  readonly services: Pick<MemberServices, 'endpoint' | 'followAll'>;
  readonly addresses: Pick<AddressBook, 'addresses'>;
  readonly pools: Pick<PoolTroubles, 'of'>;
  readonly trials: Pick<DataPathTrials, 'follow' | 'answer'>;
  readonly hub: KubeClient;
  readonly record: Pick<RouteRecorder, 'route'>;
}

const SYNC_RETRY_DELAY = seconds(1);
/** A dead member may concern thousands: more at a time would only wait for connections, and time out there. */
const ROUTING_CONCURRENCY = 32;
/** Nothing tells when somebody gives a name back. */
const NAME_RETRY_DELAY = minutes(1);

type Parsed = Extract<HubDeployment['parsed'], { readonly ok: true }>;

interface Routed {
  readonly deployment: HubDeployment;
  readonly parsed: Parsed;
}

/** Routes the keys; each key's result is its own, so that one that fails holds nobody up. */
export async function routeTraffic(
  keys: readonly WorkloadKey[],
  deps: RoutingDeps,
  signal: AbortSignal,
): Promise<ReadonlyMap<WorkloadKey, KeyResult>> {
  const concerned = keys.flatMap((key) => concernedBy(deps.deployments.deployment(key)));
  forgetOthers(keys, concerned, deps);
  if (concerned.length === 0) return new Map();
  if (!deps.ready()) return new Map(concerned.map((it) => [it.deployment.key, requeueAfter(SYNC_RETRY_DELAY)]));
  deps.services.followAll();
  const now = deps.clock.now();
  const fleet = deps.snapshot(now);
  const views = new Map(fleet.workloads.map((view) => [view.workload.key, view]));
  const pass = { ...deps, fleet, now };
  const results = await mapBounded(concerned, ROUTING_CONCURRENCY, async (it): Promise<[WorkloadKey, KeyResult]> => {
    const { key } = it.deployment;
    try {
      return [key, await routeOne(it, views.get(key) ?? null, { pass, signal })];
    } catch (error) {
      return [key, failed(error)];
    }
  });
  return new Map(results);
}

/** What is gone, or routes nothing, has nothing to try. */
function forgetOthers(keys: readonly WorkloadKey[], concerned: readonly Routed[], { trials }: RoutingDeps): void {
  const routed = new Set(concerned.filter((it) => it.parsed.routing !== null).map((it) => it.deployment.key));
  for (const key of keys) if (!routed.has(key)) trials.follow(key, new Map());
}

/** What leaves takes its routes with it, and what cannot be read is left as it is. */
function concernedBy(deployment: HubDeployment | null): readonly Routed[] {
  if (deployment === null || deployment.deleting || !deployment.parsed.ok) return [];
  const { parsed } = deployment;
  if (parsed.routing === null && parsed.status?.traffic === undefined) return [];
  return [{ deployment, parsed }];
}

interface Pass extends RoutingDeps {
  readonly fleet: FleetSnapshot;
  readonly now: Instant;
}

interface Run {
  readonly pass: Pass;
  readonly signal: AbortSignal;
}

async function routeOne(it: Routed, view: WorkloadView | null, run: Run): Promise<Outcome> {
  const { routing } = it.parsed;
  const { routes } = run.pass;
  if (routing === null) return unroute(it, run);
  const needed = resourcesOf(routing);
  // The others are followed too: there may be something left of another way of routing.
  for (const type of ROUTE_RESOURCES) routes.availability(type);
  const missing = needed.find((type) => routes.availability(type) === 'Missing');
  const before = it.parsed.recorded.traffic;
  const plan = planOf(view, { routing, before }, run.pass);
  if (plan === null || it.parsed.status === null) return awaitChange();
  if (missing) {
    await tell({ ...it, plan: { ...plan, state: before }, obstacle: obstacleOf(missing) }, run);
    return awaitChange();
  }
  if (needed.some((type) => routes.availability(type) !== 'Synced')) return requeueAfter(SYNC_RETRY_DELAY);
  return actOn({ ...it, routing, plan }, run);
}

function planOf(
  view: WorkloadView | null,
  { routing, before }: { readonly routing: TrafficRouting; readonly before: TrafficState },
  pass: Pass,
): TrafficPlan | null {
  const { fleet, services, now } = pass;
  if (view === null) return null;
  const { workload, holdings, migration } = view;
  const clusters = new Set(holdings.map((it) => it.record.cluster));
  const endpoints = new Map(
    [...clusters].flatMap((cluster) => {
      const endpoint = services.endpoint(cluster, workload.key);
      return endpoint ? [[cluster, endpoint] as const] : [];
    }),
  );
  const verdicts = new Map(fleet.members.map((member) => [member.name, member.verdict.verdict]));
  return planTraffic({
    workload,
    routing,
    holdings,
    migration,
    verdicts,
    frozen: fleet.frozen,
    endpoints,
    answers: tried(view, { endpoints, before }, pass),
    before,
    now,
  });
}

/** Tries the data paths that the move wants to know of, and answers what is known of them. */
function tried(
  { workload, migration }: WorkloadView,
  {
    endpoints,
    before,
  }: { readonly endpoints: ReadonlyMap<ClusterName, MemberEndpoint>; readonly before: TrafficState },
  { trials }: Pass,
): ReadonlyMap<ClusterName, DataPathAnswer> {
  const clusters = [...clustersOnTrial(migration)];
  const recorded = new Map(before.backends.map((it) => [it.cluster, it.endpoint]));
  const urls = clusters.flatMap((cluster): readonly (readonly [ClusterName, string])[] => {
    const endpoint = endpoints.get(cluster) ?? recorded.get(cluster);
    return endpoint ? [[cluster, trialUrl(endpoint, workload.traffic?.probePath ?? '/')]] : [];
  });
  trials.follow(workload.key, new Map(urls));
  return new Map(urls.map(([cluster]) => [cluster, trials.answer(workload.key, cluster)]));
}

interface Planned extends Routed {
  readonly routing: TrafficRouting;
  readonly plan: TrafficPlan;
}

/** What is in force is told after it is: see act/record-traffic-route.ts. */
async function actOn(it: Planned, run: Run): Promise<Outcome> {
  const { pass, signal } = run;
  const { workload } = it.parsed;
  const backends = resolved(it, pass);
  const ownerUid = it.deployment.object.metadata.uid ?? '';
  const objects = renderRoute({ workload, ownerUid, routing: it.routing, backends });
  const outcome = await performRoute({ workload: workload.key, uid: workload.uid, objects }, targetOf(pass), signal);
  if (outcome.kind === 'NameTaken') {
    await tell({ ...it, plan: { ...it.plan, state: it.parsed.recorded.traffic }, obstacle: outcome }, run);
    return requeueAfter(NAME_RETRY_DELAY);
  }
  await tell({ ...it, obstacle: obstacleTo(it, backends, pass) }, run);
  const named = it.plan.state.backends.some((backend) => !isOnlyItself(backend.endpoint.address, pass));
  return requeueAt(named ? after(pass.now, ADDRESS_TTL) : null);
}

const isOnlyItself = (address: string, { addresses }: Pass): boolean => addresses.addresses(address)?.[0] === address;

const targetOf = ({ hub, routes }: Pass): RouteTarget => ({
  client: hub,
  standing: (type, workload) => routes.ownedBy(type, workload),
  onApplied: (type, object) => routes.put(type, object),
});

/** Backends with their addresses, as they resolve now or stand; those without are left out. DNS records need none. */
function resolved({ parsed, routing, plan }: Planned, { addresses, routes }: Pass): readonly ResolvedBackend[] {
  return plan.state.backends.flatMap((backend) => {
    if (routing.via.kind === 'Dns') return [{ ...backend, addresses: [] }];
    const { key, name } = parsed.workload;
    const found =
      addresses.addresses(backend.endpoint.address) ??
      standingAddresses(routes, { key, name, cluster: backend.cluster });
    return found.length > 0 ? [{ ...backend, addresses: found }] : [];
  });
}

function obstacleTo(it: Planned, backends: readonly ResolvedBackend[], { routes }: Pass): TrafficObstacle | null {
  const known = new Set(backends.map((backend) => backend.cluster));
  const clusters = it.plan.state.backends.map((backend) => backend.cluster).filter((cluster) => !known.has(cluster));
  if (clusters.length > 0) return { kind: 'Unresolved', clusters };
  const refusals = routes.ownedBy(HTTP_ROUTES, it.parsed.workload.key).map(routeRefusal);
  const message = refusals.find((refusal) => refusal !== null);
  return message ? { kind: 'NotAccepted', message } : null;
}

const obstacleOf = (type: ResourceType): TrafficObstacle => ({
  kind: 'Missing',
  resource: type === DNS_ENDPOINTS ? 'DNSEndpoint' : 'HTTPRoute',
});

interface Telling extends Routed {
  readonly plan: TrafficPlan;
  readonly obstacle: TrafficObstacle | null;
}

async function tell({ deployment, plan, obstacle }: Telling, { pass, signal }: Run): Promise<void> {
  const statement = trafficStatement({ ...plan, obstacle, ...poollessOf({ deployment, plan }, pass) });
  // Planning may have written meanwhile; what is told here does not depend on that.
  const latest = pass.deployments.deployment(deployment.key) ?? deployment;
  const read = { object: latest.object, status: latest.parsed.status };
  const told = { state: plan.state, statement };
  await pass.record.route({ deployment: read, key: deployment.key, told, now: pass.now }, signal);
}

/** The members that have something to serve with and not the InferencePool that was asked for. */
function poollessOf(
  { deployment, plan }: Pick<Telling, 'deployment' | 'plan'>,
  { pools }: Pass,
): Pick<TrafficOutlook, 'withoutPool'> {
  const clusters = plan.state.backends.map((it) => it.cluster);
  for (const trouble of ['Missing', 'NameTaken'] as const) {
    const concerned = pools.of(deployment.key, trouble, clusters);
    if (concerned.length > 0) return { withoutPool: { trouble, clusters: concerned } };
  }
  return {};
}

/** spec.traffic is gone: so is what led there. */
async function unroute({ deployment, parsed }: Routed, { pass, signal }: Run): Promise<Outcome> {
  const { key, uid } = parsed.workload;
  if (ROUTE_RESOURCES.some((type) => pass.routes.availability(type) === 'Unknown'))
    return requeueAfter(SYNC_RETRY_DELAY);
  await performRoute({ workload: key, uid, objects: [] }, targetOf(pass), signal);
  const read = { object: deployment.object, status: parsed.status };
  await pass.record.route({ deployment: read, key, told: null, now: pass.now }, signal);
  return awaitChange();
}
