/** The fleet as decisions see it while drills are in force, and the truth behind that. */
import { underDrill } from '../decide/drill/under-drill.ts';
import type { ActiveFailure } from '../model/drill.ts';
import type { FleetSnapshot, WorkloadView } from '../model/fleet.ts';
import type { Instant } from '../model/units.ts';

export class DrilledView {
  readonly #failuresAt: (now: Instant) => readonly ActiveFailure[];
  readonly #truths = new WeakMap<FleetSnapshot, FleetSnapshot>();

  constructor(failuresAt: (now: Instant) => readonly ActiveFailure[]) {
    this.#failuresAt = failuresAt;
  }

  /** The very same snapshot while no drill is in force. */
  of(truth: FleetSnapshot): FleetSnapshot {
    const seen = underDrill(truth, this.#failuresAt(truth.at));
    if (seen !== truth) this.#truths.set(seen, truth);
    return seen;
  }

  /** What the snapshot would be without drills: what is held costs what it costs. */
  truthOf(seen: FleetSnapshot): FleetSnapshot {
    return this.#truths.get(seen) ?? seen;
  }
}

/** What is really seen of a workload's placements, for status and metrics: the same view where nothing is made believe. */
export function asItIs(seen: FleetSnapshot, truth: FleetSnapshot): (view: WorkloadView) => WorkloadView {
  if (seen === truth) return (view) => view;
  const truths = new Map(truth.workloads.map((it) => [it.workload.key, it]));
  return (view) => {
    const really = new Map(truths.get(view.workload.key)?.holdings.map((it) => [it.offering, it.observed]));
    const holdings = view.holdings.map((it) => ({ ...it, observed: really.get(it.offering) ?? it.observed }));
    return { ...view, holdings };
  };
}
