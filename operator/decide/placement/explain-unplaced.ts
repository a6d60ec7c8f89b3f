/** Why units found no place: every rule that stands in the way, with how many offerings it closes and one of them as example. */
import type { WorkloadView } from '../../model/fleet.ts';
import type { Rejection, Rule } from '../../model/plan.ts';
import { blockedBy } from './blocked-by.ts';
import type { Explained } from './explain-candidates.ts';
import { rejectionOf } from './filters.ts';
import { shapeAt } from './offering-site.ts';
import type { Deployment } from './problem.ts';

interface Closed {
  readonly first: Rejection;
  readonly example: string;
  readonly offerings: number;
}

/** The reasons, those that close the most offerings first. Offerings with accelerators that nobody wanted are left out. */
export function explainUnplaced({ compiled, state, index }: Omit<Explained, 'placements'>): readonly Rejection[] {
  const view = compiled.views[index] as WorkloadView;
  const deployment = compiled.problem.deployments[index] as Deployment;
  const { workload } = view;
  const { at, policy } = compiled.fleet;
  const closed = new Map<Rule, Closed>();
  let open = 0;
  let wanted = 0;
  for (const site of compiled.index.sites) {
    const shape = shapeAt(workload, site);
    if (!shape) continue;
    wanted += 1;
    const next = { index, offering: site.index, count: shape.count, units: shape.capacity };
    const rejection =
      rejectionOf({ workload, site, at, priceAgeLimit: policy.priceAgeLimit }) ?? blockedBy(state, next, compiled);
    if (!rejection) open += 1;
    else closed.set(rejection.rule, addTo(closed.get(rejection.rule), rejection, site.offering.id));
  }
  if (wanted === 0) {
    const models = workload.shapes.map(({ accelerator }) => accelerator).join(' or ');
    return [{ rule: 'Accelerator', message: `no offering in the fleet has ${models}` }];
  }
  return [...(open > 0 ? [tooFewClusters(deployment)] : []), ...told(closed)];
}

/** Room is left, and yet nothing may be placed: only a rule that holds the whole workload back does that. */
const tooFewClusters = ({ minClusters }: Deployment): Rejection => ({
  rule: 'MinClusters',
  message: `fewer than ${minClusters} clusters have room within the rules, and without them nothing may be placed`,
});

const addTo = (known: Closed | undefined, rejection: Rejection, offering: string): Closed => ({
  first: known?.first ?? rejection,
  example: known?.example ?? offering,
  offerings: (known?.offerings ?? 0) + 1,
});

const told = (closed: ReadonlyMap<Rule, Closed>): Rejection[] =>
  [...closed]
    .sort(([a, one], [b, other]) => other.offerings - one.offerings || (a < b ? -1 : 1))
    .map(([rule, { first, example, offerings }]) => ({
      rule,
      message:
        offerings === 1
          ? `${example}: ${first.message}`
          : `${offerings} offerings, for instance ${example}: ${first.message}`,
    }));
