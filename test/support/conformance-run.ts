/** Runs checks on several servers at once, on each of them one after the other, and keeps how they came out. */
import { setTimeout as wait } from 'node:timers/promises';
import { aNamespace, DEFINITIONS, widgetDefinition } from './apiserver-objects.ts';
import { bodyOf, type CheckArea, type Subject } from './conformance-check.ts';
import type { RunningSubject } from './conformance-subjects.ts';
import { ConformanceTable } from './conformance-table.ts';

export interface ServerUnderTest {
  readonly name: string;
  readonly start: () => Promise<RunningSubject>;
}

/** What a check failed with; null: it did not. */
type Verdict = { readonly error: unknown } | null;

const CHECK_TIMEOUT_MS = 60_000;
const LOOK_AGAIN_MS = 50;

export class ConformanceRun {
  readonly table: ConformanceTable;
  readonly #servers: readonly ServerUnderTest[];
  readonly #areas: readonly CheckArea[];
  readonly #verdicts = new Map<string, PromiseWithResolvers<Verdict>>();
  #ended: Promise<unknown> = Promise.resolve();

  constructor(servers: readonly ServerUnderTest[], areas: readonly CheckArea[]) {
    this.table = new ConformanceTable(servers.map((server) => server.name));
    this.#servers = servers;
    this.#areas = areas;
  }

  /** Does not wait for anything. */
  start(): void {
    this.#ended = Promise.allSettled(this.#servers.map((server) => this.#runOn(server)));
  }

  /** Resolves when the check has passed there, and rejects with what it failed with. */
  async passed(server: string, row: string): Promise<void> {
    const verdict = await this.#verdictOf(server, row).promise;
    if (verdict !== null) throw verdict.error;
  }

  /** Resolves when all servers are gone. */
  async end(): Promise<void> {
    await this.#ended;
  }

  #verdictOf(server: string, row: string): PromiseWithResolvers<Verdict> {
    const key = `${server}|${row}`;
    const known = this.#verdicts.get(key) ?? Promise.withResolvers<Verdict>();
    this.#verdicts.set(key, known);
    return known;
  }

  async #runOn({ name: server, start }: ServerUnderTest): Promise<void> {
    const rows = this.#areas.flatMap(({ area, checks }) => checks.map((check) => ({ row: rowOf(area, check), check })));
    let running: RunningSubject;
    try {
      running = await prepared(start);
    } catch (error) {
      for (const { row } of rows) this.#verdictOf(server, row).resolve({ error });
      throw error;
    }
    for (const [index, { row, check }] of rows.entries()) {
      const verdict = await verdictOf(async () => check.run(await subjectOf(running, `check-${index + 1}`)));
      this.table.note(row, server, verdict === null ? 'same' : 'differs');
      this.#verdictOf(server, row).resolve(verdict);
    }
    await running.stop();
  }
}

/** A check as the table calls it. */
export const rowOf = (area: string, { name }: { readonly name: string }): string => `${area}: ${name}`;

async function prepared(start: () => Promise<RunningSubject>): Promise<RunningSubject> {
  const running = await start();
  bodyOf(await running.http.post(DEFINITIONS, widgetDefinition()), 201);
  await untilFound(running, '/apis/example.test/v1/widgets');
  return running;
}

/** Each check has a namespace to itself. */
async function subjectOf(running: RunningSubject, namespace: string): Promise<Subject> {
  const { http } = running;
  bodyOf(await http.post('/api/v1/namespaces', aNamespace(namespace)), 201);
  // No pod is let in before this account is there; where controllers make it, they may take their time.
  const account = { apiVersion: 'v1', kind: 'ServiceAccount', metadata: { name: 'default' } };
  const made = await http.post(`/api/v1/namespaces/${namespace}/serviceaccounts`, account);
  if (made.status !== 409) bodyOf(made, 201);
  return { ...running, namespace };
}

/** One that hangs does not keep the others from being run. */
async function verdictOf(run: () => Promise<void>): Promise<Verdict> {
  const limit = new AbortController();
  const late = wait(CHECK_TIMEOUT_MS, undefined, { signal: limit.signal }).then(() => {
    throw new Error(`it did not come to an end within ${CHECK_TIMEOUT_MS / 1000} s`);
  });
  try {
    await Promise.race([run(), late]);
    return null;
  } catch (error) {
    return { error };
  } finally {
    limit.abort();
    late.catch(() => {});
  }
}

async function untilFound({ http }: RunningSubject, path: string): Promise<void> {
  const patience = AbortSignal.timeout(CHECK_TIMEOUT_MS);
  while ((await http.get(path)).status !== 200) {
    patience.throwIfAborted();
    await wait(LOOK_AGAIN_MS);
  }
}
