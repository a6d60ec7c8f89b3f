/** The functions Kubernetes adds to CEL: on lists, strings, quantities, URLs, addresses and sets. */
import { isIPv4, isIPv6 } from 'node:net';
import type { Environment } from '@marcbachmann/cel-js';
import { compilePattern } from '../objects/pattern.ts';
import type { Quantity } from '../objects/quantity.ts';
import { parseQuantity } from '../objects/quantity.ts';

/** A quantity as a CEL value. */
class CelQuantity {
  readonly quantity: Quantity;

  constructor(text: string) {
    const quantity = parseQuantity(text);
    if (quantity === null) {
      throw new Error("quantities must match the regular expression '^([+-]?[0-9.]+)([eEinumkKMGTP]*[-+]?[0-9]*)$'");
    }
    this.quantity = quantity;
  }

  static of(quantity: Quantity): CelQuantity {
    const value = new CelQuantity('0');
    return Object.assign(Object.create(CelQuantity.prototype) as CelQuantity, value, { quantity });
  }
}

const NANO = 1_000_000_000n;
const QUANTITY = 'kubernetes.Quantity';

type Operand = CelQuantity | bigint;
const nano = (operand: Operand): bigint => (operand instanceof CelQuantity ? operand.quantity.nano : operand * NANO);

const compared = (a: bigint, b: bigint): bigint => (a < b ? -1n : a > b ? 1n : 0n);

function registerQuantities(environment: Environment): void {
  environment.registerType(QUANTITY, { ctor: CelQuantity, fields: {} });
  const method = (signature: string, handler: (own: CelQuantity, other: Operand) => unknown): unknown =>
    environment.registerFunction(`${QUANTITY}.${signature}`, handler);
  environment.registerFunction(`quantity(string): ${QUANTITY}`, (text: string) => new CelQuantity(text));
  environment.registerFunction('isQuantity(string): bool', (text: string) => parseQuantity(text) !== null);
  environment.registerOperator(`${QUANTITY} == ${QUANTITY}`, (a: CelQuantity, b: CelQuantity) => nano(a) === nano(b));
  method('isInteger(): bool', (own) => nano(own) % NANO === 0n);
  method('asInteger(): int', (own) => {
    if (nano(own) % NANO !== 0n) throw new Error('cannot convert value to integer');
    return nano(own) / NANO;
  });
  method('asApproximateFloat(): double', (own) => Number(nano(own)) / Number(NANO));
  method('sign(): int', (own) => compared(nano(own), 0n));
  method(`isLessThan(${QUANTITY}): bool`, (own, other) => nano(own) < nano(other));
  method(`isGreaterThan(${QUANTITY}): bool`, (own, other) => nano(own) > nano(other));
  method(`compareTo(${QUANTITY}): int`, (own, other) => compared(nano(own), nano(other)));
  for (const operand of [QUANTITY, 'int']) {
    method(`add(${operand}): ${QUANTITY}`, (own, other) =>
      CelQuantity.of({ ...own.quantity, nano: nano(own) + nano(other) }),
    );
    method(`sub(${operand}): ${QUANTITY}`, (own, other) =>
      CelQuantity.of({ ...own.quantity, nano: nano(own) - nano(other) }),
    );
  }
}

type Comparable = string | number | bigint | boolean | Date;

const isSame = (a: unknown, b: unknown): boolean =>
  a === b || (a instanceof Date && b instanceof Date && a.getTime() === b.getTime());

function extreme(list: readonly Comparable[], better: (a: Comparable, b: Comparable) => boolean): Comparable {
  const [first, ...rest] = list;
  if (first === undefined) throw new Error('min/max called on empty list');
  return rest.reduce((best, item) => (better(item, best) ? item : best), first);
}

function registerLists(environment: Environment): void {
  environment.registerFunction('list.isSorted(): bool', (list: Comparable[]) =>
    list.every((item, index) => index === 0 || (list[index - 1] ?? item) <= item),
  );
  environment.registerFunction('list<int>.sum(): int', (list: bigint[]) => list.reduce((sum, item) => sum + item, 0n));
  environment.registerFunction('list<double>.sum(): double', (list: number[]) =>
    list.reduce((sum, item) => sum + item, 0),
  );
  environment.registerFunction('list<T>.min(): T', (list: Comparable[]) => extreme(list, (a, b) => a < b));
  environment.registerFunction('list<T>.max(): T', (list: Comparable[]) => extreme(list, (a, b) => a > b));
  environment.registerFunction('list<T>.indexOf(T): int', (list: unknown[], item: unknown) =>
    BigInt(list.findIndex((other) => isSame(other, item))),
  );
  environment.registerFunction('list<T>.lastIndexOf(T): int', (list: unknown[], item: unknown) =>
    BigInt(list.findLastIndex((other) => isSame(other, item))),
  );
}

/** The namespace of the set functions: `sets.contains(a, b)`. */
class Sets {
  readonly name = 'sets';
}

function registerSets(environment: Environment): void {
  const sets = new Sets();
  environment.registerType('kubernetes.Sets', { ctor: Sets, fields: {} });
  environment.registerConstant('sets', 'kubernetes.Sets', sets);
  const contains = (all: unknown[], part: unknown[]): boolean =>
    part.every((item) => all.some((other) => isSame(other, item)));
  const method = (name: string, holds: (a: unknown[], b: unknown[]) => boolean): unknown =>
    environment.registerFunction(
      `kubernetes.Sets.${name}(list<T>, list<T>): bool`,
      (_sets: Sets, a: unknown[], b: unknown[]) => holds(a, b),
    );
  method('contains', contains);
  method('equivalent', (a, b) => contains(a, b) && contains(b, a));
  method('intersects', (a, b) => a.some((item) => contains(b, [item])));
}

/** The verbs of `format` that rules use. */
const formatted = (verb: string, value: unknown): string => {
  const precision = /^\.(\d+)f$/u.exec(verb);
  if (precision !== null) return Number(value).toFixed(Number(precision[1]));
  if (verb === 'f') return Number(value).toFixed(6);
  if (verb === 'x') return BigInt(String(value)).toString(16);
  if (verb === 'b') return BigInt(String(value)).toString(2);
  return Array.isArray(value) ? `[${value.map(String).join(', ')}]` : String(value);
};

function registerStrings(environment: Environment): void {
  environment.registerFunction('string.charAt(int): string', (text: string, at: bigint) => text.charAt(Number(at)));
  environment.registerFunction('string.replace(string, string): string', (text: string, a: string, b: string) =>
    text.replaceAll(a, () => b),
  );
  environment.registerFunction(
    'string.find(string): string',
    (text: string, pattern: string) => compilePattern(pattern).exec(text)?.[0] ?? '',
  );
  environment.registerFunction('string.findAll(string): list<string>', (text: string, pattern: string) =>
    [...text.matchAll(compilePattern(pattern, 'g'))].map(([found]) => found),
  );
  environment.registerFunction('string.reverse(): string', (text: string) => Array.from(text).reverse().join(''));
  environment.registerFunction('string.format(list): string', (text: string, values: unknown[]) => {
    let next = 0;
    return text.replaceAll(/%(%|[sdxbo]|\.?\d*f)/gu, (whole, verb: string) => {
      if (verb === '%') return '%';
      const value = values[next];
      next += 1;
      return value === undefined ? whole : formatted(verb, value);
    });
  });
}

function registerAddresses(environment: Environment): void {
  const url = 'kubernetes.URL';
  environment.registerType(url, { ctor: URL, fields: {} });
  environment.registerFunction(`url(string): ${url}`, (text: string) => new URL(text));
  environment.registerFunction('isURL(string): bool', (text: string) => URL.canParse(text));
  const part = (name: string, read: (value: URL) => string): unknown =>
    environment.registerFunction(`${url}.${name}(): string`, read);
  part('getScheme', (value) => value.protocol.replace(/:$/u, ''));
  part('getHost', (value) => value.host);
  part('getHostname', (value) => value.hostname);
  part('getPort', (value) => value.port);
  part('getEscapedPath', (value) => value.pathname);
  environment.registerFunction('isIP(string): bool', (text: string) => isIPv4(text) || isIPv6(text));
  environment.registerFunction('isCIDR(string): bool', (text: string) => {
    const [address = '', bits = ''] = text.split('/');
    const most = isIPv4(address) ? 32 : isIPv6(address) ? 128 : -1;
    return /^\d+$/u.test(bits) && Number(bits) <= most;
  });
}

/** Adds Kubernetes' functions to a CEL environment. */
export function registerKubernetesLibrary(environment: Environment): void {
  registerQuantities(environment);
  registerLists(environment);
  registerSets(environment);
  registerStrings(environment);
  registerAddresses(environment);
}
