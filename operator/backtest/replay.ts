/** Replays every named policy over every scenario, and keeps what is told of each run. */
import type { PolicyFactory } from './observation.ts';
import type { Score } from './measurement.ts';
import type { Scenario } from './scenario.ts';
import { simulate, type SimulationOptions } from './simulate.ts';
import { Timeline, type TimelineBucket } from './timeline.ts';

export interface ReplayedRun {
  readonly scenario: string;
  readonly policy: string;
  readonly score: Score;
  readonly timeline: readonly TimelineBucket[];
  readonly target: number;
}

export interface Contestant {
  readonly name: string;
  readonly begin: PolicyFactory;
}

export interface Replay {
  readonly scenarios: readonly Scenario[];
  readonly policies: readonly Contestant[];
  readonly options: SimulationOptions;
}

export interface Progress {
  readonly scenario: string;
  readonly policy: string;
  /** Of this run, between 0 and 1. */
  readonly done: number;
  /** Which of how many runs, from 1. */
  readonly run: number;
  readonly runs: number;
}

/** How often progress is told: steps of a run. */
const PROGRESS_PERIOD = 1000;

/** Runs come scenario by scenario, in the order of the policies. */
export function replay({ scenarios, policies, options }: Replay, onProgress: (it: Progress) => void): ReplayedRun[] {
  const runs = scenarios.flatMap((scenario) => policies.map((policy) => ({ scenario, policy })));
  return runs.map(({ scenario, policy }, index): ReplayedRun => {
    const ticks = options.ticks ?? Math.floor(scenario.seconds / options.dtSeconds);
    const timeline = new Timeline({ ...options, ticks });
    const about = { scenario: scenario.name, policy: policy.name, run: index + 1, runs: runs.length };
    const score = simulate(scenario, policy.begin, options, (tick, pools) => {
      timeline.add(tick, pools);
      if (tick % PROGRESS_PERIOD === 0) onProgress({ ...about, done: tick / ticks });
    });
    onProgress({ ...about, done: 1 });
    return {
      scenario: scenario.name,
      policy: policy.name,
      score,
      timeline: timeline.buckets(),
      target: options.target,
    };
  });
}
