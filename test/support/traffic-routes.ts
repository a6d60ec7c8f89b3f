/** Routes to render and to act on: backends by plain values, and a hub in memory. */
import type { ResolvedBackend, RouteObject, RouteRequest } from '../../operator/act/render-traffic-route.ts';
import { renderRoute } from '../../operator/act/render-traffic-route.ts';
import type { RouteTarget } from '../../operator/act/perform-traffic-route.ts';
import { clusterName } from '../../operator/model/names.ts';
import { milliUnits } from '../../operator/model/units.ts';
import { OWNER_ANNOTATION } from '../../operator/api/ownership.ts';
import type { KubeObject } from '../../operator/kube/kube-client.ts';
import { aWorkload, NOW } from './fleet-workload.ts';
import type { MemoryKube } from './kube-memory-client.ts';
import { viaGateway } from './traffic-plans.ts';

export const aBackend = (cluster: string, weight: number, rest: Partial<ResolvedBackend> = {}): ResolvedBackend => ({
  cluster: clusterName(cluster),
  endpoint: { address: '203.0.113.7', port: 8000 },
  weight: milliUnits(weight),
  idleSince: weight === 0 ? NOW : null,
  addresses: ['203.0.113.7'],
  ...rest,
});

export const aRouteRequest = (overrides: Partial<RouteRequest> = {}): RouteRequest => ({
  workload: aWorkload(),
  ownerUid: aWorkload().uid,
  routing: viaGateway,
  backends: [aBackend('aws-a', 2000), aBackend('azure-b', 1000)],
  ...overrides,
});

export const aRoute = (overrides: Partial<RouteRequest> = {}): readonly RouteObject[] =>
  renderRoute(aRouteRequest(overrides));

export const specOf = (objects: readonly RouteObject[], kind: string): Readonly<Record<string, unknown>> =>
  (objects.find((it) => it.type.kind === kind)?.object['spec'] ?? {}) as Readonly<Record<string, unknown>>;

/** A hub whose objects are seen at once. */
export const routeTarget = (client: MemoryKube): RouteTarget => ({
  client,
  standing: (type, workload) =>
    client.all(type).filter((it: KubeObject) => it.metadata.annotations?.[OWNER_ANNOTATION] === workload),
  onApplied: () => {},
});
