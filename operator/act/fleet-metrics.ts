/** Metrics of decisions and judgements, set where these are recorded. */
import type { Member, Offering, WorkloadView } from '../model/fleet.ts';
import { offeringId, poolName, zoneName, type ClusterName, type OfferingId, type WorkloadKey } from '../model/names.ts';
import type { WorkloadPlan } from '../model/plan.ts';
import { elapsed, milliToUnits, toSeconds, type Instant } from '../model/units.ts';
import type { MigrationState, PlacementRecord, Provider, Workload } from '../model/workload.ts';
import type { Metrics } from '../runtime/metrics.ts';

interface ReplicaSeries {
  readonly namespace: string;
  readonly name: string;
  readonly cluster: string;
  readonly capacity_type: string;
}

/** What of one deployment was last told. */
interface Told {
  readonly series: readonly ReplicaSeries[];
  /** Dollars an hour by provider. */
  readonly cost: ReadonlyMap<string, number>;
}

export interface DecisionFigures {
  readonly view: WorkloadView;
  readonly placements: readonly PlacementRecord[];
  readonly migration: MigrationState;
  /** null while it is being deleted. */
  readonly plan: WorkloadPlan | null;
  readonly offerings: ReadonlyMap<OfferingId, Offering>;
  readonly providers: ReadonlyMap<ClusterName, Provider>;
}

const isHeld = ({ phase, replicas }: PlacementRecord): boolean =>
  replicas > 0 && phase !== 'Releasing' && phase !== 'Stranded';

/** Keeps the gauges in step with what is recorded: they say what is, not what changed. */
export class FleetMetrics {
  readonly #metrics: Metrics;
  readonly #told = new Map<WorkloadKey, Told>();
  readonly #cost = new Map<string, number>();

  constructor(metrics: Metrics) {
    this.#metrics = metrics;
  }

  /** After each decision, whether or not it was worth writing down. */
  decision(figures: DecisionFigures): void {
    const { view, placements, migration, plan } = figures;
    const { workload } = view;
    const { key, namespace, name } = workload;
    const held = placements.filter(isHeld);
    this.#clearReplicas(key);
    const series = this.#tellReplicas(workload, held);
    this.#tellCost(key, costByProvider(held, figures));
    this.#told.set(key, { series, cost: costByProvider(held, figures) });
    this.#metrics.unplacedUnits.set({ namespace, name }, plan?.unplaced ? milliToUnits(plan.unplaced.units) : 0);
    const before = view.migration;
    if (before.phase === 'Idle') return;
    if (migration.phase === 'Idle') {
      const result = before.phase === 'RollingBack' ? 'rolled back' : 'finished';
      this.#metrics.moves.inc({ reason: before.reason, result });
    } else if (migration.startedAt !== before.startedAt)
      this.#metrics.moves.inc({ reason: before.reason, result: 'replaced' });
  }

  /** A deployment is gone, and its series with it. */
  gone({ key, namespace, name }: Pick<Workload, 'key' | 'namespace' | 'name'>): void {
    this.#clearReplicas(key);
    this.#tellCost(key, new Map());
    this.#told.delete(key);
    this.#metrics.unplacedUnits.remove({ namespace, name });
  }

  /** After each judgement of a member. */
  member({ name, offerings }: Member, seen: { readonly watchFreshAt: Instant | null; readonly now: Instant }): void {
    const { acceleratorsFree, memberObservationAge, price, priceAge } = this.#metrics;
    const cluster = name;
    const free = new Map<string, number>();
    let oldest = 0;
    for (const { accelerator, freeByNode, ...it } of offerings) {
      free.set(accelerator, (free.get(accelerator) ?? 0) + freeByNode.reduce((sum, count) => sum + count, 0));
      if (it.price === null) continue;
      oldest = Math.max(oldest, toSeconds(elapsed(it.price.observedAt, seen.now)));
      const labels = { cluster, pool: it.pool, zone: it.zone, accelerator, capacity_type: it.capacityType };
      price.set(labels, it.price.perNodeHour / it.acceleratorsPerNode);
    }
    for (const [accelerator, count] of free) acceleratorsFree.set({ cluster, accelerator }, count);
    priceAge.set({ cluster }, oldest);
    if (seen.watchFreshAt !== null)
      memberObservationAge.set({ cluster }, toSeconds(elapsed(seen.watchFreshAt, seen.now)));
  }

  #clearReplicas(key: WorkloadKey): void {
    for (const labels of this.#told.get(key)?.series ?? []) this.#metrics.replicas.remove(labels);
  }

  #tellReplicas({ namespace, name }: Workload, held: readonly PlacementRecord[]): readonly ReplicaSeries[] {
    const counts = new Map<string, { readonly labels: ReplicaSeries; readonly count: number }>();
    for (const { cluster, capacityType, replicas } of held) {
      const labels = { namespace, name, cluster, capacity_type: capacityType };
      const id = `${cluster}/${capacityType}`;
      counts.set(id, { labels, count: (counts.get(id)?.count ?? 0) + replicas });
    }
    for (const { labels, count } of counts.values()) this.#metrics.replicas.set(labels, count);
    return [...counts.values()].map((it) => it.labels);
  }

  /** Adds what changed to the sums: there may be thousands of deployments. */
  #tellCost(key: WorkloadKey, cost: ReadonlyMap<string, number>): void {
    const before = this.#told.get(key)?.cost ?? new Map<string, number>();
    for (const provider of new Set([...before.keys(), ...cost.keys()])) {
      const total = (this.#cost.get(provider) ?? 0) + (cost.get(provider) ?? 0) - (before.get(provider) ?? 0);
      this.#cost.set(provider, total);
      this.#metrics.cost.set({ provider }, total);
    }
  }
}

function costByProvider(
  held: readonly PlacementRecord[],
  { view, offerings, providers }: DecisionFigures,
): ReadonlyMap<string, number> {
  const cost = new Map<string, number>();
  for (const record of held) {
    const offering = offerings.get(offeringId(record.cluster, poolName(record.pool), zoneName(record.zone)));
    const shape = view.workload.shapes.find((it) => it.accelerator === record.accelerator);
    const provider = providers.get(record.cluster);
    if (!offering?.price || !shape || !provider) continue;
    const hourly = (record.replicas * shape.count * offering.price.perNodeHour) / offering.acceleratorsPerNode;
    cost.set(provider, (cost.get(provider) ?? 0) + hourly);
  }
  return cost;
}
