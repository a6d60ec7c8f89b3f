/** How long it takes from creating an InferenceDeployment until it is applied on a member, while nothing else happens. */
import { setTimeout as wait } from 'node:timers/promises';
import { Arrivals } from './arrivals.ts';
import type { BenchFleet } from './bench-fleet.ts';
import { clearFleet } from './clear-fleet.ts';
import { fixed, instantNow, quantile, tell } from './figures.ts';
import { startOperatorProcess } from './operator-process.ts';
import { RawClient } from './raw-client.ts';
import { readWrites } from './recorded-writes.ts';
import { anInferenceDeployment, INFERENCE_DEPLOYMENTS, NAMESPACE } from './subjects.ts';

/** Pods are made and bound within that: the next one finds everything idle. */
const IDLE_MS = 300;
const WARM_UP = 10;
const GOAL = 2;

export interface LatencyOptions {
  readonly creates: number;
  readonly profile?: string | undefined;
}

export async function createLatency(fleet: BenchFleet, { creates, profile }: LatencyOptions): Promise<void> {
  const operator = await startOperatorProcess({ fleet: fleet.info, folder: fleet.folder, profile });
  const arrivals = new Arrivals(fleet);
  const took: number[] = [];
  for (let nth = 0; nth < creates + WARM_UP; nth += 1) {
    const name = `model-${nth}`;
    await wait(IDLE_MS);
    const began = instantNow();
    await fleet.hub.create(INFERENCE_DEPLOYMENTS, anInferenceDeployment({ name }));
    const arrived = await arrivals.of(`${NAMESPACE}/${name}`);
    if (nth >= WARM_UP) took.push(arrived - began);
  }
  await operator.stop();
  const raw = await rawLatency(fleet, arrivals);
  arrivals.stop();
  const show = (values: readonly number[]): string =>
    `p50 ${fixed(quantile(values, 0.5))} ms, p99 ${fixed(quantile(values, 0.99))} ms`;
  tell(`created -> applied on a member, ${took.length} one by one`, show(took));
  tell('raw client: create, status, apply', show(raw.least));
  tell('raw client with the finalizer as well', show(raw.same));
  for (const [name, share] of [['p50', 0.5] as const, ['p99', 0.99] as const]) {
    const ratio = quantile(took, share) / quantile(raw.least, share);
    tell(`ratio to create, status, apply at ${name}`, fixed(ratio, 2), { text: `<= ${GOAL}`, met: ratio <= GOAL });
  }
}

/** The same writes by a raw client, with and without the finalizer: until the member's watch tells of the Deployment. */
async function rawLatency(
  fleet: BenchFleet,
  arrivals: Arrivals,
): Promise<{ readonly least: readonly number[]; readonly same: readonly number[] }> {
  const writes = await readWrites(fleet);
  const hub = new RawClient(fleet.info.hub, 1);
  const members = new Map(Object.entries(fleet.info.members).map(([name, it]) => [name, new RawClient(it, 1)]));
  const took: Record<'least' | 'same', number[]> = { least: [], same: [] };
  // Turn by turn, and the other way round once more: neither finds the servers warmer than the other.
  for (const turn of [0, 1]) {
    await clearFleet(fleet);
    arrivals.forget();
    for (const [nth, { object, status, finalizers, member, manifest }] of writes.entries()) {
      const kind = (nth + turn) % 2 === 0 ? 'least' : 'same';
      await wait(IDLE_MS / 3);
      const { name } = object.metadata;
      const began = instantNow();
      await hub.create(object);
      if (kind === 'same') await hub.patch(name, { metadata: { finalizers } });
      await hub.recordStatus(name, { status });
      await members.get(member)?.apply(manifest);
      const arrived = await arrivals.of(`${NAMESPACE}/${name}`);
      if (nth >= WARM_UP) took[kind].push(arrived - began);
    }
  }
  await clearFleet(fleet);
  await Promise.all([hub, ...members.values()].map((it) => it.close()));
  return took;
}
