/** Scenarios of benches: fleets with exactly so much room, spread evenly over their members. */

export interface EvenFleet {
  readonly members: number;
  /** Of each member; AWS machines have 8 accelerators, Azure's 4. */
  readonly acceleratorsPerMember: number;
  /** How long a model takes to load. */
  readonly modelLoad: string;
}

const ACCELERATORS = { aws: 8, azure: 4 } as const;
const AWS_REGIONS = ['us-east-1', 'us-west-2'];
const AZURE_REGIONS = ['eastus', 'westus3'];

/** Names as `member-01`; the odd ones are EKS clusters, the even ones AKS clusters. One price for an accelerator everywhere. */
export function evenFleet({ members, acceleratorsPerMember, modelLoad }: EvenFleet): string {
  const clusters = Array.from({ length: members }, (_, index) => memberOf(index, acceleratorsPerMember));
  return JSON.stringify({
    name: 'even',
    seed: 3,
    speed: 1,
    timings: {
      nodeProvisioning: '2s',
      imagePull: '1s',
      modelLoad,
      drain: '1s',
      nodeLossDetection: '5s',
      nodeDeletion: '3s',
    },
    clusters: clusters.map(({ cluster }) => cluster),
    prices: clusters.map(({ price }) => price),
  });
}

function memberOf(index: number, accelerators: number): { readonly cluster: object; readonly price: object } {
  const provider = index % 2 === 0 ? 'aws' : 'azure';
  const name = memberName(index);
  const nodes = Math.ceil(accelerators / ACCELERATORS[provider]);
  const size = { min: nodes, max: nodes, desired: nodes };
  const nth = Math.floor(index / 2) % 2;
  const region = (provider === 'aws' ? AWS_REGIONS : AZURE_REGIONS)[nth];
  const machine =
    provider === 'aws'
      ? { instanceType: 'p4de.24xlarge', zones: [nth === 0 ? 'us-east-1d' : 'us-west-2c'] }
      : { instanceType: 'Standard_NC96ads_A100_v4', zones: [nth === 0 ? 'eastus-1' : 'westus3-3'] };
  return {
    cluster: {
      name,
      provider,
      region,
      pools: [{ name: 'gpu', capacityType: 'on-demand', autoscaled: true, ...machine, ...size }],
    },
    price: { cluster: name, pool: 'gpu', usdPerHour: 3 * ACCELERATORS[provider] },
  };
}

export const memberName = (index: number): string => `member-${String(index + 1).padStart(2, '0')}`;
