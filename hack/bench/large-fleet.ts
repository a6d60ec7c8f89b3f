/** What the operator, as it is shipped, costs over a fleet that is too large for whole servers: memory, processor, writes. */
import { setTimeout as wait } from 'node:timers/promises';
import { fixed, instantNow, tell } from './figures.ts';
import { startOperatorProcess, type OperatorProcess } from './operator-process.ts';
import { startPlainFleet, type PlainFleet, type PlainFleetSize } from './plain-fleet.ts';
import { anInferenceDeployment } from './subjects.ts';

export interface LargeFleetOptions extends PlainFleetSize {
  readonly deployments: number;
  readonly profile?: string | undefined;
}

const LOOK_AGAIN_MS = 1000;
const PATIENCE_SECONDS = 170;
const QUIET_SECONDS = 8;
const IDLE_SECONDS = 20;
const MEMORY_LIMIT_MIB = 350;
const CORE_SHARE_LIMIT = 0.01;
const MIB = 1024 * 1024;

export async function largeFleet({ deployments, profile, ...size }: LargeFleetOptions): Promise<void> {
  const fleet = await startPlainFleet(size);
  try {
    console.log(`  ${size.members} members with ${size.nodes} nodes each on plain servers`);
    for (let nth = 0; nth < deployments; nth += 1)
      fleet.hub.put('inferencedeployments', anInferenceDeployment({ name: `model-${nth}` }));
    const began = instantNow();
    const operator = await start(fleet, profile);
    await until(() => readyOf(fleet) >= deployments);
    const placed = (instantNow() - began) / 1000;
    tell(`all ${deployments} placed, ready and told of, from the start of the process`, `${fixed(placed)} s`);
    await untilQuiet(operator);
    tell('processor time until then, of it for deciding', await costOf(operator));
    await tellIdle(operator);
    await operator.stop();
    const again = instantNow();
    const second = await start(fleet, undefined);
    await untilQuiet(second);
    const took = (instantNow() - again) / 1000 - QUIET_SECONDS;
    tell('started again over what stands: the last write of the first full pass', `${fixed(took)} s after its start`);
    tell('processor time until then, of it for deciding', await costOf(second));
    tell('writes of that pass', (await second.writes()) || 'none');
    await tellIdle(second);
    await second.stop();
  } finally {
    fleet.stop();
  }
}

const start = ({ info, folder }: PlainFleet, profile: string | undefined): Promise<OperatorProcess> =>
  startOperatorProcess({ fleet: info, folder, bundled: true, profile, flags: ['--leader-election', 'false'] });

function readyOf({ hub }: PlainFleet): number {
  const isReady = ({ status }: { readonly [field: string]: unknown }): boolean =>
    (status as { readyReplicas?: number } | undefined)?.readyReplicas === 1;
  return hub.all('inferencedeployments').filter(isReady).length;
}

async function costOf(operator: OperatorProcess): Promise<string> {
  const decided = await operator.metric('tradewind_decision_duration_seconds_sum');
  return `${fixed(await operator.metric('process_cpu_seconds_total'))} s, ${fixed(decided)} s`;
}

async function tellIdle(operator: OperatorProcess): Promise<void> {
  const before = await operator.metric('process_cpu_seconds_total');
  const written = await operator.writes();
  await wait(IDLE_SECONDS * 1000);
  const share = ((await operator.metric('process_cpu_seconds_total')) - before) / IDLE_SECONDS;
  const isSame = (await operator.writes()) === written;
  const memory = (await operator.metric('process_resident_memory_bytes')) / MIB;
  const heap = (await operator.metric('nodejs_heap_size_used_bytes')) / MIB;
  const isSmall = memory <= MEMORY_LIMIT_MIB;
  tell('memory of the operator process (RSS)', `${fixed(memory, 0)} MiB`, {
    text: `<= ${MEMORY_LIMIT_MIB} MiB`,
    met: isSmall,
  });
  tell('of it heap in use', `${fixed(heap, 0)} MiB`);
  const isIdle = share <= CORE_SHARE_LIMIT;
  tell('processor while idle, share of a core', `${fixed(share * 100, 2)} %`, { text: '< 1 %', met: isIdle });
  tell(`writes in ${IDLE_SECONDS} s of idleness`, isSame ? '0' : 'some', { text: '0', met: isSame });
}

async function until(isSo: () => boolean): Promise<void> {
  const since = instantNow();
  while (!isSo()) {
    if (instantNow() - since > PATIENCE_SECONDS * 1000) throw new Error('not in time');
    await wait(LOOK_AGAIN_MS);
  }
}

/** Nothing was written for a while: all that followed is recorded. */
async function untilQuiet(operator: OperatorProcess): Promise<void> {
  let [written, since, began] = ['', instantNow(), instantNow()];
  while (instantNow() - since < QUIET_SECONDS * 1000 && instantNow() - began < PATIENCE_SECONDS * 1000) {
    await wait(LOOK_AGAIN_MS);
    const now = await operator.writes();
    if (now !== written) [written, since] = [now, instantNow()];
  }
}
