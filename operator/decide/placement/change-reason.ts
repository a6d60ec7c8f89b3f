/** Why a plan differs from what is held, in the order in which a person would name causes. */
import type { WorkloadView } from '../../model/fleet.ts';
import type { PlannedPlacement } from '../../model/plan.ts';
import type { MoveReason } from '../../model/workload.ts';
import type { CompiledFleet } from './compile-problem.ts';
import { heldRejectionOf } from './filters.ts';
import { isLost, isWanted, targetInReach } from './kept-holdings.ts';

export interface Changed {
  readonly view: WorkloadView;
  readonly placements: readonly PlannedPlacement[];
  readonly compiled: CompiledFleet;
  /** Set when the planner itself decided to move without need. */
  readonly voluntary: 'Price' | 'Failback' | null;
  /** Whether a soft rule is bent less than by what is held. */
  readonly keepsMoreRules: boolean;
}

/** null: the plan is what is held. */
export function changeReason(changed: Changed): MoveReason | null {
  const { view, compiled, voluntary } = changed;
  const wanted = view.holdings.filter(isWanted);
  if (isSame(changed)) return null;
  const stranded = view.holdings.some(({ record }) => record.phase === 'Stranded');
  if (wanted.length === 0) return stranded ? 'Evacuation' : 'Initial';
  if (voluntary !== null) return voluntary;
  if (view.migration.phase !== 'Idle' && targetInReach(view, compiled)) return view.migration.reason;
  const sites = wanted.map((holding) => compiled.index.byId.get(holding.offering) ?? null);
  if (sites.some((site) => site !== null && isLost(site, compiled.fleet))) return 'Evacuation';
  const { at, policy } = compiled.fleet;
  const forbidden = sites.some(
    (site) =>
      site !== null &&
      heldRejectionOf({ workload: view.workload, site, at, priceAgeLimit: policy.priceAgeLimit }) !== null,
  );
  if (forbidden) return 'Rules';
  return keepsAllHeld(changed) || holdsMoreThanWanted(changed)
    ? 'Scale'
    : changed.keepsMoreRules
      ? 'Rules'
      : 'Capacity';
}

function isSame({ view, placements }: Changed): boolean {
  const wanted = view.holdings.filter(isWanted).filter(({ record }) => record.replicas > 0);
  return (
    wanted.length === placements.length &&
    wanted.every(({ offering, record }) =>
      placements.some((each) => each.offering === offering && each.replicas === record.replicas),
    )
  );
}

/** Replicas are only added. */
const keepsAllHeld = ({ view, placements }: Changed): boolean =>
  view.holdings
    .filter(isWanted)
    .every(({ offering, record }) =>
      placements.some((each) => each.offering === offering && each.replicas >= record.replicas),
    );

/** Replicas are only taken away. */
const holdsMoreThanWanted = ({ view, placements }: Changed): boolean =>
  placements.every((each) =>
    view.holdings.some(({ offering, record }) => offering === each.offering && record.replicas >= each.replicas),
  );
