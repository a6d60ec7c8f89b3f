/** Randomness as an argument: spreading retries needs it, and tests need it to repeat. */

/** Uniform over [0, 1). */
export type Random = () => number;

/** The machine's randomness; not for secrets. */
export const systemRandom: Random = () => Math.random();

/** A repeatable sequence (mulberry32, T. Ettinger) for one 32-bit seed. */
export function createSeededRandom(seed: number): Random {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}
