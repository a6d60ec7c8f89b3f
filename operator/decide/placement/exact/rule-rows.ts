/** The rules that bend and the budgets that do not, as rows of a program. */
import type { Deployment, Problem } from '../problem.ts';
import { NANO } from '../problem.ts';
import type { Choice } from './choices.ts';
import type { ProgramBuilder, Term, Terms } from './linear-program.ts';

export interface Ruled {
  readonly deployment: Deployment;
  readonly own: readonly Choice[];
  /** The variable of the units placed. */
  readonly placed: number;
  readonly problem: Problem;
}

/** Adds the deployment's rules; returns what bending them counts, in units. */
export function ruleRows(builder: ProgramBuilder, ruled: Ruled): Terms {
  const { deployment, own, problem } = ruled;
  const { provider, cluster, spot } = problem.offerings;
  const clusters = [...Map.groupBy(own, ({ offering }) => cluster[offering]).values()];
  const bent: Term[] = [];
  const cap = (choices: readonly Choice[], thousandths: number): void => {
    bent.push(...capRow(builder, choices, { thousandths, hold: deployment.hold }));
  };
  for (const choices of Map.groupBy(own, ({ offering }) => provider[offering]).values())
    cap(choices, deployment.providerCap);
  for (const choices of clusters) cap(choices, deployment.clusterCap);
  cap(
    own.filter(({ offering }) => spot[offering] === 1),
    deployment.spotCap,
  );
  return deployment.minClusters > 1 ? [...bent, ...spreadRows(builder, ruled, clusters)] : bent;
}

function capRow(
  builder: ProgramBuilder,
  choices: readonly Choice[],
  { thousandths, hold }: { readonly thousandths: number; readonly hold: boolean },
): Terms {
  const most = choices.reduce((sum, choice) => sum + choice.most * choice.units, 0);
  if (most <= thousandths) return [];
  const terms = choices.map((choice): Term => [choice.variable, choice.units / 1000]);
  if (hold) {
    builder.atMost(terms, thousandths / 1000);
    return [];
  }
  const over = builder.variable((most - thousandths) / 1000, 'continuous');
  builder.atMost([...terms, [over, -1]], thousandths / 1000);
  return [[over, 1]];
}

/** At least minClusters clusters where anything is placed; a missing one counts as a unit. */
function spreadRows(
  builder: ProgramBuilder,
  { deployment, placed }: Ruled,
  clusters: readonly (readonly Choice[])[],
): Terms {
  const { minClusters, need, hold } = deployment;
  const any = builder.variable(1, 'whole');
  // Implied by the rows below for whole replicas, and much tighter for broken ones.
  builder.atMost(
    [
      [placed, 1],
      [any, need / -1000],
    ],
    0,
  );
  const used = clusters.map((choices): Term => {
    const here = builder.variable(1, 'continuous');
    builder.atMost([[here, 1], ...choices.map(({ variable }): Term => [variable, -1])], 0);
    return [here, -1];
  });
  if (hold) {
    builder.atMost([[any, minClusters], ...used], 0);
    return [];
  }
  const missing = builder.variable(minClusters, 'continuous');
  builder.atMost([[any, minClusters], ...used, [missing, -1]], 0);
  return [[missing, 1]];
}

/** Adds the budgets: each deployment's own, each namespace's, each provider's share, the fleet's. */
export function budgetRows(builder: ProgramBuilder, problem: Problem, choices: readonly Choice[]): void {
  const deploymentOf = (choice: Choice): Deployment => problem.deployments[choice.deployment] as Deployment;
  const limit = (own: readonly Choice[], nanoDollars: number): void => {
    if (nanoDollars !== Number.POSITIVE_INFINITY)
      builder.atMost(spendOf(problem, own), Math.max(0, nanoDollars / NANO + 1e-6));
  };
  for (const own of Map.groupBy(choices, deploymentOf)) limit(own[1], own[0].budget);
  for (const [namespace, own] of Map.groupBy(choices, (choice) => deploymentOf(choice).namespace)) {
    limit(own, problem.namespaceLimit[namespace] as number);
  }
  for (const [provider, own] of Map.groupBy(
    choices,
    ({ offering }) => problem.offerings.provider[offering] as number,
  )) {
    limit(own, problem.providerLimit[provider] as number);
  }
  limit(choices, problem.fleetLimit);
}

/** What the replicas cost as budgets count it, in dollars an hour. */
export const spendOf = (problem: Problem, choices: readonly Choice[]): Terms =>
  choices.map(
    ({ variable, offering, count }): Term => [variable, ((problem.offerings.price[offering] as number) * count) / NANO],
  );
