/** Prices of VM sizes from Azure's public Retail Prices API. */
import { createPipelineRequest } from '@azure/core-rest-pipeline';
import { compareText, type Region } from '../../model/names.ts';
import { elapsed, instant, type Instant } from '../../model/units.ts';
import type { CapacityType } from '../../model/workload.ts';
import type { Quote } from '../cloud.ts';
import { failureOf, noAnswer } from '../failure-of.ts';
import { retryAfter } from '../retry-after.ts';
import { usablePrice } from '../usable-price.ts';
import type { PublicHttp } from './azure-clients.ts';

export const RETAIL_PRICES = 'https://prices.azure.com';
const API_VERSION = '2023-01-01-preview';
/** Sizes in one filter: the whole address stays well below 8 KB. */
const SIZES_PER_REQUEST = 15;
/** A size has about ten rows in a region; more pages than this go round in circles. */
const MAX_PAGES = 100;

interface PriceSource {
  readonly http: PublicHttp;
  /** Scheme, host and port. */
  readonly endpoint: string;
}

/** What is asked of the feed. */
interface PriceQuery {
  readonly region: Region;
  readonly vmSizes: readonly string[];
  /** Becomes the quotes' observedAt. */
  readonly now: Instant;
}

/** Spot and on-demand prices of these sizes in the region; Azure has no prices by zone. */
export async function retailQuotes(
  source: PriceSource,
  query: PriceQuery,
  signal: AbortSignal,
): Promise<readonly Quote[]> {
  const items: unknown[] = [];
  for (let from = 0; from < query.vmSizes.length; from += SIZES_PER_REQUEST) {
    const vmSizes = query.vmSizes.slice(from, from + SIZES_PER_REQUEST);
    items.push(...(await readItems(source, firstPage(source.endpoint, query.region, vmSizes), query.now, signal)));
  }
  return currentQuotes(items, query);
}

const quoted = (text: string): string => `'${text.replaceAll("'", "''")}'`;

function firstPage(endpoint: string, region: Region, vmSizes: readonly string[]): string {
  const filter = [
    `serviceName eq 'Virtual Machines'`,
    `priceType eq 'Consumption'`,
    `armRegionName eq ${quoted(region)}`,
    `(${vmSizes.map((size) => `armSkuName eq ${quoted(size)}`).join(' or ')})`,
  ].join(' and ');
  const query = new URLSearchParams({ 'api-version': API_VERSION, currencyCode: `'USD'`, $filter: filter });
  return `${endpoint}/api/retail/prices?${query.toString()}`;
}

async function readItems(
  { http, endpoint }: PriceSource,
  first: string,
  now: Instant,
  abortSignal: AbortSignal,
): Promise<readonly unknown[]> {
  const items: unknown[] = [];
  let url: string | null = first;
  for (let page = 0; page < MAX_PAGES && url !== null; page += 1) {
    const request = createPipelineRequest({ url, method: 'GET', abortSignal });
    const response = await http.pipeline.sendRequest(http.client, request);
    if (response.status !== 200) throw refusal(response.status, response.headers.get('retry-after'), now);
    const answer = parsePage(response.bodyAsText ?? '');
    items.push(...answer.items);
    url = answer.next;
    if (url !== null && URL.parse(url)?.host !== new URL(endpoint).host) throw noAnswer('read retail prices');
  }
  return items;
}

function refusal(status: number, wait: string | undefined, now: Instant) {
  const code = status === 429 ? 'Throttled' : status === 400 ? 'Invalid' : 'ServerError';
  return failureOf(code, `read retail prices: HTTP ${status}`, retryAfter(wait, now));
}

function parsePage(text: string): { readonly items: readonly unknown[]; readonly next: string | null } {
  const page = asRecord(parseJson(text));
  const items = page['Items'];
  if (!Array.isArray(items)) throw noAnswer('read retail prices');
  const next = page['NextPageLink'];
  return { items, next: typeof next === 'string' && next !== '' ? next : null };
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw noAnswer('read retail prices');
  }
}

const asRecord = (value: unknown): Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null ? (value as Readonly<Record<string, unknown>>) : {};

const textOf = (value: unknown): string => (typeof value === 'string' ? value : '');

interface PricedRow {
  readonly vmSize: string;
  readonly capacityType: CapacityType;
  readonly perNodeHour: Quote['perNodeHour'];
  readonly startsAt: number;
}

/**
 * The row in force of each (size, capacity type), by size. Where two are, the later one; where they started together,
 * the dearer one.
 */
export function currentQuotes(items: readonly unknown[], { region, vmSizes, now }: PriceQuery): readonly Quote[] {
  const asked = new Map(vmSizes.map((size) => [size.toLowerCase(), size]));
  const current = new Map<string, PricedRow>();
  for (const item of items) {
    const row = pricedRow(asRecord(item), region, now);
    const size = row === null ? undefined : asked.get(row.vmSize.toLowerCase());
    if (row === null || size === undefined) continue;
    const key = `${size} ${row.capacityType}`;
    const known = current.get(key);
    if (known === undefined || isNewer(row, known)) current.set(key, { ...row, vmSize: size });
  }
  const rows = [...current].toSorted(([a], [b]) => compareText(a, b)).map(([, row]) => row);
  return rows.map(({ vmSize, capacityType, perNodeHour }) => ({
    instanceType: vmSize,
    zone: null,
    capacityType,
    perNodeHour,
    observedAt: now,
    source: 'RetailPrices',
  }));
}

const isNewer = (row: PricedRow, known: PricedRow): boolean =>
  row.startsAt > known.startsAt || (row.startsAt === known.startsAt && row.perNodeHour > known.perNodeHour);

/** null: for something else than a Linux VM by the hour in dollars, not in force now, or not a price. */
function pricedRow(item: Readonly<Record<string, unknown>>, region: Region, now: Instant): PricedRow | null {
  const skuName = textOf(item['skuName']);
  const startsAt = Date.parse(textOf(item['effectiveStartDate']));
  const endsAt = Date.parse(textOf(item['effectiveEndDate']));
  const perNodeHour = usablePrice(item['retailPrice']);
  const isOurs =
    item['currencyCode'] === 'USD' &&
    item['unitOfMeasure'] === '1 Hour' &&
    item['type'] === 'Consumption' &&
    textOf(item['armRegionName']).toLowerCase() === region &&
    !isOtherProduct(textOf(item['productName']), skuName, textOf(item['meterName']));
  const hasBegun = startsAt <= now;
  const hasEnded = !Number.isNaN(endsAt) && elapsed(instant(endsAt), now) >= 0;
  if (!isOurs || !hasBegun || hasEnded || perNodeHour === null) return null;
  const capacityType = skuName.endsWith(' Spot') ? 'spot' : 'on-demand';
  return { vmSize: textOf(item['armSkuName']), capacityType, perNodeHour, startsAt };
}

/** Windows licences, Batch's low-priority machines and Cloud Services bear the same size's name. */
const isOtherProduct = (productName: string, skuName: string, meterName: string): boolean =>
  /\bWindows$/.test(productName) ||
  /\bCloud ?Services$/.test(productName) ||
  skuName.endsWith(' Low Priority') ||
  meterName.endsWith(' Low Priority');
