/** A market to replay: the hidden spot capacity and price of each zone over time, and one on-demand pool. */

/** A value that changes in steps over time, repeated from its start when it ends. */
export interface Series {
  /** The value at `second` after the scenario's start. */
  readonly at: (second: number) => number;
}

export interface ScenarioZone {
  readonly zone: string;
  /** Replicas that this tenant can hold there. */
  readonly capacity: Series;
  /** Price of a replica-hour. */
  readonly price: Series;
}

export interface Scenario {
  readonly name: string;
  /** In the order in which pools are told. */
  readonly zones: readonly ScenarioZone[];
  /** Price of a replica-hour; on-demand capacity is never short. */
  readonly onDemandPrice: number;
  /** Length of the shortest capacity series. */
  readonly seconds: number;
}

/** Samples `gap` seconds apart. */
export function sampled(gap: number, values: readonly number[]): Series {
  return { at: (second) => values[Math.floor(second / gap) % values.length] ?? 0 };
}

/** Changes only: pairs of (index of the sample, value from there on), the first at index 0. */
export function runLength(gap: number, pairs: readonly (readonly [number, number])[], samples: number): Series {
  const starts = pairs.map(([start]) => start);
  return {
    at: (second) => {
      const index = Math.floor(second / gap) % samples;
      let [low, high] = [0, starts.length];
      while (low < high) {
        const middle = (low + high) >> 1;
        if ((starts[middle] ?? 0) <= index) low = middle + 1;
        else high = middle;
      }
      return pairs[Math.max(0, low - 1)]?.[1] ?? 0;
    },
  };
}

export const constant = (value: number): Series => ({ at: () => value });

/** The region of a zone by its name: `us-central1-a` with Google, `us-east-2b` with AWS. */
export const regionOf = (zone: string): string => (zone.at(-2) === '-' ? zone.slice(0, -2) : zone.slice(0, -1));
