/** The MemberCluster that tells an operator on the hub of a cluster of the scenario. */
import type { KubeDocument, ResourceRef } from '../kube-api.ts';
import type { ScenarioCluster, ScenarioPool } from './scenario.ts';

export const MEMBER_CLUSTERS: ResourceRef = { group: 'tradewind.dev', version: 'v1alpha1', plural: 'memberclusters' };

/** As a user would write it: how it is reached, which pools the operator may size, and the taints to tolerate. */
export function memberClusterOf(cluster: ScenarioCluster): KubeDocument {
  const { name, region, subscriptionId, resourceGroup, labels, health } = cluster;
  const reach =
    cluster.provider === 'aws' ? { eks: { name, region } } : { aks: { subscriptionId, resourceGroup, name } };
  const pools = cluster.pools
    .map((pool) => poolOverrides(cluster, pool))
    .filter((pool) => Object.keys(pool).length > 1);
  return {
    apiVersion: 'tradewind.dev/v1alpha1',
    kind: 'MemberCluster',
    metadata: { name, labels: { ...labels } },
    spec: {
      ...reach,
      ...(pools.length > 0 ? { pools } : {}),
      ...(Object.keys(health).length > 0 ? { health } : {}),
    },
  };
}

function poolOverrides({ provider }: ScenarioCluster, pool: ScenarioPool): object {
  const spotTaint = { key: 'kubernetes.azure.com/scalesetpriority', value: 'spot', effect: 'NoSchedule' };
  const taints = provider === 'azure' && pool.capacityType === 'spot' ? [spotTaint, ...pool.taints] : pool.taints;
  const tolerations = taints.map(({ key, value, effect }) =>
    value === '' ? { key, operator: 'Exists', effect } : { key, operator: 'Equal', value, effect },
  );
  return {
    name: pool.name,
    ...(pool.manageSize ? { manageSize: true } : {}),
    ...(tolerations.length > 0 ? { tolerations } : {}),
  };
}
