/** The IP addresses of load balancers that are known by name, looked up again and again: clouds change them. */
import { lookup } from 'node:dns/promises';
import { isIP } from 'node:net';
import type { Clock } from '../model/clock.ts';
import { after, seconds, type Instant } from '../model/units.ts';
import type { Log } from '../runtime/log.ts';

/** Rejects when the name does not resolve. */
export type Resolve = (name: string) => Promise<readonly string[]>;

export interface AddressBookOptions {
  readonly clock: Clock;
  readonly log: Log;
  /** Default: as the machine resolves names. */
  readonly resolve?: Resolve;
  /** The addresses of a name changed. */
  readonly onChange: (name: string) => void;
}

/** AWS keeps the records of a load balancer for 60 s; half of that sees every change. */
export const ADDRESS_TTL = seconds(30);

const resolveByMachine: Resolve = async (name) => (await lookup(name, { all: true })).map((it) => it.address);

interface Entry {
  addresses: readonly string[] | null;
  lookedUpAt: Instant;
}

export class AddressBook {
  readonly #options: AddressBookOptions;
  readonly #entries = new Map<string, Entry>();
  readonly #lookups = new Set<Promise<void>>();

  constructor(options: AddressBookOptions) {
    this.#options = options;
  }

  /** The last good answer, sorted; null before the first. Asking for one that is old starts to look it up again. */
  addresses(address: string): readonly string[] | null {
    if (isIP(address) !== 0) return [address];
    const now = this.#options.clock.now();
    const entry = this.#entries.get(address);
    if (entry && after(entry.lookedUpAt, ADDRESS_TTL) > now) return entry.addresses;
    const renewed: Entry = { addresses: entry?.addresses ?? null, lookedUpAt: now };
    this.#entries.set(address, renewed);
    const lookingUp = this.#lookUp(address, renewed).finally(() => this.#lookups.delete(lookingUp));
    this.#lookups.add(lookingUp);
    return renewed.addresses;
  }

  /** Waits for the lookups under way. */
  async settled(): Promise<void> {
    await Promise.all(this.#lookups);
  }

  async #lookUp(name: string, entry: Entry): Promise<void> {
    const { resolve = resolveByMachine, log, onChange } = this.#options;
    try {
      const found = [...new Set(await resolve(name))].sort();
      if (found.length === 0 || found.join() === entry.addresses?.join()) return;
      entry.addresses = found;
      onChange(name);
    } catch (err) {
      log.debug('the name of a load balancer does not resolve', { address: name, err });
    }
  }
}
