/** Spot prices in force now, from EC2's spot price history, which lists changes and not samples. */
import {
  DescribeSpotPriceHistoryCommand,
  type EC2Client,
  type SpotPrice,
  type _InstanceType,
} from '@aws-sdk/client-ec2';
import { compareText, zoneName } from '../../model/names.ts';
import { elapsed, hours, instant, type Instant, minutes } from '../../model/units.ts';
import type { Quote } from '../cloud.ts';
import { usablePrice } from '../usable-price.ts';
import { followPages } from './follow-pages.ts';

/** Karpenter's choice: an account of the VPC era has the second, an older one the first. */
const LINUX = ['Linux/UNIX', 'Linux/UNIX (Amazon VPC)'];
const PAGE_SIZE = 1000;
/** How far the history goes back: what claims to be older is not from it. */
const HISTORY_WINDOW = hours(90 * 24);
/** A change that is yet to come is an error of somebody's clock, up to this a harmless one. */
const CLOCK_SKEW_GRACE = minutes(10);

/** The current price of each of these types in each zone that has one; `now` becomes the quotes' observedAt. */
export async function spotQuotes(
  ec2: EC2Client,
  instanceTypes: readonly string[],
  now: Instant,
  abortSignal: AbortSignal,
): Promise<readonly Quote[]> {
  const rows = await followPages('read spot prices', async (NextToken) => {
    const page = await ec2.send(
      new DescribeSpotPriceHistoryCommand({
        InstanceTypes: instanceTypes as _InstanceType[],
        ProductDescriptions: LINUX,
        // From now on: the one change of each pair that is in force.
        StartTime: new Date(now),
        MaxResults: PAGE_SIZE,
        ...(NextToken === undefined ? {} : { NextToken }),
      }),
      { abortSignal },
    );
    return { items: page.SpotPriceHistory, nextToken: page.NextToken };
  });
  return latestQuotes(rows, new Set(instanceTypes), now);
}

/** The newest usable row of each (type, zone), by type and zone; rows come in no order. */
export function latestQuotes(rows: readonly SpotPrice[], wanted: ReadonlySet<string>, now: Instant): readonly Quote[] {
  const newest = new Map<string, { readonly at: number; readonly quote: Quote }>();
  for (const row of rows) {
    const quote = quoteOf(row, wanted, now);
    if (quote === null) continue;
    const key = `${quote.instanceType} ${quote.zone ?? ''}`;
    const at = row.Timestamp?.getTime() ?? 0;
    if (at > (newest.get(key)?.at ?? -Infinity)) newest.set(key, { at, quote });
  }
  return [...newest].toSorted(([a], [b]) => compareText(a, b)).map(([, { quote }]) => quote);
}

function quoteOf(row: SpotPrice, wanted: ReadonlySet<string>, now: Instant): Quote | null {
  const { InstanceType, AvailabilityZone, ProductDescription, SpotPrice, Timestamp } = row;
  const perNodeHour = usablePrice(SpotPrice);
  if (InstanceType === undefined || AvailabilityZone === undefined || Timestamp === undefined) return null;
  if (!wanted.has(InstanceType) || !LINUX.includes(ProductDescription ?? '') || perNodeHour === null) return null;
  const age = elapsed(instant(Timestamp.getTime()), now);
  if (!(age <= HISTORY_WINDOW && age + CLOCK_SKEW_GRACE >= 0)) return null;
  return {
    instanceType: InstanceType,
    zone: zoneName(AvailabilityZone),
    capacityType: 'spot',
    perNodeHour,
    observedAt: now,
    source: 'SpotHistory',
  };
}
