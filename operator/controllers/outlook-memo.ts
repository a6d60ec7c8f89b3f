/** When to assess failovers: an assessment plays losses through over the whole fleet, and in a large one it costs as much as a plan. */
import { assessFailover } from '../decide/failover/assess-failover.ts';
import type { FailoverOutlook } from '../model/failover-outlook.ts';
import type { FleetSnapshot } from '../model/fleet.ts';
import type { WorkloadKey } from '../model/names.ts';
import type { WorkloadPlan } from '../model/plan.ts';
import { after, earliest, seconds, type Instant } from '../model/units.ts';

/** What others do takes room away or gives it: an outlook is not believed for longer. */
const BELIEVED_FOR = seconds(30);
/** Up to so many deployments it is assessed in every pass: it takes a millisecond or two. */
const SMALL_FLEET = 500;

export interface Outlooks {
  /** Of each plan; null: it has no place to lose. */
  readonly outlooks: ReadonlyMap<WorkloadKey, FailoverOutlook | null>;
  /** When an outlook that was only remembered is to be assessed again; null: all are fresh. */
  readonly assessAt: Instant | null;
}

interface Assessed {
  readonly outlook: FailoverOutlook | null;
  readonly at: Instant;
}

export class OutlookMemo {
  readonly #known = new Map<WorkloadKey, Assessed>();

  /** The outlooks of these plans: fresh where one of them changes anything or is due, else as they were last assessed. */
  read(fleet: FleetSnapshot, plans: readonly WorkloadPlan[]): Outlooks {
    const isDue = fleet.workloads.length <= SMALL_FLEET || plans.some((plan) => this.#isDue(plan, fleet.at));
    if (isDue) {
      const outlooks = assessFailover(fleet, plans);
      for (const [key, outlook] of outlooks) this.#known.set(key, { outlook, at: fleet.at });
      this.#forgetMissing(fleet);
      return { outlooks, assessAt: null };
    }
    const known = plans.flatMap(({ key }) => {
      const assessed = this.#known.get(key);
      return assessed ? [[key, assessed] as const] : [];
    });
    const oldest = known.reduce<Instant | null>((first, [, { at }]) => earliest(first, at), null);
    return {
      outlooks: new Map(known.map(([key, { outlook }]) => [key, outlook])),
      assessAt: oldest && after(oldest, BELIEVED_FOR),
    };
  }

  #isDue({ key, change, unplaced }: WorkloadPlan, now: Instant): boolean {
    const known = this.#known.get(key);
    return change !== null || unplaced !== null || known === undefined || now >= after(known.at, BELIEVED_FOR);
  }

  #forgetMissing({ workloads }: FleetSnapshot): void {
    if (this.#known.size <= 2 * workloads.length) return;
    const there = new Set(workloads.map(({ workload }) => workload.key));
    for (const key of this.#known.keys()) if (!there.has(key)) this.#known.delete(key);
  }
}
