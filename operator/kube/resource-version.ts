/** Order of resource versions, which the Kubernetes API defines since 1.35 to be that of decimal numbers. */

const DECIMAL = /^[1-9]\d*$/u;

/** Whether version `a` is later than `b`; also when either is no number, so that what came last wins. */
export function isNewer(a: string, b: string): boolean {
  if (!DECIMAL.test(a) || !DECIMAL.test(b)) return a !== b;
  return a.length === b.length ? a > b : a.length > b.length;
}
