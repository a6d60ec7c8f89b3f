/** The MemberCluster of a simulated member: its source, and thresholds that fit a tick. */
import type { MemberSpec } from '../../operator/model/member-spec.ts';
import { clusterName, regionName } from '../../operator/model/names.ts';
import { fraction, seconds } from '../../operator/model/units.ts';
import { TICK } from './simulation-member-parts.ts';
import type { MemberPlan } from './simulation-scenario.ts';

export function specOf({ name, provider, region, hasDataPath }: MemberPlan): MemberSpec {
  return {
    name: clusterName(name),
    uid: `uid-${name}`,
    generation: 1,
    labels: {},
    source:
      provider === 'aws'
        ? { kind: 'eks', name, region: regionName(region), roleArn: null }
        : { kind: 'aks', subscriptionId: 's', resourceGroup: 'g', name },
    cordon: false,
    tolerations: [],
    pools: [],
    health: {
      probePeriod: TICK,
      probeTimeout: seconds(3),
      failureThreshold: 3,
      downAfter: seconds(15),
      slowAfter: seconds(2),
      successThreshold: 3,
      recoverAfter: seconds(30),
      watchStaleAfter: seconds(60),
      degradedNodes: fraction(0.5),
    },
    dataPathUrl: hasDataPath ? `https://${name}.example/health` : null,
  };
}
