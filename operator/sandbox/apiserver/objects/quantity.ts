/** Kubernetes quantities ("500m", "2Gi"): parsed exactly, compared, added, and written in their canonical form. */

/** A quantity in units of 10^-9, and the notation it is written in. */
export interface Quantity {
  readonly nano: bigint;
  readonly notation: 'decimal' | 'binary' | 'exponent';
}

const NANO = 1_000_000_000n;
const DECIMAL: ReadonlyMap<string, bigint> = new Map([
  ['n', 1n],
  ['u', 1_000n],
  ['m', 1_000_000n],
  ['', NANO],
  ['k', NANO * 1_000n],
  ['M', NANO * 1_000_000n],
  ['G', NANO * 1_000_000_000n],
  ['T', NANO * 1_000_000_000_000n],
  ['P', NANO * 1_000_000_000_000_000n],
  ['E', NANO * 1_000_000_000_000_000_000n],
]);
const BINARY: ReadonlyMap<string, bigint> = new Map(
  ['Ki', 'Mi', 'Gi', 'Ti', 'Pi', 'Ei'].map((suffix, index) => [suffix, NANO * 1024n ** BigInt(index + 1)]),
);

const FORM = /^([+-]?)(\d+\.?\d*|\.\d+)([numkMGTPE]|[KMGTPE]i|[eE][+-]?\d+)?$/u;

function scaleOf(suffix: string): { scale: bigint; divisor: bigint; notation: Quantity['notation'] } {
  const binary = BINARY.get(suffix);
  if (binary !== undefined) return { scale: binary, divisor: 1n, notation: 'binary' };
  const decimal = DECIMAL.get(suffix);
  if (decimal !== undefined) return { scale: decimal, divisor: 1n, notation: 'decimal' };
  const exponent = Number(suffix.slice(1));
  return exponent >= 0
    ? { scale: NANO * 10n ** BigInt(exponent), divisor: 1n, notation: 'exponent' }
    : { scale: NANO, divisor: 10n ** BigInt(-exponent), notation: 'exponent' };
}

/** Parses a quantity; null when the text is none. What is finer than a billionth is rounded up, as Kubernetes does. */
export function parseQuantity(text: string): Quantity | null {
  const parts = FORM.exec(text);
  if (parts === null) return null;
  const [, sign = '', figures = '', suffix = ''] = parts;
  const [whole = '', decimals = ''] = figures.split('.');
  const { scale, divisor, notation } = scaleOf(suffix);
  const numerator = BigInt(`${whole}${decimals}`) * scale;
  const denominator = 10n ** BigInt(decimals.length) * divisor;
  const nano = (numerator + denominator - 1n) / denominator;
  return { nano: sign === '-' ? -nano : nano, notation };
}

function largest(nano: bigint, scales: readonly (readonly [string, bigint])[]): string | null {
  for (const [suffix, scale] of scales) {
    if (nano % scale === 0n) return `${nano / scale}${suffix}`;
  }
  return null;
}

const DECIMAL_DOWN = [...DECIMAL].reverse();
const BINARY_DOWN = [...[...BINARY].reverse(), ['', NANO] as const];

/** The shortest exact form in the same notation: "1000m" is "1", "1024Mi" is "1Gi". */
export function formatQuantity({ nano, notation }: Quantity): string {
  if (nano === 0n) return '0';
  // Binary suffixes cannot say fractions or anything below 1024; both are then written in decimal.
  const small = nano < NANO * 1024n && nano > -NANO * 1024n;
  if (notation === 'binary' && !small) return largest(nano, BINARY_DOWN) ?? largest(nano, DECIMAL_DOWN) ?? '0';
  if (notation === 'exponent') return exponentForm(nano);
  return largest(nano, DECIMAL_DOWN) ?? '0';
}

function exponentForm(nano: bigint): string {
  for (let exponent = 18; exponent > 0; exponent -= 3) {
    const scale = NANO * 10n ** BigInt(exponent);
    if (nano % scale === 0n) return `${nano / scale}e${exponent}`;
  }
  return largest(nano, [['', NANO]]) ?? largest(nano, DECIMAL_DOWN) ?? '0';
}

/** The canonical form of a quantity given as text or number; null when it is none. */
export function canonicalQuantity(value: unknown): string | null {
  if (typeof value !== 'string' && typeof value !== 'number') return null;
  const parsed = parseQuantity(String(value).trim());
  return parsed === null ? null : formatQuantity(parsed);
}
