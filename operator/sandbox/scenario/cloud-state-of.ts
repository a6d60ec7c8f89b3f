/** The cloud state that a scenario starts with. */
import { createHash } from 'node:crypto';
import type { Instant } from '../../model/units.ts';
import type { CloudState, SandboxCluster, SandboxPool } from '../cloud-state.ts';
import { priceOverride } from './apply-event.ts';
import type { Scenario, ScenarioCluster, ScenarioPool } from './scenario.ts';

const poolState = ({ capacityByZone, manageSize: _manageSize, ...pool }: ScenarioPool): SandboxPool => ({
  ...pool,
  capacityByZone: new Map(Object.entries(capacityByZone)),
  nodesByZone: new Map(),
  trouble: null,
  revision: 1,
  updatingUntil: 0,
});

const clusterState = ({ labels: _labels, pools, ...cluster }: ScenarioCluster): SandboxCluster => ({
  ...cluster,
  server: '',
  caPem: '',
  state: 'available',
  pools: pools.map(poolState),
});

/** Secrets of the sandbox's own clouds, which open nothing else. */
function identitiesOf(seed: number): CloudState['identities'] {
  const letters = (what: string): string => createHash('sha256').update(`${seed} ${what}`).digest('hex');
  const id = (what: string): string =>
    letters(what).replace(/^(.{8})(.{4}).(.{3}).(.{3})(.{12}).*$/, '$1-$2-4$3-8$4-$5');
  return {
    aws: {
      accessKeyId: `AKIASANDBOX${letters('key').slice(0, 9).toUpperCase()}`,
      secretAccessKey: letters('secret').slice(0, 40),
      arn: 'arn:aws:iam::123456789012:user/tradewind',
    },
    azure: {
      tenantId: id('tenant'),
      clientId: id('client'),
      clientSecret: letters('client secret').slice(0, 40),
      objectId: id('object'),
    },
  };
}

/** `at` is when the sandbox starts: from then on the scenario's prices are in force. */
export function cloudStateOf(scenario: Scenario, at: Instant): CloudState {
  const clusters = scenario.clusters.map(clusterState);
  const priceOverrides = scenario.prices.flatMap((setting) =>
    clusters.filter((it) => it.name === setting.cluster).map((cluster) => priceOverride(cluster, setting, at)),
  );
  return { clusters, priceOverrides, faults: new Map(), identities: identitiesOf(scenario.seed) };
}
