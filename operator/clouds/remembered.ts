/** Answers of a cloud kept for a while: one load at a time for each key, shared by all who ask. */
import type { Clock } from '../model/clock.ts';
import { RetryableError } from '../model/errors.ts';
import { elapsed, type Instant, type Millis, millis } from '../model/units.ts';
import { orAborted } from './call-within.ts';

interface Known<Value> {
  readonly value: Value;
  readonly loadedAt: Instant;
}

interface RememberedOptions {
  readonly clock: Clock;
  /** After this long the answer is asked for again. */
  readonly ttl: Millis;
  /**
   * After a retryable failure an answer may be used again until it is this old; not set: never. It keeps its
   * `loadedAt`, so that whoever judges by age is not deceived.
   */
  readonly staleTtl?: Millis;
  /** Ends every load: the adapter is being closed. A caller's own abort ends only that caller's wait. */
  readonly closing: AbortSignal;
}

export class Remembered<Value> {
  readonly #options: RememberedOptions;
  readonly #known = new Map<string, Known<Value>>();
  readonly #loading = new Map<string, Promise<Known<Value>>>();

  constructor(options: RememberedOptions) {
    this.#options = options;
  }

  /** What is known under `key`, loaded when it is missing or too old. */
  async get(key: string, load: (signal: AbortSignal) => Promise<Value>, signal: AbortSignal): Promise<Known<Value>> {
    signal.throwIfAborted();
    const known = this.#known.get(key);
    if (known !== undefined && this.#age(known) < this.#options.ttl) return known;
    try {
      return await orAborted(this.#load(key, load), signal);
    } catch (error) {
      const { staleTtl } = this.#options;
      const usable = known !== undefined && staleTtl !== undefined && this.#age(known) < staleTtl;
      if (usable && error instanceof RetryableError) return known;
      throw error;
    }
  }

  /** Forgets what is known, so that the next `get` asks; only what is at least `age` old when that is given. */
  forget(key: string, age: Millis = millis(0)): void {
    const known = this.#known.get(key);
    if (known !== undefined && this.#age(known) < age) return;
    this.#known.delete(key);
    this.#loading.delete(key);
  }

  #load(key: string, load: (signal: AbortSignal) => Promise<Value>): Promise<Known<Value>> {
    const running = this.#loading.get(key);
    if (running !== undefined) return running;
    const loading = this.#run(load);
    this.#loading.set(key, loading);
    // Forgotten while it was loading: the answer may be from before the change, so it is not kept.
    const settle = (known: Known<Value> | null): void => {
      if (this.#loading.get(key) !== loading) return;
      this.#loading.delete(key);
      this.#dropExpired();
      if (known !== null) this.#known.set(key, known);
    };
    loading.then(settle, () => {
      settle(null);
    });
    return loading;
  }

  async #run(load: (signal: AbortSignal) => Promise<Value>): Promise<Known<Value>> {
    const { clock, closing } = this.#options;
    const loadedAt = clock.now();
    return { value: await load(closing), loadedAt };
  }

  #dropExpired(): void {
    const { ttl, staleTtl } = this.#options;
    const longest = Math.max(ttl, staleTtl ?? 0);
    for (const [key, known] of this.#known) if (this.#age(known) >= longest) this.#known.delete(key);
  }

  #age(known: Known<Value>): Millis {
    return elapsed(known.loadedAt, this.#options.clock.now());
  }
}
