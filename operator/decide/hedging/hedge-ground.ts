/** The fleet as hedging needs it, made once for all workloads of a pass: markets by accelerator, ages, and room left. */
import type { FleetSnapshot } from '../../model/fleet.ts';
import type { AcceleratorModel, OfferingId } from '../../model/names.ts';
import type { Instant, Millis } from '../../model/units.ts';
import type { CapacityType } from '../../model/workload.ts';
import { indexSites, type OfferingSite } from '../placement/offering-site.ts';
import { promisesOf } from '../placement/promises.ts';
import { RoomLedger } from './room-ledger.ts';

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
