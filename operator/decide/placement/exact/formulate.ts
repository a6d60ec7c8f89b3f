/** The placement problem as a mixed-integer program. Its goals stand in the order of scores (lexicographic-score.ts). */
import type { Problem } from '../problem.ts';
import { NANO } from '../problem.ts';
import type { SeededRandom } from '../seeded-random.ts';
import type { Choice, RoomAlone } from './choices.ts';
import { choicesOf } from './choices.ts';
import type { Goal, LinearProgram, Term, Terms } from './linear-program.ts';
import { merge, ProgramBuilder } from './linear-program.ts';
import { roomRows } from './room-rows.ts';
import { budgetRows, ruleRows, spendOf } from './rule-rows.ts';

/** How much of the spend is added to a goal, at most, in units: far less than any two values of a goal differ. */
const SPEND_WEIGHT = 0.02;

export interface Formulation {
  readonly program: LinearProgram;
  readonly choices: readonly Choice[];
}

/**
 * Goals: units placed at each level (negated), relaxation, held replicas that stay (negated), cost in dollars an hour.
 * `random` varies what is preferred among equals, so that a second search does not repeat the first.
 */
export function formulate(problem: Problem, roomAlone: RoomAlone, random: SeededRandom): Formulation {
  const builder = new ProgramBuilder();
  const choices = choicesOf(problem, builder, roomAlone);
  const units: Term[][] = Array.from({ length: problem.levels }, () => []);
  const bent: Term[] = [];
  for (const [index, own] of Map.groupBy(choices, (choice) => choice.deployment)) {
    const deployment = problem.deployments[index];
    if (!deployment) continue;
    const placed = builder.variable(deployment.need / 1000, 'continuous');
    builder.atMost([[placed, 1], ...own.map((choice): Term => [choice.variable, choice.units / -1000])], 0);
    units[deployment.level]?.push([placed, -1]);
    bent.push(...ruleRows(builder, { deployment, own, placed, problem }));
  }
  budgetRows(builder, problem, choices);
  const kept = choices.filter((choice) => choice.kept >= 0).map((choice): Term => [choice.kept, -1]);
  const cost = [...Map.groupBy(choices, (choice) => choice.offering).values()].flatMap((own) =>
    roomRows(builder, problem.offerings, own),
  );
  const thrifty = thriftOf(problem, choices, random);
  const goals = [...units.map(thrifty), thrifty(bent), thrifty(kept), { terms: cost, objective: cost, excess: 0 }];
  return { program: builder.build(goals), choices };
}

/** Goals of units do not care what they spend, but budgets do: among equals, thrifty solutions are easier to make whole. */
function thriftOf(problem: Problem, choices: readonly Choice[], random: SeededRandom): (terms: Terms) => Goal {
  const { price } = problem.offerings;
  const most = problem.deployments.reduce((sum, { need, minClusters, options }) => {
    const costs = options.map(({ offerings, count, units }) => {
      const dearest = offerings.reduce((worst, offering) => Math.max(worst, price[offering] as number), 0);
      return ((Math.ceil(need / units) + minClusters) * count * dearest) / NANO;
    });
    return sum + Math.max(0, ...costs);
  }, 0);
  const weight = SPEND_WEIGHT / (2 * Math.max(1, most));
  const light = spendOf(problem, choices).map(([variable, dollars]): Term => {
    return [variable, dollars * weight * (1 + random.next())];
  });
  return (terms) => ({ terms, objective: merge(terms, light), excess: SPEND_WEIGHT });
}
