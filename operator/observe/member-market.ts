/** What a member's cloud says of it: the control plane's state, its pools and their prices, each polled at its own pace. */
import type { Clock } from '../model/clock.ts';
import { failureCode, isFailure, RetryableError } from '../model/errors.ts';
import type { CloudStatus } from '../model/fleet.ts';
import type { CapacityType } from '../model/workload.ts';
import { hours, instant, millis, seconds, type Instant, type Millis } from '../model/units.ts';
import type { Cloud, CloudPool, ClusterDescription, ClusterRef, Quote } from '../clouds/cloud.ts';
import type { Log } from '../runtime/log.ts';
import { Hurry } from './hurry.ts';

export interface MarketView {
  readonly description: ClusterDescription | null;
  /** null: not asked yet. */
  readonly pools: readonly CloudPool[] | null;
  readonly poolsAt: Instant | null;
  readonly quotes: readonly Quote[];
  /** Grows with every change of pools or prices. */
  readonly version: number;
}

/** How often each thing is asked; clouds/poll-periods.ts has the throttles they respect. */
export interface PollPeriods {
  readonly describe: Millis;
  readonly pools: Millis;
  readonly quotes: Millis;
}

export interface MarketOptions {
  readonly cloud: Cloud;
  readonly cluster: ClusterRef;
  readonly periods: PollPeriods;
  readonly clock: Clock;
  readonly log: Log;
  readonly onChange: () => void;
  /** The cloud has been asked how the cluster is: its word may be evidence. */
  readonly onCloudStatus?: () => void;
}

/** Between two questions while the cluster is in doubt, or its cloud says that it does not work: fresh enough to be evidence. */
const DOUBT_PERIOD = seconds(30);
/** From the first node that goes until the pools are looked at, and again: many go together, and adapters remember answers. */
const NODES_GOING_DELAYS = [seconds(5), seconds(20)] as const;
const RETRY_DELAY = seconds(15); // long enough not to feed a throttle, short against every poll period

/** Polls one cluster's cloud until the signal aborts. A failed poll leaves what was known, with its age. */
export class MemberMarket implements MarketView {
  description: ClusterDescription | null = null;
  /** What the cloud says of the control plane, and when it was asked; null before that. */
  cloudStatus: CloudStatus | null = null;
  pools: readonly CloudPool[] | null = null;
  poolsAt: Instant | null = null;
  quotes: readonly Quote[] = [];
  version = 0;
  readonly #options: MarketOptions;
  readonly #listing: Hurry;
  readonly #describing: Hurry;
  readonly #nodesGoing: Hurry;
  #inDoubt = false;

  constructor(options: MarketOptions) {
    this.#options = options;
    this.#listing = new Hurry(options.clock);
    this.#describing = new Hurry(options.clock);
    this.#nodesGoing = new Hurry(options.clock);
  }

  async run(signal: AbortSignal): Promise<void> {
    const { periods } = this.#options;
    const [describing, listing, pricing] = [this.#describing, this.#listing, new Hurry(this.#options.clock)];
    await Promise.all([
      this.#poll({ name: 'describe cluster', hurry: describing, once: (s) => this.#describe(s) }, signal),
      this.#poll(
        { name: 'list pools', period: periods.pools, hurry: listing, once: (s) => this.#listPools(s) },
        signal,
      ),
      this.#poll(
        { name: 'read spot prices', period: periods.quotes, hurry: pricing, once: (s) => this.#readQuotes('spot', s) },
        signal,
      ),
      this.#poll(
        {
          name: 'read on-demand prices',
          period: periods.quotes,
          hurry: pricing,
          once: (s) => this.#readQuotes('on-demand', s),
        },
        signal,
      ),
      this.#followNodes(signal),
    ]);
  }

  /** Looks at the pools again soon, because something has just been asked of them. */
  lookAgain(): void {
    this.#listing.now();
  }

  /** A node is gone: its pool is another one now. */
  nodeWent(): void {
    this.#nodesGoing.now();
  }

  /** Whether the cluster is in doubt: then its cloud is asked at once, and again and again until it is not. */
  doubt(inDoubt: boolean): void {
    if (inDoubt && !this.#inDoubt) this.#describing.now();
    this.#inDoubt = inDoubt;
  }

  async #poll(
    poll: { name: string; period?: Millis; hurry: Hurry; once: (signal: AbortSignal) => Promise<void> },
    signal: AbortSignal,
  ): Promise<void> {
    const { log } = this.#options;
    while (!signal.aborted) {
      let pause: Millis | null = null;
      try {
        await poll.once(signal);
      } catch (error) {
        signal.throwIfAborted();
        if (!isFailure(error)) throw error;
        const told = error instanceof RetryableError ? error.retryAfter : (poll.period ?? this.#describePeriod());
        pause = Math.max(told ?? RETRY_DELAY, RETRY_DELAY) as Millis;
        log.warn('cloud poll failed', { reason: poll.name, code: error.code, retryInMs: pause, err: error });
      }
      await poll.hurry.wait(pause ?? poll.period ?? this.#describePeriod(), signal);
    }
  }

  #describePeriod(): Millis {
    const { describe } = this.#options.periods;
    const isWell = !this.#inDoubt && (this.cloudStatus === null || this.cloudStatus.says === 'Works');
    return isWell ? describe : millis(Math.min(DOUBT_PERIOD, describe));
  }

  /** Looks at the pools soon after nodes went, instead of at the next poll. */
  async #followNodes(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      await this.#nodesGoing.wait(hours(24), signal);
      for (const delay of NODES_GOING_DELAYS) {
        await this.#options.clock.sleep(delay, signal);
        this.#listing.now();
      }
    }
  }

  async #describe(signal: AbortSignal): Promise<void> {
    const { cloud, cluster, clock } = this.#options;
    const [known, askedAt] = [JSON.stringify(this.description), clock.now()];
    try {
      this.description = await cloud.describeCluster(cluster, signal);
      this.#told({ ...wordOf(this.description), at: askedAt });
    } catch (error) {
      // That there is no such cluster is an answer too.
      if (failureCode(error) === 'NotFound')
        this.#told({ state: 'NotFound', says: 'Ended', problems: [], at: askedAt });
      throw error;
    }
    // The region is only known now where the cloud tells it: prices could not be asked for before.
    if (this.quotes.length === 0) await this.#readAllQuotes(signal);
    if (JSON.stringify(this.description) !== known) this.#changed();
  }

  async #listPools(signal: AbortSignal): Promise<void> {
    const pools = await this.#options.cloud.listPools(this.#options.cluster, signal);
    const same = JSON.stringify(pools) === JSON.stringify(this.pools);
    const typesChanged = instanceTypes(pools) !== instanceTypes(this.pools ?? []);
    this.pools = pools;
    this.poolsAt = this.#options.clock.now();
    if (typesChanged) await this.#readAllQuotes(signal);
    if (!same) this.#changed();
  }

  async #readAllQuotes(signal: AbortSignal): Promise<void> {
    await Promise.all([this.#readQuotes('spot', signal), this.#readQuotes('on-demand', signal)]);
  }

  /** Each kind by itself: a missing permission for one price list must not hide the other. */
  async #readQuotes(capacityType: CapacityType, signal: AbortSignal): Promise<void> {
    const region = this.#region();
    if (region === null || this.pools === null || this.pools.length === 0) return;
    const types = [...new Set(this.pools.map((pool) => pool.instanceType))].sort();
    const quotes = await this.#options.cloud.quotes(
      { region, instanceTypes: types, capacityTypes: [capacityType], roleArn: this.#roleArn() },
      signal,
    );
    const merged = mergeQuotes(this.quotes, quotes);
    const moved = prices(merged) !== prices(this.quotes) || this.#renews(quotes);
    this.quotes = merged;
    if (moved) this.#changed();
    else this.version += 1; // the same prices, only fresher: nobody has to look again
  }

  /** Whether any of these was so old that nothing may have been bought at it any more. */
  #renews(fresh: readonly Quote[]): boolean {
    const known = new Map(this.quotes.map((quote) => [quoteKey(quote), quote.observedAt]));
    const patience = 2 * this.#options.periods.quotes;
    return fresh.some((quote) => quote.observedAt - (known.get(quoteKey(quote)) ?? quote.observedAt) > patience);
  }

  /** Names of zones are an account's own: prices are asked for as the member's account. */
  #roleArn(): string | null {
    const { cluster } = this.#options;
    return cluster.kind === 'eks' ? cluster.roleArn : null;
  }

  #region() {
    const { cluster } = this.#options;
    return cluster.kind === 'eks' ? cluster.region : (this.description?.region ?? null);
  }

  #told(status: CloudStatus): void {
    this.cloudStatus = status;
    this.#options.onCloudStatus?.();
  }

  #changed(): void {
    this.version += 1;
    this.#options.onChange();
  }
}

const wordOf = ({ state, available, ended, problems = [] }: ClusterDescription): Omit<CloudStatus, 'at'> => ({
  state,
  says: ended === true ? 'Ended' : available ? 'Works' : 'Impaired',
  problems,
});

const instanceTypes = (pools: readonly CloudPool[]): string =>
  [...new Set(pools.map((it) => it.instanceType))].sort().join();

const prices = (quotes: readonly Quote[]): string => quotes.map((it) => `${quoteKey(it)}=${it.perNodeHour}`).join();

const quoteKey = (quote: Quote): string => `${quote.instanceType}|${quote.zone ?? '*'}|${quote.capacityType}`;

/** New quotes replace old ones of the same thing; one that is missing today keeps its last figure and its age. */
function mergeQuotes(known: readonly Quote[], fresh: readonly Quote[]): readonly Quote[] {
  const byKey = new Map(known.map((quote) => [quoteKey(quote), quote]));
  for (const quote of fresh) byKey.set(quoteKey(quote), quote);
  return [...byKey.values()];
}

/** For members without a cloud. */
export const NO_MARKET: MarketView = { description: null, pools: null, poolsAt: instant(0), quotes: [], version: 0 };
