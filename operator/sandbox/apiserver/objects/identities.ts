/** Uids and generated names: unique on a server, and the same in every run that makes the same writes. */
import { createHash } from 'node:crypto';

/** The letters and figures Kubernetes generates names from: none that spell words or look alike. */
const ALPHABET = 'bcdfghjklmnpqrstvwxz2456789';
const SUFFIX_LENGTH = 5;

export class Identities {
  readonly #seed: string;
  #issued = 0;

  constructor(seed: string) {
    this.#seed = seed;
  }

  #next(): Buffer {
    this.#issued += 1;
    return createHash('sha256').update(`${this.#seed}/${this.#issued}`).digest();
  }

  uid(): string {
    const bytes = this.#next().subarray(0, 16);
    bytes[6] = ((bytes[6] ?? 0) & 0x0f) | 0x40;
    bytes[8] = ((bytes[8] ?? 0) & 0x3f) | 0x80;
    return bytes.toString('hex').replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/u, '$1-$2-$3-$4-$5');
  }

  /** A name for an object that asked for one with `generateName`. */
  nameFrom(prefix: string): string {
    const bytes = this.#next();
    const suffix = [...bytes.subarray(0, SUFFIX_LENGTH)].map((byte) => ALPHABET[byte % ALPHABET.length]).join('');
    return `${prefix.slice(0, 63 - SUFFIX_LENGTH)}${suffix}`;
  }
}
