/** The small world for moves, under drills: the real planner sees the overlay, pods live and die by the truth. */
import { evictionsOf } from '../../operator/decide/drill/evictions-of.ts';
import { underDrill } from '../../operator/decide/drill/under-drill.ts';
import { barringReturns, displacedAfter } from '../../operator/decide/failover/displacement.ts';
import { keepingLeaving, withoutLeaving } from '../../operator/decide/failover/expect-losses.ts';
import { planFleet } from '../../operator/decide/placement/plan-fleet.ts';
import type { ActiveFailure, Drill } from '../../operator/model/drill.ts';
import type { Displacement, FleetSnapshot, WorkloadView } from '../../operator/model/fleet.ts';
import { clusterName, zoneName } from '../../operator/model/names.ts';
import type { WorkloadPlan } from '../../operator/model/plan.ts';
import { World, type Cluster } from './decide-world.ts';

export class DrillWorld extends World {
  failure: ActiveFailure | null = null;
  displaced: readonly Displacement[] = [];

  constructor(workload: ConstructorParameters<typeof World>[0], nodes: number) {
    super(workload, nodes);
    this.planner = (fleet) => this.#plan(fleet);
  }

  /** Puts a failure of that member in force. */
  strike(
    mode: ActiveFailure['mode'],
    scope: 'Cluster' | 'Zone' | 'ControlPlaneOnly' | 'PriceFeed' | 'CapacityError',
    cluster: Cluster,
  ): void {
    const clusters = [clusterName(cluster)];
    const failures = {
      Cluster: { scope: 'Cluster', clusters, selector: null },
      Zone: { scope: 'Zone', clusters, zones: [zoneName('a')] },
      ControlPlaneOnly: { scope: 'ControlPlaneOnly', clusters },
      PriceFeed: { scope: 'PriceFeed', clusters },
      CapacityError: { scope: 'CapacityError', clusters, capacityType: null },
    } as const;
    this.failure = { drill: 'rehearsal', mode, failure: failures[scope], clusters, since: this.now };
  }

  /** As it is, whatever is rehearsed. */
  truth(): FleetSnapshot {
    return super.observe().fleet;
  }

  override observe(): { readonly view: WorkloadView; readonly fleet: FleetSnapshot } {
    const { fleet: seen } = super.observe();
    const workloads = seen.workloads.map((view) => ({ ...view, displaced: this.displaced }));
    const fleet = underDrill({ ...seen, workloads }, this.failure === null ? [] : [this.failure]);
    return { view: fleet.workloads[0] as WorkloadView, fleet };
  }

  override reconcile(): string {
    const why = super.reconcile();
    const { view, fleet } = this.observe();
    this.displaced = displacedAfter(view, this.placements, fleet);
    return why;
  }

  /** Deletes what the drill deletes. */
  evict(drill: Drill): void {
    const policy = { ...this.truth().policy, drills: { enabled: true, maxMode: 'EvictUngraceful' } as const };
    for (const { cluster } of evictionsOf(drill, { ...this.truth(), policy }))
      this.sites[cluster as string as Cluster].pods = null;
  }

  /** So many steps of the operator and of time. */
  run(ticks: number, each: () => void = () => {}): void {
    for (let tick = 0; tick < ticks; tick += 1) {
      this.reconcile();
      this.tick();
      each();
    }
  }

  /** Ready pods, recorded or not. */
  serving(cluster: Cluster): number {
    return this.sites[cluster].pods?.ages.filter((age) => age >= 2).length ?? 0;
  }

  #plan(fleet: FleetSnapshot): WorkloadPlan {
    const expected = barringReturns(withoutLeaving(fleet));
    const { workloads } = planFleet(expected, { keys: [this.workload.key] });
    return keepingLeaving(workloads[0] as WorkloadPlan, fleet.workloads[0] as WorkloadView);
  }
}
