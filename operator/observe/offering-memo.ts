/** Remembers a member's offerings: they are costly to make, change seldom, and are asked for at every pass. */
import type { Offering } from '../model/fleet.ts';
import type { Instant } from '../model/units.ts';
import type { OfferingId } from '../model/names.ts';
import type { OfferingRoute } from '../model/route.ts';
import { offeringsOf, routesOf, type OfferingSources, type RouteSources } from './offerings.ts';

interface Remembered {
  readonly key: string;
  readonly learned: OfferingSources['learned'];
  readonly offerings: readonly Offering[];
}

export class OfferingMemo {
  #remembered: Remembered | null = null;

  /** The offerings, made anew only when what they are made from has changed. */
  read(sources: OfferingSources): readonly Offering[] {
    const { spec, inventory, market, learned, now } = sources;
    const key = `${inventory.version}/${market.version}/${spec.uid}/${spec.generation}`;
    const known = this.#remembered;
    if (known?.key === key && known.learned === learned) return freshen(known.offerings, now);
    const offerings = offeringsOf(sources);
    this.#remembered = { key, learned, offerings };
    return offerings;
  }
}

/** Remembers a member's routes; they depend on pools and on the zones of nodes. */
export class RouteMemo {
  #remembered: { readonly key: string; readonly routes: ReadonlyMap<OfferingId, OfferingRoute> } | null = null;

  read(sources: RouteSources): ReadonlyMap<OfferingId, OfferingRoute> {
    const { spec, inventory, market } = sources;
    const key = `${inventory.nodesVersion}/${market.version}/${spec.uid}/${spec.generation}`;
    if (this.#remembered?.key !== key) this.#remembered = { key, routes: routesOf(sources) };
    return this.#remembered.routes;
  }
}

/** A price that the MemberCluster states itself does not age. */
const freshen = (offerings: readonly Offering[], now: Instant): readonly Offering[] =>
  offerings.map((it) => (it.price?.source === 'Spec' ? { ...it, price: { ...it.price, observedAt: now } } : it));
