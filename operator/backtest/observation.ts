/** What a policy is told and answers: the messages of the backtest protocol, version 1. */

export interface PoolDescription {
  readonly id: string;
  /** '' for on-demand. */
  readonly zone: string;
  readonly region: string;
  readonly provider: string;
  readonly kind: 'spot' | 'ondemand';
}

export interface Init {
  readonly type: 'init';
  readonly protocol: 1;
  readonly dtSeconds: number;
  readonly coldStartSeconds: number;
  readonly target: number;
  readonly pools: readonly PoolDescription[];
}

/** A pool at the end of the tick before; prices are those of this tick. */
export interface PoolObservation extends PoolDescription {
  /** Of a replica-hour. */
  readonly price: number;
  readonly launched: number;
  readonly ready: number;
  readonly provisioning: number;
  readonly preemptedSinceLast: number;
  readonly launchFailures: number;
  readonly launchSuccesses: number;
  /** Launched replicas that will be taken within the notice time; left out where there are no notices. */
  readonly interruptionNotices?: number;
}

export interface Observation {
  readonly type: 'step';
  readonly t: number;
  readonly timeSeconds: number;
  readonly target: number;
  readonly pools: readonly PoolObservation[];
}

/** Replicas wanted by pool; a pool left out keeps what it has. */
export type Desired = ReadonlyMap<string, number>;

/** One run of a policy. It keeps its own state from step to step and never looks at a clock. */
export interface Policy {
  readonly decide: (observation: Observation) => Desired;
}

/** Begins a run. */
export type PolicyFactory = (init: Init) => Policy;
