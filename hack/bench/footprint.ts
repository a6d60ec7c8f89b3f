/** What the operator, as it is shipped, costs while nothing happens: memory, processor and writes. */
import { setTimeout as wait } from 'node:timers/promises';
import { mapBounded } from '../../operator/runtime/map-bounded.ts';
import type { BenchFleet } from './bench-fleet.ts';
import { fixed, instantNow, tell } from './figures.ts';
import { startOperatorProcess, type OperatorProcess } from './operator-process.ts';
import { anInferenceDeployment, INFERENCE_DEPLOYMENTS } from './subjects.ts';

const CREATES_AT_A_TIME = 32;
const LOOK_AGAIN_MS = 1000;
const QUIET_SECONDS = 15;
const IDLE_SECONDS = 30;
const MEMORY_LIMIT_MIB = 350;
const CORE_SHARE_LIMIT = 0.01;
const MIB = 1024 * 1024;

export async function footprint(fleet: BenchFleet, deployments: number): Promise<void> {
  await fleet.call({ call: 'follow' });
  const operator = await startOperatorProcess({ fleet: fleet.info, folder: fleet.folder, bundled: true });
  const empty = await memoryOf(operator);
  const names = Array.from({ length: deployments }, (_, nth) => `model-${nth}`);
  const began = instantNow();
  await mapBounded(names, CREATES_AT_A_TIME, (name) =>
    fleet.hub.create(INFERENCE_DEPLOYMENTS, anInferenceDeployment({ name })),
  );
  while ((await servedIn(fleet)) < deployments) await wait(LOOK_AGAIN_MS);
  tell(`all ${deployments} ready`, `${fixed((instantNow() - began) / 1000)} s after the first was created`);
  await untilQuiet(operator);
  const before = await operator.metric('process_cpu_seconds_total');
  const written = await operator.writes();
  await wait(IDLE_SECONDS * 1000);
  const share = ((await operator.metric('process_cpu_seconds_total')) - before) / IDLE_SECONDS;
  const isSame = (await operator.writes()) === written;
  const memory = await memoryOf(operator);
  tell('memory of the operator process (RSS) with the members and nothing deployed', `${fixed(empty, 0)} MiB`);
  const isSmall = memory <= MEMORY_LIMIT_MIB;
  tell('memory with everything deployed', `${fixed(memory, 0)} MiB`, {
    text: `<= ${MEMORY_LIMIT_MIB} MiB`,
    met: isSmall,
  });
  const isIdle = share <= CORE_SHARE_LIMIT;
  tell('processor while idle, share of a core', `${fixed(share * 100, 2)} %`, { text: '< 1 %', met: isIdle });
  tell(`writes in ${IDLE_SECONDS} s of idleness, the lease left out`, isSame ? '0' : 'some', {
    text: '0',
    met: isSame,
  });
  await operator.stop();
}

const memoryOf = async (operator: OperatorProcess): Promise<number> =>
  (await operator.metric('process_resident_memory_bytes')) / MIB;

async function servedIn(fleet: BenchFleet): Promise<number> {
  const { deployments } = await fleet.call({ call: 'look' });
  return Object.values(deployments).filter(({ ready, wanted }) => sum(Object.values(ready)) >= wanted).length;
}

const sum = (values: readonly number[]): number => values.reduce((all, value) => all + value, 0);

/** Nothing was written for a while: all that followed from what got ready is recorded. */
async function untilQuiet(operator: OperatorProcess): Promise<void> {
  let [written, since] = ['', instantNow()];
  while (instantNow() - since < QUIET_SECONDS * 1000) {
    await wait(LOOK_AGAIN_MS);
    const now = await operator.writes();
    if (now !== written) [written, since] = [now, instantNow()];
  }
}
