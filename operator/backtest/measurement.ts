/** Adds up availability and cost over the scored ticks of a run. */

/** What a pool held in a tick. */
export interface PoolTick {
  readonly id: string;
  readonly spot: boolean;
  readonly price: number;
  readonly launched: number;
  readonly ready: number;
  readonly preempted: number;
  readonly successes: number;
  readonly failures: number;
}

/** Shares are of time or, for money, of what the target would cost on demand only. */
export interface Score {
  readonly availability: number;
  readonly cost: number;
  /** Mean of min(ready, target) / target. */
  readonly fill: number;
  /** Share of time without any ready replica. */
  readonly zero: number;
  /** Cost of replicas that are starting; of on-demand ones among them. */
  readonly prov: number;
  readonly provOnDemand: number;
  readonly readyOnDemand: number;
  readonly readySpot: number;
  /** Cost of ready replicas beyond the target, at the dearest that ran. */
  readonly surplus: number;
  readonly preemptionsPerDay: number;
  readonly launchesPerDay: number;
  readonly failuresPerDay: number;
  readonly outagesPerDay: number;
  readonly longestSeconds: number;
  readonly ticks: number;
}

interface MeasurementOptions {
  readonly target: number;
  readonly dtSeconds: number;
  readonly onDemandPrice: number;
}

const SECONDS_PER_DAY = 86_400;

export class Measurement {
  private readonly options: MeasurementOptions;
  private ticks = 0;
  private available = 0;
  private fill = 0;
  private zero = 0;
  private cost = 0;
  private readonly starting = { spot: 0, onDemand: 0 };
  private readonly serving = { spot: 0, onDemand: 0 };
  private surplus = 0;
  private preempted = 0;
  private launched = 0;
  private failed = 0;
  private outages = 0;
  private outage = 0;
  private longest = 0;

  constructor(options: MeasurementOptions) {
    this.options = options;
  }

  add(pools: readonly PoolTick[]): void {
    this.ticks += 1;
    for (const pool of pools) this.addPool(pool);
    const ready = pools.reduce((sum, pool) => sum + pool.ready, 0);
    this.addSurplus(pools, ready - this.options.target);
    this.fill += Math.min(ready, this.options.target) / this.options.target;
    if (ready === 0) this.zero += 1;
    if (ready >= this.options.target) {
      this.available += 1;
      this.outage = 0;
      return;
    }
    if (this.outage === 0) this.outages += 1;
    this.outage += 1;
    this.longest = Math.max(this.longest, this.outage);
  }

  score(): Score {
    const { target, onDemandPrice, dtSeconds } = this.options;
    const base = target * onDemandPrice * this.ticks;
    const days = (this.ticks * dtSeconds) / SECONDS_PER_DAY;
    return {
      availability: this.available / this.ticks,
      cost: this.cost / base,
      fill: this.fill / this.ticks,
      zero: this.zero / this.ticks,
      prov: (this.starting.spot + this.starting.onDemand) / base,
      provOnDemand: this.starting.onDemand / base,
      readyOnDemand: this.serving.onDemand / base,
      readySpot: this.serving.spot / base,
      surplus: this.surplus / base,
      preemptionsPerDay: this.preempted / days,
      launchesPerDay: this.launched / days,
      failuresPerDay: this.failed / days,
      outagesPerDay: this.outages / days,
      longestSeconds: this.longest * dtSeconds,
      ticks: this.ticks,
    };
  }

  private addPool({ spot, price, launched, ready, preempted, successes, failures }: PoolTick): void {
    const kind = spot ? 'spot' : 'onDemand';
    this.cost += launched * price;
    this.starting[kind] += (launched - ready) * price;
    this.serving[kind] += ready * price;
    this.preempted += preempted;
    this.launched += successes;
    this.failed += failures;
  }

  private addSurplus(pools: readonly PoolTick[], surplus: number): void {
    if (surplus <= 0) return;
    let left = surplus;
    const dearestFirst = pools.filter(({ ready }) => ready > 0).sort((a, b) => b.price - a.price || b.ready - a.ready);
    for (const { price, ready } of dearestFirst) {
      const taken = Math.min(ready, left);
      this.surplus += taken * price;
      left -= taken;
      if (left <= 0) return;
    }
  }
}
