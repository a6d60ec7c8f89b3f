/** How every offering fared for one workload: chosen at what cost, dearer by how much, or rejected by which rule. */
import type { Candidate, CostTerms, PlannedPlacement } from '../../model/plan.ts';
import type { WorkloadView } from '../../model/fleet.ts';
import type { OfferingId } from '../../model/names.ts';
import type { UsdPerHour } from '../../model/units.ts';
import { usdPerHour } from '../../model/units.ts';
import type { Shape } from '../../model/workload.ts';
import { blockedBy, dollars } from './blocked-by.ts';
import type { CompiledFleet } from './compile-problem.ts';
import { rejectionOf } from './filters.ts';
import { leftAlone } from './left-alone.ts';
import type { OfferingSite } from './offering-site.ts';
import { interruptionShare, shapeAt } from './offering-site.ts';
import type { PlanState } from './plan-state.ts';
import type { Deployment } from './problem.ts';
import { isWanted } from './kept-holdings.ts';
import { moveShareOf } from './voluntary-moves.ts';

/** One workload of a finished plan. */
export interface Explained {
  readonly compiled: CompiledFleet;
  readonly state: PlanState;
  readonly index: number;
  readonly placements: readonly PlannedPlacement[];
}

type Sized = Pick<Shape, 'count'> & { readonly capacity: number };

/** What a unit costs there; `moves`: whether replicas would have to move there. */
export function costTermsOf(site: OfferingSite, shape: Sized, moveShare: number): CostTerms {
  const price = ((site.perAcceleratorHour ?? 0) * shape.count * 1000) / shape.capacity;
  const interruption = price * interruptionShare(site.offering);
  const move = price * moveShare;
  return {
    price: usdPerHour(price),
    interruption: usdPerHour(interruption),
    move: usdPerHour(move),
    total: usdPerHour(price + interruption + move),
  };
}

/** What a move there adds: nothing where replicas are, and nothing while the workload runs nowhere. */
export function moveShareAt({ compiled, index }: Pick<Explained, 'compiled' | 'index'>, site: OfferingSite): number {
  const view = compiled.views[index];
  if (!view || view.holdings.every((holding) => !isWanted(holding))) return 0;
  const here = (compiled.problem.deployments[index] as Deployment).held.some(({ offering }) => offering === site.index);
  return here ? 0 : moveShareOf(view);
}

/** At most `limit` offerings: chosen ones first, then by effective cost, then rejected ones. */
export function explainCandidates(explained: Explained, limit: number): readonly Candidate[] {
  const chosen = explained.placements.map(chosenCandidate);
  const taken = new Set(explained.placements.map(({ offering }) => offering));
  const others = sitesToExplain(explained, limit - chosen.length, taken).map((site) => otherCandidate(explained, site));
  others.sort(
    (a, b) =>
      Number(a.verdict === 'Rejected') - Number(b.verdict === 'Rejected') ||
      (a.effectivePerUnit ?? Number.POSITIVE_INFINITY) - (b.effectivePerUnit ?? Number.POSITIVE_INFINITY) ||
      (a.offering < b.offering ? -1 : 1),
  );
  return [...chosen, ...others].slice(0, Math.max(limit, chosen.length));
}

/** All offerings that were not chosen, or, where only a few are to be told of, the cheapest admitted ones of each shape. */
function sitesToExplain(
  { compiled, index }: Explained,
  wanted: number,
  taken: ReadonlySet<OfferingId>,
): readonly OfferingSite[] {
  const { sites } = compiled.index;
  const isOther = ({ offering }: OfferingSite): boolean => !taken.has(offering.id);
  if (wanted + taken.size >= sites.length) return sites.filter(isOther);
  const { options } = compiled.problem.deployments[index] as Deployment;
  return options.flatMap(({ offerings }) => {
    const found: OfferingSite[] = [];
    for (let at = 0; at < offerings.length && found.length < wanted; at += 1) {
      const site = sites[offerings[at] as number] as OfferingSite;
      if (isOther(site)) found.push(site);
    }
    return found;
  });
}

function chosenCandidate(placement: PlannedPlacement): Candidate {
  const { cost } = placement;
  const extras = [
    cost.interruption > 0 ? `${dollars(cost.interruption)} for interruptions` : '',
    cost.move > 0 ? `${dollars(cost.move)} for the move` : '',
  ].filter((text) => text !== '');
  const terms = extras.length > 0 ? ` (${dollars(cost.price)} the accelerators, ${extras.join(', ')})` : '';
  return {
    offering: placement.offering,
    cluster: placement.cluster,
    pool: placement.pool,
    effectivePerUnit: cost.total,
    verdict: 'Chosen',
    reason: `${placement.replicas} ${placement.replicas === 1 ? 'replica' : 'replicas'} at ${dollars(cost.total)} a unit${terms}`,
    rule: null,
  };
}

function otherCandidate(explained: Explained, site: OfferingSite): Candidate {
  const { compiled, state, index } = explained;
  const view = compiled.views[index] as WorkloadView;
  const { workload } = view;
  const shape = shapeAt(workload, site);
  const cost =
    shape && site.perAcceleratorHour !== null ? costTermsOf(site, shape, moveShareAt(explained, site)) : null;
  const base = {
    offering: site.offering.id,
    cluster: site.offering.cluster,
    pool: site.offering.pool,
    effectivePerUnit: cost?.total ?? null,
  };
  const { at, policy } = compiled.fleet;
  const rejection =
    rejectionOf({ workload, site, at, priceAgeLimit: policy.priceAgeLimit }) ??
    leftAlone(view, { at, sites: compiled.index.byId }).get(site.offering.id) ??
    null;
  if (rejection || !shape || !cost) {
    return { ...base, verdict: 'Rejected', reason: rejection?.message ?? '', rule: rejection?.rule ?? null };
  }
  const blocked = blockedBy(
    state,
    { index, offering: site.index, count: shape.count, units: shape.capacity },
    compiled,
  );
  if (blocked) return { ...base, verdict: 'Rejected', reason: blocked.message, rule: blocked.rule };
  return { ...base, verdict: 'Dearer', reason: flipOf(explained, { site, shape, cost }), rule: null };
}

interface Priced {
  readonly site: OfferingSite;
  readonly shape: Shape;
  readonly cost: CostTerms;
}

/** The price from which the offering would be taken instead of the dearest chosen one. */
function flipOf({ placements, compiled, index }: Explained, { site, shape, cost }: Priced): string {
  const dearest = Math.max(0, ...placements.map((placement) => placement.cost.total));
  if (dearest === 0) return `${dollars(cost.total)} a unit; nothing is placed`;
  const moves = cost.move > 0;
  const savings = moves ? (compiled.views[index]?.workload.migration.minSavings ?? 0) : 0;
  const perUnit = cost.price > 0 ? cost.total / cost.price : 1;
  const worth = Math.min(
    dearest,
    moves ? (dearest * (1 - savings) * perUnit) / (perUnit - cost.move / cost.price) : dearest,
  );
  const flip = (worth / perUnit) * (shape.capacity / 1000 / shape.count);
  const compared = `${dollars(cost.total)} a unit against ${dollars(dearest)}`;
  const price = site.perAcceleratorHour as UsdPerHour;
  if (flip < price) return `${compared}; wins below ${dollars(flip)} an accelerator-hour`;
  return moves
    ? `${compared}; the whole move saves too little, or its time has not come`
    : `${compared}; more of it would open nodes that stay idle, or serve no rule`;
}
