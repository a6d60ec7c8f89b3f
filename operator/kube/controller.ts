/**
 * Runs reconciles. This is the one place that turns an outcome or an error into a requeue, a metric and a log line.
 */
import { assertNever } from '../model/assert-never.ts';
import type { Clock } from '../model/clock.ts';
import { failureCode, RetryableError, TerminalError } from '../model/errors.ts';
import type { Millis } from '../model/units.ts';
import { minutes, seconds } from '../model/units.ts';
import { untilInstant } from '../runtime/backoff.ts';
import type { Log, LogFields } from '../runtime/log.ts';
import type { Metrics } from '../runtime/metrics.ts';
import type { KeyResult, Outcome } from './outcome.ts';
import { awaitChange, failed } from './outcome.ts';
import type { BatchOptions, WorkQueue } from './work-queue.ts';

interface CommonOptions<K extends string> {
  /** The name in metrics and log lines. */
  readonly name: string;
  readonly queue: WorkQueue<K>;
  readonly clock: Clock;
  readonly log: Log;
  readonly metrics: Metrics;
  /** How log lines name a key. */
  readonly fieldsOf: (key: K) => LogFields;
}

export interface ControllerOptions<K extends string> extends CommonOptions<K> {
  readonly concurrency: number;
  /** Brings the object of the key one step further. Level-triggered: it is not told what woke it. */
  readonly reconcile: (key: K, signal: AbortSignal) => Promise<Outcome>;
}

export interface BatchControllerOptions<K extends string> extends CommonOptions<K>, BatchOptions {
  /** Takes all dirty keys in one pass. Keys left out of the answer await a change; rejecting fails them all. */
  readonly reconcile: (keys: readonly K[], signal: AbortSignal) => Promise<ReadonlyMap<K, KeyResult>>;
}

/** A terminal error is not worth a retry, but what it complains of may be put right where no watch sees it. */
const TERMINAL_RETRY_DELAY = minutes(5);

/** A right or a credential is given back by somebody who then looks on: soon at first, then as often as after failures. */
const RIGHTS_RETRY_DELAY = seconds(15);

/** Reconciles keys one by one, `concurrency` at a time, until the signal aborts; then the ones under way are awaited. */
export async function runController<K extends string>(
  options: ControllerOptions<K>,
  signal: AbortSignal,
): Promise<void> {
  const { queue, metrics, name, concurrency, reconcile } = options;
  const settler = new Settler(options);
  metrics.maxConcurrentReconciles.set({ controller: name }, concurrency);
  const work = async (): Promise<void> => {
    for (;;) {
      const key = await queue.take(signal);
      const pass = async (): Promise<ReadonlyMap<K, KeyResult>> => new Map([[key, await reconcile(key, signal)]]);
      await settler.run([key], pass, signal);
    }
  };
  await untilAborted(Array.from({ length: concurrency }, work), signal);
}

/** Reconciles all that is dirty in one pass, one pass at a time, with a debounce between them, until the signal aborts. */
export async function runBatchController<K extends string>(
  options: BatchControllerOptions<K>,
  signal: AbortSignal,
): Promise<void> {
  const { queue, metrics, name, reconcile } = options;
  const settler = new Settler(options);
  metrics.maxConcurrentReconciles.set({ controller: name }, 1);
  const work = async (): Promise<void> => {
    for (;;) {
      const keys = await queue.takeBatch(options, signal);
      await settler.run(keys, () => reconcile(keys, signal), signal);
    }
  };
  await untilAborted([work()], signal);
}

async function untilAborted(workers: readonly Promise<void>[], signal: AbortSignal): Promise<void> {
  try {
    await Promise.all(workers);
  } catch (error) {
    if (!signal.aborted) throw error;
    await Promise.allSettled(workers);
  }
}

/** Turns results into what happens next. */
class Settler<K extends string> {
  readonly #options: CommonOptions<K>;
  #active = 0;
  #passes = 0;

  constructor(options: CommonOptions<K>) {
    this.#options = options;
  }

  /** One pass over these keys, and what follows from it for each of them. Never rejects. */
  async run(keys: readonly K[], pass: () => Promise<ReadonlyMap<K, KeyResult>>, signal: AbortSignal): Promise<void> {
    this.#passes += 1;
    const reconcileId = String(this.#passes);
    const results = await this.#measure(async () => {
      try {
        return await pass();
      } catch (error) {
        return new Map(keys.map((key) => [key, failed(error)]));
      }
    });
    for (const key of keys) {
      const result = results.get(key) ?? awaitChange();
      if (result.kind !== 'Failed') this.#settleOutcome(key, result);
      else if (!signal.aborted) this.#settleFailure(key, result.error, reconcileId);
      this.#options.queue.done(key);
    }
  }

  async #measure<T>(pass: () => Promise<T>): Promise<T> {
    const { clock, metrics, name: controller } = this.#options;
    const began = clock.monotonic();
    this.#active += 1;
    metrics.activeWorkers.set({ controller }, this.#active);
    const result = await pass();
    this.#active -= 1;
    metrics.activeWorkers.set({ controller }, this.#active);
    metrics.reconcileTime.observe({ controller }, (clock.monotonic() - began) / 1000);
    return result;
  }

  #settleOutcome(key: K, outcome: Outcome): void {
    const { queue, clock } = this.#options;
    queue.forget(key);
    switch (outcome.kind) {
      case 'AwaitChange':
        this.#count('success');
        return;
      case 'RequeueAfter':
        queue.addAfter(key, outcome.delay);
        this.#count('requeue_after');
        return;
      case 'RequeueAt':
        queue.addAfter(key, untilInstant(outcome.at, clock));
        this.#count('requeue_after');
        return;
      default:
        assertNever(outcome);
    }
  }

  /** Not called for what a stop has cut off: that has not failed. */
  #settleFailure(key: K, error: unknown, reconcileId: string): void {
    const { queue, metrics, name: controller } = this.#options;
    if (failureCode(error) === 'Conflict') {
      // Somebody wrote first: the next look starts from what they wrote.
      queue.retry(key);
      this.#count('requeue');
      return;
    }
    this.#count('error');
    metrics.reconcileErrors.inc({ controller });
    if (error instanceof TerminalError) {
      metrics.terminalReconcileErrors.inc({ controller });
      this.#logFailure(key, error, { reconcileId, delay: this.#retryTerminal(key, error) });
      return;
    }
    const delay = queue.retry(key, error instanceof RetryableError ? error.retryAfter : null);
    this.#logFailure(key, error, { reconcileId, delay });
  }

  #retryTerminal(key: K, { code }: TerminalError): Millis {
    const { queue } = this.#options;
    if (code === 'Forbidden' || code === 'Credentials') return queue.retry(key, RIGHTS_RETRY_DELAY);
    queue.forget(key);
    queue.addAfter(key, TERMINAL_RETRY_DELAY);
    return TERMINAL_RETRY_DELAY;
  }

  #logFailure(key: K, error: unknown, { reconcileId, delay }: { reconcileId: string; delay: Millis }): void {
    const { log, name: controller, fieldsOf } = this.#options;
    const code = failureCode(error);
    const fields: LogFields = {
      controller,
      reconcileId,
      ...fieldsOf(key),
      ...(code === null ? {} : { code }),
      retryInMs: Math.round(delay),
      err: error,
    };
    if (error instanceof RetryableError) log.warn('reconcile failed', fields);
    else log.error('reconcile failed', fields);
  }

  #count(result: 'success' | 'requeue_after' | 'requeue' | 'error'): void {
    const { metrics, name: controller } = this.#options;
    metrics.reconcileTotal.inc({ controller, result });
  }
}
