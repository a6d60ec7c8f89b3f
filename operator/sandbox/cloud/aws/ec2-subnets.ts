/** DescribeSubnets and DescribeAvailabilityZones: the zones behind the subnets that EKS names. */
import { awsIdOf } from '../identifiers.ts';
import { ServiceRefusal, type CloudContext } from '../service-endpoint.ts';
import { awsRegion, awsZone } from './aws-zones.ts';
import { subnetOf } from './eks-nodegroup.ts';
import { filterParameters, listParameter, passes } from './query-parameters.ts';
import type { XmlNode } from './xml.ts';

interface Subnet {
  readonly id: string;
  readonly vpc: string;
  readonly zone: string;
}

function subnetsOf(context: CloudContext, region: string): readonly Subnet[] {
  const clusters = context.state.clusters.filter((c) => c.provider === 'aws' && c.region === region);
  return clusters.flatMap((cluster) =>
    [...new Set(cluster.pools.flatMap(({ zones }) => zones))].map((zone) => ({
      id: subnetOf(cluster, zone),
      vpc: awsIdOf('vpc', `${region}/${cluster.name}`),
      zone,
    })),
  );
}

/** The subnets of the region's clusters, one for each zone that a pool uses. */
export function subnets(context: CloudContext, form: URLSearchParams, region: string): readonly XmlNode[] {
  const all = subnetsOf(context, region);
  const ids = listParameter(form, 'SubnetId');
  const missing = ids.find((id) => !all.some((subnet) => subnet.id === id));
  if (missing !== undefined) {
    throw new ServiceRefusal(`The subnet ID '${missing}' does not exist`, {
      status: 400,
      code: 'InvalidSubnetID.NotFound',
    });
  }
  const invalid = (name: string): ServiceRefusal =>
    new ServiceRefusal(`The filter '${name}' is invalid`, { status: 400, code: 'InvalidParameterValue' });
  return all
    .filter(
      ({ id, vpc, zone }) =>
        (ids.length === 0 || ids.includes(id)) &&
        passes({ 'subnet-id': id, 'vpc-id': vpc, 'availability-zone': zone }, filterParameters(form), invalid),
    )
    .map(({ id, vpc, zone }, index) => ({
      subnetId: id,
      state: 'available',
      vpcId: vpc,
      cidrBlock: `10.0.${16 * index}.0/20`,
      availableIpAddressCount: 4000,
      availabilityZone: zone,
      availabilityZoneId: awsZone(region, zone)?.id,
    }));
}

/** The zones of the region. */
export const availabilityZones = (region: string): readonly XmlNode[] =>
  (awsRegion(region)?.zones ?? []).map(({ name, id }) => ({
    zoneName: name,
    zoneId: id,
    zoneState: 'available',
    zoneType: 'availability-zone',
    regionName: region,
    groupName: region,
    optInStatus: 'opt-in-not-required',
  }));
