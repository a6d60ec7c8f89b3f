/** Which offerings are closed to a workload before any planning, and why: worked out once for workloads with the same rules. */
import type { FleetSnapshot } from '../../model/fleet.ts';
import type { Rejection, Rule } from '../../model/plan.ts';
import type { Workload } from '../../model/workload.ts';
import { admissionRejectionOf } from './filters.ts';
import type { OfferingSite } from './offering-site.ts';

/** Offerings that one rule closes. */
export interface Closed {
  readonly first: Rejection;
  /** The id of the first one. */
  readonly example: string;
  readonly offerings: number;
}

export interface Admission {
  /** The offerings of the model that are open, by index. */
  readonly open: readonly OfferingSite[];
  readonly closed: ReadonlyMap<Rule, Closed>;
}

/** How the sites of one accelerator model fare with the workload's rules. */
export function admissionOf(workload: Workload, sites: readonly OfferingSite[], fleet: FleetSnapshot): Admission {
  const subject = { workload, at: fleet.at, priceAgeLimit: fleet.policy.priceAgeLimit };
  const open: OfferingSite[] = [];
  const closed = new Map<Rule, Closed>();
  for (const site of sites) {
    const rejection = admissionRejectionOf({ ...subject, site });
    if (rejection === null) open.push(site);
    else close(closed, rejection, { example: site.offering.id, offerings: 1 });
  }
  return { open, closed };
}

/** Counts offerings that a rule closes; the first one stays the example. */
export function close(
  closed: Map<Rule, Closed>,
  rejection: Rejection,
  { example, offerings }: Pick<Closed, 'example' | 'offerings'>,
): void {
  const known = closed.get(rejection.rule);
  closed.set(rejection.rule, {
    first: known?.first ?? rejection,
    example: known?.example ?? example,
    offerings: (known?.offerings ?? 0) + offerings,
  });
}
