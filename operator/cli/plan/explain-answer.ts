/** What `tradewind explain` answers: how every offering fared for one deployment, and what would have to change. */
import type { DecisionStatus } from '../../api/wire-types.ts';
import { parseDecimal } from '../../api/parse-decimal.ts';
import { planFleet } from '../../decide/placement/plan-fleet.ts';
import type { FleetSnapshot } from '../../model/fleet.ts';
import { namespaceName, workloadKey } from '../../model/names.ts';
import type { Candidate, CostTerms, WorkloadPlan } from '../../model/plan.ts';
import { roundUSD } from './money.ts';
import type { MoveAnswer } from './move-answer.ts';
import type { DeploymentName } from './plan-answer.ts';

export interface CandidateAnswer {
  readonly cluster: string;
  readonly pool: string;
  readonly zone: string;
  readonly verdict: Candidate['verdict'];
  /** The first rule that refused it. */
  readonly rule: string | null;
  /** Replicas chosen there. */
  readonly replicas: number;
  readonly effectiveUSDPerUnit: number | null;
  /** Of chosen ones; null where only the sum is known. */
  readonly costUSDPerUnit: Readonly<Record<keyof CostTerms, number>> | null;
  readonly reason: string;
}

export interface ExplainAnswer extends DeploymentName {
  /** When it was decided; null for a plan that is only thought of. */
  readonly decidedAt: string | null;
  /** Why anything changes; null when nothing does. */
  readonly trigger: string | null;
  readonly summary: string;
  /** The move under way; null: none, or nobody looked. */
  readonly move: MoveAnswer | null;
  /** The offering that comes closest to being taken, and the price from which it would be; null: no price changes anything. */
  readonly nearestFlip: { readonly offering: string; readonly when: string } | null;
  /** Chosen ones first, then by effective cost, then refused ones. */
  readonly candidates: readonly CandidateAnswer[];
}

/** Plans the whole fleet and tells of one deployment; null when there is none of that name. */
export function explainPlanned(fleet: FleetSnapshot, { namespace, name }: DeploymentName): ExplainAnswer | null {
  const offerings = fleet.members.reduce((sum, member) => sum + member.offerings.length, 0);
  const keys = fleet.workloads.map(({ workload }) => workload.key);
  const asked = workloadKey(namespaceName(namespace), name);
  const plan = planFleet(fleet, { keys, candidates: offerings }).workloads.find(({ key }) => key === asked);
  if (!plan) return null;
  const candidates = plan.candidates.map((it) => plannedCandidate(it, plan));
  const { change: trigger, summary } = plan;
  return {
    namespace,
    name,
    decidedAt: null,
    trigger,
    summary,
    move: null,
    nearestFlip: nearestFlip(candidates),
    candidates,
  };
}

function plannedCandidate(candidate: Candidate, { placements }: WorkloadPlan): CandidateAnswer {
  const { offering, cluster, pool, verdict, rule, effectivePerUnit, reason } = candidate;
  const placement = placements.find((it) => it.offering === offering);
  return {
    cluster,
    pool,
    zone: offering.slice(cluster.length + pool.length + 2), // cluster/pool/zone
    verdict,
    rule,
    replicas: placement?.replicas ?? 0,
    effectiveUSDPerUnit: effectivePerUnit === null ? null : roundUSD(effectivePerUnit),
    costUSDPerUnit: placement ? termsOf(placement.cost) : null,
    reason,
  };
}

const termsOf = ({ price, interruption, move, total }: CostTerms): CandidateAnswer['costUSDPerUnit'] => ({
  price: roundUSD(price),
  interruption: roundUSD(interruption),
  move: roundUSD(move),
  total: roundUSD(total),
});

/** Tells what the operator recorded of its decision, and of the move that follows from it. */
export function explainRecorded(
  { namespace, name }: DeploymentName,
  decision: DecisionStatus,
  move: MoveAnswer | null = null,
): ExplainAnswer {
  const candidates = (decision.candidates ?? []).map(
    (it): CandidateAnswer => ({
      cluster: it.cluster,
      pool: it.pool,
      zone: it.zone,
      verdict: it.verdict,
      rule: it.rule ?? null,
      replicas: it.replicas ?? 0,
      effectiveUSDPerUnit: it.effectiveUSDPerUnit === undefined ? null : parseDecimal(it.effectiveUSDPerUnit),
      costUSDPerUnit: null,
      reason: it.reason ?? '',
    }),
  );
  const { at: decidedAt, trigger, summary } = decision;
  return { namespace, name, decidedAt, trigger, summary, move, nearestFlip: nearestFlip(candidates), candidates };
}

const FLIP = /(?:wins|fits) below \S+ an accelerator-hour/;

/** Candidates come by effective cost, dearer ones before refused ones: the first that a price would turn is the nearest. */
function nearestFlip(candidates: readonly CandidateAnswer[]): ExplainAnswer['nearestFlip'] {
  for (const { verdict, reason, cluster, pool, zone } of candidates) {
    const flip = verdict === 'Chosen' ? null : FLIP.exec(reason);
    if (flip) return { offering: `${cluster}/${pool}/${zone}`, when: flip[0] };
  }
  return null;
}
