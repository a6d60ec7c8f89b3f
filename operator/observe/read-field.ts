/** Reads fields of objects that another program wrote, without trusting their shape. */

type Fields = Readonly<Record<string, unknown>>;

const isObject = (value: unknown): value is Fields =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** The object in that field, or null. */
export const objectAt = (value: unknown, field: string): Fields | null => {
  const found = isObject(value) ? value[field] : undefined;
  return isObject(found) ? found : null;
};

/** The elements of the array in that field; none when it is no array. */
export const arrayAt = (value: unknown, field: string): readonly unknown[] => {
  const found = isObject(value) ? value[field] : undefined;
  return Array.isArray(found) ? found : [];
};

export const stringAt = (value: unknown, field: string): string | null => {
  const found = isObject(value) ? value[field] : undefined;
  return typeof found === 'string' ? found : null;
};

/** A whole number, written as a number or as a quantity without suffix ("8"); anything else is null. */
export const numberAt = (value: unknown, field: string): number | null => {
  const found = isObject(value) ? value[field] : undefined;
  const number = typeof found === 'string' && /^\d+$/.test(found) ? Number(found) : found;
  return typeof number === 'number' && Number.isSafeInteger(number) ? number : null;
};
