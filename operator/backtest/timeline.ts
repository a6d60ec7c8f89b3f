/** What a run held over time, in few enough buckets to be drawn. */
import type { PoolTick } from './measurement.ts';

export interface TimelineBucket {
  /** Seconds from the start of the run. */
  readonly fromSecond: number;
  /** Mean replicas launched, by pool. */
  readonly launched: ReadonlyMap<string, number>;
  /** Mean cost of an hour. */
  readonly hourly: number;
  /** Share of its time with as many ready replicas as wanted. */
  readonly available: number;
}

interface TimelineOptions {
  readonly ticks: number;
  readonly dtSeconds: number;
  readonly target: number;
}

/** Buckets at most: about one for each pixel of a plot. */
const MOST_BUCKETS = 720;

export class Timeline {
  private readonly options: TimelineOptions;
  private readonly ticksPerBucket: number;
  private readonly done: TimelineBucket[] = [];
  private launched = new Map<string, number>();
  private hourly = 0;
  private available = 0;
  private ticks = 0;
  private from = 0;

  constructor(options: TimelineOptions) {
    this.options = options;
    this.ticksPerBucket = Math.max(1, Math.ceil(options.ticks / MOST_BUCKETS));
  }

  add(tick: number, pools: readonly PoolTick[]): void {
    if (this.ticks === 0) this.from = tick * this.options.dtSeconds;
    let ready = 0;
    for (const pool of pools) {
      this.launched.set(pool.id, (this.launched.get(pool.id) ?? 0) + pool.launched);
      this.hourly += pool.launched * pool.price;
      ready += pool.ready;
    }
    if (ready >= this.options.target) this.available += 1;
    this.ticks += 1;
    if (this.ticks === this.ticksPerBucket) this.close();
  }

  /** In order of time; a last bucket that is not full is told of too. */
  buckets(): readonly TimelineBucket[] {
    if (this.ticks > 0) this.close();
    return this.done;
  }

  private close(): void {
    this.done.push({
      fromSecond: this.from,
      launched: new Map([...this.launched].map(([id, sum]) => [id, sum / this.ticks])),
      hourly: this.hourly / this.ticks,
      available: this.available / this.ticks,
    });
    this.launched = new Map();
    this.hourly = 0;
    this.available = 0;
    this.ticks = 0;
  }
}
