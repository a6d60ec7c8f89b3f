/** Tries the data paths that moves want to know of: the endpoint of a member, for one workload, as a client would reach it. */
import type { Clock } from '../model/clock.ts';
import type { ClusterName, WorkloadKey } from '../model/names.ts';
import type { DataPathAnswer } from '../model/traffic-state.ts';
import { after, millis, seconds } from '../model/units.ts';
import { whenAborted } from '../runtime/when-aborted.ts';

/** Whether an answer comes from there that is no server error. Never rejects. */
export type AskDataPath = (url: string, signal: AbortSignal) => Promise<boolean>;

export interface DataPathTrialsOptions {
  readonly clock: Clock;
  readonly ask: AskDataPath;
  /** What is known of a workload's data paths changed. */
  readonly onChange: (workload: WorkloadKey) => void;
}

/** Often enough that a move waits no longer than it takes to see a fault. */
const TRIAL_PERIOD = seconds(1);
const TRIAL_TIMEOUT = seconds(3);
/** One lost packet is no outage. */
const FAILURES_UNTIL_SILENT = 3;

interface Trial {
  readonly url: string;
  readonly stop: AbortController;
  answer: DataPathAnswer;
  failures: number;
}

const NONE: ReadonlyMap<ClusterName, Trial> = new Map();

export class DataPathTrials {
  readonly #options: DataPathTrialsOptions;
  readonly #trials = new Map<WorkloadKey, Map<ClusterName, Trial>>();
  readonly #running = new Set<Promise<void>>();
  #signal: AbortSignal | null = null;

  constructor(options: DataPathTrialsOptions) {
    this.#options = options;
  }

  /** Tries what it is told to until the signal aborts. */
  async run(signal: AbortSignal): Promise<void> {
    this.#signal = signal;
    await whenAborted(signal);
    await Promise.all(this.#running);
  }

  /** From now on those of that workload are tried and no others. URLs by member; none ends its trials. */
  follow(workload: WorkloadKey, urls: ReadonlyMap<ClusterName, string>): void {
    const known = this.#trials.get(workload) ?? NONE;
    const kept = new Map<ClusterName, Trial>();
    for (const [cluster, trial] of known) {
      if (urls.get(cluster) === trial.url) kept.set(cluster, trial);
      else trial.stop.abort(new Error('nobody wants to know any more'));
    }
    const signal = this.#signal;
    if (signal !== null && !signal.aborted) {
      for (const [cluster, url] of urls) if (!kept.has(cluster)) kept.set(cluster, this.#begin(workload, url, signal));
    }
    if (kept.size === 0) this.#trials.delete(workload);
    else this.#trials.set(workload, kept);
  }

  /** What is known of one. */
  answer(workload: WorkloadKey, cluster: ClusterName): DataPathAnswer {
    return this.#trials.get(workload)?.get(cluster)?.answer ?? 'NotAsked';
  }

  #begin(workload: WorkloadKey, url: string, signal: AbortSignal): Trial {
    const stop = new AbortController();
    const trial: Trial = { url, stop, answer: 'NotYetKnown', failures: 0 };
    const running = this.#repeat(workload, trial, AbortSignal.any([signal, stop.signal])).catch(() => {});
    this.#running.add(running);
    void running.finally(() => this.#running.delete(running));
    return trial;
  }

  async #repeat(workload: WorkloadKey, trial: Trial, signal: AbortSignal): Promise<void> {
    const { clock, ask, onChange } = this.#options;
    while (!signal.aborted) {
      const startedAt = clock.now();
      const answered = await ask(trial.url, AbortSignal.any([signal, clock.deadline(TRIAL_TIMEOUT)]));
      signal.throwIfAborted();
      const before = trial.answer;
      trial.failures = answered ? 0 : trial.failures + 1;
      if (answered) trial.answer = 'Answers';
      else if (trial.failures >= FAILURES_UNTIL_SILENT) trial.answer = 'Silent';
      else if (before === 'Answers') trial.answer = 'Wavering';
      if (trial.answer !== before) onChange(workload);
      await clock.sleep(millis(Math.max(0, after(startedAt, TRIAL_PERIOD) - clock.now())), signal);
    }
  }
}

/** Where the endpoint of a member is asked; IPv6 addresses stand in brackets. */
export const trialUrl = (endpoint: { readonly address: string; readonly port: number }, path: string): string =>
  `http://${endpoint.address.includes(':') ? `[${endpoint.address}]` : endpoint.address}:${endpoint.port}${path}`;
