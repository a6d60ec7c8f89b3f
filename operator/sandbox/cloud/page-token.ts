/** Opaque tokens for lists that are answered page by page. */

export interface Page<Item> {
  readonly items: readonly Item[];
  /** null: this was the last page. */
  readonly nextToken: string | null;
}

const PREFIX = 'offset:';

const tokenAt = (offset: number): string => Buffer.from(`${PREFIX}${offset}`).toString('base64url');

/** The offset that a token stands for; 0 without a token, null for a token that this service did not give out. */
export function offsetOf(token: string | null | undefined): number | null {
  if (!token) return 0;
  const text = Buffer.from(token, 'base64url').toString();
  const offset = text.startsWith(PREFIX) ? Number(text.slice(PREFIX.length)) : Number.NaN;
  return Number.isInteger(offset) && offset > 0 ? offset : null;
}

/** The page of `all` that starts at `offset`. */
export function pageOf<Item>(all: readonly Item[], offset: number, size: number): Page<Item> {
  const end = offset + size;
  return { items: all.slice(offset, end), nextToken: end < all.length ? tokenAt(end) : null };
}
