/** DescribeSpotPriceHistory: the changes of spot prices by type, zone and product, with EC2's rules for StartTime. */
import { hours, instant, type Instant } from '../../../model/units.ts';
import { priceChanges, spreadOf, type PriceChange } from '../price-book.ts';
import { ServiceRefusal, type CloudContext } from '../service-endpoint.ts';
import { SKUS } from '../sku-catalogue.ts';
import { awsRegion, type AwsZone } from './aws-zones.ts';
import { filterParameters, listParameter, passes } from './query-parameters.ts';
import { offered } from './ec2-offerings.ts';
import type { XmlNode } from './xml.ts';

/** How much more than plain Linux each product costs; as in EC2 all are returned unless one is asked for. */
const PRODUCTS: readonly (readonly [name: string, factor: number])[] = [
  ['Linux/UNIX', 1],
  ['Red Hat Enterprise Linux', 1.06],
  ['Windows', 1.3],
];

/** Prices of before the sandbox began changed within this time before its start. */
const LAST_CHANGE_WINDOW = hours(10);
/** How far the history goes back. */
const HISTORY_WINDOW = hours(24 * 90);
/** Older than any row that EC2 keeps. */
const STALE_AGE = hours(24 * 120);

interface HistoryRow {
  readonly instanceType: string;
  readonly product: string;
  readonly price: number;
  readonly at: Instant;
  readonly zone: AwsZone;
}

interface HistoryQuery {
  readonly types: readonly string[];
  readonly products: readonly string[];
  readonly zone: string | null;
  readonly zoneId: string | null;
  readonly start: Instant;
  readonly end: Instant;
}

function timeOf(form: URLSearchParams, name: string): Instant | null {
  const text = form.get(name);
  if (text === null) return null;
  const at = Date.parse(text);
  if (Number.isNaN(at)) {
    throw new ServiceRefusal(`Invalid value '${text}' for ${name}`, { status: 400, code: 'InvalidParameterValue' });
  }
  return instant(at);
}

function queryOf(form: URLSearchParams, now: Instant): HistoryQuery {
  const zone = form.get('AvailabilityZone');
  const zoneId = form.get('AvailabilityZoneId');
  if (zone !== null && zoneId !== null) {
    throw new ServiceRefusal('AvailabilityZone and AvailabilityZoneId cannot both be specified', {
      status: 400,
      code: 'InvalidParameterCombination',
    });
  }
  return {
    types: listParameter(form, 'InstanceType'),
    // "Linux/UNIX (Amazon VPC)" is the older name of the same prices.
    products: listParameter(form, 'ProductDescription').map((name) => name.replace(' (Amazon VPC)', '')),
    zone,
    zoneId,
    // Without bounds EC2 answers the whole history it keeps.
    start: timeOf(form, 'StartTime') ?? instant(now - HISTORY_WINDOW),
    end: timeOf(form, 'EndTime') ?? now,
  };
}

/** Changes within the bounds, and the one that was in force when they began. */
function within(changes: readonly { at: Instant; usdPerHour: number }[], query: HistoryQuery) {
  const inForce = changes.findLastIndex(({ at }) => at <= query.start);
  return changes.filter(({ at }, index) => at <= query.end && (at > query.start || index === inForce));
}

/** Rows that the filters of the request keep, newest first within a type as EC2 answers them. */
export function spotPriceHistory(
  context: CloudContext,
  request: { readonly form: URLSearchParams; readonly region: string; readonly startedAt: Instant },
): readonly XmlNode[] {
  const { form, region, startedAt } = request;
  const now = context.clock.now();
  const query = queryOf(form, now);
  const fault = context.state.faults.get('ec2');
  const bad = fault?.kind === 'bad-prices' ? fault.value : null;

  const dated = (change: PriceChange, place: string): { at: Instant; usdPerHour: number } => ({
    at: change.at ?? instant(startedAt - LAST_CHANGE_WINDOW * spreadOf(place)),
    usdPerHour: change.usdPerHour,
  });

  const rowsOf = (instanceType: string, zone: AwsZone): HistoryRow[] => {
    const place = { provider: 'aws', region, zone: zone.name, instanceType, capacityType: 'spot' } as const;
    const changes = priceChanges(context.state, place, now).map((change) =>
      dated(change, `${instanceType}/${zone.id}`),
    );
    return within(changes, query).flatMap(({ at, usdPerHour }) =>
      PRODUCTS.map(([product, factor]) => ({ instanceType, product, price: usdPerHour * factor, at, zone })),
    );
  };

  const wanted = (row: HistoryRow): boolean =>
    (query.products.length === 0 || query.products.includes(row.product)) &&
    passes(
      {
        'availability-zone': row.zone.name,
        'availability-zone-id': row.zone.id,
        'instance-type': row.instanceType,
        'product-description': row.product,
        'spot-price': row.price.toFixed(6),
        timestamp: new Date(row.at).toISOString(),
      },
      filterParameters(form),
      (name) => new ServiceRefusal(`The filter '${name}' is invalid`, { status: 400, code: 'InvalidParameterValue' }),
    );

  const zones = (awsRegion(region)?.zones ?? []).filter(
    ({ name, id }) => (query.zone ?? name) === name && (query.zoneId ?? id) === id,
  );
  const types = SKUS.filter(
    ({ provider, instanceType }) =>
      provider === 'aws' && (query.types.length === 0 || query.types.includes(instanceType)),
  );
  return types
    .flatMap((sku) => zones.filter((zone) => offered(sku, zone)).flatMap((zone) => rowsOf(sku.instanceType, zone)))
    .filter(wanted)
    .toSorted((a, b) => b.at - a.at)
    .map((row) => ({
      instanceType: row.instanceType,
      productDescription: row.product,
      spotPrice: bad === null || bad === 'stale' ? row.price.toFixed(6) : bad,
      timestamp: new Date(bad === 'stale' ? now - STALE_AGE : row.at).toISOString(),
      availabilityZone: row.zone.name,
      availabilityZoneId: row.zone.id,
    }));
}
