/** Tradewind itself: each observation becomes a fleet's snapshot, and the live planner says what it would do. */
import { planHedged } from '../../decide/hedging/plan-hedged.ts';
import type { HedgeMemory } from '../../model/hedge-memory.ts';
import type { WorkloadKey } from '../../model/names.ts';
import { seconds, type Fraction } from '../../model/units.ts';
import type { Desired, Observation, PolicyFactory } from '../observation.ts';
import { backtestWorkload, offeringOf, snapshotOf } from './backtest-fleet.ts';

export interface TradewindOptions {
  /** The availability whose complement is the error budget; null: none is set, as in the protocol. */
  readonly availabilityTarget: Fraction | null;
}

/** The live planner as a policy. What it remembers is carried over as JSON, the way status carries it. */
export function tradewind({ availabilityTarget }: TradewindOptions): PolicyFactory {
  return ({ coldStartSeconds }) => {
    // In the protocol a refusal is free, and nobody has watched the market before it begins.
    const free = { asksAtOnce: true, startsBlind: true };
    const terms = { coldStart: seconds(coldStartSeconds), availabilityTarget, ...free };
    let memories: ReadonlyMap<WorkloadKey, HedgeMemory> = new Map();
    let desired: Desired = new Map();
    return {
      decide: (observation: Observation): Desired => {
        const workload = backtestWorkload(observation.target);
        const fleet = snapshotOf(observation, { workload, desired });
        const pools = new Map(observation.pools.map((pool) => [offeringOf(pool), pool]));
        const plan = planHedged(fleet, {
          keys: [workload.key],
          memories,
          terms: () => terms,
          notices: (_, offering) => pools.get(offering)?.interruptionNotices ?? null,
        });
        memories = plan.memories;
        const placements = plan.workloads.flatMap((it) => it.placements);
        const replicas = new Map(placements.map((placement) => [placement.offering, placement.replicas]));
        desired = new Map([...pools].map(([offering, { id }]) => [id, replicas.get(offering) ?? 0]));
        return desired;
      },
    };
  };
}
