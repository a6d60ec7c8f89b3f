/** What a drill in mode EvictUngraceful deletes now, as actions like any others. */
import type { Action } from '../../model/action.ts';
import type { Drill } from '../../model/drill.ts';
import type { FleetSnapshot } from '../../model/fleet.ts';
import { activeFailureOf } from './active-failure.ts';
import { drillPolicyOf } from './drill-policy.ts';
import { isStruck } from './hit-by.ts';

export type Eviction = Extract<Action, { readonly kind: 'DeletePlacement' }>;

/**
 * What still stands on the targets of the deployments that were frozen when the drill started, the last copies among it:
 * that is the point. Nothing while the failure is not in force, nor when the policy no longer allows it. `fleet` is the
 * truth.
 */
export function evictionsOf(drill: Drill, fleet: FleetSnapshot): readonly Eviction[] {
  const active = activeFailureOf(drill, fleet.at);
  const { enabled, maxMode } = drillPolicyOf(fleet.policy);
  if (active?.mode !== 'EvictUngraceful' || !enabled || maxMode !== 'EvictUngraceful') return [];
  const frozen = new Set((drill.state?.targets ?? []).map(({ deployment, uid }) => `${deployment} ${uid}`));
  return fleet.workloads
    .filter(({ workload }) => frozen.has(`${workload.key} ${workload.uid}`))
    .flatMap(({ workload, holdings }) =>
      holdings
        .filter((it) => it.observed?.present === true && isStruck(active, it))
        .map(({ offering, record }) => ({
          kind: 'DeletePlacement' as const,
          workload: workload.key,
          ownerUid: workload.uid,
          offering,
          cluster: record.cluster,
        })),
    );
}
