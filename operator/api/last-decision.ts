/** Renders status.lastDecision, and keeps it while the decision stays the same though figures drift. */
import type { Candidate, WorkloadPlan } from '../model/plan.ts';
import type { Instant } from '../model/units.ts';
import { cutText } from './conditions.ts';
import { formatDecimal } from './parse-decimal.ts';
import { formatInstant } from './parse-instant.ts';
import type { CandidateStatus, DecisionStatus } from './wire-types.ts';

const CANDIDATE_LIMIT = 20; // the schema's: the chosen ones and the best of the others
const REASON_LIMIT = 512; // the schema's
const SUMMARY_LIMIT = 1024; // the schema's
const UNCHANGED = 'Unchanged'; // the trigger of a first decision that found everything in place

/** The decision of `plan`; `previous` when it chose and refused the same for the same reasons. */
export function lastDecision(plan: WorkloadPlan, previous: DecisionStatus | undefined, now: Instant): DecisionStatus {
  const replicas = new Map(plan.placements.map((placement) => [placement.offering, placement.replicas]));
  const decision: DecisionStatus = {
    at: formatInstant(now),
    trigger: plan.change ?? previous?.trigger ?? UNCHANGED,
    summary: cutText(plan.summary, SUMMARY_LIMIT),
    candidates: plan.candidates
      .slice(0, CANDIDATE_LIMIT)
      .map((candidate) => candidateStatus(candidate, replicas.get(candidate.offering) ?? null)),
  };
  if (!previous || choiceOf(previous) !== choiceOf(decision)) return decision;
  // The same choice is the same decision: what has become of the others is told without a new stamp.
  return fatesOf(previous) === fatesOf(decision) ? previous : { ...decision, at: previous.at };
}

function candidateStatus(candidate: Candidate, replicas: number | null): CandidateStatus {
  const { offering, cluster, pool, effectivePerUnit, verdict, rule, reason } = candidate;
  return {
    cluster,
    pool,
    zone: offering.slice(cluster.length + pool.length + 2), // cluster/pool/zone
    ...(replicas === null ? {} : { replicas }),
    ...(effectivePerUnit === null ? {} : { effectiveUSDPerUnit: formatDecimal(effectivePerUnit, 4) }),
    verdict,
    ...(rule === null ? {} : { rule }),
    reason: cutText(reason, REASON_LIMIT),
  };
}

const idOf = ({ cluster, pool, zone }: CandidateStatus): string => `${cluster}/${pool}/${zone}`;

/** What makes a decision another one: why it was taken, and what was chosen. Not the figures, which drift with prices. */
function choiceOf({ trigger, candidates }: DecisionStatus): string {
  const chosen = (candidates ?? [])
    .filter((it) => it.verdict === 'Chosen')
    .map((it) => `${idOf(it)}|${it.replicas ?? ''}`);
  return [trigger, ...chosen.sort()].join('\n');
}

/** How each candidate fared, in whatever order. */
const fatesOf = ({ candidates }: DecisionStatus): string =>
  (candidates ?? [])
    .map((it) => [idOf(it), it.verdict, it.rule ?? ''].join('|'))
    .sort()
    .join('\n');
