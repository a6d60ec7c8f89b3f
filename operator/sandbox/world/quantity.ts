/** Kubernetes quantities as numbers: "500m" is 0.5, "2Gi" is 2147483648. */

const FACTORS: Readonly<Record<string, number>> = {
  n: 1e-9,
  u: 1e-6,
  m: 1e-3,
  '': 1,
  k: 1e3,
  M: 1e6,
  G: 1e9,
  T: 1e12,
  P: 1e15,
  E: 1e18,
  Ki: 2 ** 10,
  Mi: 2 ** 20,
  Gi: 2 ** 30,
  Ti: 2 ** 40,
  Pi: 2 ** 50,
  Ei: 2 ** 60,
};

/** 0 for what is no quantity: the API server would not have let it in. */
export function quantityOf(value: string | number | undefined): number {
  if (typeof value === 'number') return value;
  const parts = /^([+-]?[0-9.]+(?:[eE][+-]?[0-9]+)?)([a-zA-Z]*)$/.exec(value ?? '');
  const factor = FACTORS[parts?.[2] ?? ''];
  return parts === null || factor === undefined ? 0 : Number(parts[1]) * factor;
}

/** Amounts by resource name: cpu in cores, memory in bytes, everything else in pieces. */
export type Amounts = Readonly<Record<string, number>>;

export const amountsOf = (quantities: Readonly<Record<string, string | number>> | undefined): Amounts =>
  Object.fromEntries(Object.entries(quantities ?? {}).map(([name, value]) => [name, quantityOf(value)]));

export function addAmounts(a: Amounts, b: Amounts): Amounts {
  const sum: Record<string, number> = { ...a };
  for (const [name, value] of Object.entries(b)) sum[name] = (sum[name] ?? 0) + value;
  return sum;
}

export function maxAmounts(a: Amounts, b: Amounts): Amounts {
  const most: Record<string, number> = { ...a };
  for (const [name, value] of Object.entries(b)) most[name] = Math.max(most[name] ?? 0, value);
  return most;
}
