/** Where a workload's requests are led now: recorded in status, so that a restart moves nothing. */
import type { ClusterName } from './names.ts';
import type { TrafficRouting } from './traffic-routing.ts';
import type { Instant, MilliUnits } from './units.ts';

/** Where a member answers requests for one workload: the address of its load balancer. */
export interface MemberEndpoint {
  /** An IP address or a DNS name. */
  readonly address: string;
  readonly port: number;
}

/** One member's part of a workload's requests. */
export interface TrafficBackend {
  readonly cluster: ClusterName;
  readonly endpoint: MemberEndpoint;
  /** It is given requests in proportion to this; 0: none. */
  readonly weight: MilliUnits;
  /** Since when the weight has been 0; null while it is more. */
  readonly idleSince: Instant | null;
  /** Since when its data path answers without a break; null or left out: it does not, or no move has asked. */
  readonly answersSince?: Instant | null;
}

/**
 * What is known of a data path that somebody wants to know of. NotYetKnown: not asked for long enough to say. Wavering: it
 * did answer, and the latest request was lost.
 */
export type DataPathAnswer = 'Answers' | 'Wavering' | 'Silent' | 'NotYetKnown' | 'NotAsked';

export interface TrafficState {
  /** When the last step of a shift was taken; null while none is under way. */
  readonly shiftedAt: Instant | null;
  /** How much of the way from old to new shares that step went, up to 100; null or left out while none is under way. */
  readonly percent?: number | null;
  /** By cluster. */
  readonly backends: readonly TrafficBackend[];
}

export const NO_TRAFFIC: TrafficState = { shiftedAt: null, backends: [] };

/** What is recorded of a workload whose requests are led somewhere. */
export interface TrafficView {
  readonly routing: TrafficRouting;
  /** What is in force. */
  readonly state: TrafficState;
}
