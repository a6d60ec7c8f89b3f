/** Keys with the times they are due, earliest first: a binary heap whose outdated entries are passed over when they surface. */
import type { Millis } from '../model/units.ts';

interface Delayed<K> {
  readonly key: K;
  readonly due: Millis;
}

export class DelayHeap<K> {
  readonly #due = new Map<K, Millis>();
  readonly #heap: Delayed<K>[] = [];

  /** Sets when the key is due, unless it is due sooner already. */
  set(key: K, due: Millis): void {
    const known = this.#due.get(key);
    if (known !== undefined && known <= due) return;
    this.#due.set(key, due);
    this.#heap.push({ key, due });
    this.#rise(this.#heap.length - 1);
  }

  delete(key: K): void {
    this.#due.delete(key);
    if (this.#due.size === 0) this.#heap.length = 0;
  }

  clear(): void {
    this.#due.clear();
    this.#heap.length = 0;
  }

  /** When the earliest key is due; null when there is none. */
  get next(): Millis | null {
    this.#dropOutdated();
    return this.#heap[0]?.due ?? null;
  }

  /** Takes out a key that is due at `now`; null when there is none. */
  takeDue(now: Millis): K | null {
    this.#dropOutdated();
    const first = this.#heap[0];
    if (first === undefined || first.due > now) return null;
    this.#removeFirst();
    this.#due.delete(first.key);
    return first.key;
  }

  #dropOutdated(): void {
    for (let first = this.#heap[0]; first !== undefined; first = this.#heap[0]) {
      if (this.#due.get(first.key) === first.due) return;
      this.#removeFirst();
    }
  }

  #removeFirst(): void {
    const last = this.#heap.pop();
    if (last === undefined || this.#heap.length === 0) return;
    this.#heap[0] = last;
    this.#sink(0);
  }

  #rise(from: number): void {
    let at = from;
    while (at > 0) {
      const parent = (at - 1) >>> 1;
      if (this.#dueAt(parent) <= this.#dueAt(at)) return;
      this.#swap(at, parent);
      at = parent;
    }
  }

  #sink(from: number): void {
    let at = from;
    for (;;) {
      const left = 2 * at + 1;
      const child = this.#dueAt(left + 1) < this.#dueAt(left) ? left + 1 : left;
      if (this.#dueAt(at) <= this.#dueAt(child)) return;
      this.#swap(at, child);
      at = child;
    }
  }

  #dueAt(index: number): number {
    return this.#heap[index]?.due ?? Number.POSITIVE_INFINITY;
  }

  #swap(a: number, b: number): void {
    const [first, second] = [this.#heap[a], this.#heap[b]];
    if (first === undefined || second === undefined) return;
    this.#heap[a] = second;
    this.#heap[b] = first;
  }
}
