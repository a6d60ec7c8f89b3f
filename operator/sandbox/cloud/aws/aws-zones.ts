/** AWS regions of the sandbox and their availability zones. A zone's letter follows its id's number: use1-az4 is us-east-1d. */

export interface AwsRegion {
  readonly name: string;
  /** As the price list writes it. */
  readonly location: string;
  readonly zones: readonly AwsZone[];
}

export interface AwsZone {
  readonly name: string;
  readonly id: string;
}

const table: readonly (readonly [region: string, code: string, location: string, zones: readonly number[]])[] = [
  ['us-east-1', 'use1', 'US East (N. Virginia)', [1, 2, 3, 4, 5, 6]],
  ['us-east-2', 'use2', 'US East (Ohio)', [1, 2, 3]],
  ['us-west-1', 'usw1', 'US West (N. California)', [1, 3]],
  ['us-west-2', 'usw2', 'US West (Oregon)', [1, 2, 3, 4]],
  ['ca-central-1', 'cac1', 'Canada (Central)', [1, 2, 4]],
  ['eu-west-1', 'euw1', 'EU (Ireland)', [1, 2, 3]],
  ['eu-west-2', 'euw2', 'EU (London)', [1, 2, 3]],
  ['eu-central-1', 'euc1', 'EU (Frankfurt)', [1, 2, 3]],
  ['eu-north-1', 'eun1', 'EU (Stockholm)', [1, 2, 3]],
  ['eu-south-2', 'eus2', 'Europe (Spain)', [1, 2, 3]],
  ['ap-northeast-1', 'apne1', 'Asia Pacific (Tokyo)', [1, 2, 4]],
  ['ap-northeast-2', 'apne2', 'Asia Pacific (Seoul)', [1, 2, 3, 4]],
  ['ap-south-1', 'aps1', 'Asia Pacific (Mumbai)', [1, 2, 3]],
  ['ap-southeast-3', 'apse3', 'Asia Pacific (Jakarta)', [1, 2, 3]],
];

/** Every region of the sandbox's AWS. */
export const AWS_REGIONS: readonly AwsRegion[] = table.map(([name, code, location, numbers]) => ({
  name,
  location,
  zones: numbers.map((number) => ({ name: `${name}${'abcdef'.charAt(number - 1)}`, id: `${code}-az${number}` })),
}));

const byName: ReadonlyMap<string, AwsRegion> = new Map(AWS_REGIONS.map((region) => [region.name, region]));

/** The region of that name, or null. */
export const awsRegion = (name: string): AwsRegion | null => byName.get(name) ?? null;

/** The zone of that region by name (us-east-1a), or null. */
export const awsZone = (region: string, zone: string): AwsZone | null =>
  awsRegion(region)?.zones.find(({ name }) => name === zone) ?? null;
