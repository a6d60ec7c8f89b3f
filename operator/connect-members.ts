/** Makes the observer of a member: its client, its cloud, its credentials. */
import type { Cloud } from './clouds/cloud.ts';
import {
  AWS_SPOT_PRICES_PERIOD,
  AZURE_RETAIL_PRICES_PERIOD,
  DESCRIBE_CLUSTER_PERIOD,
  POOLS_PERIOD,
} from './clouds/poll-periods.ts';
import { FIELD_MANAGER } from './api/ownership.ts';
import { createKubeClient } from './kube/client-node-client.ts';
import type { AccessSource } from './kube/cluster-access.ts';
import type { KubeClient } from './kube/kube-client.ts';
import type { Clock } from './model/clock.ts';
import type { MemberSpec } from './model/member-spec.ts';
import type { ClusterName } from './model/names.ts';
import { seconds, type Millis } from './model/units.ts';
import { cloudAccess, clusterRefOf, SecretAccess } from './observe/member-access.ts';
import { MemberObserver, type MemberListener, type MemberObserverOptions } from './observe/member-observer.ts';
import type { Log } from './runtime/log.ts';
import type { Metrics } from './runtime/metrics.ts';
import type { Random } from './runtime/random.ts';

export interface ConnectDeps {
  readonly clouds: { readonly aws: Cloud; readonly azure: Cloud };
  readonly hub: KubeClient;
  readonly namespace: string;
  readonly allowLoopback: boolean;
  readonly requestTimeout: Millis;
  readonly userAgent: string;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
  readonly metrics: Metrics;
  readonly listener: (member: ClusterName) => MemberListener;
}

/** Bookmarks come about once a minute; a watch that is silent for longer than that and some grace is dead. */
export const WATCH_INACTIVITY = seconds(90);

const QUOTES_PERIODS = { aws: AWS_SPOT_PRICES_PERIOD, azure: AZURE_RETAIL_PRICES_PERIOD };

/** The observer of that member; nothing is sent before it runs. */
export function connectMember(spec: MemberSpec, deps: ConnectDeps): MemberObserver {
  const cloud = cloudOf(spec, deps);
  const source = accessOf(spec, cloud, deps);
  const { clock, random, metrics, requestTimeout, userAgent, allowLoopback } = deps;
  const log = deps.log.child({ memberCluster: spec.name });
  const client = createKubeClient({
    access: (signal) => source.access(signal),
    invalidate: () => source.invalidate(),
    allowLoopback,
    clock,
    metrics,
    requestTimeout,
    userAgent,
    host: spec.name,
    fieldManager: FIELD_MANAGER,
    watchInactivity: WATCH_INACTIVITY,
  });
  return new MemberObserver({
    access: source,
    spec,
    client,
    cloud,
    clock,
    random,
    log,
    metrics,
    listener: deps.listener(spec.name),
    allowLoopback,
  });
}

function cloudOf(spec: MemberSpec, { clouds }: ConnectDeps): MemberObserverOptions['cloud'] {
  const cluster = clusterRefOf(spec.source);
  if (cluster === null) return null;
  const adapter = cluster.kind === 'eks' ? clouds.aws : clouds.azure;
  const quotes = QUOTES_PERIODS[adapter.provider];
  return { adapter, cluster, periods: { describe: DESCRIBE_CLUSTER_PERIOD, pools: POOLS_PERIOD, quotes } };
}

function accessOf(spec: MemberSpec, cloud: MemberObserverOptions['cloud'], deps: ConnectDeps): AccessSource {
  if (cloud !== null) return cloudAccess(cloud.adapter, cloud.cluster);
  const { source } = spec;
  if (source.kind !== 'kubeconfig') throw new Error(`a member of ${source.kind} has a cloud`);
  return new SecretAccess({ ...deps, source });
}
