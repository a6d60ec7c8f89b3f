/** Where it is said whether the FleetPolicy is in force, and whether the fleet is frozen. */
import type { Instant } from '../model/units.ts';
import { fleetPolicyStatus } from '../api/fleet-policy-status.ts';
import type { ParsedFleetPolicy } from '../api/parse-fleet-policy.ts';
import { FLEET_POLICIES } from '../api/resources.ts';
import type { KubeClient, KubeObject } from '../kube/kube-client.ts';
import { writeStatus } from './write-status.ts';

export interface PolicyRecorderDeps {
  readonly hub: KubeClient;
  /** Takes what the server returned. */
  readonly onWritten: (object: KubeObject) => void;
}

export interface PolicyToRecord {
  readonly object: KubeObject;
  readonly parsed: ParsedFleetPolicy;
  readonly frozen: boolean;
  readonly now: Instant;
}

export class PolicyRecorder {
  readonly #deps: PolicyRecorderDeps;

  constructor(deps: PolicyRecorderDeps) {
    this.#deps = deps;
  }

  /** Writes the status when it says anything new. */
  async policy({ object, parsed, frozen, now }: PolicyToRecord, signal: AbortSignal): Promise<void> {
    const generation = object.metadata.generation ?? 1;
    const issues = parsed.ok ? [] : parsed.issues;
    const status = fleetPolicyStatus({ generation, issues, frozen, previous: parsed.status, now });
    const written = await writeStatus(this.#deps.hub, { type: FLEET_POLICIES, object, status }, signal);
    if (written !== null) this.#deps.onWritten(written);
  }
}
