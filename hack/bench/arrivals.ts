/** Tells when Deployments appear on members, as their watches tell it. */
import type { BenchFleet } from './bench-fleet.ts';
import { instantNow } from './figures.ts';
import { DEPLOYMENTS, ownerOf } from './subjects.ts';

export class Arrivals {
  /** By owner, `namespace/name`: when the first of its Deployments was seen. */
  readonly seen = new Map<string, number>();
  readonly #waiting = new Map<string, (at: number) => void>();
  readonly #stopping = new AbortController();

  constructor({ members }: BenchFleet) {
    for (const api of members.values()) {
      const onEvent = (type: string, object: Parameters<typeof ownerOf>[0]): void => {
        if (type === 'ADDED') this.#note(ownerOf(object));
      };
      void api.watch(DEPLOYMENTS, onEvent, this.#stopping.signal).catch(() => {});
    }
  }

  /** Resolves to when it was seen. */
  async of(owner: string): Promise<number> {
    return this.seen.get(owner) ?? (await new Promise((resolve) => this.#waiting.set(owner, resolve)));
  }

  forget(): void {
    this.seen.clear();
  }

  stop(): void {
    this.#stopping.abort();
  }

  #note(owner: string): void {
    if (owner === '' || this.seen.has(owner)) return;
    const at = instantNow();
    this.seen.set(owner, at);
    this.#waiting.get(owner)?.(at);
    this.#waiting.delete(owner);
  }
}
