/** The whole-number decisions of a placement problem: how many replicas of a deployment on an offering. */
import type { Deployment, Placed, Problem, Solution } from '../problem.ts';
import type { ProgramBuilder } from './linear-program.ts';

export interface Choice {
  readonly deployment: number;
  readonly offering: number;
  readonly count: number;
  /** Thousandths of a unit. */
  readonly units: number;
  /** The variable that counts replicas. */
  readonly variable: number;
  readonly most: number;
  /** The variable that counts those that sit where bound ones sit already, and so take no room; -1: none can. */
  readonly sitting: number;
  /** The variable that counts those that are held and stay; -1: none is held. */
  readonly kept: number;
}

/** How many replicas could go there in an otherwise empty plan, budgets included. */
export type RoomAlone = (deployment: number, offering: number, count: number) => number;

export function choicesOf(problem: Problem, builder: ProgramBuilder, roomAlone: RoomAlone): readonly Choice[] {
  return problem.deployments.flatMap((deployment, index) =>
    placesOf(deployment).flatMap((place) => choiceOf({ deployment, index, place }, builder, roomAlone) ?? []),
  );
}

interface Place {
  readonly offering: number;
  readonly count: number;
  readonly units: number;
  readonly limit: number;
  readonly bound: number;
  readonly keep: number;
}

function placesOf({ options, held, sticky }: Deployment): readonly Place[] {
  const known = new Map(held.map((each) => [each.offering, each]));
  const open = options.flatMap(({ offerings, count, units }) =>
    Array.from(offerings, (offering): Place => {
      const here = known.get(offering);
      const keep = sticky ? (here?.keep ?? 0) : 0;
      return { offering, count, units, limit: Number.POSITIVE_INFINITY, bound: here?.bound ?? 0, keep };
    }),
  );
  const closed = held
    .filter((each) => !each.open)
    .map(({ offering, count, units, most, bound, keep }): Place => {
      return { offering, count, units, limit: most, bound, keep: sticky ? keep : 0 };
    });
  return [...open, ...closed];
}

interface Candidate {
  readonly deployment: Deployment;
  readonly index: number;
  readonly place: Place;
}

function choiceOf(
  { deployment, index, place }: Candidate,
  builder: ProgramBuilder,
  roomAlone: RoomAlone,
): Choice | null {
  const { offering, count, units, limit, bound, keep } = place;
  // More than covers the need serves nothing but the minimum of clusters, and one a cluster does for that.
  const useful = Math.max(Math.ceil(deployment.need / units), deployment.minClusters > 1 ? 1 : 0);
  const most = Math.min(roomAlone(index, offering, count), useful, limit);
  if (most <= 0) return null;
  const variable = builder.variable(most, 'whole');
  const part = (upper: number): number => {
    if (upper <= 0) return -1;
    const counted = builder.variable(Math.min(upper, most), 'continuous');
    builder.atMost(
      [
        [counted, 1],
        [variable, -1],
      ],
      0,
    );
    return counted;
  };
  return { deployment: index, offering, count, units, variable, most, sitting: part(bound), kept: part(keep) };
}

/** A solved program, in whole replicas and never more than may be there, as a solution of the problem. */
export function solutionOf(
  problem: Problem,
  choices: readonly Choice[],
  valueOf: (variable: number) => number,
): Solution {
  const places: Placed[][] = problem.deployments.map(() => []);
  for (const { deployment, offering, count, units, variable, most } of choices) {
    const replicas = Math.min(most, Math.floor(valueOf(variable) + 1e-6));
    if (replicas > 0) places[deployment]?.push({ offering, count, units, replicas });
  }
  return places;
}
