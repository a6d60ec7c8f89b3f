/** Watches the custom resources on the hub, so that no state of them goes unseen between two looks. */
import { FAILOVER_DRILLS, INFERENCE_DEPLOYMENTS, MEMBER_CLUSTERS } from '../../api/resources.ts';
import type { KubeClient, KubeObject, ResourceType } from '../../kube/kube-client.ts';
import { ObjectStore } from '../../kube/object-store.ts';
import { watchHub } from '../../kube/watch-hub.ts';
import type { Clock } from '../../model/clock.ts';
import type { Log } from '../../runtime/log.ts';
import { createMetrics } from '../../runtime/metrics.ts';
import type { Random } from '../../runtime/random.ts';
import { reportFleet, type FleetReport } from './fleet-report.ts';

export interface FleetWatchOptions {
  readonly client: KubeClient;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
}

type ReportListener = (report: FleetReport) => void;

const asItIs = (object: KubeObject): KubeObject => object;

export class FleetWatch {
  readonly #options: FleetWatchOptions;
  readonly #deployments = new ObjectStore<KubeObject>({ read: asItIs });
  readonly #clusters = new ObjectStore<KubeObject>({ read: asItIs });
  readonly #drills = new ObjectStore<KubeObject>({ read: asItIs });
  readonly #listeners = new Set<ReportListener>();

  constructor(options: FleetWatchOptions) {
    this.#options = options;
    for (const store of [this.#deployments, this.#clusters, this.#drills]) store.subscribe(() => this.#tell());
  }

  /** The fleet as it was last seen. */
  get report(): FleetReport {
    const objects = {
      deployments: this.#deployments.values(),
      clusters: this.#clusters.values(),
      drills: this.#drills.values(),
    };
    return reportFleet(objects, this.#options.clock.now());
  }

  /** Hears of every change; the result stops it. */
  subscribe(listener: ReportListener): () => void {
    this.#listeners.add(listener);
    return () => void this.#listeners.delete(listener);
  }

  /** The first report for which `holds`, beginning with the one of now. Rejects with the signal's reason. */
  async until(holds: (report: FleetReport) => boolean, signal: AbortSignal): Promise<FleetReport> {
    signal.throwIfAborted();
    const { promise, resolve, reject } = Promise.withResolvers<FleetReport>();
    const look = (report: FleetReport): void => {
      if (holds(report)) resolve(report);
    };
    const onAbort = (): void => reject(signal.reason as Error);
    const unsubscribe = this.subscribe(look);
    signal.addEventListener('abort', onAbort, { once: true });
    try {
      look(this.report);
      return await promise;
    } finally {
      unsubscribe();
      signal.removeEventListener('abort', onAbort);
    }
  }

  /** Watches until the signal aborts. */
  async run(signal: AbortSignal): Promise<void> {
    await Promise.all([
      this.#watch(INFERENCE_DEPLOYMENTS, this.#deployments, signal),
      this.#watch(MEMBER_CLUSTERS, this.#clusters, signal),
      this.#watch(FAILOVER_DRILLS, this.#drills, signal),
    ]);
  }

  async #watch(type: ResourceType, store: ObjectStore<KubeObject>, signal: AbortSignal): Promise<void> {
    await watchHub({ ...this.#options, metrics: createMetrics(), type, store }, signal);
  }

  #tell(): void {
    if (this.#listeners.size === 0) return;
    const { report } = this;
    for (const listener of this.#listeners) listener(report);
  }
}
