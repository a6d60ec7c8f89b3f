/**
 * Times failovers with default settings: `node hack/bench-failover.ts [story...]`. Runs the whole operator over the
 * sandbox in real time, one EKS and two AKS members, and prints seconds from the fault to each thing that follows.
 */
import { createServer } from 'node:http';
import { mkdtempSync, rmSync } from 'node:fs';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { readConfig } from '../operator/config.ts';
import { runOperator } from '../operator/run-operator.ts';
import { seconds } from '../operator/model/units.ts';
import { createSystemClock } from '../operator/runtime/system-clock.ts';
import { systemRandom } from '../operator/runtime/random.ts';
import { SILENT_LOG } from '../operator/runtime/silent-log.ts';
import type { Fault } from '../operator/sandbox/apiserver/http/faults.ts';
import { readScenario } from '../operator/sandbox/scenario/read-scenario.ts';
import { startSandbox, type Sandbox } from '../operator/sandbox/start-sandbox.ts';

const LOST = 'azure-east';
const NAMESPACE = 'bench';
const DEPLOYMENTS = 8;

/** Machines and models are quick, so that a story is short; everything else is as it comes. */
const SCENARIO = `
name: failover
seed: 5
speed: 1
timings: {nodeProvisioning: 6s, imagePull: 1s, modelLoad: MODEL_LOAD, drain: 1s, nodeLossDetection: 5s, nodeDeletion: 3s}
clusters:
  - {name: azure-east, provider: azure, region: eastus, pools: [
      {name: spot, instanceType: Standard_NC96ads_A100_v4, capacityType: spot, zones: [eastus-1], min: 0, max: 8, desired: 4}]}
  - {name: azure-west, provider: azure, region: westus2, pools: [
      {name: spot, instanceType: Standard_NC96ads_A100_v4, capacityType: spot, zones: [westus2-1], min: 0, max: 8, desired: 1}]}
  - {name: aws-east, provider: aws, region: us-east-1, pools: [
      {name: spot, instanceType: p4de.24xlarge, capacityType: spot, zones: [us-east-1d], min: 0, max: 8, desired: 1}]}
prices:
  - {cluster: azure-east, pool: spot, usdPerHour: 6}
  - {cluster: azure-west, pool: spot, usdPerHour: 9}
  - {cluster: aws-east, pool: spot, usdPerHour: 20}
`;

const infd = { group: 'tradewind.dev', version: 'v1alpha1', plural: 'inferencedeployments' };
const mcl = { group: 'tradewind.dev', version: 'v1alpha1', plural: 'memberclusters' };
const namespaces = { group: '', version: 'v1', plural: 'namespaces' };
const deployments = { group: 'apps', version: 'v1', plural: 'deployments' };

const SERVER = {
  name: 'server',
  image: 'registry.example.com/server:1',
  ports: [{ name: 'http', containerPort: 8000 }],
  readinessProbe: { httpGet: { path: '/health', port: 8000 } },
};

const aDeployment = (index: number): Parameters<Sandbox['hub']['api']['create']>[1] => ({
  apiVersion: 'tradewind.dev/v1alpha1',
  kind: 'InferenceDeployment',
  metadata: { name: `model-${index}`, namespace: NAMESPACE },
  spec: {
    replicas: 2,
    accelerators: [{ model: 'A100-80GB', count: 2 }],
    template: { spec: { containers: [SERVER] } },
  },
});

/** What is looked at every tenth of a second, past all faults. */
interface Look {
  readonly verdict: string;
  /** InferenceDeployments that stand on another member than the lost one. */
  readonly applied: number;
  /** Those with all units ready elsewhere. */
  readonly recovered: number;
  readonly moving: number;
  readonly standing: number;
  /** Ready replicas anywhere. */
  readonly units: number;
}

interface Rig {
  readonly sandbox: Sandbox;
  readonly stop: () => Promise<void>;
  look(): Promise<Look>;
}

interface Status {
  readonly verdict?: string;
  readonly migration?: { readonly phase?: string };
}

async function startRig(health: object, modelLoad = '2s'): Promise<Rig> {
  const dir = mkdtempSync(join(tmpdir(), 'tradewind-bench-'));
  const sandbox = await startSandbox({
    scenario: readScenario(SCENARIO.replace('MODEL_LOAD', modelLoad), 'bench'),
    dir,
  });
  const { api } = sandbox.hub;
  for (const { metadata } of await api.list(mcl, {}))
    await api.patch(mcl, { name: metadata.name }, { spec: { health } });
  const flags = {
    kubeconfig: join(dir, 'hub.kubeconfig'),
    cloudEndpoints: join(dir, 'endpoints.json'),
    namespace: 'default',
    listen: '127.0.0.1:0',
  };
  const config = readConfig(flags, { env: {}, hostname: 'bench', pid: process.pid });
  const stopping = new AbortController();
  const clock = createSystemClock();
  const running = runOperator({ config, clock, log: SILENT_LOG, random: systemRandom }, stopping.signal);
  running.catch((error: unknown) => console.error('the operator ended:', error));
  await api.create(namespaces, { apiVersion: 'v1', kind: 'Namespace', metadata: { name: NAMESPACE } });
  for (let index = 0; index < DEPLOYMENTS; index += 1) await api.create(infd, aDeployment(index));
  const look = (): Promise<Look> => lookAt(sandbox);
  const stop = async (): Promise<void> => {
    stopping.abort(new Error('the bench is over'));
    await running.catch(() => {});
    await sandbox.stop();
    rmSync(dir, { recursive: true, force: true });
  };
  return { sandbox, look, stop };
}

async function lookAt(sandbox: Sandbox): Promise<Look> {
  const { api } = sandbox.hub;
  const statusOf = (object: object): Status => (object as { status?: Status }).status ?? {};
  const member = (await api.list(mcl, {})).find((it) => it.metadata.name === LOST);
  const moving = (await api.list(infd, {})).filter((it) => (statusOf(it).migration?.phase ?? 'Idle') !== 'Idle');
  const elsewhere = await Promise.all(
    [...sandbox.members].filter(([name]) => name !== LOST).map(([, server]) => server.api.list(deployments, {})),
  );
  const ready = (it: object): number => (it as { status?: { readyReplicas?: number } }).status?.readyReplicas ?? 0;
  const owner = (it: { metadata: { annotations?: Readonly<Record<string, string>> } }): string =>
    it.metadata.annotations?.['tradewind.dev/owner'] ?? '';
  const byOwner = Map.groupBy(elsewhere.flat(), owner);
  const home = await sandbox.members.get(LOST)?.api.list(deployments, {});
  return {
    verdict: (member && statusOf(member).verdict) ?? '',
    applied: byOwner.size,
    recovered: [...byOwner.values()].filter((all) => all.reduce((sum, it) => sum + ready(it), 0) >= 2).length,
    moving: moving.length,
    units: [...elsewhere.flat(), ...(home ?? [])].reduce((sum, it) => sum + ready(it), 0),
    standing: (home ?? []).filter((it) => ready(it) >= 2).length,
  };
}

async function until(rig: Rig, isSo: (look: Look) => boolean, limitSeconds: number): Promise<number | null> {
  const since = performance.now();
  while (performance.now() - since < limitSeconds * 1000) {
    if (isSo(await rig.look())) return (performance.now() - since) / 1000;
    await sleep(100);
  }
  return null;
}

const tell = (what: string, seconds: number | null): void =>
  console.log(`  ${what.padEnd(44)} ${seconds === null ? 'never' : `${seconds.toFixed(1)} s`}`);

/** Everything serves from the member that will be lost, and nothing is under way. */
async function settle(rig: Rig): Promise<void> {
  const isSettled = (it: Look): boolean => it.standing === DEPLOYMENTS && it.applied === 0 && it.moving === 0;
  if ((await until(rig, isSettled, 180)) === null)
    throw new Error(`never settled: ${JSON.stringify(await rig.look())}`);
  await sleep(3000 + Math.random() * 4000); // a fault keeps no step with the probes
}

const setFault = (rig: Rig, fault: Fault): Promise<void> => rig.sandbox.apply({ action: 'api', cluster: LOST, fault });
const heal = (rig: Rig): Promise<void> => rig.sandbox.apply({ action: 'heal', cluster: LOST, service: null });

async function loss(fault: Fault, limit: number): Promise<void> {
  const rig = await startRig({});
  try {
    await settle(rig);
    await setFault(rig, fault);
    const began = performance.now();
    const since = (): number => (performance.now() - began) / 1000;
    const seen = async (isSo: (look: Look) => boolean): Promise<number | null> =>
      (await until(rig, isSo, 60)) === null ? null : since();
    tell('verdict Suspect', await seen((it) => it.verdict !== 'Healthy'));
    tell('verdict Down', await seen((it) => it.verdict === 'Down'));
    tell('first replacement applied', await seen((it) => it.applied > 0));
    const applied = await seen((it) => it.applied === DEPLOYMENTS);
    tell(`all ${DEPLOYMENTS} replacements applied (limit ${limit} s)`, applied);
    tell('all ready elsewhere', await seen((it) => it.recovered === DEPLOYMENTS));
    if (applied === null || applied > limit) process.exitCode = 1;
  } finally {
    await rig.stop();
  }
}

/** Watches for so many seconds; resolves to the most that was applied elsewhere, and when anything was, in seconds. */
async function watchFor(rig: Rig, seconds: number): Promise<{ readonly most: number; readonly lowest: number }> {
  let [most, lowest] = [0, DEPLOYMENTS];
  await until(
    rig,
    (it) => {
      most = Math.max(most, it.applied);
      lowest = Math.min(lowest, it.standing);
      return false;
    },
    seconds,
  );
  return { most, lowest };
}

async function controlPlaneOnly(): Promise<void> {
  const gateway = createServer((_request, response) => response.end('ok'));
  await new Promise<void>((resolve) => gateway.listen(0, '127.0.0.1', resolve));
  const dataPathURL = `http://127.0.0.1:${(gateway.address() as AddressInfo).port}/health`;
  const rig = await startRig({ dataPathURL });
  try {
    await settle(rig);
    await setFault(rig, { kind: 'black-hole' });
    tell('verdict ControlPlaneLost', await until(rig, (it) => it.verdict === 'ControlPlaneLost', 60));
    const { most } = await watchFor(rig, 45);
    console.log(`  replacements applied within 45 s more           ${most}`);
    if (most > 0) process.exitCode = 1;
  } finally {
    await rig.stop();
    gateway.close();
  }
}

/** With a model that takes as long to load as real ones do at the least: replacements are not ready within a flap. */
async function flaps(): Promise<void> {
  const rig = await startRig({}, '60s');
  try {
    await settle(rig);
    for (let round = 1; round <= 10; round += 1) {
      await setFault(rig, { kind: 'refuse' });
      const down = await watchFor(rig, 20);
      await heal(rig);
      const up = await watchFor(rig, 20);
      const { verdict, applied, moving, standing } = await rig.look();
      const most = Math.max(down.most, up.most);
      const lowest = Math.min(down.lowest, up.lowest);
      console.log(
        `  flap ${String(round).padStart(2)}: ${most} started elsewhere, ${applied} still there; ` +
          `at home ${standing}, never below ${lowest}; ${moving} moving; ${verdict}`,
      );
      if (lowest < DEPLOYMENTS || (round > 1 && most > 0)) process.exitCode = 1;
    }
  } finally {
    await rig.stop();
  }
}

/** Half of the member's machines are reclaimed with Azure's thirty seconds of notice. */
async function notice(): Promise<void> {
  const rig = await startRig({}, '8s');
  try {
    await settle(rig);
    const machines = { pool: 'spot', nodes: { share: 0.5 } };
    await rig.sandbox.apply({ action: 'reclaim', cluster: LOST, machines, notice: seconds(30) });
    const since = performance.now();
    const applied = await until(rig, (it) => it.applied > 0 || it.units > DEPLOYMENTS * 2, 30);
    tell('first replacement applied after the notice', applied);
    let lowest = DEPLOYMENTS * 2;
    await until(
      rig,
      (it) => {
        lowest = Math.min(lowest, it.units);
        return false;
      },
      60,
    );
    console.log(
      `  ready units at the lowest, of ${DEPLOYMENTS * 2}, in ${((performance.now() - since) / 1000).toFixed(0)} s        ${lowest}`,
    );
    if (applied === null || lowest < DEPLOYMENTS * 2) process.exitCode = 1;
  } finally {
    await rig.stop();
  }
}

const STORIES: Readonly<Record<string, () => Promise<void>>> = {
  refuse: () => loss({ kind: 'refuse' }, 15),
  'black-hole': () => loss({ kind: 'black-hole' }, 20),
  slow: () => loss({ kind: 'latency', ms: 20_000 }, 20),
  'control-plane-only': controlPlaneOnly,
  notice,
  flaps,
};

const asked = process.argv.slice(2);
for (const [name, story] of Object.entries(STORIES)) {
  if (asked.length > 0 && !asked.includes(name)) continue;
  console.log(name);
  await story();
}
