/**
 * Keys that want work: each at most once, the longest waiting first, never handed out twice at a time, with delays and a
 * growing pause after failures.
 */
import type { Clock } from '../model/clock.ts';
import type { Fraction, Millis } from '../model/units.ts';
import { millis } from '../model/units.ts';
import { exponentialDelay, jittered } from '../runtime/backoff.ts';
import type { Metrics } from '../runtime/metrics.ts';
import type { Random } from '../runtime/random.ts';
import { DelayHeap } from './delay-heap.ts';

export interface WorkQueueOptions {
  /** The label in metrics. */
  readonly name: string;
  readonly clock: Clock;
  readonly random: Random;
  readonly metrics: Metrics;
  /** The pause after the first failure of a key, doubled with each in a row up to `max`. */
  readonly retryDelay: { readonly initial: Millis; readonly max: Millis; readonly jitter: Fraction };
}

export interface BatchOptions {
  /**
   * How long after a batch keys are collected for the next one; what comes after a longer silence is handed out at once,
   * and what is urgent after a rest as long as the batch took, if that is shorter.
   */
  readonly debounce: Millis;
  readonly max: number;
}

export class WorkQueue<K extends string> {
  readonly #options: WorkQueueOptions;
  /** Keys to hand out, with when they became ready; oldest first. */
  readonly #ready = new Map<K, Millis>();
  /** Keys handed out, with when. */
  readonly #working = new Map<K, Millis>();
  /** Keys that were added while being worked on. */
  readonly #again = new Set<K>();
  /** Keys that do not wait until others are collected, and not yet handed out. */
  readonly #urgent = new Set<K>();
  /** Keys to be added later, on the monotonic clock. */
  readonly #later = new DelayHeap<K>();
  /** Groups of keys to be added later, by name. */
  readonly #groups = new Map<string, () => Iterable<K>>();
  readonly #groupsLater = new DelayHeap<string>();
  readonly #failures = new Map<K, number>();
  readonly #waiting = new Set<() => void>();
  readonly #closed = new AbortController();
  #alarm: { readonly due: Millis; readonly cancel: AbortController } | null = null;
  /** When the last batch was handed out; null before the first: keys are collected after it. */
  #batchedAt: Millis | null = null;
  /** Ends the collecting of keys, while there is any. */
  #collecting: AbortController | null = null;

  constructor(options: WorkQueueOptions) {
    this.#options = options;
  }

  /** How many keys are ready to be handed out. */
  get depth(): number {
    return this.#ready.size;
  }

  /** How many keys are being worked on. */
  get working(): number {
    return this.#working.size;
  }

  /** Wants the key to be worked on; at once, or again after the work on it that is under way. */
  add(key: K): void {
    if (this.#closed.signal.aborted) return;
    if (this.#working.has(key)) {
      this.#again.add(key);
      return;
    }
    if (this.#ready.has(key)) return;
    this.#later.delete(key);
    this.#ready.set(key, this.#options.clock.monotonic());
    const { metrics, name } = this.#options;
    metrics.workqueueAdds.inc({ name });
    this.#measureDepth();
    const [next] = this.#waiting;
    next?.();
  }

  /** The same for a key that a batch shall not be held back for, and that work of less weight may make way for. */
  addUrgent(key: K): void {
    if (this.#closed.signal.aborted) return;
    this.#urgent.add(key);
    this.add(key);
    this.#collecting?.abort(new Error('an urgent key came'));
  }

  /** Whether an urgent key waits, be it for the end of the work on it that is under way. */
  get urgent(): boolean {
    return this.#urgent.size > 0;
  }

  /** Adds the key after `delay`, unless it is wanted sooner. Becoming ready forgets a key's delays. */
  addAfter(key: K, delay: Millis): void {
    if (delay <= 0) {
      this.add(key);
      return;
    }
    if (this.#closed.signal.aborted || this.#ready.has(key)) return;
    this.#later.set(key, millis(this.#options.clock.monotonic() + delay));
    this.#setAlarm();
  }

  /**
   * Adds a whole group of keys after `delay`, unless it is wanted sooner; which they are is asked then. However large the
   * group, wanting it once more costs nothing.
   */
  addGroupAfter(name: string, keys: () => Iterable<K>, delay: Millis): void {
    if (this.#closed.signal.aborted) return;
    this.#groups.set(name, keys);
    this.#groupsLater.set(name, millis(this.#options.clock.monotonic() + delay));
    this.#setAlarm();
  }

  /** Adds the key after a pause that grows with each failure in a row, at least `atLeast`; tells how long it is. */
  retry(key: K, atLeast: Millis | null = null): Millis {
    const { retryDelay, random, metrics, name } = this.#options;
    const failures = this.#failures.get(key) ?? 0;
    this.#failures.set(key, failures + 1);
    metrics.workqueueRetries.inc({ name });
    const pause = jittered(exponentialDelay(failures, retryDelay), retryDelay.jitter, random);
    const delay = millis(Math.max(pause, atLeast ?? 0));
    this.addAfter(key, delay);
    return delay;
  }

  /** Forgets the key's failures. */
  forget(key: K): void {
    this.#failures.delete(key);
  }

  /** The next key, as soon as there is one; `done` must follow. */
  async take(signal: AbortSignal): Promise<K> {
    for (;;) {
      await this.#someReady(signal);
      const [key] = this.#ready.keys();
      if (key === undefined) continue;
      this.#handOut(key);
      return key;
    }
  }

  /**
   * All that is ready, at most `max`; `done` must follow for each before the next batch is asked for. The first key after
   * a silence does not wait: what changes in bursts is collected while the batch is worked on, and a little longer.
   */
  async takeBatch({ debounce, max }: BatchOptions, signal: AbortSignal): Promise<readonly K[]> {
    const { clock } = this.#options;
    const now = clock.monotonic();
    const took = this.#batchedAt === null ? 0 : now - this.#batchedAt;
    const collectUntil = millis(now + (this.#batchedAt === null ? 0 : debounce));
    const restUntil = millis(now + Math.min(debounce, took));
    for (;;) {
      await this.#someReady(signal);
      await this.#collect({ collectUntil, restUntil }, signal);
      const keys = [...this.#ready.keys()].slice(0, max);
      if (keys.length === 0) continue;
      this.#batchedAt = clock.monotonic();
      for (const key of keys) this.#handOut(key);
      return keys;
    }
  }

  /** Lets keys come until then, or as soon as one of them is urgent only until the rest is over. */
  async #collect(
    times: { readonly collectUntil: Millis; readonly restUntil: Millis },
    signal: AbortSignal,
  ): Promise<void> {
    const { clock } = this.#options;
    for (;;) {
      const until = this.urgent ? times.restUntil : times.collectUntil;
      const left = millis(until - clock.monotonic());
      if (left <= 0) return;
      const collecting = new AbortController();
      if (!this.urgent) this.#collecting = collecting;
      await clock.sleep(left, AbortSignal.any([signal, collecting.signal])).catch(() => signal.throwIfAborted());
      this.#collecting = null;
    }
  }

  /** Ends the work on a key that was handed out; if it was added meanwhile it is ready again. */
  done(key: K): void {
    const since = this.#working.get(key);
    if (since === undefined) return;
    const { metrics, name, clock } = this.#options;
    this.#working.delete(key);
    metrics.workqueueWorkDuration.observe({ name }, (clock.monotonic() - since) / 1000);
    if (this.#again.delete(key)) this.add(key);
  }

  /** Takes no more keys and forgets the delayed ones. Those who wait for a key are told by their own signal. */
  close(): void {
    this.#closed.abort(new Error('the queue is closed'));
    this.#urgent.clear();
    this.#later.clear();
    this.#groupsLater.clear();
  }

  #handOut(key: K): void {
    const { metrics, name, clock } = this.#options;
    const now = clock.monotonic();
    metrics.workqueueQueueDuration.observe({ name }, (now - (this.#ready.get(key) ?? now)) / 1000);
    this.#ready.delete(key);
    this.#urgent.delete(key);
    this.#working.set(key, now);
    this.#measureDepth();
  }

  #measureDepth(): void {
    const { metrics, name } = this.#options;
    metrics.workqueueDepth.set({ name }, this.#ready.size);
  }

  #someReady(signal: AbortSignal): Promise<void> {
    signal.throwIfAborted();
    if (this.#ready.size > 0) return Promise.resolve();
    return new Promise((resolve, reject) => {
      const onAbort = (): void => {
        this.#waiting.delete(onReady);
        reject(signal.reason as Error);
      };
      const onReady = (): void => {
        this.#waiting.delete(onReady);
        signal.removeEventListener('abort', onAbort);
        resolve();
      };
      this.#waiting.add(onReady);
      signal.addEventListener('abort', onAbort, { once: true });
    });
  }

  /** Keeps one sleeper, for the earliest delayed key or group. */
  #setAlarm(): void {
    const due = earlier(this.#later.next, this.#groupsLater.next);
    if (due === null || (this.#alarm !== null && this.#alarm.due <= due)) return;
    this.#alarm?.cancel.abort(new Error('an earlier key came'));
    const cancel = new AbortController();
    this.#alarm = { due, cancel };
    const { clock } = this.#options;
    const signal = AbortSignal.any([cancel.signal, this.#closed.signal]);
    clock.sleep(millis(Math.max(0, due - clock.monotonic())), signal).then(
      () => this.#ring(),
      () => {},
    );
  }

  #ring(): void {
    this.#alarm = null;
    const now = this.#options.clock.monotonic();
    for (let key = this.#later.takeDue(now); key !== null; key = this.#later.takeDue(now)) this.add(key);
    for (let name = this.#groupsLater.takeDue(now); name !== null; name = this.#groupsLater.takeDue(now))
      for (const key of this.#groups.get(name)?.() ?? []) this.add(key);
    this.#setAlarm();
  }
}

const earlier = (a: Millis | null, b: Millis | null): Millis | null =>
  a === null || b === null ? (a ?? b) : millis(Math.min(a, b));
