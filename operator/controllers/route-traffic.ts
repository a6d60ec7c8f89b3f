/** One pass over workloads whose requests may have to be led differently: observe, decide, act, and tell what is in force. */
import { performRoute, type RouteTarget } from '../act/perform-traffic-route.ts';
import type { RouteRecorder } from '../act/record-traffic-route.ts';
import { renderRoute, type ResolvedBackend } from '../act/render-traffic-route.ts';
import { DNS_ENDPOINTS, HTTP_ROUTES, resourcesOf, ROUTE_RESOURCES } from '../act/route-resources.ts';
import { trafficStatement, type TrafficObstacle } from '../api/traffic-statement.ts';
import { planTraffic, type TrafficPlan } from '../decide/traffic/plan-traffic.ts';
import type { KubeClient, ResourceType } from '../kube/kube-client.ts';
import { awaitChange, failed, requeueAfter, requeueAt, type KeyResult, type Outcome } from '../kube/outcome.ts';
import type { Clock } from '../model/clock.ts';
import type { FleetSnapshot, WorkloadView } from '../model/fleet.ts';
import type { WorkloadKey } from '../model/names.ts';
import type { TrafficRouting } from '../model/traffic-routing.ts';
import type { TrafficState } from '../model/traffic-state.ts';
import { after, earliest, minutes, seconds, type Instant } from '../model/units.ts';
import { ADDRESS_TTL, type AddressBook } from '../observe/address-book.ts';
import type { HubDeployment } from '../observe/hub-observer.ts';
import type { HubRoutes } from '../observe/hub-routes.ts';
import type { MemberServices } from '../observe/member-services.ts';
import { routeRefusal } from '../observe/route-refusal.ts';
import { standingAddresses } from '../observe/standing-addresses.ts';

export interface RoutingDeps {
  readonly clock: Clock;
  readonly deployments: { readonly deployment: (key: WorkloadKey) => HubDeployment | null };
  readonly snapshot: (now: Instant) => FleetSnapshot;
  /** Whether enough is known to decide. */
  readonly ready: () => boolean;
  readonly routes: Pick<HubRoutes, 'availability' | 'ownedBy' | 'put'>;
  readonly services: Pick<MemberServices, 'endpoint' | 'followAll'>;
  readonly addresses: Pick<AddressBook, 'addresses'>;
  readonly hub: KubeClient;
  readonly record: Pick<RouteRecorder, 'route'>;
}

const SYNC_RETRY_DELAY = seconds(1);
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
  if (concerned.length === 0) return new Map();
  if (!deps.ready()) return new Map(concerned.map((it) => [it.deployment.key, requeueAfter(SYNC_RETRY_DELAY)]));
  deps.services.followAll();
  const now = deps.clock.now();
  const fleet = deps.snapshot(now);
  const views = new Map(fleet.workloads.map((view) => [view.workload.key, view]));
  const pass = { ...deps, fleet, now };
  const results = concerned.map(async (it): Promise<readonly [WorkloadKey, KeyResult]> => {
    const { key } = it.deployment;
    try {
      return [key, await routeOne(it, views.get(key) ?? null, { pass, signal })];
    } catch (error) {
      return [key, failed(error)];
    }
  });
  return new Map(await Promise.all(results));
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
  { fleet, services, now }: Pass,
): TrafficPlan | null {
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
    before,
    now,
  });
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
  const objects = renderRoute({ workload, routing: it.routing, backends });
  const outcome = await performRoute({ workload: workload.key, uid: workload.uid, objects }, targetOf(pass), signal);
  if (outcome.kind === 'NameTaken') {
    await tell({ ...it, plan: { ...it.plan, state: it.parsed.recorded.traffic }, obstacle: outcome }, run);
    return requeueAfter(NAME_RETRY_DELAY);
  }
  await tell({ ...it, obstacle: obstacleTo(it, backends, pass) }, run);
  const named = it.plan.state.backends.some((backend) => !isOnlyItself(backend.endpoint.address, pass));
  return requeueAt(earliest(it.plan.wakeAt, named ? after(pass.now, ADDRESS_TTL) : null));
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
  const statement = trafficStatement({ ...plan, obstacle });
  // Planning may have written meanwhile; what is told here does not depend on that.
  const latest = pass.deployments.deployment(deployment.key) ?? deployment;
  const read = { object: latest.object, status: latest.parsed.status };
  const told = { state: plan.state, statement };
  await pass.record.route({ deployment: read, key: deployment.key, told, now: pass.now }, signal);
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
