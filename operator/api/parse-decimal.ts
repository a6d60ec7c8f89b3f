/** Decimals as the custom resources write them, in strings, because JSON numbers lose digits: "0.6", "120.50". */

const DECIMAL = /^\d{1,12}(?:\.\d{1,6})?$/;

/** The number that `text` writes, zero or above; null when it writes none. */
export const parseDecimal = (text: string): number | null => (DECIMAL.test(text) ? Number(text) : null);

/** At most `digits` decimals, without trailing zeros: what parseDecimal reads back. Negative figures are written as 0. */
export function formatDecimal(value: number, digits: number): string {
  const fixed = Math.max(0, value).toFixed(digits);
  return digits === 0 ? fixed : fixed.replace(/\.?0+$/, '');
}
