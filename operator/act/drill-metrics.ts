/** Metrics of drills that are told from their status, so that a restart forgets none. */
import type { Drill, DrillOutcome } from '../model/drill.ts';
import { elapsed, toSeconds, type Instant } from '../model/units.ts';
import type { Metrics } from '../runtime/metrics.ts';

const OUTCOMES: readonly DrillOutcome[] = [
  'Succeeded',
  'Failed',
  'Aborted',
  'Interrupted',
  'CapacityCheckFailed',
  'PreflightFailed',
  'Inconclusive',
  'DryRunOnly',
];

/** Every outcome is there from the start: a counter that appears with its first count shows no increase. */
export function announceDrillOutcomes({ drillOutcomes }: Pick<Metrics, 'drillOutcomes'>): void {
  for (const outcome of OUTCOMES) drillOutcomes.inc({ outcome }, 0);
}

type Told = Pick<Metrics, 'drillRecovery' | 'drillLastSuccess'>;

/** How long the last drill of each kind took to recover, and when the last one succeeded. */
export function tellDrills(drills: readonly Drill[], metrics: Told): void {
  const over = drills.filter(({ state }) => state?.phase === 'Completed').sort((a, b) => endOf(a) - endOf(b));
  for (const { spec, state } of over) {
    const { injectedAt = null, recoveredAt = null } = state?.readings ?? {};
    if (injectedAt === null || recoveredAt === null) continue;
    const labels = { mode: spec.mode, scope: spec.failure.scope };
    metrics.drillRecovery.set(labels, toSeconds(elapsed(injectedAt, recoveredAt)));
  }
  const succeeded = over.findLast(({ state }) => state?.outcome === 'Succeeded');
  if (succeeded) metrics.drillLastSuccess.set({}, Math.round(endOf(succeeded) / 1000));
}

const endOf = ({ state }: Drill): Instant => (state?.since ?? 0) as Instant;
