/** Where EC2 offers an instance type: DescribeInstanceTypeOfferings. */
import { ServiceRefusal } from '../service-endpoint.ts';
import { SKUS, type Sku } from '../sku-catalogue.ts';
import { AWS_REGIONS, awsRegion, type AwsRegion, type AwsZone } from './aws-zones.ts';
import { filterParameters, passes } from './query-parameters.ts';
import type { XmlNode } from './xml.ts';

/**
 * Whether the type is offered in the zone. The data knows spot prices of some zones: where it has any for the type in a
 * region, it is offered in those zones only; elsewhere in all of them.
 */
export function offered(sku: Sku, zone: AwsZone): boolean {
  const region = AWS_REGIONS.find(({ zones }) => zones.some(({ id }) => id === zone.id));
  const priced = (region?.zones ?? []).filter(({ id }) => sku.spotUsdPerHour[id] !== undefined);
  return priced.length === 0 || priced.some(({ id }) => id === zone.id);
}

function locationsOf(sku: Sku, region: AwsRegion, locationType: string): readonly string[] {
  const zones = region.zones.filter((zone) => offered(sku, zone));
  switch (locationType) {
    case 'region':
      return [region.name];
    case 'availability-zone':
      return zones.map(({ name }) => name);
    case 'availability-zone-id':
      return zones.map(({ id }) => id);
    default:
      throw new ServiceRefusal(`Invalid value '${locationType}' for LocationType`, {
        status: 400,
        code: 'InvalidParameterValue',
      });
  }
}

/** Every offering that passes the request's filters, by type and then place. */
export function instanceTypeOfferings(form: URLSearchParams, regionName: string): readonly XmlNode[] {
  const region = awsRegion(regionName);
  if (region === null) return [];
  const locationType = form.get('LocationType') ?? 'region';
  const filters = filterParameters(form);
  const unknown = (name: string): ServiceRefusal =>
    new ServiceRefusal(`The filter '${name}' is invalid`, { status: 400, code: 'InvalidParameterValue' });
  return SKUS.filter(({ provider }) => provider === 'aws').flatMap((sku) =>
    locationsOf(sku, region, locationType)
      .filter((location) => passes({ 'instance-type': sku.instanceType, location }, filters, unknown))
      .map((location) => ({ instanceType: sku.instanceType, locationType, location })),
  );
}
