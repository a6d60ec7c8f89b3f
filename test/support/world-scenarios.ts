/** Scenario texts for tests: the least that is valid, with fields replaced. */
import { dump } from 'js-yaml';

interface PlainPool {
  [field: string]: unknown;
}

const pool = (overrides: PlainPool = {}): PlainPool => ({
  name: 'spot',
  instanceType: 'p5.48xlarge',
  capacityType: 'spot',
  zones: ['us-east-1a', 'us-east-1b'],
  min: 0,
  max: 4,
  desired: 1,
  ...overrides,
});

const aksPool = (overrides: PlainPool = {}): PlainPool =>
  pool({ instanceType: 'Standard_NC96ads_A100_v4', zones: ['eastus-1'], ...overrides });

/** A scenario of one EKS and one AKS cluster; fields given replace those of the top level or of the pools. */
export function scenarioText(
  overrides: { top?: object; eksPool?: PlainPool; aksPool?: PlainPool; eks?: object } = {},
): string {
  return dump({
    seed: 3,
    clusters: [
      { name: 'aws-east', provider: 'aws', region: 'us-east-1', pools: [pool(overrides.eksPool)], ...overrides.eks },
      { name: 'azure-east', provider: 'azure', region: 'eastus', pools: [aksPool(overrides.aksPool)] },
    ],
    ...overrides.top,
  });
}
