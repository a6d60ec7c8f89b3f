/** The two loops that lead requests: members are given a Service each, and the hub shares requests among them. */
import type { RouteRecorder } from '../act/record-traffic-route.ts';
import { runBatchController, runController } from '../kube/controller.ts';
import type { KubeClient } from '../kube/kube-client.ts';
import type { Clock } from '../model/clock.ts';
import type { FleetSnapshot } from '../model/fleet.ts';
import { millis, type Instant } from '../model/units.ts';
import type { AddressBook } from '../observe/address-book.ts';
import type { DataPathTrials } from '../observe/data-path-trials.ts';
import type { FleetObserver } from '../observe/fleet-observer.ts';
import type { HubRoutes } from '../observe/hub-routes.ts';
import type { MemberServices } from '../observe/member-services.ts';
import type { Log } from '../runtime/log.ts';
import type { Metrics } from '../runtime/metrics.ts';
import type { BeliefStore } from './beliefs.ts';
import { exposeMember } from './expose-members.ts';
import { readPlacementKey } from './place-deployments.ts';
import { PoolTroubles } from './pool-troubles.ts';
import { routeTraffic } from './route-traffic.ts';
import type { Queues } from './wakes.ts';

/** What leading requests needs beside what every loop has. */
export interface TrafficParts {
  readonly routes: HubRoutes;
  readonly services: MemberServices;
  readonly addresses: AddressBook;
  readonly trials: DataPathTrials;
  /** Writes only while this process leads. */
  readonly hub: KubeClient;
  readonly record: RouteRecorder;
}

export interface TrafficDeps {
  readonly clock: Clock;
  readonly log: Log;
  readonly metrics: Metrics;
  readonly fleet: FleetObserver;
  readonly beliefs: BeliefStore;
  readonly queues: Queues;
  readonly traffic?: TrafficParts;
  readonly leads: () => boolean;
  readonly snapshot: (now: Instant) => FleetSnapshot;
  readonly ready: () => boolean;
}

const EXPOSING_CONCURRENCY = 32;
const ROUTE_BATCH = 10_000; // a dead member is one pass over everything that was led there
/** Collects the pods of one change; far below the second within which requests are to follow it. */
const ROUTE_DEBOUNCE = millis(100);

/** Runs both until the signal aborts. */
export async function runTraffic(deps: TrafficDeps, signal: AbortSignal): Promise<void> {
  const { traffic, fleet, queues } = deps;
  if (traffic === undefined) return;
  const pools = new PoolTroubles();
  await Promise.all([
    runController(
      {
        ...deps,
        name: 'member-exposing',
        queue: queues.exposing,
        concurrency: EXPOSING_CONCURRENCY,
        fieldsOf: (key) => {
          const { cluster, workload } = readPlacementKey(key);
          return { memberCluster: cluster, inferenceDeployment: workload };
        },
        reconcile: (key, s) => exposeMember(key, { ...deps, ...traffic, pools }, s),
      },
      signal,
    ),
    runBatchController(
      {
        ...deps,
        name: 'traffic-routing',
        queue: queues.routing,
        debounce: ROUTE_DEBOUNCE,
        max: ROUTE_BATCH,
        fieldsOf: (inferenceDeployment) => ({ inferenceDeployment }),
        reconcile: (keys, s) => routeTraffic(keys, { ...deps, ...traffic, pools, deployments: fleet.hub }, s),
      },
      signal,
    ),
  ]);
}
