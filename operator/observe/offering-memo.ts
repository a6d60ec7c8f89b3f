/** Remembers a member's offerings: they are costly to make, change seldom, and are asked for at every pass. */
import type { Offering } from '../model/fleet.ts';
import type { Instant } from '../model/units.ts';
import { offeringsOf, type OfferingSources } from './offerings.ts';

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

/** A price that the MemberCluster states itself does not age. */
const freshen = (offerings: readonly Offering[], now: Instant): readonly Offering[] =>
  offerings.map((it) => (it.price?.source === 'Spec' ? { ...it, price: { ...it.price, observedAt: now } } : it));
