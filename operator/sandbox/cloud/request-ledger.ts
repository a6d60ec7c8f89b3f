/** Counts what the sandbox's clouds were asked, by service and operation. */
import type { CloudService } from '../cloud-state.ts';

export interface RequestLedger {
  /** Requests of the service since the start or the last clear; of one operation when it is named. */
  count(service: CloudService, operation?: string): number;
  /** Every count, by "service.Operation". */
  counts(): Readonly<Record<string, number>>;
  clear(): void;
}

/** A ledger and the function that writes into it. */
export function requestLedger(): {
  readonly ledger: RequestLedger;
  readonly note: (service: CloudService, operation: string) => void;
} {
  const counts = new Map<string, number>();
  return {
    note: (service, operation) => {
      const key = `${service}.${operation}`;
      counts.set(key, (counts.get(key) ?? 0) + 1);
    },
    ledger: {
      count: (service, operation) =>
        [...counts]
          .filter(([key]) =>
            operation === undefined ? key.startsWith(`${service}.`) : key === `${service}.${operation}`,
          )
          .reduce((sum, [, count]) => sum + count, 0),
      counts: () => Object.fromEntries([...counts].toSorted(([a], [b]) => (a < b ? -1 : 1))),
      clear: () => counts.clear(),
    },
  };
}
