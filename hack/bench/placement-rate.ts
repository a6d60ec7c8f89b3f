/** How many placements a second the operator makes of a backlog: the status on the hub, and the apply on a member. */
import { setTimeout as wait } from 'node:timers/promises';
import type { KubeDocument } from '../../operator/sandbox/kube-api.ts';
import { mapBounded } from '../../operator/runtime/map-bounded.ts';
import { Arrivals } from './arrivals.ts';
import type { BenchFleet } from './bench-fleet.ts';
import { clearFleet } from './clear-fleet.ts';
import { fixed, instantNow, tell } from './figures.ts';
import { startOperatorProcess } from './operator-process.ts';
import { RawClient } from './raw-client.ts';
import { readWrites, type RecordedWrites } from './recorded-writes.ts';
import { anInferenceDeployment, INFERENCE_DEPLOYMENTS } from './subjects.ts';

/** As many status writes as the operator has under way at a time. */
const AT_A_TIME = 64;
const LOOK_AGAIN_MS = 20;
const GOAL = 0.6;

export interface RateOptions {
  readonly deployments: number;
  readonly profile?: string | undefined;
}

export async function placementRate(fleet: BenchFleet, { deployments, profile }: RateOptions): Promise<void> {
  const objects = Array.from({ length: deployments }, (_, nth) => anInferenceDeployment({ name: `model-${nth}` }));
  await mapBounded(objects, AT_A_TIME, (object) => fleet.hub.create(INFERENCE_DEPLOYMENTS, object));
  const arrivals = new Arrivals(fleet);
  const records = new FirstRecord(fleet);
  const started = instantNow();
  const operator = await startOperatorProcess({
    fleet: fleet.info,
    folder: fleet.folder,
    profile,
    flags: ['--leader-election', 'false'],
  });
  while (arrivals.seen.size < deployments) await wait(LOOK_AGAIN_MS);
  const [first, last] = [await records.at, Math.max(...arrivals.seen.values())];
  const passes = await operator.metric('tradewind_decision_duration_seconds_count');
  const [written, cpu] = [await operator.writes(), await operator.metric('process_cpu_seconds_total')];
  const decided = await operator.metric('tradewind_decision_duration_seconds_sum');
  await operator.stop();
  records.stop();
  const rate = (deployments * 1000) / (last - first);
  tell(
    `${deployments} placements, from the first record to the last apply`,
    `${fixed(rate, 0)}/s in ${fixed((last - first) / 1000)} s`,
  );
  tell('from the start of the operator process to the last apply', `${fixed((last - started) / 1000)} s`);
  tell('processor time of the operator, its start included', `${fixed(cpu)} s`);
  tell('writes of the operator', written);
  tell('planning passes, and what deciding took in all', `${passes}, ${fixed(decided * 1000, 0)} ms`);
  const writes = await readWrites(fleet);
  const least = await rawRate({ fleet, arrivals, writes, withFinalizer: false });
  const same = await rawRate({ fleet, arrivals, writes, withFinalizer: true });
  arrivals.stop();
  await clearFleet(fleet);
  tell(`raw client, ${AT_A_TIME} at a time: status, apply`, `${fixed(least, 0)}/s`);
  tell('raw client with the finalizer as well', `${fixed(same, 0)}/s`);
  tell('ratio to status, apply', fixed(rate / least, 2), { text: `>= ${GOAL}`, met: rate / least >= GOAL });
  tell('ratio to the same writes', fixed(rate / same, 2));
}

interface RawRun {
  readonly fleet: BenchFleet;
  readonly arrivals: Arrivals;
  readonly writes: readonly RecordedWrites[];
  readonly withFinalizer: boolean;
}

/** The same objects stand there when it begins. */
async function rawRate({ fleet, arrivals, writes, withFinalizer }: RawRun): Promise<number> {
  await clearFleet(fleet);
  arrivals.forget();
  const hub = new RawClient(fleet.info.hub, AT_A_TIME);
  const members = new Map(Object.entries(fleet.info.members).map(([name, it]) => [name, new RawClient(it, AT_A_TIME)]));
  await mapBounded(writes, AT_A_TIME, ({ object }) => hub.create(object));
  const began = instantNow();
  await mapBounded(writes, AT_A_TIME, async ({ object, finalizers, status, member, manifest }) => {
    if (withFinalizer) await hub.patch(object.metadata.name, { metadata: { finalizers } });
    await hub.recordStatus(object.metadata.name, { status });
    await members.get(member)?.apply(manifest);
  });
  while (arrivals.seen.size < writes.length) await wait(LOOK_AGAIN_MS);
  const took = Math.max(...arrivals.seen.values()) - began;
  await Promise.all([hub, ...members.values()].map((it) => it.close()));
  return (writes.length * 1000) / took;
}

/** When the first placement was seen in a status. */
class FirstRecord {
  readonly at: Promise<number>;
  readonly #stopping = new AbortController();

  constructor({ hub }: BenchFleet) {
    this.at = new Promise((resolve) => {
      const onEvent = (_type: string, { status }: KubeDocument): void => {
        const { placements = [] } = (status ?? {}) as { placements?: readonly unknown[] };
        if (placements.length > 0) resolve(instantNow());
      };
      void hub.watch(INFERENCE_DEPLOYMENTS, onEvent, this.#stopping.signal).catch(() => {});
    });
  }

  stop(): void {
    this.#stopping.abort();
  }
}
