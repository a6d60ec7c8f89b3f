/** The small world for moves, with requests that are led to its members and data paths that answer or not. */
import { clustersOnTrial } from '../../operator/decide/traffic/move-share.ts';
import { planTraffic } from '../../operator/decide/traffic/plan-traffic.ts';
import type { FleetSnapshot, WorkloadView } from '../../operator/model/fleet.ts';
import type { ClusterName } from '../../operator/model/names.ts';
import { NO_TRAFFIC, type DataPathAnswer, type TrafficState } from '../../operator/model/traffic-state.ts';
import { World, type Cluster } from './decide-world.ts';
import { endpointOf, viaGateway } from './traffic-plans.ts';

export class RoutedWorld extends World {
  /** What is in force. */
  traffic: TrafficState = NO_TRAFFIC;
  /** Members whose data path does not answer. */
  readonly silent = new Set<Cluster>();

  override observe(): { readonly view: WorkloadView; readonly fleet: FleetSnapshot } {
    const { view, fleet } = super.observe();
    const routed = { ...view, traffic: { routing: viaGateway, state: this.traffic } };
    return { view: routed, fleet: { ...fleet, workloads: [routed] } };
  }

  /** Requests follow what is recorded. */
  route(): void {
    const { view, fleet } = super.observe();
    const clusters = view.holdings.map((it) => it.record.cluster);
    const answer = (it: ClusterName): DataPathAnswer =>
      this.silent.has(it as string as Cluster) ? 'Silent' : 'Answers';
    const { state } = planTraffic({
      ...view,
      routing: viaGateway,
      verdicts: new Map(fleet.members.map((member) => [member.name, member.verdict.verdict])),
      frozen: false,
      endpoints: new Map(clusters.map((it) => [it, endpointOf(it)])),
      answers: new Map([...clustersOnTrial(view.migration)].map((it) => [it, answer(it)])),
      before: this.traffic,
      now: this.now,
    });
    if (JSON.stringify(state) !== JSON.stringify(this.traffic)) this.writes += 1;
    this.traffic = state;
  }

  weightOf(cluster: string): number {
    return this.traffic.backends.find((it) => it.cluster === cluster)?.weight ?? 0;
  }
}
