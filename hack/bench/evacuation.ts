/** How long it takes to replace everything that a dead member held: evacuation. */
import { setTimeout as wait } from 'node:timers/promises';
import { mapBounded } from '../../operator/runtime/map-bounded.ts';
import { startBenchFleet, type BenchFleet } from './bench-fleet.ts';
import { failoverFleet, LOST } from './failover-fleet.ts';
import { fixed, instantNow, tell } from './figures.ts';
import { startOperatorProcess } from './operator-process.ts';
import { anInferenceDeployment, aNamespace, INFERENCE_DEPLOYMENTS, NAMESPACE, NAMESPACES } from './subjects.ts';

export interface EvacuationOptions {
  readonly deployments: number;
  readonly real: boolean;
  readonly profile?: string | undefined;
}

const LIMIT_SECONDS = 120;
const PATIENCE_SECONDS = 200;
const LOOK_AGAIN_MS = 250;
const TELL_PERIOD_MS = 10_000;
const CREATES_AT_A_TIME = 32;

interface Counts {
  readonly atHome: number;
  readonly elsewhere: number;
}

export async function evacuation({ deployments, real, profile }: EvacuationOptions): Promise<void> {
  console.log(`evacuation of ${deployments} deployments from a member that is lost`);
  const fleet = await startBenchFleet({
    scenario: failoverFleet({ accelerators: deployments, modelLoad: '2s', dataPathURL: null }),
    real,
  });
  try {
    console.log(`  on ${fleet.info.servers}`);
    await fleet.hub.create(NAMESPACES, aNamespace(NAMESPACE));
    for (const api of fleet.members.values()) await api.create(NAMESPACES, aNamespace(NAMESPACE));
    await fleet.call({ call: 'follow' });
    const names = Array.from({ length: deployments }, (_, nth) => `model-${nth}`);
    await mapBounded(names, CREATES_AT_A_TIME, (name) =>
      fleet.hub.create(INFERENCE_DEPLOYMENTS, anInferenceDeployment({ name })),
    );
    const operator = await startOperatorProcess({ fleet: fleet.info, folder: fleet.folder, profile });
    const began = instantNow();
    await until(fleet, ({ atHome }) => atHome === deployments);
    tell('placed on the member that will be lost', `${fixed((instantNow() - began) / 1000)} s`);
    const before = await operator.metric('process_cpu_seconds_total');
    const decidedBefore = await operator.metric('tradewind_decision_duration_seconds_sum');
    await fleet.call({ call: 'apply', event: { action: 'api', cluster: LOST, fault: { kind: 'refuse' } } });
    const lostAt = instantNow();
    await until(fleet, ({ elsewhere }) => elsewhere > 0);
    const firstAt = instantNow();
    await until(fleet, ({ elsewhere }) => elsewhere === deployments);
    const [first, all] = [(firstAt - lostAt) / 1000, (instantNow() - lostAt) / 1000];
    const decided = (await operator.metric('tradewind_decision_duration_seconds_sum')) - decidedBefore;
    tell('first replacement applied', `${fixed(first)} s`);
    tell(`all ${deployments} applied`, `${fixed(all)} s`, { text: `<= ${LIMIT_SECONDS} s`, met: all <= LIMIT_SECONDS });
    tell('rate from the first to the last', `${fixed(deployments / (all - first), 0)}/s`);
    const cpu = (await operator.metric('process_cpu_seconds_total')) - before;
    tell('processor time of the operator, of it for deciding', `${fixed(cpu)} s, ${fixed(decided)} s`);
    await operator.stop();
  } finally {
    await fleet.stop();
  }
}

/** Tells how far it is now and then; rejects when it takes too long. */
async function until(fleet: BenchFleet, isSo: (it: Counts) => boolean): Promise<void> {
  const since = instantNow();
  for (let told = since; ; ) {
    const counts = await count(fleet);
    if (instantNow() - told > TELL_PERIOD_MS) {
      told = instantNow();
      console.log(
        `    at ${fixed((told - since) / 1000, 0)} s: ${counts.atHome} at home, ${counts.elsewhere} elsewhere`,
      );
    }
    if (isSo(counts)) return;
    if (instantNow() - since > PATIENCE_SECONDS * 1000) throw new Error(`not in time: ${JSON.stringify(counts)}`);
    await wait(LOOK_AGAIN_MS);
  }
}

async function count(fleet: BenchFleet): Promise<Counts> {
  const all = Object.values((await fleet.call({ call: 'look' })).deployments);
  return {
    atHome: all.filter(({ ready }) => (ready[LOST] ?? 0) > 0).length,
    elsewhere: all.filter(({ ready }) => Object.keys(ready).some((member) => member !== LOST)).length,
  };
}
