/**
 * The door: how many replicas to ask for on which offerings, so that replicas and outages together cost least. Pure: it
 * is told of time and outcomes, and what it remembers is in what it returns.
 */
import type { OfferingId } from '../../model/names.ts';
import { chooseCover, type Cover } from './choose-cover.ts';
import type { HedgeDecision, HedgeInput, HedgeMemory } from './hedge-input.ts';
import { openMarket } from './market.ts';
import { onDemandWanted } from './on-demand-wanted.ts';
import { recall } from './recall.ts';
import { spotWanted } from './spot-wanted.ts';
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
  const settled = cover.missing + cover.standby + cover.spares === 0 && total(onDemand.values()) <= base;
  return { desired, memory: withAsked(recalled, desired), settled, why: sentence(cover, onDemand) };
}

function withAsked(memory: HedgeMemory, desired: ReadonlyMap<OfferingId, number>): HedgeMemory {
  const offerings = Object.fromEntries(
    Object.entries(memory.offerings).map(([id, known]) => [
      id,
      { ...known, desired: desired.get(id as OfferingId) ?? 0 },
    ]),
  );
  return { ...memory, offerings };
}

/** For instance: "spot serves 3 of 4; 1 missing asked for on spot and on demand; 2 on demand as cover". */
function sentence({ serving, missing, spares, standby }: Cover, onDemand: ReadonlyMap<OfferingId, number>): string {
  const served = total(serving.values());
  const parts = [`spot serves ${served} of ${served + missing}`];
  if (missing > 0) parts.push(`${missing} missing asked for on spot and on demand`);
  if (standby > 0) parts.push(`${standby} on demand as cover`);
  if (spares > 0) parts.push(`${spares} spare on spot worth their price`);
  const held = total(onDemand.values());
  if (held > missing + standby) parts.push(`${held} on demand stay until spot is ready`);
  return parts.join('; ');
}

const total = (counts: Iterable<number>): number => [...counts].reduce((sum, count) => sum + count, 0);
