/** A planned placement with another number of replicas: units and cost go with them. */
import type { PlannedPlacement } from '../../model/plan.ts';
import { milliUnits, usdPerHour } from '../../model/units.ts';

export function withReplicas(placement: PlannedPlacement, replicas: number): PlannedPlacement {
  const factor = replicas / placement.replicas;
  return {
    ...placement,
    replicas,
    units: milliUnits(placement.units * factor),
    hourly: usdPerHour(placement.hourly * factor),
  };
}
