/** The recent changes of one resource: replayed to watches that resume, and passed on to watches that listen. */
import type { KubeDocument } from '../../kube-api.ts';
import type { Revisions } from './revisions.ts';

/** One change of one object. */
export interface StoreEvent {
  readonly type: 'ADDED' | 'MODIFIED' | 'DELETED';
  readonly revision: number;
  /** As it is after the change; for a deletion as it was last, with the revision of its deletion. */
  readonly object: KubeDocument;
  /** As it was before; null for an addition. */
  readonly previous: KubeDocument | null;
}

/** Told of each change as it happens; may not write. */
export type StoreListener = (event: StoreEvent) => void;

/** How many changes a resource keeps; a watch that is further behind is told 410 and lists again. */
const HISTORY_LIMIT = 2048;

export class WatchHistory {
  readonly #revisions: Revisions;
  readonly #listeners = new Set<StoreListener>();
  #events: StoreEvent[] = [];
  /** The revision of the newest change that has been dropped. */
  #dropped = 0;

  constructor(revisions: Revisions) {
    this.#revisions = revisions;
  }

  record(event: StoreEvent): void {
    this.#events.push(event);
    if (this.#events.length > HISTORY_LIMIT * 2) {
      this.#dropped = this.#events[this.#events.length - HISTORY_LIMIT - 1]?.revision ?? this.#dropped;
      this.#events = this.#events.slice(-HISTORY_LIMIT);
    }
    for (const listener of this.#listeners) listener(event);
  }

  /** Every change after `revision` in order; null when some of them are forgotten. */
  since(revision: number): readonly StoreEvent[] | null {
    if (revision < Math.max(this.#dropped, this.#revisions.compacted)) return null;
    return this.#events.slice(this.#firstAfter(revision));
  }

  #firstAfter(revision: number): number {
    let low = 0;
    let high = this.#events.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if ((this.#events[middle]?.revision ?? 0) <= revision) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  /** Calls `listener` at every change from now on, until what is returned is called. */
  listen(listener: StoreListener): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** Lets go of what compaction has made unreachable. */
  trim(): void {
    this.#events = this.#events.slice(this.#firstAfter(this.#revisions.compacted));
  }
}
