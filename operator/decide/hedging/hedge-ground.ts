/** The fleet as hedging needs it, made once for all workloads of a pass: markets by accelerator, ages, and room left. */
import type { FleetSnapshot, WorkloadView } from '../../model/fleet.ts';
import type { AcceleratorModel, OfferingId } from '../../model/names.ts';
import type { WorkloadPlan } from '../../model/plan.ts';
import type { Instant, Millis } from '../../model/units.ts';
import type { CapacityType } from '../../model/workload.ts';
import { isWanted } from '../placement/kept-holdings.ts';
import { indexSites, type OfferingSite } from '../placement/offering-site.ts';
import { countOf, promisesOf, type Promises } from '../placement/promises.ts';

export interface HedgeGround {
  readonly at: Instant;
  readonly frozen: boolean;
  readonly priceAgeLimit: Millis;
  readonly sites: ReadonlyMap<OfferingId, OfferingSite>;
  /** Offerings of one accelerator and one kind, the cheapest first. */
  readonly market: (accelerator: AcceleratorModel, kind: CapacityType) => readonly OfferingSite[];
  /** Since when some workload has served there without a break; null: none does. */
  readonly servedSince: (offering: OfferingId) => Instant | null;
  readonly room: RoomLedger;
}

export function groundOf(fleet: FleetSnapshot): HedgeGround {
  const promises = promisesOf(fleet.workloads);
  const { sites, byId } = indexSites(fleet, promises);
  const markets = Map.groupBy(sites, ({ offering }) => `${offering.accelerator}/${offering.capacityType}`);
  for (const market of markets.values()) market.sort((a, b) => priceOf(a) - priceOf(b) || a.index - b.index);
  const since = servedSince(fleet);
  return {
    at: fleet.at,
    frozen: fleet.frozen,
    priceAgeLimit: fleet.policy.priceAgeLimit,
    sites: byId,
    market: (accelerator, kind) => markets.get(`${accelerator}/${kind}`) ?? [],
    servedSince: (offering) => since.get(offering) ?? null,
    room: new RoomLedger(promises),
  };
}

const priceOf = ({ perAcceleratorHour }: OfferingSite): number => perAcceleratorHour ?? Number.POSITIVE_INFINITY;

function servedSince({ workloads }: FleetSnapshot): ReadonlyMap<OfferingId, Instant> {
  const since = new Map<OfferingId, Instant>();
  for (const { holdings } of workloads) {
    for (const { offering, record } of holdings) {
      if (record.phase !== 'Serving') continue;
      const known = since.get(offering);
      if (known === undefined || record.since < known) since.set(offering, record.since);
    }
  }
  return since;
}

/** Replicas that wait for room, by offering and size: those on record, and those that this pass plans. */
export class RoomLedger {
  readonly #waiting = new Map<OfferingId, Map<number, number>>();

  constructor(recorded: Promises) {
    for (const [offering, sizes] of recorded) this.#waiting.set(offering, new Map(sizes));
  }

  waitingAt(offering: OfferingId): ReadonlyMap<number, number> | undefined {
    return this.#waiting.get(offering);
  }

  /** Promises what the plan wants beyond what is on record. */
  promise(view: WorkloadView, plan: WorkloadPlan): void {
    this.#count(view, plan, 1);
  }

  /** Takes such a promise back. */
  release(view: WorkloadView, plan: WorkloadPlan): void {
    this.#count(view, plan, -1);
  }

  #count(view: WorkloadView, { placements }: WorkloadPlan, sign: 1 | -1): void {
    for (const { offering, accelerator, replicas } of placements) {
      const held = view.holdings.find((holding) => holding.offering === offering && isWanted(holding));
      const more = replicas - (held?.record.replicas ?? 0);
      const shape = view.workload.shapes.find((it) => it.accelerator === accelerator);
      const count = held ? countOf(view.workload, held) : shape?.count;
      if (more <= 0 || count === undefined) continue;
      const sizes = this.#waiting.get(offering) ?? new Map<number, number>();
      sizes.set(count, (sizes.get(count) ?? 0) + sign * more);
      this.#waiting.set(offering, sizes);
    }
  }
}
