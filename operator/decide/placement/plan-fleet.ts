/** The door: plans the asked workloads of a snapshot in one pass, in priority order, around all that the others hold. */
import type { FleetSnapshot } from '../../model/fleet.ts';
import type { WorkloadKey } from '../../model/names.ts';
import type { FleetPlan } from '../../model/plan.ts';
import type { CompiledFleet } from './compile-problem.ts';
import { compileFleet } from './compile-problem.ts';
import { describeWorkload } from './describe-plan.ts';
import { RoomSurvey } from './room-survey.ts';
import { solveProblem, type SolveEffort } from './solve-problem.ts';
import { withinSpendShares } from './spend-share.ts';
import { voluntaryMoves } from './voluntary-moves.ts';

export interface PlanAsk {
  /** The workloads to plan; keys that the snapshot does not have are left out. */
  readonly keys: readonly WorkloadKey[];
  /** Candidates to tell of for each workload; left out: as many as a pass has time for. */
  readonly candidates?: number;
  /** How much search the plan is worth; left out: what keeps a pass well below a second. */
  readonly effort?: SolveEffort;
}

/** Candidates that one pass tells of, shared out among its workloads. */
const CANDIDATES_PER_PASS = 50_000;
const LEAST_CANDIDATES = 5;

/** One plan for each asked workload, by key. Pure: the same snapshot and ask give the same plan. */
export function planFleet(fleet: FleetSnapshot, ask: PlanAsk): FleetPlan {
  const compiled = compileFleet(fleet, ask.keys);
  const state = withinSpendShares(compiled, (problem) => solveProblem(problem, ask.effort));
  const { moves, wakeAt } = voluntaryMoves(compiled, state.solution());
  for (const { deployment, places } of moves) {
    state.clear(deployment);
    state.restore(deployment, places);
  }
  const solved = {
    compiled,
    state,
    voluntary: new Map(moves.map(({ deployment, reason }) => [deployment, reason])),
    movableAt: wakeAt,
    candidateLimit: ask.candidates ?? candidateLimit(compiled),
    rooms: new RoomSurvey(state, fleet.at),
  };
  const plans = compiled.views.map((_, index) => describeWorkload(solved, index));
  return { workloads: plans.sort((a, b) => (a.key < b.key ? -1 : 1)) };
}

const candidateLimit = ({ views }: CompiledFleet): number =>
  Math.max(LEAST_CANDIDATES, Math.floor(CANDIDATES_PER_PASS / Math.max(1, views.length)));
