/** Writes Kubernetes events: repeated ones become one with a count, and no object gets more than its share. */
import type { Clock } from '../model/clock.ts';
import { RetryableError } from '../model/errors.ts';
import type { Instant, Millis } from '../model/units.ts';
import { millis, minutes, seconds } from '../model/units.ts';
import type { Log } from '../runtime/log.ts';
import type { Metrics } from '../runtime/metrics.ts';
import { EVENTS } from './builtin-resources.ts';
import { EventAllowance } from './event-allowance.ts';
import type { KubeClient, KubeObject } from './kube-client.ts';
import { microTime } from './micro-time.ts';

/** What an event is about. */
export interface EventSubject {
  readonly apiVersion: string;
  readonly kind: string;
  readonly namespace?: string;
  readonly name: string;
  readonly uid: string;
}

export interface KubeEvent {
  readonly regarding: EventSubject;
  readonly type: 'Normal' | 'Warning';
  /** CamelCase, stable, for machines. */
  readonly reason: string;
  /** What was being done, for instance "Placing". */
  readonly action: string;
  /** One sentence for a person. */
  readonly note: string;
}

export interface EventRecorder {
  /** Returns at once; the event is written when it can be, or dropped and counted. */
  emit(event: KubeEvent): void;
}

export interface EventWriterOptions {
  readonly client: KubeClient;
  readonly clock: Clock;
  readonly log: Log;
  readonly metrics: Metrics;
  /** Qualified name of the reporter, for instance "tradewind.dev/operator". */
  readonly reportingController: string;
  /** Which process: the pod's name. */
  readonly reportingInstance: string;
}

/** Equal events within this time of one another are a series. As client-go. */
const SERIES_WINDOW = minutes(6);
/** A running series is written at its second event, and then this often. */
const SERIES_WRITE_PERIOD = minutes(1);
/** What is done comes before what is told of it: an event that follows a silence lets the work that it tells of go first. */
const TELL_DELAY = millis(250);
const MAX_WAITING = 1_000;
const WRITE_ATTEMPTS = 3;
const WRITE_RETRY_DELAY = seconds(2);
/** The API server's limit. */
const MAX_NOTE_BYTES = 1_024;

interface Series {
  readonly event: KubeEvent;
  readonly name: string;
  count: number;
  lastAt: Instant;
  writtenAt: Millis;
  /** Set while a write of it waits. */
  queued: boolean;
  created: boolean;
}

export class EventWriter implements EventRecorder {
  readonly #options: EventWriterOptions;
  /** The longest unheard first. */
  readonly #series = new Map<string, Series>();
  readonly #allowance: EventAllowance;
  readonly #waiting: Series[] = [];
  #wake = Promise.withResolvers<void>();
  #serial = 0;

  constructor(options: EventWriterOptions) {
    this.#options = options;
    this.#allowance = new EventAllowance(options.clock);
  }

  emit(event: KubeEvent): void {
    const { clock } = this.#options;
    const now = clock.monotonic();
    const key = seriesKey(event);
    const known = this.#series.get(key);
    if (known !== undefined && clock.now() - known.lastAt < SERIES_WINDOW) {
      known.count += 1;
      known.lastAt = clock.now();
      this.#series.delete(key);
      this.#series.set(key, known);
      if (known.count === 2 || now - known.writtenAt >= SERIES_WRITE_PERIOD) this.#enqueue(known, now);
      return;
    }
    if (!this.#allowance.take(event.regarding.uid)) {
      this.#drop('rate_limit');
      return;
    }
    this.#forgetOld();
    const name = this.#nameOf(event);
    const begun: Series = { event, name, count: 1, lastAt: clock.now(), writtenAt: now, queued: false, created: false };
    this.#series.delete(key);
    this.#series.set(key, begun);
    this.#enqueue(begun, now);
  }

  /** Writes what was emitted until the signal aborts; what waits then is not written. */
  async run(signal: AbortSignal): Promise<void> {
    const stopped = Promise.withResolvers<void>();
    const onAbort = (): void => stopped.resolve();
    signal.addEventListener('abort', onAbort, { once: true });
    while (!signal.aborted) {
      const next = this.#waiting.shift();
      if (next === undefined) {
        await Promise.race([this.#wake.promise, stopped.promise]);
        this.#wake = Promise.withResolvers();
        await this.#options.clock.sleep(TELL_DELAY, signal).catch(() => {});
        continue;
      }
      next.queued = false;
      await this.#write(next, signal);
    }
    signal.removeEventListener('abort', onAbort);
  }

  #enqueue(series: Series, now: Millis): void {
    if (series.queued) return;
    if (this.#waiting.length >= MAX_WAITING) {
      this.#drop('queue_full');
      return;
    }
    series.queued = true;
    series.writtenAt = now;
    this.#waiting.push(series);
    this.#wake.resolve();
  }

  async #write(series: Series, signal: AbortSignal): Promise<void> {
    for (let attempt = 1; ; attempt += 1) {
      try {
        await this.#writeOnce(series, signal);
        return;
      } catch (error) {
        if (signal.aborted) return;
        if (!(error instanceof RetryableError) || attempt === WRITE_ATTEMPTS) {
          this.#drop('write_failed');
          this.#options.log.debug('event could not be written', { reason: series.event.reason, err: error });
          return;
        }
        await this.#options.clock.sleep(error.retryAfter ?? WRITE_RETRY_DELAY, signal).catch(() => {});
      }
    }
  }

  async #writeOnce(series: Series, signal: AbortSignal): Promise<void> {
    const { client } = this.#options;
    const body = { series: { count: series.count, lastObservedTime: microTime(series.lastAt) } };
    if (series.created) {
      const namespace = namespaceOf(series.event);
      await client.patch(EVENTS, { namespace, name: series.name, body }, signal);
      return;
    }
    const object = this.#objectOf(series);
    await client.create(EVENTS, series.count === 1 ? object : { ...object, ...body }, signal);
    series.created = true;
  }

  #objectOf({ event, name, lastAt }: Series): KubeObject {
    const { reportingController, reportingInstance } = this.#options;
    const namespace = namespaceOf(event);
    return {
      apiVersion: 'events.k8s.io/v1',
      kind: 'Event',
      metadata: { name, namespace },
      eventTime: microTime(lastAt),
      reportingController,
      reportingInstance: reportingInstance.slice(0, 128),
      regarding: event.regarding,
      type: event.type,
      reason: event.reason.slice(0, 128),
      action: event.action.slice(0, 128),
      note: cutToBytes(event.note, MAX_NOTE_BYTES),
    };
  }

  /** As client-go: the object's name and a time, here with a serial number so that two of one instant differ. */
  #nameOf(event: KubeEvent): string {
    this.#serial += 1;
    const stamp = this.#options.clock.now().toString(16).split('.', 1).join('');
    return `${event.regarding.name.slice(0, 200)}.${stamp}${this.#serial.toString(16).padStart(4, '0')}`;
  }

  /** Drops what can no longer become a series, from the longest unheard on. */
  #forgetOld(): void {
    const now = this.#options.clock.now();
    for (const [key, series] of this.#series) {
      if (now - series.lastAt < SERIES_WINDOW || series.queued) return;
      this.#series.delete(key);
    }
  }

  #drop(reason: 'rate_limit' | 'queue_full' | 'write_failed'): void {
    this.#options.metrics.eventsDropped.inc({ reason });
  }
}

/** The longest beginning of the text that fits, with no character cut in two. */
const cutToBytes = (text: string, max: number): string =>
  Buffer.byteLength(text) <= max
    ? text
    : new TextDecoder('utf-8').decode(Buffer.from(text).subarray(0, max)).replace(/\uFFFD+$/u, '');

/** Events of cluster-scoped objects live in `default`, where kubectl looks for them. */
const namespaceOf = (event: KubeEvent): string => event.regarding.namespace ?? 'default';

const seriesKey = ({ regarding, type, reason, action, note }: KubeEvent): string =>
  JSON.stringify([regarding.uid, regarding.kind, regarding.namespace, regarding.name, type, reason, action, note]);
