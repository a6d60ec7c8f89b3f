/** The door to shedding: plans what is asked, and lets the less important make room where a lost member left none. */
import type { FleetSnapshot, WorkloadView } from '../../model/fleet.ts';
import type { WorkloadKey } from '../../model/names.ts';
import type { WorkloadPlan } from '../../model/plan.ts';
import { milliToUnits, milliUnits, usdPerHour } from '../../model/units.ts';
import type { Workload } from '../../model/workload.ts';
import { withReplicas } from '../placement/with-replicas.ts';
import { shedFor, waitingForRoom, type Shed } from './shed.ts';

export interface PlansWithShedding {
  /** Of what was asked, and of all that have to give something up. */
  readonly plans: readonly WorkloadPlan[];
  /** Those that give something up, as they are to be stepped: what they make do with is what they want. */
  readonly lessened: ReadonlyMap<WorkloadKey, Workload>;
  readonly sheds: ReadonlyMap<WorkloadKey, Shed>;
}

/** `plan` is the planner, over this fleet. Without shedding in the FleetPolicy, and while frozen, it is all that is done. */
export function planWithShedding(
  fleet: FleetSnapshot,
  keys: readonly WorkloadKey[],
  plan: (keys: readonly WorkloadKey[]) => readonly WorkloadPlan[],
): PlansWithShedding {
  const { shedding = null } = fleet.policy;
  const asked = new Set(keys);
  const waiting = shedding === null || fleet.frozen ? [] : waitingForRoom(fleet);
  const plans = plan([...new Set([...keys, ...waiting])]);
  const sheds = shedding === null || waiting.length === 0 ? NONE : shedFor(fleet, plans, shedding);
  const mine = plans.filter(({ key }) => asked.has(key));
  if (sheds.size === 0) return { plans: mine, lessened: new Map(), sheds: NONE };
  const planned = new Set(plans.map(({ key }) => key));
  const others = [...sheds.keys()].filter((key) => !planned.has(key));
  const givers = [
    ...plans.filter(({ key }) => sheds.has(key) && !asked.has(key)),
    ...(others.length ? plan(others) : []),
  ];
  const views = new Map(fleet.workloads.map((view) => [view.workload.key, view]));
  const given = [...mine, ...givers].map((it) => {
    const [shed, view] = [sheds.get(it.key), views.get(it.key)];
    return shed && view ? givingUp(it, view.workload, { shed, for: views.get(shed.for) }) : { plan: it, lesser: null };
  });
  return {
    plans: given.map((it) => it.plan),
    lessened: new Map(given.flatMap(({ plan: it, lesser }) => (lesser ? [[it.key, lesser] as const] : []))),
    sheds,
  };
}

const NONE: ReadonlyMap<WorkloadKey, Shed> = new Map();

interface Giving {
  readonly shed: Shed;
  readonly for: WorkloadView | undefined;
}

/** Its plan cut down to what it may have, and itself wanting no more than that; null where it has no more anyway. */
function givingUp(
  plan: WorkloadPlan,
  workload: Workload,
  { shed, for: taker }: Giving,
): { readonly plan: WorkloadPlan; readonly lesser: Workload | null } {
  const placements = plan.placements.flatMap((it) => {
    const replicas = Math.min(it.replicas, shed.caps.get(it.offering) ?? it.replicas);
    return replicas === 0 ? [] : [withReplicas(it, replicas)];
  });
  const units = placements.reduce((sum, it) => sum + it.units, 0);
  if (units === plan.placements.reduce((sum, it) => sum + it.units, 0)) return { plan, lesser: null };
  const missing = milliUnits(Math.max(0, workload.replicas * 1000 - units));
  const message =
    `given up for ${shed.for} (priority ${taker?.workload.priority ?? 0}), whose member is down and which finds no ` +
    'other room; back when there is room';
  return {
    plan: {
      ...plan,
      placements,
      change: 'Capacity',
      unplaced: { units: missing, reasons: [{ rule: 'Room', message }] },
      hourly: usdPerHour(placements.reduce((sum, it) => sum + it.hourly, 0)),
      shedFor: shed.for,
      summary: `${milliToUnits(missing)} of ${workload.replicas} units are ${message}`,
    },
    lesser: { ...workload, replicas: units / 1000 },
  };
}
