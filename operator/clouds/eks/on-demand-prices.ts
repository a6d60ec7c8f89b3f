/** On-demand prices from the AWS price list, whose answers are JSON texts inside JSON. */
import { type Filter, GetProductsCommand, type PricingClient } from '@aws-sdk/client-pricing';
import type { Region } from '../../model/names.ts';
import type { UsdPerHour } from '../../model/units.ts';
import { usablePrice } from '../usable-price.ts';
import { followPages } from './follow-pages.ts';

const PAGE_SIZE = 100;

/** What pins the one product that a node group's node is: Linux, shared, nothing installed, not reserved. */
const PLAIN_LINUX: Readonly<Record<string, string>> = {
  operatingSystem: 'Linux',
  preInstalledSw: 'NA',
  tenancy: 'Shared',
  capacitystatus: 'Used',
  marketoption: 'OnDemand',
  productFamily: 'Compute Instance',
};

/** The price of a node of that type in the region; null when the list has none (capacity-block-only types). */
export async function onDemandPrice(
  pricing: PricingClient,
  region: Region,
  instanceType: string,
  abortSignal: AbortSignal,
): Promise<UsdPerHour | null> {
  const fields = { ...PLAIN_LINUX, regionCode: region, instanceType };
  const Filters = Object.entries(fields).map(([Field, Value]): Filter => ({ Type: 'TERM_MATCH', Field, Value }));
  const products = await followPages(`read the price of ${instanceType}`, async (NextToken) => {
    const page = await pricing.send(
      new GetProductsCommand({
        ServiceCode: 'AmazonEC2',
        Filters,
        MaxResults: PAGE_SIZE,
        ...(NextToken === undefined ? {} : { NextToken }),
      }),
      { abortSignal },
    );
    return { items: page.PriceList, nextToken: page.NextToken };
  });
  return priceOf(products.map(String), instanceType);
}

/**
 * The price in these product texts. Zero prices (of reservations and blocks) and broken texts are passed over. When
 * several remain, the highest: one too high costs an opportunity, one too low costs money.
 */
export function priceOf(productTexts: readonly string[], instanceType: string): UsdPerHour | null {
  const prices = productTexts.flatMap((text) => pricesIn(text, instanceType));
  return prices.toSorted((a, b) => b - a)[0] ?? null;
}

interface Product {
  readonly product?: { readonly attributes?: { readonly instanceType?: unknown } };
  readonly terms?: { readonly OnDemand?: Readonly<Record<string, OnDemandTerm>> };
}

interface OnDemandTerm {
  readonly priceDimensions?: Readonly<
    Record<string, { readonly unit?: unknown; readonly pricePerUnit?: { readonly USD?: unknown } }>
  >;
}

function pricesIn(text: string, instanceType: string): readonly UsdPerHour[] {
  const product = parsed(text);
  if (product?.product?.attributes?.instanceType !== instanceType) return [];
  return Object.values(product.terms?.OnDemand ?? {})
    .flatMap((term) => Object.values(term.priceDimensions ?? {}))
    .filter((dimension) => dimension.unit === 'Hrs')
    .map((dimension) => usablePrice(dimension.pricePerUnit?.USD))
    .filter((price) => price !== null);
}

function parsed(text: string): Product | null {
  try {
    return JSON.parse(text) as Product | null;
  } catch {
    return null;
  }
}
