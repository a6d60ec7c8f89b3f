/** Builders of what the planner answers, for rendering statuses; plain strings and numbers as overrides. */
import type { Candidate, PlannedPlacement, Rejection, Rule, WorkloadPlan } from '../../operator/model/plan.ts';
import {
  clusterName,
  namespaceName,
  offeringId,
  poolName,
  workloadKey,
  zoneName,
  type AcceleratorModel,
} from '../../operator/model/names.ts';
import { unitsToMilli, usdPerHour } from '../../operator/model/units.ts';

const namesOf = (offering: string) => {
  const [cluster = '', pool = '', zone = ''] = offering.split('/');
  return { cluster: clusterName(cluster), pool: poolName(pool), zone: zoneName(zone) };
};

const idOf = ({ cluster, pool, zone }: ReturnType<typeof namesOf>) => offeringId(cluster, pool, zone);

/** Replicas planned on `cluster/pool/zone`, on-demand H100 at $4 an hour each. */
export function aPlannedPlacement(offering = 'aws-a/h100/a', replicas = 1): PlannedPlacement {
  const names = namesOf(offering);
  const price = usdPerHour(4);
  return {
    ...names,
    offering: idOf(names),
    capacityType: 'on-demand',
    accelerator: 'H100' as AcceleratorModel,
    replicas,
    units: unitsToMilli(replicas),
    hourly: usdPerHour(4 * replicas),
    cost: { price, interruption: usdPerHour(0), move: usdPerHour(0), total: price },
  };
}

/** How `cluster/pool/zone` fared: chosen at $4 a unit, or refused by `rule`. */
export function aCandidate(offering = 'aws-a/h100/a', rule: Rule | null = null, dollars: number | null = 4): Candidate {
  const names = namesOf(offering);
  return {
    offering: idOf(names),
    cluster: names.cluster,
    pool: names.pool,
    effectivePerUnit: dollars === null ? null : usdPerHour(dollars),
    verdict: rule === null ? 'Chosen' : 'Rejected',
    reason: rule === null ? 'the cheapest' : `refused by ${rule}`,
    rule,
  };
}

export const aRejection = (rule: Rule, message = `refused by ${rule}`): Rejection => ({ rule, message });

/** ml-prod/llama: one replica on aws-a/h100/a, nothing to change. */
export const aPlan = (overrides: Partial<WorkloadPlan> = {}): WorkloadPlan => ({
  key: workloadKey(namespaceName('ml-prod'), 'llama'),
  placements: [aPlannedPlacement()],
  change: null,
  unplaced: null,
  relaxed: [],
  candidates: [aCandidate()],
  hourly: usdPerHour(4),
  onDemandHourly: usdPerHour(4),
  summary: '1 replica on aws-a',
  wakeAt: null,
  ...overrides,
});
