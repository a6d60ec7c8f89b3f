/** Where drills' probes are asked beside the loop that waits for nothing, and where their answers wait to be taken. */
import type { Clock } from '../model/clock.ts';
import type { DrillProbe, ProbeReading } from '../model/drill-probe.ts';
import { askProbe, isAsked } from '../observe/drill-probe.ts';

export interface ProbeDeskOptions {
  readonly clock: Clock;
  /** Whether what is asked may be on this machine, as in the sandbox. */
  readonly allowLoopback: boolean;
  /** An answer has come. */
  readonly onAnswer: () => void;
}

interface Asking {
  readonly underWay: Set<string>;
  answers: readonly ProbeReading[];
  readonly stop: AbortController;
}

export class ProbeDesk {
  readonly #options: ProbeDeskOptions;
  /** By the drill's uid. */
  readonly #drills = new Map<string, Asking>();

  constructor(options: ProbeDeskOptions) {
    this.#options = options;
  }

  /** Asks those that are not being asked already; returns at once. */
  ask(drill: string, probes: readonly DrillProbe[], signal: AbortSignal): void {
    if (probes.length === 0) return;
    const asking = this.#drills.get(drill) ?? { underWay: new Set(), answers: [], stop: new AbortController() };
    this.#drills.set(drill, asking);
    const until = AbortSignal.any([signal, asking.stop.signal]);
    for (const { name, check } of probes) {
      if (!isAsked(check) || asking.underWay.has(name) || asking.answers.some((it) => it.probe === name)) continue;
      asking.underWay.add(name);
      void askProbe({ name, check }, this.#options, until).then((reading) => {
        asking.underWay.delete(name);
        if (until.aborted) return;
        asking.answers = [...asking.answers, reading];
        this.#options.onAnswer();
      });
    }
  }

  /** What has come and was not taken yet, in the order in which it came. */
  answers(drill: string): readonly ProbeReading[] {
    return this.#drills.get(drill)?.answers ?? [];
  }

  /** These are on record now. */
  take(drill: string, readings: readonly ProbeReading[]): void {
    const asking = this.#drills.get(drill);
    if (asking) asking.answers = asking.answers.filter((it) => !readings.includes(it));
  }

  /** Nothing is to be asked for that drill any more; what is under way is broken off. */
  forget(drill: string): void {
    this.#drills.get(drill)?.stop.abort(new Error('the drill is over'));
    this.#drills.delete(drill);
  }
}
