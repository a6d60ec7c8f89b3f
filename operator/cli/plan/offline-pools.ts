/** What planning from files asks of status.pools beyond the schema: every figure that a plan is made of must be there. */
import type { Issue } from '../../api/issue.ts';
import { parseDecimal } from '../../api/parse-decimal.ts';
import { validateSchema } from '../../api/validate-schema.ts';
import { schemaOf } from '../../api/wire-schema.ts';
import type { MemberClusterStatus, PoolStatus } from '../../api/wire-types.ts';

/** Fields of a status that nobody knows. On a hub they may be a newer operator's; in a file they are a slip of the pen. */
export function unknownStatusFields(kind: 'MemberCluster' | 'InferenceDeployment', status: unknown): readonly Issue[] {
  if (status === undefined || status === null) return [];
  const options = { path: 'status', unknownFields: 'Refuse' } as const;
  const lenient = validateSchema(schemaOf(kind, 'status'), status, { ...options, unknownFields: 'Drop' }).issues;
  const known = new Set(lenient.map(({ path, message }) => `${path}\n${message}`));
  const strict = validateSchema(schemaOf(kind, 'status'), status, options).issues;
  return strict.filter(({ path, message }) => !known.has(`${path}\n${message}`));
}

/** What is missing or impossible in the pools of a member. */
export function poolIssues(status: MemberClusterStatus | null): readonly Issue[] {
  const pools = status?.pools ?? [];
  const first = new Map<string, number>();
  return pools.flatMap((pool, index) => {
    const path = `status.pools[${index}]`;
    const id = `${pool.name}/${pool.zone}`;
    const before = first.get(id);
    if (before === undefined) first.set(id, index);
    const repeated = `repeats the name and zone of status.pools[${before}]; remove one of them`;
    return [
      ...(before === undefined ? [] : [{ path, message: repeated }]),
      ...priceIssues(pool, path),
      ...roomIssues(pool, path),
    ];
  });
}

function priceIssues({ priceUSDPerNodeHour: price }: PoolStatus, path: string): readonly Issue[] {
  const field = `${path}.priceUSDPerNodeHour`;
  if (price === undefined)
    return [
      { path: field, message: 'is missing, and without a price nothing is placed there; add it, or remove the pool' },
    ];
  if (parseDecimal(price) === 0) return [{ path: field, message: 'must be above 0; say what a node costs in an hour' }];
  return [];
}

function roomIssues({ freeByNode = [], acceleratorsPerNode }: PoolStatus, path: string): readonly Issue[] {
  return freeByNode.flatMap((free, node) =>
    free <= acceleratorsPerNode
      ? []
      : [
          {
            path: `${path}.freeByNode[${node}]`,
            message: `is ${free}, more than a node has (acceleratorsPerNode ${acceleratorsPerNode}); correct one of them`,
          },
        ],
  );
}
