/** A compiled fleet with its finished plan: what everything that describes the plan reads. */
import type { Instant } from '../../model/units.ts';
import type { CompiledFleet } from './compile-problem.ts';
import type { PlanState } from './plan-state.ts';
import type { RoomSurvey } from './room-survey.ts';

export interface Solved {
  readonly compiled: CompiledFleet;
  readonly state: PlanState;
  /** By deployment: set where the planner decided to move without need. */
  readonly voluntary: ReadonlyMap<number, 'Price' | 'Failback'>;
  /** By deployment: when a move that only time holds back becomes possible. */
  readonly movableAt: readonly (Instant | null)[];
  /** Candidates to tell of, for each workload. */
  readonly candidateLimit: number;
  readonly rooms: RoomSurvey;
}
