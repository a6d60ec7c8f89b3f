/** The door: whether the loss of each deployment's largest member could be made good on the others, now. */
import type { FailoverOutlook } from '../../model/failover-outlook.ts';
import type { FleetSnapshot, Holding, Member, WorkloadView } from '../../model/fleet.ts';
import { compareText, type ClusterName, type WorkloadKey } from '../../model/names.ts';
import type { WorkloadPlan } from '../../model/plan.ts';
import { milliUnits } from '../../model/units.ts';
import { residencyRejectionOf } from '../placement/filters.ts';
import { isWanted } from '../placement/kept-holdings.ts';
import { indexSites, shapeAt, type OfferingSite } from '../placement/offering-site.ts';
import { OptionLists } from '../placement/option-lists.ts';
import { promisesOf } from '../placement/promises.ts';
import { loseMember, unitsOn, type LossContext, type Losses } from './lose-member.ts';
import { hasSharedBudget, spendOf, UNCOUNTED } from './purse.ts';

/**
 * By key, for the deployments planned in this pass; null for one that has no place to lose. Room is what the offerings
 * have after every promise, and a loss is played through once for all that hold something on the member, in priority
 * order: what looks covered is covered for all of them together. The cost is that of one look at what each such member
 * holds. Shares of the fleet's spend (maxSpendShare) are not asked.
 */
export function assessFailover(
  fleet: FleetSnapshot,
  plans: readonly WorkloadPlan[],
): ReadonlyMap<WorkloadKey, FailoverOutlook | null> {
  const planned = new Map(plans.map((plan) => [plan.key, plan]));
  const views = fleet.workloads.map((view) => asPlanned(view, planned.get(view.workload.key)));
  const assumed = { ...fleet, members: fleet.members.map(givenTheDoubt) };
  const index = indexSites(assumed, promisesOf(views));
  const sitesByModel = Map.groupBy(index.sites, ({ offering }) => offering.accelerator);
  const lists = new OptionLists({ fleet: assumed, sitesByModel });
  const spent = hasSharedBudget(fleet.policy) ? spendOf(views, index) : UNCOUNTED;
  const context: LossContext = { policy: fleet.policy, index, lists, spent };
  const lossOf = playedOnce(views, context);
  const asked = views.filter(({ workload }) => planned.has(workload.key));
  return new Map(asked.map((view) => [view.workload.key, outlookOf(view, { context, lossOf, fleet })]));
}

/** A view that holds what is planned for it, so that room promised in this pass is promised here too. */
function asPlanned(view: WorkloadView, plan: WorkloadPlan | undefined): WorkloadView {
  if (plan === undefined) return view;
  const known = new Map(view.holdings.map((holding) => [holding.offering, holding]));
  const wanted = plan.placements.map(
    ({ offering, cluster, pool, zone, capacityType, accelerator, replicas }): Holding => {
      const since = known.get(offering)?.record.since ?? view.holdings[0]?.record.since;
      const record = { cluster, pool, zone, capacityType, accelerator, replicas, phase: 'Serving' as const };
      return {
        offering,
        record: { ...record, since: since ?? (0 as Holding['record']['since']) },
        observed: known.get(offering)?.observed ?? null,
      };
    },
  );
  const planned = new Set(wanted.map(({ offering }) => offering));
  const leaving = view.holdings
    .filter((holding) => !planned.has(holding.offering))
    .map((holding): Holding => ({ ...holding, record: { ...holding.record, phase: 'Draining' } }));
  return { ...view, holdings: [...wanted, ...leaving] };
}

/** A slow answer is no reason to tell everybody that nothing could be absorbed: what is doubted counts until it is lost. */
function givenTheDoubt(member: Member): Member {
  const { verdict, reason } = member.verdict;
  if (verdict !== 'Suspect' || reason === 'NotYetProbed') return member;
  return { ...member, verdict: { ...member.verdict, verdict: 'Healthy' } };
}

function playedOnce(views: readonly WorkloadView[], context: LossContext): (member: ClusterName) => Losses {
  const byMember = new Map<ClusterName, WorkloadView[]>();
  for (const view of views) {
    for (const cluster of new Set(view.holdings.filter(isWanted).map(({ record }) => record.cluster))) {
      const held = byMember.get(cluster);
      if (held) held.push(view);
      else byMember.set(cluster, [view]);
    }
  }
  const played = new Map<ClusterName, Losses>();
  return (member) => {
    let losses = played.get(member);
    if (losses === undefined) {
      losses = loseMember(member, byMember.get(member) ?? [], context);
      played.set(member, losses);
    }
    return losses;
  };
}

interface Assessment {
  readonly context: LossContext;
  readonly lossOf: (member: ClusterName) => Losses;
  readonly fleet: FleetSnapshot;
}

function outlookOf(view: WorkloadView, { context, lossOf, fleet }: Assessment): FailoverOutlook | null {
  const worst = largestMember(view, context);
  if (worst === null) return null;
  const shortfall = lossOf(worst).get(view.workload.key) ?? null;
  if (shortfall === null) return { kind: 'Covered' };
  if (!mayServeElsewhere(view, worst, { context, fleet })) return { kind: 'SingleMember', only: worst };
  return { kind: 'Short', worst, missing: milliUnits(shortfall.units), lacks: shortfall.lacks };
}

/** Where most of its units are; the first by name of equals. */
function largestMember(view: WorkloadView, { index }: LossContext): ClusterName | null {
  const clusters = [...new Set(view.holdings.filter(isWanted).map(({ record }) => record.cluster))].sort(compareText);
  let largest: ClusterName | null = null;
  let most = 0;
  for (const cluster of clusters) {
    const units = unitsOn(view, index, cluster);
    if (units > most) [largest, most] = [cluster, units];
  }
  return largest;
}

/** Whether the rules let it run on any other member at all, whatever its state is today. */
function mayServeElsewhere(
  { workload }: WorkloadView,
  lost: ClusterName,
  { context, fleet }: Omit<Assessment, 'lossOf'>,
): boolean {
  const subject = { workload, at: fleet.at, priceAgeLimit: fleet.policy.priceAgeLimit };
  return context.index.sites.some(
    (site: OfferingSite) =>
      site.offering.cluster !== lost &&
      shapeAt(workload, site) !== null &&
      residencyRejectionOf({ ...subject, site }) === null,
  );
}
