/** Builders of what hedging is told, and a market that answers it, step by step. */
import { hedge } from '../../operator/decide/hedging/hedge.ts';
import type { HedgeDecision, HedgeInput, HedgeOffering } from '../../operator/decide/hedging/hedge-input.ts';
import type { HedgeMemory } from '../../operator/model/hedge-memory.ts';
import { regionName, zoneName, type OfferingId } from '../../operator/model/names.ts';
import { after, minutes, seconds, usdPerHour, type Instant } from '../../operator/model/units.ts';
import { NOW } from './fleet-workload.ts';

export type HedgeOfferingOverrides = Partial<Omit<HedgeOffering, 'id' | 'zone' | 'region' | 'price'>> & {
  readonly price?: number;
  readonly region?: string;
};

/** A spot offering at $1, or one on demand at $3 where the name begins with "od"; nothing runs there. */
export function aHedgeOffering(name: string, overrides: HedgeOfferingOverrides = {}): HedgeOffering {
  const onDemand = name.startsWith('od');
  const { price = onDemand ? 3 : 1, region = name, ...rest } = overrides;
  return {
    id: name as OfferingId,
    zone: zoneName(name),
    provider: 'aws',
    capacityType: onDemand ? 'on-demand' : 'spot',
    launched: 0,
    ready: 0,
    lost: 0,
    launchFailures: 0,
    launchSuccesses: 0,
    notices: null,
    room: 100,
    standing: 0,
    refusedAt: null,
    closedUntil: null,
    aliveSince: null,
    usualLosses: null,
    ...rest,
    region: regionName(region),
    price: usdPerHour(price),
  };
}

/** Four replicas that take three minutes to start, at NOW, with nothing remembered and no error budget. */
export const aHedgeInput = (offerings: readonly HedgeOffering[], overrides: Partial<HedgeInput> = {}): HedgeInput => ({
  memory: null,
  now: NOW,
  target: 4,
  onDemandBase: 0,
  maxSurge: null,
  coldStart: minutes(3),
  availabilityTarget: null,
  ...overrides,
  offerings,
});

/** What was asked for, without the offerings nothing is asked of. */
export const askedOf = ({ desired }: HedgeDecision): Readonly<Record<string, number>> =>
  Object.fromEntries([...desired].filter(([, replicas]) => replicas > 0).sort(([a], [b]) => (a < b ? -1 : 1)));

interface Pool {
  launched: number[];
  lost: number;
  failures: number;
  successes: number;
}

/** Step of the market's time. */
const STEP = seconds(30);

/** A market with a capacity for each spot offering, which a test changes as it goes. */
export class HedgeMarket {
  readonly capacity: Record<string, number>;
  readonly overrides: Record<string, HedgeOfferingOverrides> = {};
  private readonly terms: Partial<HedgeInput>;
  private readonly pools = new Map<string, Pool>();
  private memory: HedgeMemory | null = null;
  private step = 0;

  /** Capacity of spot offerings by name; "od" is there too and gives whatever it is asked for. */
  constructor(capacity: Readonly<Record<string, number>>, terms: Partial<HedgeInput> = {}) {
    this.capacity = { ...capacity, od: Number.POSITIVE_INFINITY };
    this.terms = terms;
    for (const name of Object.keys(this.capacity)) {
      this.pools.set(name, { launched: [], lost: 0, failures: 0, successes: 0 });
    }
  }

  get now(): Instant {
    return after(NOW, (this.step * STEP) as typeof STEP);
  }

  /** Decides and lets the market answer, for that many minutes. */
  pass(duration: number): void {
    for (let each = 0; each < duration * 2; each += 1) this.decide();
  }

  /** One decision, and the market's answer to it. */
  decide(): HedgeDecision {
    const offerings = [...this.pools].map(([name, pool]) =>
      aHedgeOffering(name, {
        launched: pool.launched.length,
        ready: this.readyOf(pool),
        lost: pool.lost,
        launchFailures: pool.failures,
        launchSuccesses: pool.successes,
        ...this.overrides[name],
      }),
    );
    const decision = hedge(aHedgeInput(offerings, { ...this.terms, memory: this.memory, now: this.now }));
    this.memory = JSON.parse(JSON.stringify(decision.memory)) as HedgeMemory;
    for (const [name, pool] of this.pools) this.answer(name, pool, decision.desired.get(name as OfferingId) ?? 0);
    this.step += 1;
    return decision;
  }

  launched(name: string): number {
    return this.pools.get(name)?.launched.length ?? 0;
  }

  ready(): number {
    return [...this.pools.values()].reduce((sum, pool) => sum + this.readyOf(pool), 0);
  }

  private answer(name: string, pool: Pool, wanted: number): void {
    const capacity = this.capacity[name] ?? 0;
    pool.launched.length = Math.min(pool.launched.length, wanted);
    pool.lost = Math.max(0, pool.launched.length - capacity);
    pool.launched.length -= pool.lost;
    const asked = Math.max(0, wanted - pool.lost - pool.launched.length);
    pool.successes = Math.min(asked, Math.max(0, capacity - pool.launched.length));
    pool.failures = asked - pool.successes;
    for (let each = 0; each < pool.successes; each += 1) pool.launched.push(this.step);
  }

  private readyOf({ launched }: Pool): number {
    return launched.filter((since) => this.step - since > minutes(3) / STEP).length;
  }
}
