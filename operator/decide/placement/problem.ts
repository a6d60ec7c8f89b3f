/**
 * The compiled placement problem: integers in columns, which the search reads millions of times. Money is in
 * nano-dollars an hour and capacity in thousandths of a unit, so that sums are exact and in any order the same.
 */

/** Nano-dollars in a dollar. */
export const NANO = 1e9;

/** In the order of the provider columns. */
export const PROVIDERS = ['aws', 'azure', 'other'] as const;

/** What can be bought, one entry an offering, ordered by offering id. */
export interface OfferingColumns {
  readonly size: number;
  /** Index of the accelerator model, the member and the provider. */
  readonly model: Int32Array;
  readonly cluster: Int32Array;
  readonly provider: Int32Array;
  readonly spot: Uint8Array;
  readonly perNode: Int32Array;
  readonly growable: Int32Array;
  /** Free accelerators of each standing node, after what is promised to workloads that are not planned now. */
  readonly free: readonly (readonly number[])[];
  /** Nano-dollars for an accelerator-hour; 0 where unknown (then nothing new goes there). */
  readonly price: Float64Array;
  /** Nano-dollars that interruptions add to an accelerator-hour. */
  readonly interruption: Float64Array;
  /** The sum of both. */
  readonly effective: Float64Array;
}

/** The offerings of one accelerator model that a deployment may use, cheapest accelerator first, then by index. */
export interface OptionSegment {
  /** Shared by all deployments with the same rules. */
  readonly offerings: Int32Array;
  /** What they are ranked by: nano-dollars for an accelerator-hour, in the same order. */
  readonly prices: Float64Array;
  /** Accelerators of one replica there. */
  readonly count: number;
  /** Thousandths of a unit that one replica yields there. */
  readonly units: number;
}

export const optionCount = (options: readonly OptionSegment[]): number =>
  options.reduce((sum, { offerings }) => sum + offerings.length, 0);

/** The offering at a position of all segments one after the other. */
export function optionAt(options: readonly OptionSegment[], position: number): number {
  let left = position;
  for (const { offerings } of options) {
    if (left < offerings.length) return offerings[left] as number;
    left -= offerings.length;
  }
  throw new RangeError(`there is no option ${position}`);
}

/** Replicas that a deployment holds on an offering before planning. */
export interface Held {
  readonly offering: number;
  readonly count: number;
  readonly units: number;
  /** Replicas worth keeping where they are. */
  readonly keep: number;
  /** Replicas whose accelerators are already missing from the free ones: staying takes no room. */
  readonly bound: number;
  /** Whether the offering is also among the options, so that new replicas may come. */
  readonly open: boolean;
  /** The most replicas that may be there when it is not open. */
  readonly most: number;
}

export interface Deployment {
  readonly key: string;
  /** Priority levels count down from 0, the highest. */
  readonly level: number;
  /** Thousandths of a unit wanted. */
  readonly need: number;
  /** Soft rules are hard for it. */
  readonly hold: boolean;
  /** Most thousandths with one provider, on one cluster, on spot; Infinity: no rule. */
  readonly providerCap: number;
  readonly clusterCap: number;
  readonly spotCap: number;
  readonly minClusters: number;
  /** Nano-dollars an hour that it may spend; Infinity: no limit. */
  readonly budget: number;
  readonly namespace: number;
  /** One segment a shape. */
  readonly options: readonly OptionSegment[];
  readonly held: readonly Held[];
  /** Held replicas stay unless units or rules need them elsewhere; otherwise only their cost counts. */
  readonly sticky: boolean;
  /** Share of its price that a replica costs more where none is held: the overlap of a move, spread over its payback. */
  readonly moveShare: number;
}

export interface Problem {
  readonly offerings: OfferingColumns;
  /** By level, then key. */
  readonly deployments: readonly Deployment[];
  readonly levels: number;
  readonly clusters: number;
  readonly providers: number;
  /** Nano-dollars an hour left to what is planned; Infinity: no limit. */
  readonly namespaceLimit: Float64Array;
  readonly fleetLimit: number;
  readonly providerLimit: Float64Array;
  /** Replica sizes that deployments may ask for later, by accelerator model; left out: none but those asked for now. */
  readonly laterSizes?: ReadonlyMap<number, readonly number[]>;
}

/** Replicas of one deployment on one offering. */
export interface Placed {
  readonly offering: number;
  readonly count: number;
  readonly units: number;
  readonly replicas: number;
}

/** A complete answer to a problem: for each deployment what it gets, by offering. */
export type Solution = readonly (readonly Placed[])[];
