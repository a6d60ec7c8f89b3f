/** Identifiers in the shapes that the clouds use, derived from what they name so that a run can be repeated. */
import { createHash } from 'node:crypto';

const hexOf = (text: string): string => createHash('sha256').update(text).digest('hex');

/** A UUID that depends on the text alone. */
export function uuidOf(text: string): string {
  const hex = hexOf(text);
  return [hex.slice(0, 8), hex.slice(8, 12), `4${hex.slice(13, 16)}`, `8${hex.slice(17, 20)}`, hex.slice(20, 32)].join(
    '-',
  );
}

/** An AWS resource id such as subnet-0123456789abcdef0. */
export const awsIdOf = (kind: string, text: string): string => `${kind}-0${hexOf(text).slice(0, 16)}`;

/** A source of identifiers that differ from one another and are the same in every run. */
export function identifierSequence(seed: string): () => string {
  let count = 0;
  return () => uuidOf(`${seed}/${count++}`);
}
