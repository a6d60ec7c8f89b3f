/** The Retail Prices API: public, filtered by OData, page by page; with the rows that a careful reader has to drop. */
import { hours, instant, type Instant } from '../../../model/units.ts';
import { uuidOf } from '../identifiers.ts';
import { priceChanges, type PricedPlace } from '../price-book.ts';
import { ServiceRefusal, type CloudContext, type CloudResponse, type ServiceEndpoint } from '../service-endpoint.ts';
import { SKUS, type Sku } from '../sku-catalogue.ts';
import { parseFilter } from './odata-filter.ts';

const PATH = '/api/retail/prices';
/** By API version: the preview has longer pages. */
const PAGE_SIZES: Readonly<Record<string, number>> = { '2023-01-01-preview': 1000 };
const DEFAULT_PAGE_SIZE = 100;

/** How long before the sandbox's start list prices came into force. */
const LIST_PRICES_AGE = hours(24 * 90);
const WINDOWS_USD_PER_VCPU_HOUR = 0.046;
const HOURS_A_YEAR = 8760;

/** A row but for its price, which scenarios change. */
interface Meter {
  readonly fields: Readonly<Record<string, string>>;
  readonly sku: Sku;
  readonly region: string;
  readonly variant: Variant;
}

interface PriceRow {
  readonly fields: Meter['fields'];
  readonly usd: number;
  readonly since: Instant;
}

/** Fields that $filter may name; priceType is the name there of what rows call type. */
const FILTER_FIELDS: ReadonlySet<string> = new Set([
  'armRegionName',
  'location',
  'meterId',
  'meterName',
  'productId',
  'skuId',
  'productName',
  'skuName',
  'serviceName',
  'serviceId',
  'serviceFamily',
  'priceType',
  'armSkuName',
  'currencyCode',
  'reservationTerm',
]);

/** "NC24ads A100 v4" of "Standard_NC24ads_A100_v4". */
const sizeName = (sku: Sku): string => sku.instanceType.replace('Standard_', '').replaceAll('_', ' ');

/** "NCads A100 v4 Series": the size without its number of cores. */
const seriesName = (sku: Sku): string => `${sizeName(sku).replace(/^([A-Z]+)\d+/, '$1')} Series`;

interface Variant {
  /** Ends meterName and skuName. */
  readonly suffix: string;
  /** Ends productName. */
  readonly product: string;
  readonly type: string;
  readonly capacityType: PricedPlace['capacityType'];
  readonly term?: string;
  /** What the row costs, from the hourly price of a Linux node and the node's cores. */
  readonly usd: (hourly: number, vcpu: number) => number;
}

const VARIANTS: readonly Variant[] = [
  { suffix: '', product: '', type: 'Consumption', capacityType: 'on-demand', usd: (usd) => usd },
  { suffix: ' Spot', product: '', type: 'Consumption', capacityType: 'spot', usd: (usd) => usd },
  { suffix: ' Low Priority', product: '', type: 'Consumption', capacityType: 'on-demand', usd: (usd) => usd * 0.2 },
  {
    suffix: '',
    product: ' Windows',
    type: 'Consumption',
    capacityType: 'on-demand',
    usd: (usd, vcpu) => usd + vcpu * WINDOWS_USD_PER_VCPU_HOUR,
  },
  {
    suffix: ' Spot',
    product: ' Windows',
    type: 'Consumption',
    capacityType: 'spot',
    usd: (usd, vcpu) => usd + vcpu * WINDOWS_USD_PER_VCPU_HOUR,
  },
  { suffix: '', product: ' Windows', type: 'DevTestConsumption', capacityType: 'on-demand', usd: (usd) => usd },
  {
    suffix: '',
    product: '',
    type: 'Reservation',
    capacityType: 'on-demand',
    term: '1 Year',
    usd: (usd) => usd * 0.6 * HOURS_A_YEAR,
  },
];

function meterOf(sku: Sku, region: string, variant: Variant): Meter {
  const skuName = `${sizeName(sku)}${variant.suffix}`;
  const productName = `Virtual Machines ${seriesName(sku)}${variant.product}`;
  const id = uuidOf(`${region}/${productName}/${skuName}/${variant.type}`);
  const fields = {
    currencyCode: 'USD',
    armRegionName: region,
    location: region,
    meterId: id,
    meterName: skuName,
    productId: `DZH318Z0${id.slice(0, 4).toUpperCase()}`,
    skuId: `DZH318Z0${id.slice(0, 4).toUpperCase()}/${id.slice(4, 8).toUpperCase()}`,
    productName,
    skuName,
    serviceName: 'Virtual Machines',
    serviceId: 'DZH313Z7MMC8',
    serviceFamily: 'Compute',
    priceType: variant.type,
    armSkuName: sku.instanceType,
    ...(variant.term === undefined ? {} : { reservationTerm: variant.term }),
  };
  return { fields, sku, region, variant };
}

const regionsOf = (sku: Sku): readonly string[] => [
  ...new Set([...Object.keys(sku.onDemandUsdPerHour), ...Object.keys(sku.spotUsdPerHour)]),
];

const allMeters = (): readonly Meter[] =>
  SKUS.filter(({ provider }) => provider === 'azure').flatMap((sku) =>
    regionsOf(sku).flatMap((region) => VARIANTS.map((variant) => meterOf(sku, region, variant))),
  );

/** The meter's row; none where the size is not sold in that way. */
function rowsOf(context: CloudContext, listedAt: Instant, meter: Meter): readonly PriceRow[] {
  const { fields, sku, region, variant } = meter;
  const { capacityType } = variant;
  const place: PricedPlace = { provider: 'azure', region, zone: '', instanceType: sku.instanceType, capacityType };
  const latest = priceChanges(context.state, place, context.clock.now()).at(-1);
  if (latest === undefined) return [];
  return [{ fields, usd: variant.usd(latest.usdPerHour, sku.vcpu), since: latest.at ?? listedAt }];
}

function itemOf(context: CloudContext, { fields, usd, since }: PriceRow): object {
  const { priceType, currencyCode, ...rest } = fields;
  const fault = context.state.faults.get('retail');
  const bad = fault?.kind === 'bad-prices' ? fault.value : null;
  const sound = Math.round(usd * 1e6) / 1e6;
  // JSON has no NaN: a service that lets one slip writes it as text.
  const price = bad === null || bad === 'stale' ? sound : bad === 'NaN' ? bad : Number(bad);
  return {
    currencyCode,
    tierMinimumUnits: 0,
    retailPrice: price,
    unitPrice: price,
    ...rest,
    effectiveStartDate: new Date(bad === 'stale' ? since - LIST_PRICES_AGE : since).toISOString(),
    ...(bad === 'stale' ? { effectiveEndDate: new Date(since).toISOString() } : {}),
    unitOfMeasure: '1 Hour',
    type: priceType,
    isPrimaryMeterRegion: true,
  };
}

const badRequest = (message: string): ServiceRefusal =>
  new ServiceRefusal(message, { status: 400, code: 'BadRequest' });

/** What the endpoint has had since its start. */
interface PriceList {
  readonly meters: readonly Meter[];
  readonly listedAt: Instant;
}

function pageFor(context: CloudContext, { meters, listedAt }: PriceList, query: URLSearchParams): object {
  const currency = (query.get('currencyCode') ?? 'USD').replaceAll("'", '');
  if (currency !== 'USD') throw badRequest(`The sandbox has prices in USD only, not in ${currency}.`);
  const filter = parseFilter(query.get('$filter') ?? "currencyCode eq 'USD'", FILTER_FIELDS);
  if (filter === null) throw badRequest('Invalid OData parameters supplied');
  const skip = Number(query.get('$skip') ?? 0);
  if (!Number.isInteger(skip) || skip < 0) throw badRequest('Invalid OData parameters supplied');
  const size = PAGE_SIZES[query.get('api-version') ?? ''] ?? DEFAULT_PAGE_SIZE;
  const rows = meters.filter(({ fields }) => filter(fields)).flatMap((meter) => rowsOf(context, listedAt, meter));
  const items = rows.slice(skip, skip + size).map((row) => itemOf(context, row));
  const next = new URLSearchParams(query);
  next.set('$skip', String(skip + size));
  return {
    BillingCurrency: 'USD',
    CustomerEntityId: 'Default',
    CustomerEntityType: 'Retail',
    Items: items,
    NextPageLink: skip + size < rows.length ? `${context.baseUrl()}${PATH}?${next.toString()}` : null,
    Count: items.length,
  };
}

/** The endpoint of the Retail Prices API; it asks nobody who they are. */
export function retailPricesEndpoint(context: CloudContext): ServiceEndpoint {
  // Several thousand: made when they are first asked for.
  let meters: readonly Meter[] | null = null;
  const listedAt = instant(context.clock.now() - LIST_PRICES_AGE);

  const respond = (status: number, body: object): CloudResponse => ({
    status,
    headers: { 'content-type': 'application/json; charset=utf-8', 'x-ms-request-id': context.nextId() },
    body: JSON.stringify(body),
  });
  return {
    operation: (request) => (request.method === 'GET' && request.path === PATH ? 'GetRetailPrices' : 'Unknown'),
    refusals: {
      throttled: new ServiceRefusal('Too many requests. Please retry after some time.', { status: 429, code: '429' }),
      unauthorized: new ServiceRefusal('Access denied.', { status: 401, code: 'Unauthorized' }),
      broken: (status) => new ServiceRefusal('Something went wrong.', { status, code: 'InternalServerError' }),
    },
    word: (refusal) => {
      const response = respond(refusal.status, { Error: { Code: refusal.code, Message: refusal.message } });
      return { ...response, headers: { ...response.headers, ...refusal.headers } };
    },
    answer(request): CloudResponse {
      if (request.method !== 'GET' || request.path !== PATH) {
        throw new ServiceRefusal('Resource not found', { status: 404, code: '404' });
      }
      meters ??= allMeters();
      return respond(200, pageFor(context, { meters, listedAt }, request.query));
    },
  };
}
