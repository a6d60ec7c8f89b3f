/** One suite, several servers: what the operator and kubectl rely on, on the sandbox's API server and on real ones. */
import type { CheckArea } from '../support/conformance-check.ts';
import { ConformanceRun, rowOf } from '../support/conformance-run.ts';
import { startRealSubject, startSandboxSubject } from '../support/conformance-subjects.ts';
import { FLEET_TIMEOUT_MS, REAL_MINORS } from '../support/kube-real-fleet.ts';
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

describe('conformance', function () {
  // Of a server and all that comes before a check on it; a check that hangs is cut off sooner.
  this.timeout(FLEET_TIMEOUT_MS);
  const run = new ConformanceRun(SERVERS, AREAS);

  before(() => run.start());
  after(async () => {
    await run.end();
    if (REAL_MINORS.length > 0) console.log(run.table.toString());
  });

  for (const { name: server } of SERVERS)
    describe(server, () => {
      for (const { area, checks } of AREAS)
        describe(area, () => {
          for (const check of checks) it(check.name, () => run.passed(server, rowOf(area, check)));
        });
    });
});
