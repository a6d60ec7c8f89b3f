/** What the conformance suite found, check by check and server by server, as a table. */
import Table from 'cli-table3';

export type Outcome = 'same' | 'differs' | 'not run';

export class ConformanceTable {
  readonly #servers: readonly string[];
  readonly #rows = new Map<string, Map<string, Outcome>>();

  constructor(servers: readonly string[]) {
    this.#servers = servers;
  }

  note(check: string, server: string, outcome: Outcome): void {
    const row = this.#rows.get(check) ?? new Map<string, Outcome>();
    this.#rows.set(check, row.set(server, outcome));
  }

  toString(): string {
    const table = new Table({ head: ['check', ...this.#servers], style: { head: [], border: [] } });
    for (const [check, outcomes] of this.#rows)
      table.push([check, ...this.#servers.map((server) => outcomes.get(server) ?? 'not run')]);
    const totals = this.#servers.map((server) => {
      const passed = [...this.#rows.values()].filter((outcomes) => outcomes.get(server) === 'same').length;
      return `${passed} of ${this.#rows.size}`;
    });
    table.push(['as expected', ...totals]);
    return table.toString();
  }
}
