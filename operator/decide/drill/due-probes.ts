/** Which probes of the steady state are to be asked now, and what the ones say that the fleet itself answers. */
import type { Drill, DrillState } from '../../model/drill.ts';
import type { DrillProbe, DrillProbePhase, ProbeReading } from '../../model/drill-probe.ts';
import type { FleetSnapshot, WorkloadView } from '../../model/fleet.ts';
import { after, milliToUnits, milliUnits, seconds, unitsToMilli, type Instant } from '../../model/units.ts';
import { canBeSeen, readyUnits, touchedBy } from './touched.ts';

/** Often enough to count what clients lose, and seldom enough to be no load. */
export const PROBE_PERIOD = seconds(5);

/** Which of the probes count in the phase that the drill is in; null: none is asked. */
export function probePhaseOf({ phase }: DrillState): DrillProbePhase | null {
  if (phase === 'Preflight') return 'Before';
  if (phase === 'Injecting' || phase === 'Observing') return 'During';
  return phase === 'Restoring' || phase === 'Verifying' ? 'After' : null;
}

/** The probes that count now. */
export function probesInForce({ spec, state }: Drill): readonly DrillProbe[] {
  const phase = state === null ? null : probePhaseOf(state);
  return phase === null ? [] : spec.steadyState.filter((it) => it.phases.includes(phase));
}

/** Those of them that have not been asked in this phase, or not lately. */
export function dueProbes(drill: Drill, now: Instant): readonly DrillProbe[] {
  const { state } = drill;
  if (state === null) return [];
  const last = new Map(state.probes.map((it) => [it.probe, it.at]));
  return probesInForce(drill).filter(({ name }) => {
    const at = last.get(name);
    return at === undefined || at < state.since || now >= after(at, PROBE_PERIOD);
  });
}

/** What the probes say that are due and need nobody to be asked; nothing while what is touched cannot be seen. */
export function ownReadings(drill: Drill, fleet: FleetSnapshot, now: Instant): readonly ProbeReading[] {
  const views = touchedBy(drill.state?.targets ?? [], fleet);
  if (!canBeSeen(views, fleet)) return [];
  return dueProbes(drill, now).flatMap(({ name, check }) =>
    check.type === 'ReadyShare' ? [readyShare({ probe: name, at: now, atLeast: check.atLeast, views })] : [],
  );
}

interface ShareQuestion {
  readonly probe: string;
  readonly at: Instant;
  readonly atLeast: number;
  readonly views: readonly WorkloadView[];
}

/** Broken when any touched deployment has less ready than the share; told of the worst. */
function readyShare({ probe, at, atLeast, views }: ShareQuestion): ProbeReading {
  const shares = views
    .filter(({ workload }) => workload.replicas > 0)
    .map((view) => {
      const ready = readyUnits(view);
      const wanted = unitsToMilli(view.workload.replicas);
      return { key: view.workload.key, ready, wanted, share: ready / wanted };
    });
  const [worst] = shares.sort((a, b) => a.share - b.share || (a.key < b.key ? -1 : 1));
  if (worst === undefined) return { probe, at, result: 'Held', detail: 'nothing that is touched wants capacity' };
  const detail = `${milliToUnits(milliUnits(worst.ready))} of ${milliToUnits(worst.wanted)} units of ${worst.key} are ready`;
  return { probe, at, result: worst.share >= atLeast ? 'Held' : 'Broken', detail };
}
