/** The one counter that orders every change of a server, and what of the past has been forgotten. */

/** Hands out revisions; every resource of a server shares one. */
export class Revisions {
  #current: number;
  #compacted = 0;

  constructor(first = 1) {
    this.#current = first;
  }

  /** The revision of the newest change. */
  get current(): number {
    return this.#current;
  }

  /** Changes up to this revision can no longer be replayed for any resource. */
  get compacted(): number {
    return this.#compacted;
  }

  next(): number {
    this.#current += 1;
    return this.#current;
  }

  /** Forgets the past of every resource, as etcd's compaction does. */
  compact(): void {
    this.#compacted = this.#current;
  }
}
