/**
 * A bound on what any plan of a large fleet can reach: the linear relaxation, over kinds of identical deployments, in broken
 * replicas and without the idle accelerators of opened nodes. No whole plan is better, and few can be as good.
 */
import type { Highs } from 'highs';
import type { Deployment, Problem } from '../../operator/decide/placement/problem.ts';
import { NANO } from '../../operator/decide/placement/problem.ts';

/** Short in units by level, highest first; relaxation in units; cost in dollars an hour. */
export interface Bound {
  readonly short: readonly number[];
  readonly relaxed: number;
  readonly cost: number;
}

interface Kind {
  readonly deployment: Deployment;
  readonly members: number;
}

export function boundOf(problem: Problem, highs: Highs): Bound {
  const kinds = kindsOf(problem);
  const rows: string[] = [];
  const bounds: string[] = [];
  const used = new Map<number, { readonly name: string; readonly count: number }[]>();
  const units: string[][] = Array.from({ length: problem.levels }, () => []);
  const bent: string[] = [];
  const cost: string[] = [];
  kinds.forEach(({ deployment, members }, at) => {
    const own: { readonly name: string; readonly offering: number; readonly units: number }[] = [];
    deployment.options.forEach((segment, shape) => {
      for (const offering of segment.offerings) {
        const name = `x${at}_${shape}_${offering}`;
        own.push({ name, offering, units: segment.units / 1000 });
        used.set(offering, [...(used.get(offering) ?? []), { name, count: segment.count }]);
        cost.push(`${(segment.count * (problem.offerings.effective[offering] as number)) / NANO} ${name}`);
      }
    });
    if (own.length === 0) return;
    rows.push(`${own.map(({ name, units: each }) => `${each} ${name}`).join(' + ')} - y${at} >= 0`);
    bounds.push(`0 <= y${at} <= ${(deployment.need / 1000) * members}`);
    units[deployment.level]?.push(`y${at}`);
    if (deployment.minClusters > 1) {
      // As many replicas as clusters, in each deployment that has any units.
      const perUnit = deployment.minClusters / (deployment.need / 1000);
      const missing = deployment.hold ? '' : ` + m${at}`;
      rows.push(`${own.map(({ name }) => name).join(' + ')}${missing} - ${perUnit} y${at} >= 0`);
      if (!deployment.hold) bent.push(`m${at}`);
    }
    const cap = (name: string, choices: typeof own, thousandths: number): void => {
      if (thousandths === Number.POSITIVE_INFINITY || choices.length === 0) return;
      const over = deployment.hold ? '' : ` - ${name}`;
      rows.push(
        `${choices.map((each) => `${each.units} ${each.name}`).join(' + ')}${over} <= ${(thousandths / 1000) * members}`,
      );
      if (!deployment.hold) bent.push(name);
    };
    const { provider, cluster, spot } = problem.offerings;
    for (const [key, choices] of Map.groupBy(own, ({ offering }) => provider[offering]))
      cap(`p${at}_${key}`, choices, deployment.providerCap);
    for (const [key, choices] of Map.groupBy(own, ({ offering }) => cluster[offering]))
      cap(`c${at}_${key}`, choices, deployment.clusterCap);
    cap(
      `s${at}`,
      own.filter(({ offering }) => spot[offering] === 1),
      deployment.spotCap,
    );
  });
  for (const [offering, choices] of used) {
    const sizes = [...new Set(choices.map(({ count }) => count))];
    for (const size of sizes) {
      const whole = (room: number): number => Math.floor(room / size) * size;
      const standing = (problem.offerings.free[offering] ?? []).reduce((sum, free) => sum + whole(free), 0);
      const room =
        standing +
        (problem.offerings.growable[offering] as number) * whole(problem.offerings.perNode[offering] as number);
      rows.push(
        `${choices
          .filter(({ count }) => count >= size)
          .map(({ name, count }) => `${count} ${name}`)
          .join(' + ')} <= ${room}`,
      );
    }
  }
  const solve = (objective: readonly string[], sense: string): number => {
    if (objective.length === 0) return 0;
    const text = `${sense}\n obj: ${objective.join(' + ')}\nSubject To\n${rows.join('\n')}\nBounds\n${bounds.join('\n')}\nEnd`;
    const solution = highs.solve(text, { output_flag: false, solver: 'simplex' });
    if (solution.Status !== 'Optimal') throw new Error(`the bound is ${solution.Status}`);
    return solution.ObjectiveValue;
  };
  const short = units.map((terms, level) => {
    const wanted = problem.deployments.reduce((sum, each) => sum + (each.level === level ? each.need / 1000 : 0), 0);
    const placed = solve(terms, 'Maximize');
    if (terms.length > 0) rows.push(`${terms.join(' + ')} >= ${placed - 1e-4}`);
    return wanted - placed;
  });
  const relaxed = solve(bent, 'Minimize');
  if (bent.length > 0) rows.push(`${bent.join(' + ')} <= ${relaxed + 1e-4}`);
  return { short, relaxed, cost: solve(cost, 'Minimize') };
}

/** Identical deployments, counted. */
function kindsOf({ deployments }: Problem): readonly Kind[] {
  const lists = new Map<Int32Array, number>();
  const idOf = (list: Int32Array): number => {
    const known = lists.get(list) ?? lists.size;
    lists.set(list, known);
    return known;
  };
  const keyOf = ({ level, need, hold, options, ...rules }: Deployment): string =>
    JSON.stringify([
      [level, need, hold, rules.providerCap, rules.clusterCap, rules.spotCap, rules.minClusters],
      options.map(({ offerings, count, units }) => [idOf(offerings), count, units]),
    ]);
  return [...Map.groupBy(deployments, keyOf).values()].map((members) => ({
    deployment: members[0] as Deployment,
    members: members.length,
  }));
}
