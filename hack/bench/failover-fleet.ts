/** The fleet that failovers are timed on: everything serves from the cheapest member, and three others have room for it. */

export const LOST = 'azure-east';
export const MEMBERS = ['azure-east', 'azure-west', 'aws-east', 'aws-west'] as const;

const ACCELERATORS_PER_AZURE_NODE = 4;
const SPARE_NODES = 4;

const AZURE = { instanceType: 'Standard_NC96ads_A100_v4', capacityType: 'spot' };
const AWS = { instanceType: 'p4de.24xlarge', capacityType: 'spot' };

export interface FailoverFleet {
  /** Accelerators wanted in all. */
  readonly accelerators: number;
  /** Machines and models are quick, so that a story is short; everything else is as it comes. */
  readonly modelLoad: string;
  /** Where the operator may ask whether a member serves, by member; null: nowhere, as by default. */
  readonly dataPathURL: ((member: string) => string) | null;
}

export function failoverFleet({ accelerators, modelLoad, dataPathURL }: FailoverFleet): string {
  const needed = Math.ceil(accelerators / ACCELERATORS_PER_AZURE_NODE);
  const size = { min: 0, max: needed + SPARE_NODES };
  const pool = (machine: object, zone: string, desired: number): object[] => [
    { name: 'spot', ...machine, zones: [zone], ...size, desired },
  ];
  return JSON.stringify({
    name: 'failover',
    seed: 5,
    speed: 1,
    timings: {
      nodeProvisioning: '6s',
      imagePull: '1s',
      modelLoad,
      drain: '1s',
      nodeLossDetection: '5s',
      nodeDeletion: '3s',
    },
    clusters: [
      { name: LOST, provider: 'azure', region: 'eastus', pools: pool(AZURE, 'eastus-1', needed) },
      { name: 'azure-west', provider: 'azure', region: 'westus2', pools: pool(AZURE, 'westus2-1', 1) },
      { name: 'aws-east', provider: 'aws', region: 'us-east-1', pools: pool(AWS, 'us-east-1d', 1) },
      { name: 'aws-west', provider: 'aws', region: 'us-west-2', pools: pool(AWS, 'us-west-2c', 1) },
    ].map((it) => (dataPathURL === null ? it : { ...it, health: { dataPathURL: dataPathURL(it.name) } })),
    prices: [
      { cluster: LOST, pool: 'spot', usdPerHour: 6 },
      { cluster: 'azure-west', pool: 'spot', usdPerHour: 9 },
      { cluster: 'aws-east', pool: 'spot', usdPerHour: 20 },
      { cluster: 'aws-west', pool: 'spot', usdPerHour: 24 },
    ],
  });
}
