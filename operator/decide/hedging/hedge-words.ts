/** Says for people what hedging decided: in one sentence, and for each offering that something is asked of. */
import type { HedgeMemory } from '../../model/hedge-memory.ts';
import type { OfferingId } from '../../model/names.ts';
import { elapsed, toSeconds, type Millis } from '../../model/units.ts';
import type { Cover } from './choose-cover.ts';
import { coverTime } from './cover-time.ts';
import type { HedgeDecision, HedgeOffering } from './hedge-input.ts';
import type { Market, SpotSeat } from './market.ts';

export interface Wording {
  readonly market: Market;
  readonly memory: HedgeMemory;
  readonly onSpot: number;
  readonly cover: Cover;
  readonly desired: ReadonlyMap<OfferingId, number>;
}

/**
 * For instance: "spot serves 3 of 4; 1 missing asked for on aws-a/spot/a, aws-b/spot/b and on demand; 3 on demand as cover
 * for about 12 minutes, for aws-a/spot/a gave trouble 2 minutes ago".
 */
export function hedgeWords(wording: Wording): Pick<HedgeDecision, 'why' | 'reasons'> {
  const { market, cover, desired } = wording;
  const { missing, spares, standby } = cover;
  const served = total(cover.serving.values());
  const because = standby + spares > 0 ? becauseOf(wording) : '';
  const onDemand = market.onDemand.reduce((sum, { id }) => sum + (desired.get(id) ?? 0), 0);
  const parts = [`spot serves ${served} of ${served + missing}`];
  if (missing > 0) parts.push(`${missing} missing asked for on ${[...askedOn(wording), 'on demand'].join(' and ')}`);
  if (standby > 0) parts.push(`${standby} on demand as cover${because}`);
  if (spares > 0) parts.push(`${spares} spare on spot worth their price${standby > 0 ? '' : because}`);
  if (onDemand > missing + standby) parts.push(`${onDemand} on demand stay until spot is ready`);
  return { why: parts.join('; '), reasons: reasonsOf(wording, because) };
}

/** The offerings that more is asked of than serves there. */
const askedOn = ({ market, cover, desired }: Wording): readonly string[] =>
  market.spot
    .filter(
      (seat) => (desired.get(seat.offering.id) ?? 0) > Math.max(seat.offering.launched, cover.serving.get(seat) ?? 0),
    )
    .map(({ offering }) => offering.id);

/** How long cover is held, and what for. */
function becauseOf(wording: Wording): string {
  const { cover, memory } = wording;
  const time = coverTime(wording);
  const lasting = time === null ? '' : ` for about ${inMinutes(time)}`;
  let riskiest: SpotSeat | null = null;
  for (const seat of cover.serving.keys()) if (riskiest === null || seat.risk > riskiest.risk) riskiest = seat;
  if (riskiest === null) return lasting;
  const { offering, memory: known } = riskiest;
  return `${lasting}, for ${offering.id} ${pastOf(known.state)} ${inMinutes(elapsed(known.troubledAt, memory.at))} ago`;
}

const pastOf = (state: SpotSeat['memory']['state']): string =>
  state === 'Wounded' ? 'lost or refused some' : 'came back or began';

const inMinutes = (time: Millis): string => {
  const count = Math.max(1, Math.round(toSeconds(time) / 60));
  return `${count} minute${count === 1 ? '' : 's'}`;
};

function reasonsOf(wording: Wording, because: string): ReadonlyMap<OfferingId, string> {
  const { market, desired } = wording;
  const reasons = new Map<OfferingId, string>();
  for (const seat of market.spot) reasons.set(seat.offering.id, spotReason(seat, wording));
  for (const offering of market.onDemand) reasons.set(offering.id, onDemandReason(offering, wording, because));
  return new Map([...reasons].filter(([id]) => (desired.get(id) ?? 0) > 0));
}

function spotReason(seat: SpotSeat, { cover, desired }: Wording): string {
  const { offering } = seat;
  const wanted = desired.get(offering.id) ?? 0;
  const serves = Math.min(wanted, cover.serving.get(seat) ?? 0);
  const leaving = Math.min(wanted - serves, offering.notices ?? 0);
  const others = wanted - serves - leaving;
  const parts = serves > 0 ? [`${serves} of them serve${serves === 1 ? 's' : ''}`] : [];
  if (leaving > 0) parts.push(`${leaving} stay until they are taken`);
  if (others > 0 && cover.missing > 0)
    parts.push(`${others} asked for here and elsewhere; what is granted in excess goes`);
  else if (others > 0) parts.push(`${others} to spare, in case another offering is lost`);
  return parts.join(', ');
}

function onDemandReason({ id }: HedgeOffering, { cover, desired }: Wording, because: string): string {
  const wanted = desired.get(id) ?? 0;
  if (cover.standby > 0 && cover.missing === 0) return `cover${because}`;
  if (cover.missing > 0) return 'serves what spot has not given yet, and goes when it has';
  return wanted > 0 ? 'serves until spot is ready in its place, or is never to run on spot' : '';
}

const total = (counts: Iterable<number>): number => [...counts].reduce((sum, count) => sum + count, 0);
