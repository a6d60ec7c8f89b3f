/** A workload on spot in two regions with on demand beside it, planned with hedging. */
import { planHedged, type HedgedPlan } from '../../operator/decide/hedging/plan-hedged.ts';
import type { FleetSnapshot, WorkloadView } from '../../operator/model/fleet.ts';
import type { WorkloadPlan } from '../../operator/model/plan.ts';
import { minutes, type Instant } from '../../operator/model/units.ts';
import { aFleet, aMember, type OfferingOverrides } from './fleet-members.ts';
import { NOW, type HoldingOverrides, type WorkloadOverrides } from './fleet-workload.ts';

const spot = { pool: 'spot', capacityType: 'spot', perAcceleratorHour: 1 } as const;
const growing = { acceleratorsPerNode: 1, freeByNode: [], growableNodes: 50 };

/** One spot pool in each of two regions, and one pool on demand. */
export function aSpotFleet(view: WorkloadView, a: OfferingOverrides = {}, now: Instant = NOW): FleetSnapshot {
  return {
    ...aFleet({
      members: [
        aMember({ name: 'aws-a', region: 'us-east-1', offerings: [{ ...growing, ...spot, ...a }] }),
        aMember({ name: 'aws-b', region: 'us-west-2', offerings: [{ ...growing, ...spot, perAcceleratorHour: 1.1 }] }),
        aMember({ name: 'azure-c', region: 'eastus', offerings: [{ ...growing, pool: 'od', perAcceleratorHour: 3 }] }),
      ],
      workloads: [view],
    }),
    at: now,
  };
}

export const aSpotHolding = (overrides: HoldingOverrides = {}): HoldingOverrides => ({
  cluster: 'aws-a',
  pool: 'spot',
  zone: 'a',
  capacityType: 'spot',
  replicas: 4,
  ...overrides,
});

interface Planning {
  readonly before?: HedgedPlan;
  readonly notices?: number;
}

export const planned = (fleet: FleetSnapshot, { before, notices }: Planning = {}): HedgedPlan =>
  planHedged(fleet, {
    keys: fleet.workloads.map(({ workload }) => workload.key),
    ...(before ? { memories: before.memories } : {}),
    terms: () => ({ coldStart: minutes(3), availabilityTarget: null }),
    notices: (_, offering) => (offering.startsWith('aws-a') ? (notices ?? null) : null),
  });

export const placesOf = (plan: HedgedPlan): Readonly<Record<string, number>> =>
  Object.fromEntries(
    plan.workloads.flatMap(({ placements }) => placements.map((it) => [`${it.cluster}/${it.pool}`, it.replicas])),
  );

export const firstOf = (plan: HedgedPlan): WorkloadPlan => plan.workloads[0] as WorkloadPlan;

export const four = (overrides: WorkloadOverrides = {}): WorkloadOverrides => ({
  replicas: 4,
  migration: { maxSurge: 100 },
  ...overrides,
});
