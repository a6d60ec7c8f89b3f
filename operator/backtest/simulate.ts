/** Replays a scenario against a policy, tick by tick, and measures what came of it. */
import type { Init, Observation, PolicyFactory, PoolDescription, PoolObservation } from './observation.ts';
import { Measurement, type PoolTick, type Score } from './measurement.ts';
import { regionOf, type Scenario } from './scenario.ts';

export type PreemptionOrder = 'newest' | 'oldest' | 'random';

export interface SimulationOptions {
  readonly target: number;
  readonly coldStartSeconds: number;
  /** Length of a tick. */
  readonly dtSeconds: number;
  /** Where in the scenario to begin. */
  readonly startSeconds: number;
  /** null: the scenario's whole length. */
  readonly ticks: number | null;
  readonly preemption: PreemptionOrder;
  /** Seconds by which interruptions are told in advance; 0: not at all. */
  readonly noticeSeconds: number;
  readonly seed: number;
}

export const DEFAULT_OPTIONS: SimulationOptions = {
  target: 4,
  coldStartSeconds: 180,
  dtSeconds: 30,
  startSeconds: 0,
  ticks: null,
  preemption: 'newest',
  noticeSeconds: 0,
  seed: 0,
};

/** Is called after each tick with its number and what each pool holds. */
export type TickListener = (tick: number, pools: readonly PoolTick[]) => void;

interface Pool {
  readonly about: PoolDescription;
  readonly capacityAt: (second: number) => number;
  readonly priceAt: (second: number) => number;
  /** Ticks in which the living replicas were launched, oldest first. */
  alive: number[];
  price: number;
  preempted: number;
  failures: number;
  successes: number;
}

/** Runs the policy over the scenario. The first cold start is neither scored nor billed. */
export function simulate(
  scenario: Scenario,
  policyOf: PolicyFactory,
  options: SimulationOptions,
  onTick: TickListener = () => {},
): Score {
  const run = new Run(scenario, options);
  const policy = policyOf(run.init());
  const measurement = new Measurement({ ...options, onDemandPrice: scenario.onDemandPrice });
  const ticks = options.ticks ?? Math.floor(scenario.seconds / options.dtSeconds);
  for (let tick = 0; tick < ticks; tick += 1) {
    const pools = run.apply(tick, policy.decide(run.observe(tick)));
    if (tick >= run.coldTicks) measurement.add(pools);
    onTick(tick, pools);
  }
  return measurement.score();
}

class Run {
  readonly coldTicks: number;
  private readonly noticeTicks: number;
  private readonly options: SimulationOptions;
  private readonly pools: readonly Pool[];
  private random: number;

  constructor(scenario: Scenario, options: SimulationOptions) {
    this.options = options;
    this.coldTicks = Math.floor(options.coldStartSeconds / options.dtSeconds);
    this.noticeTicks = Math.floor(options.noticeSeconds / options.dtSeconds);
    this.random = options.seed;
    this.pools = poolsOf(scenario);
  }

  init(): Init {
    return {
      type: 'init',
      protocol: 1,
      dtSeconds: this.options.dtSeconds,
      coldStartSeconds: this.options.coldStartSeconds,
      target: this.options.target,
      pools: this.pools.map(({ about }) => about),
    };
  }

  /** The state at the end of the tick before, with the prices of this one. */
  observe(tick: number): Observation {
    const pools = this.pools.map((pool): PoolObservation => {
      pool.price = pool.priceAt(this.second(tick));
      const launched = pool.alive.length;
      const ready = this.readyOf(pool, tick - 1);
      return {
        ...pool.about,
        price: pool.price,
        launched,
        ready,
        provisioning: launched - ready,
        preemptedSinceLast: pool.preempted,
        launchFailures: pool.failures,
        launchSuccesses: pool.successes,
        ...(this.noticeTicks > 0 ? { interruptionNotices: this.noticesOf(pool, tick) } : {}),
      };
    });
    return { type: 'step', t: tick, timeSeconds: tick * this.options.dtSeconds, target: this.options.target, pools };
  }

  /** Scale down first, newest first; then the cloud takes what is over its capacity; then new replicas start. */
  apply(tick: number, desired: ReadonlyMap<string, number>): readonly PoolTick[] {
    return this.pools.map((pool) => {
      let wanted = Math.max(0, Math.trunc(desired.get(pool.about.id) ?? pool.alive.length));
      pool.alive.length = Math.min(pool.alive.length, wanted);
      const capacity = pool.capacityAt(this.second(tick));
      pool.preempted = Math.max(0, pool.alive.length - capacity);
      this.preempt(pool);
      wanted -= pool.preempted; // what was lost is not launched again in the same tick
      const asked = Math.max(0, wanted - pool.alive.length);
      pool.successes = Math.min(asked, Math.max(0, capacity - pool.alive.length));
      pool.failures = asked - pool.successes;
      for (let each = 0; each < pool.successes; each += 1) pool.alive.push(tick);
      return {
        id: pool.about.id,
        spot: pool.about.kind === 'spot',
        price: pool.price,
        launched: pool.alive.length,
        ready: this.readyOf(pool, tick),
        preempted: pool.preempted,
        successes: pool.successes,
        failures: pool.failures,
      };
    });
  }

  private preempt(pool: Pool): void {
    const { alive, preempted } = pool;
    switch (this.options.preemption) {
      case 'newest':
        alive.length -= preempted;
        return;
      case 'oldest':
        alive.splice(0, preempted);
        return;
      case 'random':
        for (let each = 0; each < preempted; each += 1) alive.splice(this.draw(alive.length), 1);
    }
  }

  /** A small portable generator: x -> 75x + 74 modulo 65537. */
  private draw(bound: number): number {
    this.random = (75 * this.random + 74) % 65_537;
    return this.random % bound;
  }

  private readyOf({ alive }: Pool, tick: number): number {
    let ready = 0;
    while (ready < alive.length && tick - (alive[ready] ?? tick) >= this.coldTicks) ready += 1;
    return ready;
  }

  private noticesOf(pool: Pool, tick: number): number {
    let least = Number.POSITIVE_INFINITY;
    for (let ahead = 0; ahead <= this.noticeTicks; ahead += 1) {
      least = Math.min(least, pool.capacityAt(this.second(tick + ahead)));
    }
    return Math.max(0, pool.alive.length - least);
  }

  private second(tick: number): number {
    return this.options.startSeconds + tick * this.options.dtSeconds;
  }
}

function poolsOf(scenario: Scenario): readonly Pool[] {
  const fresh = { alive: [], price: 0, preempted: 0, failures: 0, successes: 0 };
  const spot = scenario.zones.map(({ zone, capacity, price }): Pool => {
    const about = { id: `spot/${zone}`, zone, region: regionOf(zone), provider: 'aws', kind: 'spot' } as const;
    return { ...fresh, alive: [], about, capacityAt: capacity.at, priceAt: price.at };
  });
  const about = { id: 'od', zone: '', region: 'any', provider: 'aws', kind: 'ondemand' } as const;
  const unlimited = (): number => Number.POSITIVE_INFINITY;
  return [...spot, { ...fresh, alive: [], about, capacityAt: unlimited, priceAt: () => scenario.onDemandPrice }];
}
