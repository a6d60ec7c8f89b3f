/** Percentages as the custom resources write them: 70%, 99.9%. */
import { fraction, type Fraction } from '../model/units.ts';

const PERCENTAGE = /^(\d{1,3}(?:\.\d{1,3})?)%$/;

/** The share that `text` writes, above 0 and up to 1; null when it writes none. */
export function parsePercentage(text: string): Fraction | null {
  const digits = PERCENTAGE.exec(text)?.[1];
  if (digits === undefined) return null;
  const thousandths = Math.round(Number(digits) * 1000); // whole, so that 99.9% is exactly 0.999
  return thousandths > 0 && thousandths <= 100_000 ? fraction(thousandths / 100_000) : null;
}
