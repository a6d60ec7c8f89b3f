/** The placement problem as a mixed-integer program: units level by level, then relaxation, then cost. For deployments that hold nothing. */
import { NANO } from '../problem.ts';
import type { Deployment, Placed, Problem, Solution } from '../problem.ts';
import { divides } from '../packing.ts';
import type { Goal, LinearProgram, Terms } from './linear-program.ts';
import { ProgramBuilder } from './linear-program.ts';

/** One option of one deployment, and the variable that counts its replicas. */
export interface Choice {
  readonly deployment: number;
  readonly offering: number;
  readonly count: number;
  /** Thousandths of a unit. */
  readonly units: number;
  readonly variable: number;
  readonly most: number;
}

export interface Formulation {
  readonly program: LinearProgram;
  readonly choices: readonly Choice[];
}

type Term = readonly [number, number];
/** Whether a replica could go there in an empty fleet, and how many. */
export type RoomAlone = (deployment: number, offering: number, count: number) => number;

/** Goals in order: one a level (units placed, negated), relaxation in units, cost in dollars an hour. */
export function formulate(problem: Problem, roomAlone: RoomAlone): Formulation {
  const builder = new ProgramBuilder();
  const choices = problem.deployments.flatMap((deployment, index) =>
    choicesOf(deployment, index, { builder, roomAlone }),
  );
  const units: Term[][] = Array.from({ length: problem.levels }, () => []);
  const relaxed: Term[] = [];
  const byDeployment = Map.groupBy(choices, (choice) => choice.deployment);
  problem.deployments.forEach((deployment, index) => {
    const own = byDeployment.get(index) ?? [];
    if (own.length === 0) return;
    const placed = builder.variable(deployment.need / 1000, 'continuous');
    builder.atMost([[placed, 1], ...own.map((choice): Term => [choice.variable, -choice.units / 1000])], 0);
    units[deployment.level]?.push([placed, -1]);
    relaxed.push(...softRules(builder, { deployment, own, placed, problem }));
    spend(builder, own, { problem, limit: deployment.budget });
  });
  sharedBudgets(builder, problem, choices);
  const cost = [...Map.groupBy(choices, (choice) => choice.offering)].flatMap(([offering, own]) =>
    room(builder, problem, { offering, own }),
  );
  const light = lightly(problem, choices);
  return { program: builder.build([...units.map(light), light(relaxed), { terms: cost, objective: cost, excess: 0 }]), choices };
}

/** How much of the spend is added to a goal, at most, in units: far less than any two values of a goal differ. */
const SPEND_WEIGHT = 0.02;

/** Goals of units do not care what they spend, but budgets do: among equals the thrifty ones are easier to make whole. */
function lightly(problem: Problem, choices: readonly Choice[]): (terms: Terms) => Goal {
  const price = problem.offerings.price;
  const spend = choices.map((choice): Term => [choice.variable, ((price[choice.offering] as number) * choice.count) / NANO]);
  const most = problem.deployments.reduce((sum, { need, minClusters, options }) => {
    const dearest = options.offering.reduce((worst, offering, at) => {
      const each = ((price[offering] as number) * (options.count[at] as number)) / NANO;
      return Math.max(worst, each * (Math.ceil(need / (options.units[at] as number)) + minClusters));
    }, 0);
    return sum + dearest;
  }, 0);
  const weight = SPEND_WEIGHT / Math.max(1, most);
  return (terms) => ({
    terms,
    objective: merge(terms, spend.map(([variable, dollars]): Term => [variable, dollars * weight])),
    excess: SPEND_WEIGHT,
  });
}

/** The whole numbers of a solved program as a solution of the problem. */
export function solutionOf(problem: Problem, choices: readonly Choice[], replicasOf: (choice: Choice) => number): Solution {
  const places: Placed[][] = problem.deployments.map(() => []);
  for (const choice of choices) {
    const replicas = replicasOf(choice);
    const { offering, count, units } = choice;
    if (replicas > 0) places[choice.deployment]?.push({ offering, count, units, replicas });
  }
  return places;
}

function choicesOf(
  { options, need, minClusters }: Deployment,
  index: number,
  { builder, roomAlone }: { readonly builder: ProgramBuilder; readonly roomAlone: RoomAlone },
): Choice[] {
  const choices: Choice[] = [];
  options.offering.forEach((offering, at) => {
    const count = options.count[at] as number;
    const units = options.units[at] as number;
    // More than covers the need serves nothing but the minimum of clusters, and one a cluster does for that.
    const most = Math.min(roomAlone(index, offering, count), Math.max(Math.ceil(need / units), minClusters > 1 ? 1 : 0));
    if (most > 0) {
      choices.push({ deployment: index, offering, count, units, most, variable: builder.variable(most, 'whole') });
    }
  });
  return choices;
}

interface Ruled {
  readonly deployment: Deployment;
  readonly own: readonly Choice[];
  /** The variable of the units placed. */
  readonly placed: number;
  readonly problem: Problem;
}

/** Returns what bending the rules counts. */
function softRules(builder: ProgramBuilder, { deployment, own, placed, problem }: Ruled): Term[] {
  const { provider, cluster, spot } = problem.offerings;
  const relaxed: Term[] = [];
  const cap = (choices: readonly Choice[], thousandths: number): void => {
    const most = choices.reduce((sum, choice) => sum + choice.most * choice.units, 0);
    if (most <= thousandths) return;
    const terms = choices.map((choice): Term => [choice.variable, choice.units / 1000]);
    if (deployment.hold) builder.atMost(terms, thousandths / 1000);
    else {
      const over = builder.variable((most - thousandths) / 1000, 'continuous');
      builder.atMost([...terms, [over, -1]], thousandths / 1000);
      relaxed.push([over, 1]);
    }
  };
  for (const choices of Map.groupBy(own, ({ offering }) => provider[offering]).values()) cap(choices, deployment.providerCap);
  const clusters = [...Map.groupBy(own, ({ offering }) => cluster[offering]).values()];
  for (const choices of clusters) cap(choices, deployment.clusterCap);
  cap(own.filter(({ offering }) => spot[offering] === 1), deployment.spotCap);
  if (deployment.minClusters > 1) relaxed.push(...spread(builder, { deployment, placed }, clusters));
  return relaxed;
}

/** At least minClusters clusters where anything is placed; a missing one counts as a unit. */
function spread(
  builder: ProgramBuilder,
  { deployment, placed }: Pick<Ruled, 'deployment' | 'placed'>,
  clusters: readonly (readonly Choice[])[],
): Term[] {
  const { minClusters } = deployment;
  const any = builder.variable(1, 'whole');
  // Implied by the rows below for whole replicas, and much tighter for broken ones.
  builder.atMost([[placed, 1], [any, deployment.need / -1000]], 0);
  const used: Term[] = [];
  for (const choices of clusters) {
    const here = builder.variable(1, 'continuous');
    builder.atMost([[here, 1], ...choices.map((choice): Term => [choice.variable, -1])], 0);
    used.push([here, -1]);
    for (const choice of choices) builder.atMost([[choice.variable, 1], [any, -choice.most]], 0);
  }
  if (deployment.hold) {
    builder.atMost([[any, minClusters], ...used], 0);
    return [];
  }
  const missing = builder.variable(minClusters, 'continuous');
  builder.atMost([[any, minClusters], ...used, [missing, -1]], 0);
  return [[missing, 1]];
}

function spend(
  builder: ProgramBuilder,
  choices: readonly Choice[],
  { problem, limit }: { readonly problem: Problem; readonly limit: number },
): void {
  if (limit === Number.POSITIVE_INFINITY) return;
  const price = problem.offerings.price;
  const terms = choices.map((choice): Term => [choice.variable, ((price[choice.offering] as number) * choice.count) / NANO]);
  builder.atMost(terms, Math.max(0, limit / NANO + 1e-6));
}

function sharedBudgets(builder: ProgramBuilder, problem: Problem, choices: readonly Choice[]): void {
  const namespaceOf = (choice: Choice): number => problem.deployments[choice.deployment]?.namespace ?? 0;
  for (const [namespace, own] of Map.groupBy(choices, namespaceOf)) {
    spend(builder, own, { problem, limit: problem.namespaceLimit[namespace] as number });
  }
  for (const [provider, own] of Map.groupBy(choices, ({ offering }) => problem.offerings.provider[offering] as number)) {
    spend(builder, own, { problem, limit: problem.providerLimit[provider] as number });
  }
  spend(builder, choices, { problem, limit: problem.fleetLimit });
}

interface OnOffering {
  readonly offering: number;
  readonly own: readonly Choice[];
}

/** The packing of one offering; returns what its use costs. */
function room(builder: ProgramBuilder, { offerings }: Problem, { offering, own }: OnOffering): Term[] {
  const sizes = [...new Set(own.map(({ count }) => count))].sort((a, b) => a - b);
  const perNode = offerings.perNode[offering] as number;
  const growable = offerings.growable[offering] as number;
  const price = (offerings.price[offering] as number) / NANO;
  const extra = (offerings.interruption[offering] as number) / NANO;
  const bins: Bins = { free: offerings.free[offering] ?? [], perNode, growable, sizes, price };
  const use = divides(sizes, perNode, growable) ? levels(builder, bins, own) : patterns(builder, bins, own);
  return extra === 0 ? use : merge(use, own.map((choice): Term => [choice.variable, choice.count * extra]));
}

function merge(...lists: readonly Terms[]): Term[] {
  const sums = new Map<number, number>();
  for (const [variable, coefficient] of lists.flat()) sums.set(variable, (sums.get(variable) ?? 0) + coefficient);
  return [...sums];
}

interface Bins {
  readonly free: readonly number[];
  readonly perNode: number;
  readonly growable: number;
  readonly sizes: readonly number[];
  readonly price: number;
}

/** Level sums (packing.ts), with the nodes to open as a variable. */
function levels(builder: ProgramBuilder, { free, perNode, growable, sizes, price }: Bins, own: readonly Choice[]): Term[] {
  const taken = own.map((choice): Term => [choice.variable, choice.count]);
  const opened = growable > 0 ? builder.variable(growable, 'whole') : -1;
  const smallest = sizes[0] as number;
  let tightest = Number.POSITIVE_INFINITY;
  for (const size of sizes) {
    const whole = (room: number): number => Math.floor(room / size) * size;
    const standing = free.reduce((sum, left) => sum + whole(left), 0);
    // A level that leaves as much room as the one below it says nothing new.
    if (standing === tightest) continue;
    tightest = standing;
    const terms = own.filter(({ count }) => count >= size).map((choice): Term => [choice.variable, choice.count]);
    builder.atMost(opened < 0 ? terms : [...terms, [opened, -whole(perNode)]], standing);
  }
  if (opened < 0) return taken.map(([variable, count]): Term => [variable, count * price]);
  const idle = builder.variable(growable * perNode, 'continuous');
  // charged = used + idle, and is at least the opened nodes, and what their unusable rest leaves to standing ones.
  const usable = Math.floor(perNode / smallest) * smallest;
  builder.atMost([[opened, usable], [idle, -1], ...taken.map(([variable, count]): Term => [variable, -count])], 0);
  const unusable = perNode - usable;
  const cost = [...taken.map(([variable, count]): Term => [variable, count * price]), [idle, price] as const];
  return unusable > 0 ? [...cost, [opened, unusable * price]] : cost;
}

/** Sizes that do not divide one another: how many nodes are filled in each of the fullest ways. */
function patterns(builder: ProgramBuilder, { free, perNode, growable, sizes, price }: Bins, own: readonly Choice[]): Term[] {
  const supply = sizes.map((): Term[] => []);
  const onStanding = sizes.map(() => builder.variable(free.length * perNode + 1, 'whole'));
  const inOpened = sizes.map(() => builder.variable(growable * perNode, 'whole'));
  const opened: Term[] = [];
  const fill = (room: number, nodes: number, into: readonly Term[][]): void => {
    const used: Term[] = [];
    for (const pattern of fullest(room, sizes)) {
      const variable = builder.variable(nodes, 'whole');
      used.push([variable, 1]);
      pattern.forEach((count, at) => {
        if (count > 0) into[at]?.push([variable, -count]);
      });
      if (into !== supply) opened.push([variable, perNode * price]);
    }
    builder.atMost(used, nodes);
  };
  for (const [room, nodes] of Map.groupBy(free, (left) => left)) fill(room, nodes.length, supply);
  const fresh = sizes.map((): Term[] => []);
  if (growable > 0) fill(perNode, growable, fresh);
  const cost: Term[] = [...opened];
  sizes.forEach((size, at) => {
    const [standing, open] = [onStanding[at] as number, inOpened[at] as number];
    builder.atMost([[standing, 1], ...(supply[at] ?? [])], 0);
    builder.atMost([[open, 1], ...(fresh[at] ?? [])], 0);
    const wanted = own.filter(({ count }) => count === size).map((choice): Term => [choice.variable, 1]);
    builder.atMost([...wanted, [standing, -1], [open, -1]], 0);
    cost.push([standing, size * price]);
  });
  return cost;
}

/** Every way to fill a node so that no further replica fits. */
function fullest(room: number, sizes: readonly number[]): number[][] {
  const found: number[][] = [];
  const extend = (at: number, left: number, counts: readonly number[]): void => {
    const size = sizes[at];
    if (size === undefined) {
      if (left < (sizes[0] as number)) found.push([...counts]);
      return;
    }
    for (let count = Math.floor(left / size); count >= 0; count -= 1) extend(at + 1, left - count * size, [...counts, count]);
  };
  extend(0, room, []);
  return found.filter((pattern) => pattern.some((count) => count > 0));
}
