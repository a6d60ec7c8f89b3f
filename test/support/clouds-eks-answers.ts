/** Answers in the words of EKS, EC2, STS and the AWS price list, for a replay. */
import type { ReplayAnswer, ReplayRequest } from './clouds-replay.ts';

/** EKS writes its errors' names into a header and their text into a JSON body. */
export const eksError = (status: number, name: string, message: string): ReplayAnswer => ({
  status,
  headers: { 'x-amzn-errortype': name },
  body: { clusterName: null, nodegroupName: null, message },
});

const xml = (action: string, content: string): ReplayAnswer => ({
  headers: { 'content-type': 'text/xml;charset=UTF-8' },
  body: `<?xml version="1.0" encoding="UTF-8"?>
<${action}Response xmlns="http://ec2.amazonaws.com/doc/2016-11-15/"><requestId>7a62c49f-347e</requestId>${content}</${action}Response>`,
});

export const ec2Error = (status: number, code: string, message: string): ReplayAnswer => ({
  status,
  headers: { 'content-type': 'text/xml;charset=UTF-8' },
  body: `<?xml version="1.0" encoding="UTF-8"?>
<Response><Errors><Error><Code>${code}</Code><Message>${message}</Message></Error></Errors><RequestID>7a62c49f</RequestID></Response>`,
});

export const pricingError = (status: number, name: string, message: string): ReplayAnswer => ({
  status,
  headers: { 'content-type': 'application/x-amz-json-1.1' },
  body: { __type: `com.amazonaws.pricing#${name}`, Message: message },
});

/** A proxy's page, as it stands between an operator and a cloud on a bad day. */
export const htmlPage = (status: number): ReplayAnswer => ({
  status,
  headers: { 'content-type': 'text/html' },
  body: '<html><head><title>Service Unavailable</title></head><body>try later</body></html>',
});

export interface Subnet {
  readonly id: string;
  readonly zone: string;
}

export const subnetsAnswer = (subnets: readonly Subnet[]): ReplayAnswer =>
  xml(
    'DescribeSubnets',
    `<subnetSet>${subnets.map(({ id, zone }) => `<item><subnetId>${id}</subnetId><availabilityZone>${zone}</availabilityZone></item>`).join('')}</subnetSet>`,
  );

/** Of a GPU type, by default p5.48xlarge. */
export const gpuTypeAnswer = (
  type: string,
  gpu: { name?: string; count?: number; memoryMiB?: number; extra?: string } = {},
): ReplayAnswer =>
  xml(
    'DescribeInstanceTypes',
    `<instanceTypeSet><item><instanceType>${type}</instanceType><gpuInfo><gpus><item><count>${gpu.count ?? 8}</count>${gpu.extra ?? ''}<manufacturer>NVIDIA</manufacturer><memoryInfo><sizeInMiB>${gpu.memoryMiB ?? 81920}</sizeInMiB></memoryInfo><name>${gpu.name ?? 'H100'}</name></item></gpus></gpuInfo></item></instanceTypeSet>`,
  );

/** Of a type without accelerators. */
export const plainTypeAnswer = (type: string): ReplayAnswer =>
  xml('DescribeInstanceTypes', `<instanceTypeSet><item><instanceType>${type}</instanceType></item></instanceTypeSet>`);

export const launchTemplateAnswer = (instanceType: string): ReplayAnswer =>
  xml(
    'DescribeLaunchTemplateVersions',
    `<launchTemplateVersionSet><item><launchTemplateData><instanceType>${instanceType}</instanceType></launchTemplateData></item></launchTemplateVersionSet>`,
  );

export interface SpotRow {
  readonly type?: string;
  readonly zone?: string;
  readonly price: string;
  /** ISO date. */
  readonly at: string;
  readonly product?: string;
}

export const spotAnswer = (rows: readonly SpotRow[], nextToken = ''): ReplayAnswer =>
  xml(
    'DescribeSpotPriceHistory',
    `<spotPriceHistorySet>${rows.map(spotItem).join('')}</spotPriceHistorySet><nextToken>${nextToken}</nextToken>`,
  );

const spotItem = ({ type = 'p5.48xlarge', zone = 'us-east-1a', price, at, product = 'Linux/UNIX' }: SpotRow): string =>
  `<item><instanceType>${type}</instanceType><productDescription>${product}</productDescription><spotPrice>${price}</spotPrice><timestamp>${at}</timestamp><availabilityZone>${zone}</availabilityZone></item>`;

/** One product of the price list as the JSON text it comes as. */
export const productText = (
  usd: string,
  overrides: { instanceType?: string; unit?: string; currency?: string } = {},
): string => {
  const { instanceType = 'p5.48xlarge', unit = 'Hrs', currency = 'USD' } = overrides;
  return JSON.stringify({
    product: {
      productFamily: 'Compute Instance',
      attributes: { instanceType, regionCode: 'us-east-1', operatingSystem: 'Linux', tenancy: 'Shared' },
      sku: 'ABCDEFGHIJKLMNOP',
    },
    serviceCode: 'AmazonEC2',
    terms: {
      OnDemand: {
        'ABCDEFGHIJKLMNOP.JRTCKXETXF': {
          priceDimensions: {
            'ABCDEFGHIJKLMNOP.JRTCKXETXF.6YS6EN2CT7': {
              unit,
              endRange: 'Inf',
              beginRange: '0',
              description: `$${usd} per On Demand Linux ${instanceType} Instance Hour`,
              pricePerUnit: { [currency]: usd },
            },
          },
          termAttributes: {},
          offerTermCode: 'JRTCKXETXF',
        },
      },
    },
    version: '20260720134430',
    publicationDate: '2026-07-20T13:44:30Z',
  });
};

export const productsAnswer = (texts: readonly string[], NextToken?: string): ReplayAnswer => ({
  headers: { 'content-type': 'application/x-amz-json-1.1' },
  body: { FormatVersion: 'aws_v1', PriceList: texts, ...(NextToken === undefined ? {} : { NextToken }) },
});

/** A node group of p5.48xlarge on spot, in two zones. */
export const aNodeGroup = (overrides: Readonly<Record<string, unknown>> = {}) => ({
  nodegroupName: 'h100-spot',
  clusterName: 'prod',
  status: 'ACTIVE',
  capacityType: 'SPOT',
  scalingConfig: { minSize: 0, maxSize: 10, desiredSize: 2 },
  instanceTypes: ['p5.48xlarge'],
  subnets: ['subnet-b', 'subnet-a'],
  amiType: 'AL2023_x86_64_NVIDIA',
  labels: { team: 'ml' },
  taints: [{ key: 'nvidia.com/gpu', value: 'true', effect: 'NO_SCHEDULE' }],
  resources: { autoScalingGroups: [{ name: 'eks-h100-spot-x' }] },
  health: { issues: [] },
  tags: {},
  ...overrides,
});

export const aClusterAnswer = (overrides: Readonly<Record<string, unknown>> = {}): ReplayAnswer => ({
  body: {
    cluster: {
      name: 'prod',
      arn: 'arn:aws:eks:us-east-1:111122223333:cluster/prod',
      endpoint: 'https://ABC.gr7.us-east-1.eks.amazonaws.com',
      certificateAuthority: { data: Buffer.from('-----BEGIN CERTIFICATE-----\nMII\n').toString('base64') },
      status: 'ACTIVE',
      version: '1.37',
      ...overrides,
    },
  },
});

/** What a request asks for: the EC2 or STS action, the price list's target, or method and path on EKS. */
export const askedFor = (request: ReplayRequest): string =>
  request.form.get('Action') ?? request.headers['x-amz-target']?.split('.')[1] ?? `${request.method} ${request.path}`;

/** An AWS account with one cluster: each node group, two subnets, p5 prices. Routes override or add. */
export const anAwsAccount =
  (
    groups: readonly Readonly<Record<string, unknown>>[] = [aNodeGroup()],
    routes: Readonly<Record<string, (request: ReplayRequest) => ReplayAnswer | 'hang' | 'reset'>> = {},
  ) =>
  (request: ReplayRequest): ReplayAnswer | 'hang' | 'reset' => {
    const asked = askedFor(request);
    const route = routes[asked];
    if (route !== undefined) return route(request);
    const described = groups.find(
      (group) => asked === `GET /clusters/prod/node-groups/${String(group['nodegroupName'])}`,
    );
    if (described !== undefined) return { body: { nodegroup: described } };
    switch (asked) {
      case 'GET /clusters/prod':
        return aClusterAnswer();
      case 'GET /clusters/prod/node-groups':
        return { body: { nodegroups: groups.map((group) => group['nodegroupName']), nextToken: null } };
      case 'DescribeSubnets':
        return subnetsAnswer([
          { id: 'subnet-b', zone: 'us-east-1b' },
          { id: 'subnet-a', zone: 'us-east-1a' },
        ]);
      case 'DescribeInstanceTypes':
        return gpuTypeAnswer(request.form.get('InstanceType.1') ?? '');
      default:
        return eksError(404, 'ResourceNotFoundException', `No such thing: ${asked}.`);
    }
  };
