/** How long things take in the sandbox's world, and where clouds differ in habits. */
import type { Millis } from '../../model/units.ts';
import { millis, seconds } from '../../model/units.ts';

export interface Timings {
  /** From the request for a node until it is Ready. */
  readonly nodeProvisioning: Millis;
  /** From a pod's binding until its containers run. */
  readonly imagePull: Millis;
  /** From then until a container with a readiness or startup probe is ready. */
  readonly modelLoad: Millis;
  /** How long containers take to stop; never longer than the pod's grace period. */
  readonly drain: Millis;
  /** How long before a spot node is taken AWS says so. */
  readonly awsNotice: Millis;
  readonly azureNotice: Millis;
  /** From a node's death until the control plane marks it NotReady. */
  readonly nodeLossDetection: Millis;
  /** From then until the cloud controller deletes the Node. */
  readonly nodeDeletion: Millis;
  /** How long a node that is scaled in waits for its pods to end. */
  readonly scaleInDrain: Millis;
  /** How long an idle node of an autoscaled pool stays. */
  readonly scaleDownDelay: Millis;
  /** Share by which durations of nodes and pods vary, by seed: 0.1 is 10 % either way. */
  readonly jitter: number;
  /** How often nodes renew their Leases; null: never, which the embedded server does not mind. */
  readonly heartbeat: Millis | null;
}

/** Faster than life, in the proportions of life: GPU nodes take minutes, models load for a minute or more. */
export const DEFAULT_TIMINGS: Timings = {
  nodeProvisioning: seconds(90),
  imagePull: seconds(15),
  modelLoad: seconds(45),
  drain: seconds(5),
  awsNotice: seconds(120),
  azureNotice: seconds(30),
  nodeLossDetection: seconds(40),
  nodeDeletion: seconds(10),
  scaleInDrain: seconds(120),
  scaleDownDelay: seconds(600),
  jitter: 0,
  heartbeat: null,
};

/** `base`, varied by the share `jitter` either way; `fraction` in [0, 1) is the chance. */
export const varied = (base: Millis, jitter: number, fraction: number): Millis =>
  millis(Math.round(base * (1 + jitter * (2 * fraction - 1))));
