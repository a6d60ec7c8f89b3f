/** How long the phases of a voluntary move may take, and how fast requests are led from old to new replicas. */
import type { TrafficRouting } from '../../model/traffic-routing.ts';
import { millis, minutes, seconds, type Millis } from '../../model/units.ts';
import type { MovePhaseName } from '../../model/workload.ts';

/**
 * When a phase is given up. Nothing is lost by waiting, for what serves goes on serving, but accelerators are paid twice.
 * - Reserving: as long as node groups take to report that there is no capacity.
 * - Surging: a large model on a slow disk loads in less.
 * - Verifying: clouds make a load balancer in up to five minutes.
 * - Shifting: three steps of DNS records that are kept for five minutes each.
 * - Draining, RollingBack: as above, and streams that end.
 */
export const PHASE_DEADLINES: Readonly<Record<MovePhaseName, Millis>> = {
  Reserving: minutes(15),
  Surging: minutes(30),
  Verifying: minutes(10),
  Shifting: minutes(20),
  Draining: minutes(10),
  RollingBack: minutes(10),
};

/** Long enough for a data path that fails to show, short enough that nobody minds paying twice meanwhile. */
const SHIFT_SOAK = seconds(5);
/** Gateways have followed by then; what is under way ends within the pods' own terminationGracePeriodSeconds. */
const DRAIN_TIME = seconds(10);

/** Resolvers keep a record for its time to live: before that nothing shows. */
const ttlOf = ({ via }: TrafficRouting): Millis => (via.kind === 'Dns' ? via.ttl : millis(0));

/** How long each step of a shift is watched before the next. */
export const soakOf = (routing: TrafficRouting): Millis => millis(Math.max(SHIFT_SOAK, ttlOf(routing)));

/** How long copies are kept that get no new requests. */
export const drainOf = (routing: TrafficRouting): Millis => millis(DRAIN_TIME + ttlOf(routing));

/** Percents of the way from old to new shares. The EndpointSlices of a Service have no weights: in or out. */
export const shiftSteps = ({ via }: TrafficRouting): readonly number[] =>
  via.kind === 'Service' ? [100] : [10, 50, 100];
