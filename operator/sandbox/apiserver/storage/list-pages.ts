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

/** A list as it was at a revision. */
export interface Snapshot {
  readonly items: readonly KubeDocument[];
  readonly revision: number;
  /** Whether some were left out by a selector. */
  readonly isSelected: boolean;
}

/** Snapshots hold on to old versions of objects, so only the latest unfinished lists are kept. */
const SNAPSHOT_LIMIT = 64;

const EXPIRED =
  'The provided continue parameter is too old to display a consistent list result. You can start a new list without the continue parameter, or use the continue token in this response to retrieve the remainder of the results. Continuing with the provided token results in an inconsistent list - objects that were created, modified, or deleted between the time the first chunk was returned and now may show up in the list.';

export class ListPages {
  readonly #snapshots = new Map<number, Snapshot>();
  #lastId = 0;

  /** The first page of a list; all of it when `limit` is 0. What is left is counted where nothing was selected. */
  first(list: Snapshot, limit: number): ListPage {
    if (limit <= 0 || list.items.length <= limit) return { items: list.items, revision: list.revision };
    this.#lastId += 1;
    this.#snapshots.set(this.#lastId, list);
    if (this.#snapshots.size > SNAPSHOT_LIMIT) {
      const [oldest] = this.#snapshots.keys();
      if (oldest !== undefined) this.#snapshots.delete(oldest);
    }
    return this.#page(this.#lastId, { snapshot: list, offset: 0, limit });
  }

  /**
   * The page a continue token asks for; 410 when its snapshot is gone, with a token by which the rest can be had as it
   * is now: `current` makes that.
   */
  next(token: string, limit: number, current: () => Snapshot): ListPage {
    const place = decode(token);
    if (place.isInconsistent) {
      const now = current();
      return this.first({ ...now, items: now.items.filter((item) => keyOf(item) > place.after) }, limit);
    }
    const snapshot = this.#snapshots.get(place.id);
    if (snapshot === undefined) throw expired(EXPIRED, encode({ ...place, isInconsistent: true }));
    return this.#page(place.id, { snapshot, offset: place.offset, limit });
  }

  #page(id: number, { snapshot, offset, limit }: { snapshot: Snapshot; offset: number; limit: number }): ListPage {
    const { revision } = snapshot;
    const end = limit <= 0 ? snapshot.items.length : offset + limit;
    const items = snapshot.items.slice(offset, end);
    const remaining = snapshot.items.length - end;
    const last = items.at(-1);
    if (remaining <= 0 || last === undefined) return { items, revision };
    const continueToken = encode({ id, offset: end, after: keyOf(last), isInconsistent: false });
    return { items, revision, continueToken, ...(snapshot.isSelected ? {} : { remainingItemCount: remaining }) };
  }

  /** Makes every continue token too old. */
  expire(): void {
    this.#snapshots.clear();
  }
}

/** Where a list goes on. */
interface Place {
  readonly id: number;
  readonly offset: number;
  /** The key of the last object that was handed out. */
  readonly after: string;
  /** Whether the list goes on with what there is now. */
  readonly isInconsistent: boolean;
}

const keyOf = ({ metadata }: KubeDocument): string => `${metadata.namespace ?? ''}/${metadata.name}`;

const encode = (place: Place): string =>
  Buffer.from(JSON.stringify({ v: 'meta.k8s.io/v1', ...place })).toString('base64url');

function decode(token: string): Place {
  try {
    const parsed = JSON.parse(Buffer.from(token, 'base64url').toString()) as Partial<Record<keyof Place, unknown>>;
    const { id, offset, after, isInconsistent } = parsed;
    if (typeof id === 'number' && typeof offset === 'number' && typeof after === 'string')
      return { id, offset, after, isInconsistent: isInconsistent === true };
  } catch {
    // Falls through to the refusal: a token is opaque and this one is not ours.
  }
  throw badRequest('invalid continue token: continue key is not valid: illegal base64 data');
}
