/**
 * Where it is told how requests are led, once they are: a weight on record that is not in force yet could let a move
 * delete copies that still get requests.
 */
import type { TrafficState } from '../model/traffic-state.ts';
import type { Instant } from '../model/units.ts';
import { withTraffic, type TrafficStatement } from '../api/traffic-status.ts';
import { INFERENCE_DEPLOYMENTS } from '../api/resources.ts';
import type { KubeClient, KubeObject } from '../kube/kube-client.ts';
import type { WorkloadKey } from '../model/names.ts';
import type { Log } from '../runtime/log.ts';
import type { DeploymentAsRead } from './record-deployment.ts';
import { writeStatus } from './write-status.ts';

export interface RouteRecorderDeps {
  readonly hub: KubeClient;
  readonly log: Log;
  /** Takes what the server returned, so that the next pass reads it. */
  readonly onWritten: (object: KubeObject) => void;
}

export interface RouteToRecord {
  readonly deployment: DeploymentAsRead;
  readonly key: WorkloadKey;
  /** null: nothing is routed. */
  readonly told: { readonly state: TrafficState; readonly statement: TrafficStatement } | null;
  readonly now: Instant;
}

export class RouteRecorder {
  readonly #deps: RouteRecorderDeps;

  constructor(deps: RouteRecorderDeps) {
    this.#deps = deps;
  }

  /** Writes the status when it says anything new. Rejects with Conflict when the object has changed. */
  async route({ deployment, key, told, now }: RouteToRecord, signal: AbortSignal): Promise<void> {
    const { object, status } = deployment;
    if (status === null) return; // planning writes the first one, and that wakes this
    const generation = object.metadata.generation ?? 1;
    const next = { ...withTraffic(status, told && { ...told, generation, now }) };
    const written = await writeStatus(this.#deps.hub, { type: INFERENCE_DEPLOYMENTS, object, status: next }, signal);
    if (written === null) return;
    this.#deps.onWritten(written);
    if (told === null) return;
    const count = told.state.backends.filter((it) => it.weight > 0).length;
    const fields = { inferenceDeployment: key, reason: told.statement.reason, count };
    if (told.statement.status === 'True') this.#deps.log.info('routed requests', fields);
    else this.#deps.log.warn('requests are not routed as planned', fields);
  }
}
