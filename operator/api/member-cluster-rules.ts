/** The CEL rules of MemberCluster, for objects that no API server has validated. A test holds the two equal. */
import { parseDuration } from './parse-duration.ts';
import type { SpecRule } from './parse-object.ts';
import type { MemberClusterSpec, PoolSpec } from './wire-types.ts';

type Rule = SpecRule<MemberClusterSpec>;

const pools = (spec: MemberClusterSpec, isBroken: (pool: PoolSpec) => boolean): readonly string[] =>
  (spec.pools ?? []).flatMap((pool, index) => (isBroken(pool) ? [`spec.pools[${index}]`] : []));

const describesNodes = (pool: PoolSpec): boolean =>
  [pool.accelerator, pool.acceleratorsPerNode, pool.capacityType, pool.zones, pool.nodeSelector].some(
    (it) => it !== undefined,
  );

const exceeds = (a: string, b: string): boolean => (parseDuration(a) ?? 0) > (parseDuration(b) ?? 0);

const tolerationsOf = (spec: MemberClusterSpec) => [
  ...(spec.tolerations ?? []).map((it, index) => [`spec.tolerations[${index}]`, it] as const),
  ...(spec.pools ?? []).flatMap((pool, at) =>
    (pool.tolerations ?? []).map((it, index) => [`spec.pools[${at}].tolerations[${index}]`, it] as const),
  ),
];

/** Every rule that holds for an object by itself; what may not change is only seen by the API server. */
export const MEMBER_CLUSTER_RULES: readonly Rule[] = [
  {
    message: 'a member is reached by exactly one of eks, aks and kubeconfig',
    breaches: ({ eks, aks, kubeconfig }) =>
      [eks, aks, kubeconfig].filter((it) => it !== undefined).length === 1 ? [] : ['spec'],
  },
  {
    message: 'provider and region are for kubeconfig members; eks and aks know their own, remove them',
    breaches: ({ kubeconfig, provider, region }) =>
      kubeconfig === undefined && (provider !== undefined || region !== undefined) ? ['spec'] : [],
  },
  {
    message:
      'accelerator, acceleratorsPerNode, capacityType, zones and nodeSelector of a pool are for kubeconfig members; the clouds know their own, remove them',
    breaches: (spec) => (spec.kubeconfig === undefined ? pools(spec, describesNodes) : []),
  },
  {
    message: 'each pool of a kubeconfig member must say its accelerator and acceleratorsPerNode',
    breaches: (spec) =>
      spec.kubeconfig === undefined
        ? []
        : pools(spec, (it) => it.accelerator === undefined || it.acceleratorsPerNode === undefined),
  },
  {
    message: 'manageSize needs a cloud that can resize the pool; remove it from kubeconfig members',
    breaches: (spec) => (spec.kubeconfig === undefined ? [] : pools(spec, (it) => it.manageSize)),
  },
  {
    message: 'maxNodes bounds what manageSize does; set manageSize or remove it',
    breaches: (spec) => pools(spec, (it) => it.maxNodes !== undefined && !it.manageSize),
  },
  {
    message: 'health.slowAfter may not exceed health.probeTimeout; lower it or raise probeTimeout',
    breaches: ({ health }) => (exceeds(health.slowAfter, health.probeTimeout) ? ['spec.health.slowAfter'] : []),
  },
  {
    message: 'health.probePeriod may not exceed health.downAfter; lower it or raise downAfter',
    breaches: ({ health }) => (exceeds(health.probePeriod, health.downAfter) ? ['spec.health.probePeriod'] : []),
  },
  {
    message: 'a toleration with operator Exists takes no value, and one with Equal needs a key',
    breaches: (spec) =>
      tolerationsOf(spec)
        .filter(([, it]) => (it.operator === 'Exists' ? it.value !== undefined : it.key === undefined))
        .map(([path]) => path),
  },
  {
    message: 'labels under tradewind.dev/ belong to the operator; remove them',
    breaches: (spec) =>
      pools(spec, ({ labels }) => Object.keys(labels ?? {}).some((key) => key.startsWith('tradewind.dev/'))),
  },
];
