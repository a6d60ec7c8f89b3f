/** Lists in pages: later pages continue the snapshot that the first one was taken from. */
import type { KubeDocument } from '../../kube-api.ts';
import { badRequest, expired } from '../objects/status-error.ts';

/** A consistent list, or a page of one. */
export interface ListPage {
  readonly items: readonly KubeDocument[];
  readonly revision: number;
  /** Absent on the last page. */
  readonly continueToken?: string;
  readonly remainingItemCount?: number;
}

interface Snapshot {
  readonly items: readonly KubeDocument[];
  readonly revision: number;
}

/** Snapshots hold on to old versions of objects, so only the latest unfinished lists are kept. */
const SNAPSHOT_LIMIT = 64;

const EXPIRED =
  'The provided continue parameter is too old to display a consistent list result. You can start a new list without the continue parameter.';

export class ListPages {
  readonly #snapshots = new Map<number, Snapshot>();
  #lastId = 0;

  /** The first page of a list; all of it when `limit` is 0. */
  first(items: readonly KubeDocument[], revision: number, limit: number): ListPage {
    if (limit <= 0 || items.length <= limit) return { items, revision };
    this.#lastId += 1;
    this.#snapshots.set(this.#lastId, { items, revision });
    if (this.#snapshots.size > SNAPSHOT_LIMIT) {
      const [oldest] = this.#snapshots.keys();
      if (oldest !== undefined) this.#snapshots.delete(oldest);
    }
    return this.#page(this.#lastId, 0, limit);
  }

  /** The page a continue token asks for; 410 when its snapshot is gone. */
  next(token: string, limit: number): ListPage {
    const [id, offset] = decode(token);
    return this.#page(id, offset, limit);
  }

  #page(id: number, offset: number, limit: number): ListPage {
    const snapshot = this.#snapshots.get(id);
    if (snapshot === undefined) throw expired(EXPIRED);
    const end = limit <= 0 ? snapshot.items.length : offset + limit;
    const items = snapshot.items.slice(offset, end);
    const remaining = snapshot.items.length - end;
    if (remaining <= 0) return { items, revision: snapshot.revision };
    return { items, revision: snapshot.revision, continueToken: encode(id, end), remainingItemCount: remaining };
  }

  /** Makes every continue token too old. */
  expire(): void {
    this.#snapshots.clear();
  }
}

const encode = (id: number, offset: number): string =>
  Buffer.from(JSON.stringify({ v: 'meta.k8s.io/v1', id, offset })).toString('base64url');

function decode(token: string): [number, number] {
  try {
    const parsed = JSON.parse(Buffer.from(token, 'base64url').toString()) as { id?: unknown; offset?: unknown };
    if (typeof parsed.id === 'number' && typeof parsed.offset === 'number') return [parsed.id, parsed.offset];
  } catch {
    // Falls through to the refusal: a token is opaque and this one is not ours.
  }
  throw badRequest('continue key is not valid: illegal base64 data');
}
