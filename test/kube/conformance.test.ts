/** One suite, several servers: what the operator and kubectl rely on, on the sandbox's API server and on real ones. */
import type { CheckArea, Subject } from '../support/conformance-check.ts';
import { startRealSubject, startSandboxSubject, type RunningSubject } from '../support/conformance-subjects.ts';
import { ConformanceTable } from '../support/conformance-table.ts';
import { FLEET_TIMEOUT_MS, REAL_MINORS } from '../support/kube-real-fleet.ts';
import { aNamespace, DEFINITIONS, widgetDefinition } from '../support/apiserver-objects.ts';
import { bodyOf } from '../support/conformance-check.ts';
import { APPLY } from './conformance/apply.ts';
import { CUSTOM_RESOURCES } from './conformance/custom-resources.ts';
import { DELETION } from './conformance/deletion.ts';
import { LISTS } from './conformance/lists.ts';
import { PATCHES } from './conformance/patches.ts';
import { SYSTEM } from './conformance/system.ts';
import { WATCHES } from './conformance/watches.ts';
import { WRITES } from './conformance/writes.ts';

const AREAS: readonly CheckArea[] = [WRITES, LISTS, WATCHES, PATCHES, APPLY, CUSTOM_RESOURCES, DELETION, SYSTEM];

const SERVERS = [
  { name: 'sandbox', start: startSandboxSubject },
  ...REAL_MINORS.map((minor) => ({ name: `real 1.${minor}`, start: () => startRealSubject(minor) })),
];

const CHECK_TIMEOUT_MS = 60_000;

describe('conformance', () => {
  const table = new ConformanceTable(SERVERS.map((server) => server.name));

  for (const { name: server, start } of SERVERS) {
    describe(server, function () {
      this.timeout(CHECK_TIMEOUT_MS);
      let running: RunningSubject;
      let count = 0;

      /** Each check has a namespace to itself. */
      const subject = async (): Promise<Subject> => {
        count += 1;
        const namespace = `check-${count}`;
        bodyOf(await running.http.post('/api/v1/namespaces', aNamespace(namespace)), 201);
        // Where controllers run, no pod is let in before this account is there.
        await untilFound(running, `/api/v1/namespaces/${namespace}/serviceaccounts/default`);
        return { ...running, namespace };
      };

      before(async function () {
        this.timeout(FLEET_TIMEOUT_MS);
        running = await start();
        bodyOf(await running.http.post(DEFINITIONS, widgetDefinition()), 201);
        await untilFound(running, '/apis/example.test/v1/widgets');
      });
      after(async function () {
        this.timeout(FLEET_TIMEOUT_MS);
        await running.stop();
      });

      for (const { area, checks } of AREAS) {
        describe(area, () => {
          for (const { name, run } of checks) {
            const row = `${area}: ${name}`;
            it(name, async () => {
              table.note(row, server, 'differs');
              await run(await subject());
              table.note(row, server, 'same');
            });
          }
        });
      }
    });
  }

  after(() => {
    if (REAL_MINORS.length > 0) console.log(table.toString());
  });
});

async function untilFound({ http }: RunningSubject, path: string): Promise<void> {
  const patience = AbortSignal.timeout(CHECK_TIMEOUT_MS);
  while ((await http.get(path)).status !== 200) {
    patience.throwIfAborted();
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}
