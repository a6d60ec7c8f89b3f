/** Which of the decisions of one pass evacuate, and who goes first. */
import type { WorkloadView } from '../../model/fleet.ts';
import { compareText } from '../../model/names.ts';
import type { WorkloadPlan } from '../../model/plan.ts';

export interface Planned {
  readonly view: WorkloadView;
  readonly plan: WorkloadPlan;
}

/** Evacuations by priority, to be begun as many at a time as the policy admits; and all others, as they come. */
export function evacuationsFirst<Decision extends Planned>(
  decisions: readonly Decision[],
): { readonly evacuations: readonly Decision[]; readonly others: readonly Decision[] } {
  const evacuates = ({ plan }: Planned): boolean => plan.change === 'Evacuation';
  const byPriority = (a: Decision, b: Decision): number =>
    b.view.workload.priority - a.view.workload.priority || compareText(a.plan.key, b.plan.key);
  return {
    evacuations: decisions.filter(evacuates).sort(byPriority),
    others: decisions.filter((it) => !evacuates(it)),
  };
}
