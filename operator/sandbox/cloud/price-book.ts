/** What a node costs in the sandbox, for its clouds' answers and for its world; enter at priceOf. */
import { createHash } from 'node:crypto';
import { usdPerHour, type Instant, type UsdPerHour } from '../../model/units.ts';
import type { CloudState, PriceOverride, SandboxProvider } from '../cloud-state.ts';
import { awsZone } from './aws/aws-zones.ts';
import { skuOf, type Sku } from './sku-catalogue.ts';

/** What is priced, and where. */
export interface PricedPlace {
  readonly provider: SandboxProvider;
  readonly region: string;
  /** us-east-1a; ignored where a price holds for the whole region: on-demand, and all of Azure. */
  readonly zone: string;
  readonly instanceType: string;
  readonly capacityType: 'spot' | 'on-demand';
}

/** A price in force from `at` on; null: from before the sandbox began. */
export interface PriceChange {
  readonly at: Instant | null;
  readonly usdPerHour: UsdPerHour;
}

/** Share of the on-demand price that spot costs where the data has no figure: a sandbox figure, spread by place. */
const SPOT_SHARE_FLOOR = 0.28;
const SPOT_SHARE_SPREAD = 0.2;

/** A number in [0, 1) that depends on the text alone. */
export const spreadOf = (text: string): number => createHash('sha256').update(text).digest().readUInt32BE(0) / 2 ** 32;

/** Rounded as the clouds' price lists are, to a ten-thousandth of a dollar. */
const rounded = (value: number): UsdPerHour => usdPerHour(Math.round(value * 10_000) / 10_000);

function onDemandListPrice(sku: Sku, region: string): UsdPerHour | null {
  // The data has AWS prices for us-east-1 only; every AWS region of the sandbox charges them.
  const listed = sku.onDemandUsdPerHour[sku.provider === 'aws' ? 'us-east-1' : region] ?? null;
  return listed === null ? null : usdPerHour(listed);
}

function spotListPrice(sku: Sku, region: string, zone: string): UsdPerHour | null {
  const place = sku.provider === 'aws' ? awsZone(region, zone)?.id : region;
  if (place === undefined) return null;
  const listed = sku.spotUsdPerHour[place];
  if (listed !== undefined) return usdPerHour(listed);
  const onDemand = onDemandListPrice(sku, region);
  if (onDemand === null) return null;
  const share = SPOT_SHARE_FLOOR + SPOT_SHARE_SPREAD * spreadOf(`${sku.instanceType}/${place}`);
  return rounded(onDemand * share);
}

const listPrice = (sku: Sku, place: PricedPlace): UsdPerHour | null =>
  place.capacityType === 'spot' ? spotListPrice(sku, place.region, place.zone) : onDemandListPrice(sku, place.region);

const concerns = (override: PriceOverride, place: PricedPlace): boolean =>
  override.region === place.region &&
  override.instanceType === place.instanceType &&
  override.capacityType === place.capacityType &&
  (override.zone === '' || override.zone === place.zone);

/**
 * Every price that has been in force there until `at`, oldest first; of two set at one instant the later entry of
 * `priceOverrides` wins. Empty when the type is not sold there.
 */
export function priceChanges(state: CloudState, place: PricedPlace, at: Instant): readonly PriceChange[] {
  const sku = skuOf(place.instanceType);
  if (sku === null || sku.provider !== place.provider) return [];
  const listed = listPrice(sku, place);
  const overrides = state.priceOverrides
    .filter((override) => concerns(override, place) && override.at <= at)
    .toSorted((a, b) => a.at - b.at)
    .map((override) => ({ at: override.at as Instant, usdPerHour: usdPerHour(override.usdPerHour) }));
  return listed === null ? overrides : [{ at: null, usdPerHour: listed }, ...overrides];
}

/** What one node of the type costs in an hour there at that instant; null when it is not sold there. */
export function priceOf(state: CloudState, place: PricedPlace & { readonly at: Instant }): UsdPerHour | null {
  return priceChanges(state, place, place.at).at(-1)?.usdPerHour ?? null;
}
