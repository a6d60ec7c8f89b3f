/** What the FleetPolicy says of drills. */
import { DRILL_MODES, type DrillMode } from '../../model/drill.ts';
import type { FleetPolicy } from '../../model/fleet.ts';

/** In force when the policy does not say: the schema's defaults. */
const DEFAULT: NonNullable<FleetPolicy['drills']> = { enabled: true, maxMode: 'DrainGraceful' };

export const drillPolicyOf = ({ drills }: FleetPolicy): NonNullable<FleetPolicy['drills']> => drills ?? DEFAULT;

/** Why the policy does not allow a drill of that mode, with the way out; null when it does. A dry run is always allowed. */
export function forbiddenBy(policy: FleetPolicy, mode: DrillMode): string | null {
  if (mode === 'DryRun') return null;
  const { enabled, maxMode } = drillPolicyOf(policy);
  if (!enabled) return 'FleetPolicy default does not let drills run; set spec.drills.enabled to true';
  if (DRILL_MODES.indexOf(mode) <= DRILL_MODES.indexOf(maxMode)) return null;
  return `FleetPolicy default allows modes up to ${maxMode}; choose one of those, or raise spec.drills.maxMode`;
}
