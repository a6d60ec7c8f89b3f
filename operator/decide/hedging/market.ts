/** The offerings of one decision with what is remembered of them, ranked by what a replica there really costs. */
import { compareText, type OfferingId } from '../../model/names.ts';
import type { HedgeInput, HedgeOffering } from './hedge-input.ts';
import type { HedgeMemory, OfferingMemory } from '../../model/hedge-memory.ts';
import { lossesPerHour } from './loss-law.ts';
import { budgetPressure, outageCost } from './outage-cost.ts';

/** A spot offering as this decision sees it. */
export interface SpotSeat {
  readonly offering: HedgeOffering;
  readonly memory: OfferingMemory;
  /** Launched replicas that no notice has been given of. */
  readonly sure: number;
  /** Expected cost of its losses in an hour, were nothing there to take over: dollars an hour. */
  readonly risk: number;
}

export interface Market {
  readonly target: number;
  /** Best first: price of the target plus risk, then id. */
  readonly spot: readonly SpotSeat[];
  /** Cheapest first, those that refused last. */
  readonly onDemand: readonly HedgeOffering[];
  readonly onDemandPrice: number;
}

/** Throws when nothing is offered on demand: without it there is nothing to hedge with. */
export function openMarket(input: HedgeInput, memory: HedgeMemory): Market {
  const onDemand = input.offerings
    .filter(({ capacityType }) => capacityType === 'on-demand')
    .sort((a, b) => refused(a) - refused(b) || a.price - b.price || compareText(a.id, b.id));
  const [cheapest] = onDemand;
  if (!cheapest) throw new Error('hedging needs an offering on demand');
  const terms = {
    target: input.target,
    onDemandPrice: cheapest.price,
    coldStart: input.coldStart,
    pressure: budgetPressure(memory.budget, input.availabilityTarget),
  };
  const seats = input.offerings
    .filter(({ capacityType }) => capacityType === 'spot')
    .map((offering): SpotSeat => {
      const known = memoryOf(memory, offering.id);
      const risk = lossesPerHour(known, memory) * outageCost(offering, terms);
      return { offering, memory: known, sure: offering.launched - (offering.notices ?? 0), risk };
    });
  const costOf = ({ offering, risk }: SpotSeat): number => offering.price * input.target + risk;
  return {
    target: input.target,
    spot: seats.sort((a, b) => costOf(a) - costOf(b) || compareText(a.offering.id, b.offering.id)),
    onDemand,
    onDemandPrice: cheapest.price,
  };
}

/** Every offering of the input is remembered before a market is opened. */
function memoryOf(memory: HedgeMemory, id: OfferingId): OfferingMemory {
  const known = memory.offerings[id];
  if (!known) throw new Error(`nothing is remembered of ${id}`);
  return known;
}

const refused = ({ launchFailures }: HedgeOffering): number => (launchFailures > 0 ? 1 : 0);
