/** Deployments that are alike, counted: what a large problem is made of. All distinct ones are represented by a sample. */
import type { Deployment, Problem } from '../problem.ts';

export interface Kind {
  readonly deployment: Deployment;
  /** How many deployments it stands for; not whole where it is a sample. */
  readonly weight: number;
  /** The indexes of those that are exactly like it; none where it is a sample. */
  readonly members: readonly number[];
}

/** More kinds than this make a linear program that takes longer than it saves. */
const MOST_KINDS = 90;

/** The kinds of a problem, by level. */
export function kindsOf({ deployments, levels }: Problem): readonly Kind[] {
  const signatureOf = signatures();
  const groups = [
    ...Map.groupBy(deployments.keys(), (index) => signatureOf(deployments[index] as Deployment)).values(),
  ];
  if (groups.length <= MOST_KINDS) {
    return groups.map((members) => {
      const deployment = deployments[members[0] as number] as Deployment;
      return { deployment, weight: members.length, members };
    });
  }
  return Array.from({ length: levels }, (_, level) => deployments.filter((each) => each.level === level)).flatMap(
    (own) => sample(own, Math.max(1, Math.round((MOST_KINDS * own.length) / deployments.length))),
  );
}

/** Evenly spaced members of the list, which is ordered by flexibility; together they want as much as all. */
function sample(own: readonly Deployment[], size: number): Kind[] {
  const chosen = Array.from({ length: Math.min(size, own.length) }, (_, at) => {
    return own[Math.floor(((at + 0.5) * own.length) / Math.min(size, own.length))] as Deployment;
  });
  const needOf = (list: readonly Deployment[]): number => list.reduce((sum, { need }) => sum + need, 0);
  const weight = needOf(own) / Math.max(1, needOf(chosen));
  return chosen.map((deployment) => ({ deployment, weight, members: [] }));
}

/** What tells kinds apart: everything but names, namespaces and holdings. */
function signatures(): (deployment: Deployment) => string {
  const lists = new Map<Int32Array, number>();
  const idOf = (list: Int32Array): number => {
    const known = lists.get(list) ?? lists.size;
    lists.set(list, known);
    return known;
  };
  return ({ level, need, hold, providerCap, clusterCap, spotCap, minClusters, options }) => {
    const segments = options.map(({ offerings, count, units }) => `${idOf(offerings)}:${count}:${units}`);
    return `${level}|${need}|${hold}|${providerCap}|${clusterCap}|${spotCap}|${minClusters}|${segments.join()}`;
  };
}
