/** Builders of what traffic is planned from, and readings of the plan: clusters and units as plain values. */
import { planTraffic, type TrafficInput, type TrafficPlan } from '../../operator/decide/traffic/plan-traffic.ts';
import type { Verdict } from '../../operator/model/fleet.ts';
import { clusterName, type ClusterName } from '../../operator/model/names.ts';
import type { TrafficRouting } from '../../operator/model/traffic-routing.ts';
import type { MemberEndpoint, TrafficState } from '../../operator/model/traffic-state.ts';
import { instant, milliUnits, type Instant } from '../../operator/model/units.ts';
import type { MigrationState } from '../../operator/model/workload.ts';
import { aHolding, aWorkload, idle, NOW, type HoldingOverrides, type WorkloadOverrides } from './fleet-workload.ts';

export const viaService: TrafficRouting = { port: 8000, via: { kind: 'Service' } };
export const viaGateway: TrafficRouting = {
  port: 8000,
  via: { kind: 'Gateway', name: 'public', namespace: 'gateways', sectionName: null, hostnames: ['llama.example.com'] },
};

export const endpointOf = (cluster: string): MemberEndpoint => ({ address: `${cluster}.example.com`, port: 8000 });

/** Weights in thousandths, by cluster; idle ones have been so since NOW. */
export const aState = (weights: Readonly<Record<string, number>>, shiftedAt: Instant | null = null): TrafficState => ({
  shiftedAt,
  backends: Object.entries(weights).map(([cluster, weight]) => ({
    cluster: clusterName(cluster),
    endpoint: endpointOf(cluster),
    weight: milliUnits(weight),
    idleSince: weight === 0 ? NOW : null,
  })),
});

export interface TrafficOverrides {
  readonly workload?: WorkloadOverrides;
  readonly holdings?: readonly HoldingOverrides[];
  readonly verdicts?: Readonly<Record<string, Verdict>>;
  readonly frozen?: boolean;
  /** Clusters without an address. */
  readonly unaddressed?: readonly string[];
  readonly before?: TrafficState;
  readonly migration?: MigrationState;
  readonly routing?: TrafficRouting;
  /** Milliseconds after NOW. */
  readonly at?: number;
}

/** A workload of as many units as its staying copies have replicas, on healthy members with addresses. */
export function trafficInput(overrides: TrafficOverrides = {}): TrafficInput {
  const { workload = {}, holdings = [], verdicts = {}, unaddressed = [], before, routing = viaService } = overrides;
  const built = holdings.map(aHolding);
  const clusters = new Set(built.map((it) => it.record.cluster));
  const staying = built.filter(({ record }) => record.phase === 'Serving' || record.phase === 'Starting');
  const replicas = staying.reduce((sum, { record }) => sum + record.replicas, 0);
  const addressed = [...clusters].filter((it) => !unaddressed.includes(it));
  return {
    workload: aWorkload({ replicas, ...workload }),
    routing,
    holdings: built,
    migration: overrides.migration ?? idle,
    verdicts: new Map([...clusters].map((it): [ClusterName, Verdict] => [it, verdicts[it] ?? 'Healthy'])),
    frozen: overrides.frozen ?? false,
    endpoints: new Map(addressed.map((it) => [it, endpointOf(it)])),
    before: before ?? { shiftedAt: null, backends: [] },
    now: instant(NOW + (overrides.at ?? 0)),
  };
}

export const planOf = (overrides: TrafficOverrides): TrafficPlan => planTraffic(trafficInput(overrides));

/** Weights by cluster. */
export const weightsOf = ({ state }: Pick<TrafficPlan, 'state'>): Readonly<Record<string, number>> =>
  Object.fromEntries(state.backends.map((it) => [it.cluster, it.weight]));
