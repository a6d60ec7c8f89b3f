/** Writes a decision of hedging as a workload's plan: placements, candidates, cost, and when to look again. */
import type { WorkloadView } from '../../model/fleet.ts';
import { compareText, type OfferingId } from '../../model/names.ts';
import type { Candidate, PlannedPlacement, WorkloadPlan } from '../../model/plan.ts';
import { after, earliest, milliUnits, seconds, usdPerHour, type Instant } from '../../model/units.ts';
import type { Shape } from '../../model/workload.ts';
import { isWanted } from '../placement/kept-holdings.ts';
import { shapeAt } from '../placement/offering-site.ts';
import type { HedgeGround } from './hedge-ground.ts';
import type { HedgeDecision } from './hedge-input.ts';
import { isVoluntary } from './voluntary-move.ts';

/** While replicas are asked for or cover is held, the passing of time alone may change the decision. */
const REVIEW_PERIOD = seconds(30);

export interface Decided {
  readonly view: WorkloadView;
  readonly decision: HedgeDecision;
  readonly ground: HedgeGround;
}

/** `plan` with hedging's placements in place of its own. */
export function hedgedPlan(plan: WorkloadPlan, decided: Decided): WorkloadPlan {
  const { view, decision, ground } = decided;
  const placements = [...decision.desired]
    .filter(([, replicas]) => replicas > 0)
    .sort(([a], [b]) => compareText(a, b))
    .flatMap(([offering, replicas]) => placementOn(offering, replicas, decided));
  const units = placements.reduce((sum, placement) => sum + placement.units, 0);
  return {
    ...plan,
    placements,
    change: holdsExactly(view, placements) ? null : changeOf(plan),
    hedged: true,
    unplaced: units >= view.workload.replicas * 1000 ? null : plan.unplaced,
    candidates: candidatesOf(plan.candidates, placements, decision),
    hourly: usdPerHour(placements.reduce((sum, placement) => sum + placement.hourly, 0)),
    summary: decision.why,
    wakeAt: earliest(plan.wakeAt, decision.settled ? decision.askAgainAt : reviewAt(ground)),
  };
}

/** What hedging wants, it wants for the sake of capacity: a move for its own good is planFleet's alone. */
const changeOf = (plan: WorkloadPlan): NonNullable<WorkloadPlan['change']> =>
  plan.change === null || isVoluntary(plan) ? 'Capacity' : plan.change;

const reviewAt = ({ at }: HedgeGround): Instant => after(at, REVIEW_PERIOD);

function placementOn(id: OfferingId, replicas: number, { view, ground }: Decided): readonly PlannedPlacement[] {
  const site = ground.sites.get(id);
  const shape = site && shapeAt(view.workload, site);
  if (!site?.offering.price || !shape) return [];
  const { cluster, pool, zone, capacityType, accelerator, price, acceleratorsPerNode } = site.offering;
  const hourly = usdPerHour((replicas * shape.count * price.perNodeHour) / acceleratorsPerNode);
  return [
    {
      offering: id,
      cluster,
      pool,
      zone,
      capacityType,
      accelerator,
      replicas,
      units: milliUnits(replicas * shape.capacity),
      hourly,
      cost: costOf(hourly, replicas, shape),
    },
  ];
}

/** Interruptions and moves are weighed by hedging, not added to the price of a unit. */
function costOf(hourly: number, replicas: number, { capacity }: Shape): PlannedPlacement['cost'] {
  const price = usdPerHour((hourly * 1000) / (replicas * capacity));
  return { price, interruption: usdPerHour(0), move: usdPerHour(0), total: price };
}

function holdsExactly({ holdings }: WorkloadView, placements: readonly PlannedPlacement[]): boolean {
  const wanted = holdings.filter(isWanted);
  return (
    wanted.length === placements.length &&
    placements.every(({ offering, replicas }) =>
      wanted.some((holding) => holding.offering === offering && holding.record.replicas === replicas),
    )
  );
}

/** What is asked for is chosen, whatever the planner thought of it; the others keep their reason, chosen ones first. */
function candidatesOf(
  planned: readonly Candidate[],
  placements: readonly PlannedPlacement[],
  { reasons, why }: HedgeDecision,
): readonly Candidate[] {
  const taken = new Set(placements.map(({ offering }) => offering));
  const chosen = placements.map(({ offering, cluster, pool, replicas, cost }): Candidate => {
    const reason = `${replicas} replicas at $${cost.total.toFixed(2)} a unit: ${reasons.get(offering) ?? why}`;
    return { offering, cluster, pool, effectivePerUnit: cost.total, verdict: 'Chosen', reason, rule: null };
  });
  const others = planned.filter(({ offering }) => !taken.has(offering));
  const passedOver = 'cheaper by itself, and its losses weighed dearer than others';
  return [
    ...chosen,
    ...others.map((it): Candidate => (it.verdict === 'Chosen' ? { ...it, verdict: 'Dearer', reason: passedOver } : it)),
  ];
}
