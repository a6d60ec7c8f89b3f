/**
 * A compiled fleet that changes in place: workloads come, go and differ, members lose and regain offerings. What would
 * need other tables (a new level, namespace, offering or replica size) is not taken, and the fleet is compiled anew.
 */
import type { FleetSnapshot, WorkloadView } from '../../../model/fleet.ts';
import type { ClusterName, OfferingId, WorkloadKey } from '../../../model/names.ts';
import { compareText } from '../../../model/names.ts';
import type { Workload } from '../../../model/workload.ts';
import type { CompiledFleet } from '../compile-problem.ts';
import { compileFleet, deploymentOf, groupByModel } from '../compile-problem.ts';
import { keptHoldings } from '../kept-holdings.ts';
import { leftAlone, withoutLeftAlone } from '../left-alone.ts';
import type { OfferingSite } from '../offering-site.ts';
import { backingOffOf, nanoInterruption, nanoPrice, siteOf } from '../offering-site.ts';
import { OptionLists, optionSignature } from '../option-lists.ts';
import type { PlanState } from '../plan-state.ts';
import type { Deployment, OptionSegment, Problem } from '../problem.ts';
import type { Promises } from '../promises.ts';
import { isSameStock, memberOf, unwantedPromises, viewsOf } from './fleet-lookup.ts';

/** What is different in a fleet. */
export interface FleetChange {
  /** The whole fleet as it is now. */
  readonly fleet: FleetSnapshot;
  /** Workloads that came, went or are not what they were. */
  readonly workloads: readonly WorkloadKey[];
  /** Members of which anything is different: room, prices (or their age), verdict, labels. */
  readonly members: readonly ClusterName[];
}

/** Slots for workloads that come later, for each that is there: when they are used up the fleet is compiled anew. */
const SPARE = 0.01;

const nobody = (levels: number): Deployment => ({
  key: '',
  level: levels - 1,
  need: 0,
  hold: false,
  providerCap: Number.POSITIVE_INFINITY,
  clusterCap: Number.POSITIVE_INFINITY,
  spotCap: Number.POSITIVE_INFINITY,
  minClusters: 1,
  budget: Number.POSITIVE_INFINITY,
  namespace: 0,
  options: [],
  held: [],
  sticky: false,
  moveShare: 0,
});

export class LiveProblem {
  readonly problem: Problem;
  /** By slot; what a change needs looked up. */
  private readonly deployments: Deployment[];
  private readonly views: (WorkloadView | undefined)[];
  private readonly signatures: string[];
  private readonly sites: OfferingSite[];
  private readonly free: (readonly number[])[];
  private readonly slots = new Map<string, number>();
  private readonly vacant: number[] = [];
  private readonly levels: ReadonlyMap<number, number>;
  private readonly namespaces: ReadonlyMap<string, number>;
  /** Replica sizes by model. */
  private readonly sizes: ReadonlyMap<string, readonly number[]>;
  private fleet: FleetSnapshot;
  private lists: OptionLists;
  private sitesByModel: ReadonlyMap<string, readonly OfferingSite[]>;
  private promises: Promises;
  private readonly byId: Map<OfferingId, OfferingSite>;

  constructor(fleet: FleetSnapshot) {
    const compiled = compileFleet(
      fleet,
      fleet.workloads.map(({ workload }) => workload.key),
    );
    const { problem, views, lists, index } = compiled;
    this.fleet = fleet;
    this.lists = lists;
    this.views = [...views];
    this.signatures = views.map(({ workload }) => optionSignature(workload));
    this.sites = [...index.sites];
    this.sitesByModel = groupByModel(this.sites);
    this.byId = new Map(index.byId);
    this.free = [...problem.offerings.free];
    this.promises = unwantedPromises(fleet.workloads);
    this.deployments = [...problem.deployments];
    const at = (slot: number): Deployment => this.deployments[slot] as Deployment;
    this.levels = new Map(views.map(({ workload }, slot) => [workload.priority, at(slot).level]));
    this.namespaces = new Map(views.map(({ workload }, slot) => [workload.namespace, at(slot).namespace]));
    views.forEach(({ workload }, slot) => this.slots.set(workload.key, slot));
    for (let spare = Math.floor(views.length * SPARE); spare > 0; spare -= 1) {
      this.vacant.push(this.deployments.length);
      this.deployments.push(nobody(problem.levels));
    }
    this.sizes = sizesOf(views);
    this.problem = {
      ...problem,
      deployments: this.deployments,
      offerings: { ...problem.offerings, free: this.free },
      laterSizes: this.usualSizes(problem),
    };
  }

  /** The fleet as the rest of the planner reads it. */
  compiled(): CompiledFleet {
    const { fleet, lists, problem, sites } = this;
    const index = { sites, byId: this.byId, backingOff: backingOffOf(sites, fleet) };
    return { fleet, lists, problem, index, views: this.views as readonly WorkloadView[], others: [] };
  }

  slotOf(key: WorkloadKey): number | null {
    return this.slots.get(key) ?? null;
  }

  /** The workloads in these slots, by key. */
  keysOf(slots: readonly number[]): readonly WorkloadKey[] {
    return [...new Set(slots)].flatMap((slot) => this.views[slot]?.workload.key ?? []).sort(compareText);
  }

  /** Whether the change fits into the tables that are there: only then may it be applied. */
  takes({ fleet, workloads, members }: FleetChange, state: PlanState): boolean {
    const known = workloads.filter((key) => this.slots.has(key)).length;
    return (
      this.problem.levels > 0 &&
      workloads.length - known <= this.vacant.length &&
      fleet.frozen === this.fleet.frozen &&
      JSON.stringify(fleet.policy) === JSON.stringify(this.fleet.policy) &&
      fleet.members.length === this.fleet.members.length &&
      members.every(
        (name) => isSameStock(memberOf(this.fleet, name), memberOf(fleet, name)) && this.stays(name, state),
      ) &&
      viewsOf(fleet, workloads).every(({ workload }) => this.fits(workload, state))
    );
  }

  /** Slots whose places have to be looked at again: changed workloads, and all that sits on or holds of changed members. */
  touchedBy({ workloads, members, fleet }: FleetChange, state: PlanState): readonly number[] {
    const touched = new Set(workloads.flatMap((key) => this.slots.get(key) ?? []));
    for (const site of this.changedSites({ workloads, members, fleet })) {
      for (const slot of state.occupantsOf(site.index)) touched.add(slot);
    }
    if (members.length > 0) {
      this.views.forEach((view, slot) => {
        if (view && (view.holdings.length > 0 || view.migration.phase !== 'Idle')) touched.add(slot);
      });
    }
    return [...touched];
  }

  /**
   * Puts the change into the tables; the touched slots must have been cleared. Returns the slots of the workloads that
   * changed.
   */
  apply(change: FleetChange, state: PlanState, touched: ReadonlyMap<number, unknown>): readonly number[] {
    const stale = this.changedSites(change);
    this.fleet = change.fleet;
    if (stale.length > 0) this.promises = unwantedPromises(change.fleet.workloads);
    for (const site of stale) this.renew(site, state);
    if (change.members.length > 0) this.relist(touched, state);
    const views = new Map(viewsOf(change.fleet, change.workloads).map((view) => [view.workload.key, view]));
    return change.workloads.flatMap((key) => this.settle(key, views.get(key) ?? null, state) ?? []);
  }

  /** For each model the sizes that may be asked for wherever it is: those that halve, so that level sums stay exact. */
  private usualSizes({ offerings }: Problem): ReadonlyMap<number, readonly number[]> {
    const usual = new Map<number, readonly number[]>();
    for (const [model, counts] of this.sizes) {
      const site = this.sitesByModel.get(model)?.[0];
      const halving = counts.filter((count) => Number.isInteger(Math.log2(count)));
      if (site) usual.set(offerings.model[site.index] as number, halving);
    }
    return usual;
  }

  /** Whether all sizes may come to the member's offerings, some of which may have been closed until now. */
  private stays(name: ClusterName, state: PlanState): boolean {
    const sites = this.sites.filter(({ offering }) => offering.cluster === name);
    return sites.every(({ index, offering }) =>
      (this.sizes.get(offering.accelerator) ?? []).every((count) => state.takes(index, count)),
    );
  }

  /** Whether level, namespace and every replica size are known, wherever replicas could go. */
  private fits({ priority, namespace, shapes }: Workload, state: PlanState): boolean {
    return (
      this.levels.has(priority) &&
      this.namespaces.has(namespace) &&
      shapes.every(({ accelerator, count }) =>
        (this.sitesByModel.get(accelerator) ?? []).every(({ index }) => state.takes(index, count)),
      )
    );
  }

  /** Offerings of changed members, and those where changed workloads hold what they no longer want. */
  private changedSites({ fleet, workloads, members }: FleetChange): readonly OfferingSite[] {
    const changed = new Set<string>(members);
    const before = workloads.flatMap((key) => this.views[this.slots.get(key) ?? -1] ?? []);
    const promised = unwantedPromises([...before, ...viewsOf(fleet, workloads)]);
    return this.sites.filter(({ offering }) => changed.has(offering.cluster) || promised.has(offering.id));
  }

  /** Takes an offering as the fleet has it now. */
  private renew(before: OfferingSite, state: PlanState): void {
    const { index } = before;
    const member = memberOf(this.fleet, before.offering.cluster);
    const offering = member?.offerings.find(({ id }) => id === before.offering.id);
    if (!member || !offering) return;
    const site = siteOf({ member, offering }, index, { promises: this.promises, at: this.fleet.at });
    const { growable, price, interruption, effective } = this.problem.offerings;
    this.sites[index] = site;
    this.byId.set(offering.id, site);
    this.free[index] = site.remainder.free;
    growable[index] = site.remainder.growable;
    price[index] = nanoPrice(site);
    interruption[index] = nanoInterruption(site);
    effective[index] = nanoPrice(site) + nanoInterruption(site);
    state.survey(index);
  }

  /** Makes all option lists anew; what is held anywhere is read again for the touched slots. */
  private relist(again: ReadonlyMap<number, unknown>, state: PlanState): void {
    this.sitesByModel = groupByModel(this.sites);
    this.lists = new OptionLists({ fleet: this.fleet, sitesByModel: this.sitesByModel });
    const context = this.compiled();
    const known = new Map<string, readonly OptionSegment[]>();
    this.views.forEach((view, slot) => {
      if (!view) return;
      const before = this.deployments[slot] as Deployment;
      const signature = this.signatures[slot] as string;
      const options = known.get(signature) ?? this.lists.optionsFor(view.workload);
      known.set(signature, options);
      const own = withoutLeftAlone(options, leftAlone(view, this.ground()), this.sites);
      const held = again.has(slot) ? keptHoldings(view, context) : before.held;
      const after = { ...before, options: own, held };
      if (again.has(slot)) state.redefine(before, after);
      this.deployments[slot] = after;
    });
  }

  /** Gives a workload its slot, or takes it away; null: it has come and gone in between. */
  private settle(key: WorkloadKey, view: WorkloadView | null, state: PlanState): number | null {
    const known = this.slots.get(key);
    const slot = known ?? (view ? (this.vacant.pop() ?? null) : null);
    if (slot === null) return null;
    const before = this.deployments[slot] as Deployment;
    const after = view ? this.deploymentOf(view) : nobody(this.problem.levels);
    state.redefine(before, after);
    this.deployments[slot] = after;
    this.views[slot] = view ?? undefined;
    this.signatures[slot] = view ? optionSignature(view.workload) : '';
    if (view) this.slots.set(key, slot);
    else {
      this.slots.delete(key);
      this.vacant.push(slot);
    }
    return slot;
  }

  private ground(): Parameters<typeof leftAlone>[1] {
    return { at: this.fleet.at, sites: this.byId };
  }

  private deploymentOf(view: WorkloadView): Deployment {
    const { workload } = view;
    return deploymentOf(view, {
      level: this.levels.get(workload.priority) ?? 0,
      namespace: this.namespaces.get(workload.namespace) ?? 0,
      options: withoutLeftAlone(this.lists.optionsFor(workload), leftAlone(view, this.ground()), this.sites),
      held: keptHoldings(view, this.compiled()),
    });
  }
}

/** Every replica size that is asked for, by accelerator model. */
function sizesOf(views: readonly WorkloadView[]): ReadonlyMap<string, readonly number[]> {
  const shapes = Map.groupBy(
    views.flatMap(({ workload }) => workload.shapes),
    ({ accelerator }) => accelerator,
  );
  return new Map([...shapes].map(([model, own]) => [model, [...new Set(own.map(({ count }) => count))]]));
}
