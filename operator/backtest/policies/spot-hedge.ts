/** SpotHedge, the policy of SkyServe (EuroSys'25): one spare on spot, and on-demand for what is not ready. */
import type { Observation, Policy, PolicyFactory, PoolObservation } from '../observation.ts';

/** A small portable generator, so that implementations in other languages draw the same. */
class Draw {
  private x = 1;

  from<T>(list: readonly T[]): T | undefined {
    this.x = (75 * this.x + 74) % 65_537;
    return list[this.x % list.length];
  }
}

const byCodeUnit = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);

/** As published, with `spares` replicas more than wanted; zones that refused are left out until too few are left. */
export function spotHedge(spares: number): PolicyFactory {
  return ({ pools }) =>
    new SpotHedge(
      pools.filter(({ kind }) => kind === 'spot').map(({ id }) => id),
      spares,
    );
}

class SpotHedge implements Policy {
  private readonly spot: readonly string[];
  private readonly spares: number;
  private readonly draw = new Draw();
  private available: string[];
  private preempting: string[] = [];
  private asked: ReadonlyMap<string, number> = new Map();

  constructor(spot: readonly string[], spares: number) {
    this.spot = spot;
    this.spares = spares;
    this.available = [...spot];
  }

  decide({ pools, target }: Observation): ReadonlyMap<string, number> {
    const seen = new Map(pools.map((pool) => [pool.id, pool]));
    this.learn(seen);
    const goal = target + this.spares;
    const want = new Map(this.spot.map((id) => [id, seen.get(id)?.launched ?? 0]));
    this.grow(want, goal, seen);
    shrink(want, goal, seen);
    this.asked = new Map(want);
    const ready = this.spot.reduce((sum, id) => sum + (seen.get(id)?.ready ?? 0), 0);
    const onDemand = pools.filter(({ kind }) => kind === 'ondemand');
    const cheapest = onDemand.toSorted((a, b) => a.price - b.price || byCodeUnit(a.id, b.id))[0];
    for (const { id } of onDemand) want.set(id, 0);
    if (cheapest) want.set(cheapest.id, Math.max(0, Math.min(target, goal - ready)));
    return want;
  }

  private learn(seen: ReadonlyMap<string, PoolObservation>): void {
    for (const id of this.spot) {
      const pool = seen.get(id);
      if ((pool?.preemptedSinceLast ?? 0) > 0 || (pool?.launchFailures ?? 0) > 0) {
        move(id, this.available, this.preempting);
      } else if ((this.asked.get(id) ?? 0) > 0) move(id, this.preempting, this.available);
    }
    if (this.available.length > Math.max(0, Math.min(1, this.spot.length - 3))) return;
    this.available = [...this.spot];
    this.preempting = [];
  }

  private grow(want: Map<string, number>, goal: number, seen: ReadonlyMap<string, PoolObservation>): void {
    const price = (id: string): number => seen.get(id)?.price ?? 0;
    for (let held = total(want); held < goal; held += 1) {
      const empty = this.available.filter((id) => want.get(id) === 0);
      const candidates = empty.length > 0 ? empty : this.available;
      const low = Math.min(...candidates.map(price));
      const ties = candidates.filter((id) => price(id) === low).sort();
      const zone = ties.length === 1 ? ties[0] : this.draw.from(ties);
      if (zone === undefined) return;
      want.set(zone, (want.get(zone) ?? 0) + 1);
    }
  }
}

/** When the target falls: starting replicas first, then the dearest, then where most are. */
function shrink(want: Map<string, number>, goal: number, seen: ReadonlyMap<string, PoolObservation>): void {
  const starting = (id: string): number => ((seen.get(id)?.provisioning ?? 0) > 0 ? 1 : 0);
  const price = (id: string): number => seen.get(id)?.price ?? 0;
  for (let held = total(want); held > goal; held -= 1) {
    const holding = [...want.keys()].filter((id) => (want.get(id) ?? 0) > 0).sort();
    const first = holding.sort(
      (a, b) => starting(b) - starting(a) || price(b) - price(a) || (want.get(b) ?? 0) - (want.get(a) ?? 0),
    )[0];
    if (first === undefined) return;
    want.set(first, (want.get(first) ?? 0) - 1);
  }
}

function move(id: string, from: string[], to: string[]): void {
  const at = from.indexOf(id);
  if (at < 0) return;
  from.splice(at, 1);
  to.push(id);
}

const total = (counts: ReadonlyMap<string, number>): number => [...counts.values()].reduce((a, b) => a + b, 0);
