/** The one judgement of whether a figure from a price feed can be a price. */
import { type UsdPerHour, usdPerHour } from '../model/units.ts';

/** No node costs a tenth of this today; a figure beyond it is an error of unit or a broken feed. */
const HIGHEST_CREDIBLE_PRICE = 10_000;

/**
 * The figure in US dollars an hour of one node; null for what cannot be right: not a number, zero, negative, or beyond
 * any credible price. Services send prices as decimal text or as numbers.
 */
export function usablePrice(figure: unknown): UsdPerHour | null {
  const isDecimal = typeof figure === 'string' && /^\d+(\.\d+)?$/.test(figure.trim());
  const value = isDecimal ? Number(figure) : figure;
  if (typeof value !== 'number' || !Number.isFinite(value)) return null;
  return value > 0 && value <= HIGHEST_CREDIBLE_PRICE ? usdPerHour(value) : null;
}
