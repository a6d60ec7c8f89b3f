/** Counts of what clients asked of a server, and of what that changed: the proof of "no writes once converged". */

/** Who asked for what. */
export interface LedgerKey {
  /** get, list, watch, create, update, patch, delete or deletecollection. */
  readonly verb: string;
  /** `pods`, `deployments.apps`, `pods/status`; the path for what is no resource. */
  readonly resource: string;
  readonly userAgent: string;
  readonly user: string;
}

/** What was counted for one combination. */
export interface LedgerEntry extends LedgerKey {
  readonly requests: number;
  /** Writes after which something was different. */
  readonly changes: number;
  /** Writes that were carried out and changed nothing. */
  readonly noOps: number;
  /** Requests answered with a failure. */
  readonly failures: number;
}

/** What a request came to. */
export type Outcome = 'read' | 'changed' | 'unchanged' | 'failed';

/** Which entries to count: those equal in every field given. */
export type LedgerFilter = Partial<LedgerKey>;

const COUNTED: Readonly<Record<Outcome, 'changes' | 'noOps' | 'failures' | null>> = {
  read: null,
  changed: 'changes',
  unchanged: 'noOps',
  failed: 'failures',
};

export class Ledger {
  #entries = new Map<string, LedgerEntry>();

  record(key: LedgerKey, outcome: Outcome): void {
    const id = JSON.stringify([key.verb, key.resource, key.userAgent, key.user]);
    const entry = this.#entries.get(id) ?? { ...key, requests: 0, changes: 0, noOps: 0, failures: 0 };
    const counter = COUNTED[outcome];
    this.#entries.set(id, {
      ...entry,
      requests: entry.requests + 1,
      ...(counter === null ? {} : { [counter]: entry[counter] + 1 }),
    });
  }

  /** Every combination that occurred, in the order of first occurrence. */
  entries(filter: LedgerFilter = {}): LedgerEntry[] {
    const wanted = Object.entries(filter) as [keyof LedgerKey, string][];
    return [...this.#entries.values()].filter((entry) => wanted.every(([field, value]) => entry[field] === value));
  }

  requests(filter?: LedgerFilter): number {
    return this.#sum('requests', filter);
  }

  changes(filter?: LedgerFilter): number {
    return this.#sum('changes', filter);
  }

  noOps(filter?: LedgerFilter): number {
    return this.#sum('noOps', filter);
  }

  failures(filter?: LedgerFilter): number {
    return this.#sum('failures', filter);
  }

  #sum(field: 'requests' | 'changes' | 'noOps' | 'failures', filter?: LedgerFilter): number {
    return this.entries(filter).reduce((sum, entry) => sum + entry[field], 0);
  }

  reset(): void {
    this.#entries.clear();
  }
}
