/** What a simulated operator stands in: the fleet it sees, those who look on, and where a mutant may step in. */
import type { DecisionToRecord } from '../../operator/act/record-deployment.ts';
import type { KeyResult } from '../../operator/kube/outcome.ts';
import type { Action } from '../../operator/model/action.ts';
import type { ActiveFailure } from '../../operator/model/drill.ts';
import type { FleetPolicy, FleetSnapshot, VerdictState, WorkloadView } from '../../operator/model/fleet.ts';
import type { ClusterName, WorkloadKey } from '../../operator/model/names.ts';
import type { TrafficState } from '../../operator/model/traffic-state.ts';
import type { Instant } from '../../operator/model/units.ts';
import type { SimHub } from './simulation-hub.ts';
import type { MemberSight } from './simulation-sight.ts';
import type { SteppedClock } from './stepped-clock.ts';

/** Where a mutant may step in; left out: the operator as it is. */
export interface Tampering {
  readonly seen?: (fleet: FleetSnapshot) => FleetSnapshot;
  readonly believed?: (state: VerdictState, sight: MemberSight, now: Instant) => VerdictState;
  readonly thawed?: true;
  readonly decided?: (decision: DecisionToRecord, fleet: FleetSnapshot) => DecisionToRecord;
  readonly acts?: (actions: readonly Action[]) => readonly Action[];
  /** Each workload is planned as if it were alone. */
  readonly alone?: true;
}

/** Who looks on. */
export interface Witness {
  readonly judged: (member: ClusterName, before: VerdictState | null, state: VerdictState) => void;
  readonly decided: (decision: DecisionToRecord, fleet: FleetSnapshot) => void;
  /** All that was decided in one pass. */
  readonly passed: (fleet: FleetSnapshot, results: ReadonlyMap<WorkloadKey, KeyResult>) => void;
  readonly released: (key: WorkloadKey) => void;
  /** How requests are led from now on. */
  readonly led: (view: WorkloadView, state: TrafficState, fleet: FleetSnapshot) => void;
}

export interface OperatorWorld {
  readonly clock: SteppedClock;
  readonly hub: SimHub;
  readonly sights: ReadonlyMap<string, MemberSight>;
  readonly policy: FleetPolicy;
  readonly drills: (now: Instant) => readonly ActiveFailure[];
  /** What is asked of a member; throws when it cannot be reached. */
  readonly perform: (action: Action, sight: MemberSight) => void;
  /** Whether requests to the member's load balancer are answered for that owner. */
  readonly answers: (cluster: ClusterName, ownerUid: string) => boolean;
  readonly witness: Witness;
  readonly tampering?: Tampering;
}
