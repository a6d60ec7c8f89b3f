/** The drills and their schedules on the hub, watched and parsed. A hub without their CRDs has none of them. */
import { parseFailoverDrill, type ParsedFailoverDrill } from '../api/parse-failover-drill.ts';
import { parseFailoverDrillSchedule, type ParsedFailoverDrillSchedule } from '../api/parse-failover-drill-schedule.ts';
import { DRILL_SCHEDULE_LABEL } from '../api/ownership.ts';
import { FAILOVER_DRILL_SCHEDULES, FAILOVER_DRILLS } from '../api/resources.ts';
import type { KubeClient, KubeObject, ResourceType } from '../kube/kube-client.ts';
import { ObjectStore } from '../kube/object-store.ts';
import { watchHub } from '../kube/watch-hub.ts';
import type { Clock } from '../model/clock.ts';
import type { Drill, DrillPhase } from '../model/drill.ts';
import { failureCode, isFailure } from '../model/errors.ts';
import { seconds } from '../model/units.ts';
import type { Log } from '../runtime/log.ts';
import type { Metrics } from '../runtime/metrics.ts';
import type { Random } from '../runtime/random.ts';

/** A FailoverDrill as it stands on the hub. */
export interface HubDrill {
  readonly name: string;
  readonly object: KubeObject;
  readonly parsed: ParsedFailoverDrill;
  /** Its finalizer holds it until what it injected is lifted. */
  readonly deleting: boolean;
  /** The FailoverDrillSchedule that created it; null: a person did. */
  readonly schedule: string | null;
}

/** A FailoverDrillSchedule as it stands on the hub. */
export interface HubDrillSchedule {
  readonly name: string;
  readonly object: KubeObject;
  readonly parsed: ParsedFailoverDrillSchedule;
  readonly deleting: boolean;
}

export interface HubDrillsOptions {
  readonly client: KubeClient;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
  readonly metrics: Metrics;
}

const isLeaving = (object: KubeObject): boolean => object.metadata.deletionTimestamp !== undefined;

const drillOf = (object: KubeObject): HubDrill => ({
  name: object.metadata.name,
  object,
  parsed: parseFailoverDrill(object),
  deleting: isLeaving(object),
  schedule: object.metadata.labels?.[DRILL_SCHEDULE_LABEL] ?? null,
});

const scheduleOf = (object: KubeObject): HubDrillSchedule => ({
  name: object.metadata.name,
  object,
  parsed: parseFailoverDrillSchedule(object),
  deleting: isLeaving(object),
});

const PATIENT: ReadonlySet<DrillPhase> = new Set(['Pending', 'AwaitingApproval', 'Completed']);

const isUnderWay = ({ state }: Drill): boolean => state !== null && !PATIENT.has(state.phase);

/** How soon it is noticed that somebody has installed the CRDs, or granted the right to read them. */
const MISSING_RETRY_PERIOD = seconds(30);

export class HubDrills {
  readonly drills = new ObjectStore<HubDrill>({ read: drillOf });
  readonly schedules = new ObjectStore<HubDrillSchedule>({ read: scheduleOf });
  readonly #options: HubDrillsOptions;
  /** Resources that the hub does not serve to us. */
  readonly #missing = new Set<string>();

  constructor(options: HubDrillsOptions) {
    this.#options = options;
  }

  /** Whether it is known which drills there are: until then nothing may be planned, for one may be in force. */
  get known(): boolean {
    return this.drills.synced || this.#missing.has(FAILOVER_DRILLS.plural);
  }

  /** Whether any drill wants to see what changes: not one that waits for its turn, its window or a person, which may take days. */
  get underWay(): boolean {
    return this.drills.values().some(({ parsed }) => parsed.ok && isUnderWay(parsed.drill));
  }

  /** Watches until the signal aborts. */
  async run(signal: AbortSignal): Promise<void> {
    await Promise.all([
      this.#follow(FAILOVER_DRILLS, this.drills, signal),
      this.#follow(FAILOVER_DRILL_SCHEDULES, this.schedules, signal),
    ]);
  }

  async #follow<T>(type: ResourceType, store: ObjectStore<T>, signal: AbortSignal): Promise<void> {
    const { log, clock } = this.#options;
    while (!(await this.#isServed(type, signal))) {
      if (!this.#missing.has(type.plural)) log.info('the hub has no drills', { resource: type.plural });
      this.#missing.add(type.plural);
      await clock.sleep(MISSING_RETRY_PERIOD, signal).catch(() => {});
      if (signal.aborted) return;
    }
    await watchHub({ ...this.#options, type, store }, signal);
  }

  /** A failure to ask says nothing, except that there is no such resource, or none for us. */
  async #isServed(type: ResourceType, signal: AbortSignal): Promise<boolean> {
    try {
      await this.#options.client.list(type, {}, signal);
      return true;
    } catch (error) {
      if (signal.aborted) return true;
      if (!isFailure(error)) throw error;
      const code = failureCode(error);
      return code !== 'NotFound' && code !== 'Forbidden'; // the watch has its own patience with a hub that is away
    }
  }
}
