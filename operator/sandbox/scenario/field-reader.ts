/** Reads a scenario's fields by name and type, and collects what is wrong with the path of the field it is wrong with. */
import type { Millis } from '../../model/units.ts';
import { millis } from '../../model/units.ts';

type Fields = Readonly<Record<string, unknown>>;

const isFields = (value: unknown): value is Fields =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

const UNITS: Readonly<Record<string, number>> = { ms: 1, s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000 };

/** "90s", "1h30m", "250ms", or 0; null for anything else. */
export function parseDuration(value: unknown): Millis | null {
  if (value === 0) return millis(0);
  if (typeof value !== 'string' || !/^(\d+(\.\d+)?(ms|s|m|h|d))+$/.test(value)) return null;
  const parts = [...value.matchAll(/(\d+(?:\.\d+)?)(ms|s|m|h|d)/g)];
  return millis(parts.reduce((total, [, amount, unit]) => total + Number(amount) * (UNITS[unit ?? ''] ?? 0), 0));
}

interface NumberLimits {
  readonly default?: number;
  readonly min?: number;
  readonly whole?: boolean;
}

interface TextLimits {
  readonly default?: string;
  readonly pattern?: RegExp;
}

export class FieldReader {
  readonly path: string;
  readonly #fields: Fields;
  readonly #issues: string[];
  readonly #known = new Set<string>();

  constructor(value: unknown, path: string, issues: string[]) {
    this.path = path;
    this.#issues = issues;
    this.#fields = isFields(value) ? value : {};
    if (!isFields(value)) this.#issues.push(`${path === '' ? 'the scenario' : path}: must be a mapping`);
  }

  /** Notes what is wrong with a field of this mapping. */
  fault(name: string, problem: string): void {
    this.#issues.push(`${this.#pathOf(name)}: ${problem}`);
  }

  has(name: string): boolean {
    this.#known.add(name);
    return this.#fields[name] !== undefined && this.#fields[name] !== null;
  }

  text(name: string, limits: TextLimits = {}): string {
    if (!this.has(name)) return this.#missing(name, limits.default) ?? '';
    const value = this.#fields[name];
    if (typeof value !== 'string' || value === '') this.fault(name, `must be text, not ${JSON.stringify(value)}`);
    else if (limits.pattern && !limits.pattern.test(value)) this.fault(name, `"${value}" must match ${limits.pattern}`);
    else return value;
    return '';
  }

  number(name: string, limits: NumberLimits = {}): number {
    if (!this.has(name)) return this.#missing(name, limits.default) ?? 0;
    const value = this.#fields[name];
    const min = limits.min ?? Number.NEGATIVE_INFINITY;
    const right =
      typeof value === 'number' && Number.isFinite(value) && (limits.whole !== true || Number.isInteger(value));
    if (!right)
      this.fault(name, `must be a ${limits.whole === true ? 'whole ' : ''}number, not ${JSON.stringify(value)}`);
    else if (value < min) this.fault(name, `must be at least ${min}, not ${value}`);
    else return value;
    return 0;
  }

  duration(name: string, fallback?: Millis): Millis {
    if (!this.has(name)) return this.#missing(name, fallback) ?? millis(0);
    const duration = parseDuration(this.#fields[name]);
    if (duration === null)
      this.fault(name, `must be a duration such as 90s or 1h30m, not ${JSON.stringify(this.#fields[name])}`);
    return duration ?? millis(0);
  }

  flag(name: string, fallback: boolean): boolean {
    if (!this.has(name)) return fallback;
    const value = this.#fields[name];
    if (typeof value !== 'boolean') this.fault(name, `must be true or false, not ${JSON.stringify(value)}`);
    return value === true;
  }

  oneOf<Choice extends string>(name: string, choices: readonly Choice[], fallback?: Choice): Choice {
    const first = (fallback ?? choices[0]) as Choice;
    if (!this.has(name)) return this.#missing(name, fallback) ?? first;
    const value = this.#fields[name];
    const choice = choices.find((it) => it === value);
    if (choice === undefined) this.fault(name, `must be one of ${choices.join(', ')}, not ${JSON.stringify(value)}`);
    return choice ?? first;
  }

  /** The field as it is, for what no other method reads. */
  raw(name: string): unknown {
    return this.has(name) ? this.#fields[name] : undefined;
  }

  /** The whole mapping as it is. */
  all(): Fields {
    return this.#fields;
  }

  child(name: string): FieldReader {
    return new FieldReader(this.has(name) ? this.#fields[name] : {}, this.#pathOf(name), this.#issues);
  }

  list(name: string): readonly FieldReader[] {
    return this.#elements(name).map(
      (value, at) => new FieldReader(value, `${this.#pathOf(name)}[${at}]`, this.#issues),
    );
  }

  texts(name: string): readonly string[] {
    return this.#elements(name).filter((value, at): value is string => {
      if (typeof value === 'string') return true;
      this.fault(`${name}[${at}]`, `must be text, not ${JSON.stringify(value)}`);
      return false;
    });
  }

  /** A mapping from names to values of one type. */
  mapping<Type extends 'string' | 'number'>(
    name: string,
    type: Type,
  ): Readonly<Record<string, Type extends 'string' ? string : number>> {
    const value = this.has(name) ? this.#fields[name] : {};
    if (!isFields(value)) this.fault(name, 'must be a mapping');
    const entries = Object.entries(isFields(value) ? value : {});
    for (const [key, it] of entries) {
      if (typeof it !== type) this.fault(`${name}.${key}`, `must be a ${type}, not ${JSON.stringify(it)}`);
    }
    return Object.fromEntries(entries) as Record<string, Type extends 'string' ? string : number>;
  }

  /** Call after the last field: names that nothing has asked for are mistakes. */
  end(): void {
    const names = [...this.#known].sort().join(', ');
    for (const name of Object.keys(this.#fields)) {
      if (!this.#known.has(name)) this.fault(name, `unknown field; known are ${names}`);
    }
  }

  #elements(name: string): readonly unknown[] {
    const value = this.has(name) ? this.#fields[name] : [];
    if (!Array.isArray(value)) this.fault(name, 'must be a list');
    return Array.isArray(value) ? (value as readonly unknown[]) : [];
  }

  #missing<Value>(name: string, fallback: Value | undefined): Value | undefined {
    if (fallback === undefined) this.fault(name, 'is required');
    return fallback;
  }

  #pathOf(name: string): string {
    return this.path === '' ? name : `${this.path}.${name}`;
  }
}
