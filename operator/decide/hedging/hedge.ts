/**
 * The door: how many replicas to ask for on which offerings, so that replicas and outages together cost least. Pure: it
 * is told of time and outcomes, and what it remembers is in what it returns.
 */
import { earliest, type Instant } from '../../model/units.ts';
import { chooseCover } from './choose-cover.ts';
import type { HedgeDecision, HedgeInput } from './hedge-input.ts';
import { hedgeWords } from './hedge-words.ts';
import { openMarket, type Market } from './market.ts';
import { withAsked } from './memory-news.ts';
import { onDemandWanted } from './on-demand-wanted.ts';
import { recall } from './recall.ts';
import { askedSeats, spotWanted } from './spot-wanted.ts';
import { withinSurge } from './within-surge.ts';

/**
 * What is missing is asked for on several spot offerings and on demand in the same step. On demand is given back once
 * launched spot serves in its place and is old enough to go without cover; cover and spares are kept while the losses
 * that they would make good are dearer than they are. Throws when nothing is offered on demand.
 */
export function hedge(input: HedgeInput): HedgeDecision {
  const recalled = recall(input);
  const market = openMarket(input, recalled);
  const onSpot = Math.max(0, input.target - input.onDemandBase);
  const base = input.target - onSpot;
  const cover = chooseCover(market, onSpot, recalled.sizes);
  const spot = spotWanted(market, cover);
  const onDemand = onDemandWanted({ market, cover, spot, memory: recalled, base });
  const wished = new Map([
    ...[...spot].map(([{ offering }, replicas]) => [offering.id, replicas] as const),
    ...onDemand,
  ]);
  const desired = input.maxSurge === null ? wished : withinSurge(wished, market, input.target + input.maxSurge);
  const isCalm = cover.missing === 0 || (askedSeats(market).length === 0 && isServed(input));
  const inReserve = total(onDemand.values()) - base - cover.missing;
  const isQuiet = isCalm && cover.standby === 0 && inReserve <= 0;
  const asked = [...desired].map(([offering, replicas]) => ({ offering, replicas }));
  return {
    desired,
    memory: withAsked(recalled, asked),
    isQuiet,
    settled: isQuiet && cover.spares === 0,
    askAgainAt: cover.missing === 0 ? null : reopensAt(input),
    costs: costsOf(market),
    ...hedgeWords({ market, memory: recalled, onSpot, cover, desired }),
  };
}

const reopensAt = ({ offerings }: HedgeInput): Instant | null =>
  offerings.reduce<Instant | null>((soonest, { closedUntil }) => earliest(soonest, closedUntil), null);

/** Whether as much is ready as is wanted, wherever it runs. */
const isServed = ({ offerings, target }: HedgeInput): boolean =>
  offerings.reduce((sum, { ready }) => sum + ready, 0) >= target;

const costsOf = ({ spot, onDemand }: Market): HedgeDecision['costs'] =>
  new Map([
    ...onDemand.map(({ id, price }) => [id, { price, risk: 0 }] as const),
    ...spot.map(({ offering, risk }) => [offering.id, { price: offering.price, risk }] as const),
  ]);

const total = (counts: Iterable<number>): number => [...counts].reduce((sum, count) => sum + count, 0);
