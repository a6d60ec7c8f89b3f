/**
 * Chance that repeats: every "random" figure and name is a hash of the scenario's seed and of what it belongs to, so
 * that it does not depend on the order in which things happen.
 */
import { createHash } from 'node:crypto';

const digest = (seed: number, identity: readonly (string | number)[]): Buffer =>
  createHash('sha256')
    .update(JSON.stringify([seed, ...identity]))
    .digest();

/** Uniform over [0, 1). */
export const seededFraction = (seed: number, ...identity: readonly (string | number)[]): number =>
  digest(seed, identity).readUInt32BE(0) / 2 ** 32;

/** A whole number in [0, below). */
export const seededInteger = (seed: number, below: number, ...identity: readonly (string | number)[]): number =>
  Math.floor(seededFraction(seed, ...identity) * below);

export const seededHex = (seed: number, length: number, ...identity: readonly (string | number)[]): string =>
  digest(seed, identity).toString('hex').slice(0, length);

/** Kubernetes' alphabet for generated names: no vowels, so that no words come out. */
const ALPHABET = 'bcdfghjklmnpqrstvwxz2456789';

/** Letters as Kubernetes puts them at the end of generated names. */
export const seededLetters = (seed: number, length: number, ...identity: readonly (string | number)[]): string =>
  Array.from(digest(seed, identity).subarray(0, length), (byte) => ALPHABET[byte % ALPHABET.length]).join('');
