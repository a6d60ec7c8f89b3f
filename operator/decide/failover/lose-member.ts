/** Plays through the loss of one member: who had replicas there, and how much of that the others can take on now. */
import type { FleetPolicy, WorkloadView } from '../../model/fleet.ts';
import { compareText, type ClusterName, type WorkloadKey } from '../../model/names.ts';
import { isWanted } from '../placement/kept-holdings.ts';
import { shapeAt, type OfferingSite, type SiteIndex } from '../placement/offering-site.ts';
import type { OptionLists } from '../placement/option-lists.ts';
import type { OptionSegment } from '../placement/problem.ts';
import { hasSharedBudget, ownSpend, Purse, spendOf, UNCOUNTED, type Spend } from './purse.ts';
import { RoomLeft } from './room-left.ts';
import { RuleCaps } from './rule-caps.ts';

/** What would be missing, in thousandths of a unit, and what stands in the way of it. */
export interface Shortfall {
  readonly units: number;
  readonly lacks: 'Room' | 'Budget' | 'Rules';
}

export interface LossContext {
  readonly policy: FleetPolicy;
  readonly index: SiteIndex;
  readonly lists: OptionLists;
  /** What the whole fleet spends today. */
  readonly spent: Spend;
}

/** By deployment, for those that hold anything on the member; null: all of it finds another place. */
export type Losses = ReadonlyMap<WorkloadKey, Shortfall | null>;

/** In priority order over one stock of room: what the first takes, the next cannot have. */
export function loseMember(lost: ClusterName, affected: readonly WorkloadView[], context: LossContext): Losses {
  const { policy, index, spent } = context;
  const play = {
    ...context,
    lost,
    room: new RoomLeft(),
    purse: new Purse(policy, spent, hasSharedBudget(policy) ? spendOf(affected, index, lost) : UNCOUNTED),
    full: new Map<Int32Array, Map<number, number>>(),
  };
  const inOrder = affected.toSorted(
    (a, b) => b.workload.priority - a.workload.priority || compareText(a.workload.key, b.workload.key),
  );
  return new Map(inOrder.map((view) => [view.workload.key, replace(view, play)]));
}

interface Play extends LossContext {
  readonly lost: ClusterName;
  readonly room: RoomLeft;
  readonly purse: Purse;
  /** By options (shared by all with the same rules) and size, how many of the cheapest are full: nobody looks there again. */
  readonly full: Map<Int32Array, Map<number, number>>;
}

interface Seeker {
  readonly view: WorkloadView;
  readonly caps: RuleCaps;
  /** Dollars an hour. */
  own: number;
  /** Thousandths of a unit that still need a place. */
  need: number;
  /** The last thing that stood in the way of using room that is there. */
  lacks: Shortfall['lacks'];
}

function replace(view: WorkloadView, play: Play): Shortfall | null {
  const { index, lost } = play;
  const seeker: Seeker = {
    view,
    caps: new RuleCaps(view, index, lost),
    own: ownSpend(view, index, (cluster) => cluster !== lost),
    need: unitsOn(view, index, lost),
    lacks: 'Room',
  };
  for (const segment of play.lists.optionsFor(view.workload)) seek(seeker, segment, play);
  if (seeker.need > 0) return { units: seeker.need, lacks: seeker.lacks };
  return seeker.caps.spansEnough ? null : { units: unitsOn(view, index, lost), lacks: 'Rules' };
}

/** Offerings of one shape, cheapest first. */
function seek(seeker: Seeker, segment: OptionSegment, play: Play): void {
  const { offerings, count, units } = segment;
  const { index, full, lost } = play;
  const fullOf = full.get(offerings) ?? new Map<number, number>();
  full.set(offerings, fullOf);
  const from = fullOf.get(count) ?? 0;
  let isFull = true;
  for (let at = from; at < offerings.length && seeker.need > 0; at += 1) {
    const site = index.sites[offerings[at] as number] as OfferingSite;
    const wanted = Math.ceil(seeker.need / units);
    const taken = site.offering.cluster === lost ? 0 : takeAt(site, { seeker, count, wanted }, play);
    seeker.need -= taken * units;
    isFull &&= site.offering.cluster === lost || (taken < wanted && seeker.lacks === 'Room');
    if (isFull) fullOf.set(count, at + 1);
  }
}

/** Replicas that found room there within rules and budgets; notes what stood in the way of the others. */
function takeAt(site: OfferingSite, it: { seeker: Seeker; count: number; wanted: number }, play: Play): number {
  const { seeker, count, wanted } = it;
  const { workload } = seeker.view;
  const ruled = seeker.caps.admits(site, wanted);
  const price = (site.perAcceleratorHour ?? 0) * count;
  const admitted = play.purse.admits(workload, seeker.own, { price, replicas: ruled });
  if (admitted < wanted) seeker.lacks = ruled < wanted ? 'Rules' : 'Budget';
  const taken = play.room.take(site, count, admitted);
  seeker.caps.add(site, taken);
  seeker.own += taken * price;
  play.purse.spend(workload, taken * price);
  return taken;
}

/** Thousandths of a unit that the view wants to have on the member. */
export function unitsOn(view: WorkloadView, index: SiteIndex, cluster: ClusterName): number {
  return view.holdings.reduce((sum, holding) => {
    if (!isWanted(holding) || holding.record.cluster !== cluster) return sum;
    const site = index.byId.get(holding.offering);
    const shape = site ? shapeAt(view.workload, site) : null;
    return sum + holding.record.replicas * (shape?.capacity ?? 1000);
  }, 0);
}
