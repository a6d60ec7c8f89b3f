/** Why units found no place: every rule that stands in the way, with how many offerings it closes and one of them as example. */
import type { WorkloadView } from '../../model/fleet.ts';
import type { Rejection, Rule } from '../../model/plan.ts';
import { blockedBy, blockedRule, noRoomAt } from './blocked-by.ts';
import { leftAlone } from './left-alone.ts';
import type { Explained } from './explain-candidates.ts';
import type { Deployment } from './problem.ts';
import type { Closed } from './rejections.ts';
import { close } from './rejections.ts';
import type { RoomSurvey } from './room-survey.ts';

/** The reasons, those that close the most offerings first. Offerings with accelerators that nobody wanted are left out. */
export function explainUnplaced(
  { compiled, state, index }: Omit<Explained, 'placements'>,
  rooms: RoomSurvey,
): readonly Rejection[] {
  const view = compiled.views[index] as WorkloadView;
  const { workload } = view;
  const alone = leftAlone(view, { at: compiled.fleet.at, sites: compiled.index.byId });
  const closed = new Map<Rule, Closed>();
  let open = 0;
  for (const shape of workload.shapes) {
    const admission = compiled.lists.admissionFor(workload, shape);
    for (const { first, example, offerings } of admission.closed.values()) close(closed, first, { example, offerings });
    const { full, waiting, roomy } = rooms.survey(admission, shape.count);
    for (const sites of [full, waiting]) {
      const [first] = sites;
      if (first === undefined) continue;
      const next = { index, offering: first.index, count: shape.count, units: shape.capacity };
      close(closed, noRoomAt(next, compiled), { example: first.offering.id, offerings: sites.length });
    }
    for (const site of roomy) {
      const shunned = alone.get(site.offering.id);
      if (shunned) {
        close(closed, shunned, { example: site.offering.id, offerings: 1 });
        continue;
      }
      const next = { index, offering: site.index, count: shape.count, units: shape.capacity };
      const rule = blockedRule(state, next);
      if (rule === null) open += 1;
      else {
        const first = closed.get(rule)?.first ?? blockedBy(state, next, compiled);
        if (first) close(closed, first, { example: site.offering.id, offerings: 1 });
      }
    }
  }
  if (closed.size === 0 && open === 0) {
    const models = workload.shapes.map(({ accelerator }) => accelerator).join(' or ');
    return [{ rule: 'Accelerator', message: `no offering in the fleet has ${models}` }];
  }
  const held = open > 0 ? [tooFewClusters(compiled.problem.deployments[index] as Deployment)] : [];
  return [...held, ...told(closed)];
}

/** Room is left, and yet nothing may be placed: only a rule that holds the whole workload back does that. */
const tooFewClusters = ({ minClusters }: Deployment): Rejection => ({
  rule: 'MinClusters',
  message: `fewer than ${minClusters} clusters have room within the rules, and without them nothing may be placed`,
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
