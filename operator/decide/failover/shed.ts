/**
 * Who gives up replicas when those that a lost member left without room find none: the less important, as far as the
 * FleetPolicy allows. Worked out anew in every pass from what is planned and seen, so that nothing has to be remembered:
 * once the room is taken, whoever gave it up waits for room like anybody else, and is back when there is some.
 */
import type { FleetSnapshot, Holding, SheddingPolicy, WorkloadView } from '../../model/fleet.ts';
import { compareText, type OfferingId, type WorkloadKey } from '../../model/names.ts';
import type { Rule, WorkloadPlan } from '../../model/plan.ts';
import { mayChange } from '../health/member-access.ts';
import { groupByModel } from '../placement/compile-problem.ts';
import { isWanted } from '../placement/kept-holdings.ts';
import { indexSites, shapeAt, type OfferingSite, type SiteIndex } from '../placement/offering-site.ts';
import { OptionLists } from '../placement/option-lists.ts';
import { countOf } from '../placement/promises.ts';

/** What one deployment makes do with for the sake of another. */
export interface Shed {
  readonly key: WorkloadKey;
  /** Replicas that it may have there at most, on those offerings where it makes room. */
  readonly caps: ReadonlyMap<OfferingId, number>;
  /** Replicas that it gives up now; 0 while those that it gave up before are still leaving. */
  readonly replicas: number;
  /** The most important of those that get the room. */
  readonly for: WorkloadKey;
}

/** Deployments that lost replicas with a member and have not got all of them back: they are planned whoever asks. */
export function waitingForRoom(fleet: FleetSnapshot): readonly WorkloadKey[] {
  const down = downMembers(fleet);
  return fleet.workloads
    .filter((view) => isDriven(view, down) && heldUnits(view, down) < view.workload.replicas * 1000)
    .map(({ workload }) => workload.key);
}

/** By deployment, those that have to make do with less than they want, given these plans. */
export function shedFor(
  fleet: FleetSnapshot,
  plans: readonly WorkloadPlan[],
  policy: SheddingPolicy,
): ReadonlyMap<WorkloadKey, Shed> {
  const views = new Map(fleet.workloads.map((view) => [view.workload.key, view]));
  const down = downMembers(fleet);
  const needy = plans
    .flatMap((plan) => {
      const view = views.get(plan.key);
      return view && isDriven(view, down) && lacksOnlyRoom(plan) ? [{ view, units: plan.unplaced?.units ?? 0 }] : [];
    })
    .sort((a, b) => byImportance(b.view, a.view));
  if (needy.length === 0) return new Map();
  const round = beginRound(fleet, policy);
  for (const need of needy) satisfy(need, round);
  return round.sheds;
}

const downMembers = ({ members }: FleetSnapshot): ReadonlySet<string> =>
  new Set(members.filter(({ verdict }) => verdict.verdict === 'Down').map(({ name }) => name));

/** Whether it lost replicas with a member, and not merely wants more. */
const isDriven = ({ holdings, displaced = [] }: WorkloadView, down: ReadonlySet<string>): boolean =>
  displaced.length > 0 ||
  holdings.some(({ record }) => record.replicas > 0 && (record.phase === 'Stranded' || down.has(record.cluster)));

const heldUnits = ({ workload, holdings }: WorkloadView, down: ReadonlySet<string>): number =>
  holdings.reduce((sum, it) => (isWanted(it) && !down.has(it.record.cluster) ? sum + unitsIn(it, workload) : sum), 0);

function unitsIn({ record }: Holding, { shapes }: WorkloadView['workload']): number {
  return record.replicas * (shapes.find((it) => it.accelerator === record.accelerator)?.capacity ?? 0);
}

/** Rules that stand in the way where there is room: giving some up would help nobody. */
const NOT_FOR_WANT_OF_ROOM: ReadonlySet<Rule> = new Set([
  'Budget',
  'NamespaceBudget',
  'FleetBudget',
  'SpendShare',
  'MaxPerProvider',
  'MaxPerCluster',
  'MinClusters',
  'OnDemandBase',
]);

const lacksOnlyRoom = ({ unplaced }: WorkloadPlan): boolean =>
  unplaced !== null &&
  unplaced.reasons.some(({ rule }) => rule === 'Room') &&
  !unplaced.reasons.some(({ rule }) => NOT_FOR_WANT_OF_ROOM.has(rule));

/** Less important first; the key decides between equals. */
const byImportance = (a: WorkloadView, b: WorkloadView): number =>
  a.workload.priority - b.workload.priority || compareText(b.workload.key, a.workload.key);

interface Round {
  readonly policy: SheddingPolicy;
  readonly index: SiteIndex;
  readonly lists: OptionLists;
  /** The least important first. */
  readonly candidates: readonly Candidate[];
  readonly sheds: Map<WorkloadKey, Shed>;
}

interface Candidate {
  readonly view: WorkloadView;
  readonly rows: Row[];
  /** Thousandths of a unit that may still be given up. */
  spare: number;
}

interface Row {
  readonly holding: Holding;
  readonly site: OfferingSite;
  /** Accelerators of one replica. */
  readonly count: number;
  readonly capacity: number;
  keeps: number;
  /** Pods that are on their way out: room that comes without anybody giving up more. */
  leaving: number;
}

function beginRound(fleet: FleetSnapshot, policy: SheddingPolicy): Round {
  const index = indexSites(fleet, new Map());
  const lists = new OptionLists({ fleet, sitesByModel: groupByModel(index.sites) });
  const candidates = fleet.workloads.toSorted(byImportance).map((view) => candidateOf(view, index, policy));
  return { policy, index, lists, candidates, sheds: new Map() };
}

/** Only where its member's word can be taken, and only what is ready counts towards what has to stay. */
function candidateOf(view: WorkloadView, index: SiteIndex, { belowMinReady }: SheddingPolicy): Candidate {
  const { workload, holdings } = view;
  const rows = holdings.flatMap((holding): Row[] => {
    const site = index.byId.get(holding.offering);
    const { observed, record } = holding;
    if (!site || observed === null || !mayChange(site.member)) return [];
    const keeps = isWanted(holding) ? record.replicas : 0;
    const isGoing = isWanted(holding) || record.phase === 'Releasing';
    const leaving = isGoing ? Math.max(0, observed.bound - keeps) : 0;
    const capacity = shapeAt(workload, site)?.capacity ?? 0;
    return [{ holding, site, count: countOf(workload, holding), capacity, keeps, leaving }];
  });
  const ready = rows.reduce((sum, it) => sum + Math.min(it.keeps, it.holding.observed?.ready ?? 0) * it.capacity, 0);
  const floor = belowMinReady ? 0 : Math.max(workload.minReady * 1000, 1);
  return { view, rows, spare: Math.max(0, ready - floor) };
}

/** First with what is leaving anyway, then with what may be given up: the least important gives first. */
function satisfy({ view, units }: { readonly view: WorkloadView; readonly units: number }, round: Round): void {
  const { lists, index, candidates, policy } = round;
  const { workload } = view;
  const usable = new Set<OfferingSite>();
  for (const { offerings } of lists.optionsFor(workload))
    for (const at of offerings) usable.add(index.sites[at] as OfferingSite);
  const givers = candidates.filter((it) => mayGive(it.view, view, policy));
  let need = units;
  for (const candidate of candidates) {
    for (const row of candidate.rows) {
      if (need <= 0 || row.leaving === 0 || !usable.has(row.site)) continue;
      const yields = unitsFreed(workload, row);
      const used = Math.min(row.leaving, yields === 0 ? 0 : Math.ceil(need / yields));
      row.leaving -= used;
      need -= used * yields;
      if (used > 0 && givers.includes(candidate)) note({ giver: candidate, row, replicas: 0 }, { view, round });
    }
  }
  for (const giver of givers) need = give(giver, need, { view, usable, round });
}

interface Taker {
  readonly view: WorkloadView;
  readonly round: Round;
}

function give(giver: Candidate, need: number, taker: Taker & { readonly usable: ReadonlySet<OfferingSite> }): number {
  let left = need;
  for (const row of giver.rows) {
    const yields = unitsFreed(taker.view.workload, row);
    if (left <= 0 || yields === 0 || row.keeps === 0 || !taker.usable.has(row.site)) continue;
    const allowed = Math.floor(giver.spare / Math.max(1, row.capacity));
    const given = Math.min(row.keeps, allowed, Math.ceil(left / yields));
    if (given <= 0) continue;
    row.keeps -= given;
    giver.spare -= given * row.capacity;
    left -= given * yields;
    note({ giver, row, replicas: given }, taker);
  }
  return left;
}

function mayGive(giver: WorkloadView, taker: WorkloadView, { maxPriority, minPriorityGap }: SheddingPolicy): boolean {
  const { priority } = giver.workload;
  return taker.workload.priority - priority >= minPriorityGap && (maxPriority === null || priority <= maxPriority);
}

/**
 * Thousandths of a unit that the taker gets out of one replica that goes. Which of the giver's pods go is its
 * Deployment's choice, so that room of several is not counted on to be on one node.
 */
function unitsFreed(taker: WorkloadView['workload'], row: Row): number {
  const shape = shapeAt(taker, row.site);
  return shape === null ? 0 : Math.floor(row.count / shape.count) * shape.capacity;
}

interface Gift {
  readonly giver: Candidate;
  readonly row: Row;
  readonly replicas: number;
}

function note({ giver, row, replicas }: Gift, { view, round }: Taker): void {
  const { key } = giver.view.workload;
  const known = round.sheds.get(key);
  const caps = new Map([...(known?.caps ?? []), [row.holding.offering, row.keeps]]);
  const all = (known?.replicas ?? 0) + replicas;
  round.sheds.set(key, { key, caps, replicas: all, for: known?.for ?? view.workload.key });
}
