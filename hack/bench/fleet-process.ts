/** The process that holds a bench's fleet: the sandbox, or real control planes with the sandbox's clouds and nodes. */
import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { load } from 'js-yaml';
import { readConfig } from '../../operator/config.ts';
import { runOperator } from '../../operator/run-operator.ts';
import { systemRandom } from '../../operator/runtime/random.ts';
import { SILENT_LOG } from '../../operator/runtime/silent-log.ts';
import { createSystemClock } from '../../operator/runtime/system-clock.ts';
import { installOnHub } from '../../operator/sandbox/install-on-hub.ts';
import type { KubeApi } from '../../operator/sandbox/kube-api.ts';
import { reportLoad } from '../../operator/sandbox/load/load-report.ts';
import type { RunningLoad } from '../../operator/sandbox/load/load-generator.ts';
import { startTraffic, type Traffic } from '../../operator/sandbox/load/start-traffic.ts';
import { memberClusterOf } from '../../operator/sandbox/scenario/member-cluster.ts';
import { readScenario } from '../../operator/sandbox/scenario/read-scenario.ts';
import type { Scenario, ScenarioEvent } from '../../operator/sandbox/scenario/scenario.ts';
import { startSandbox } from '../../operator/sandbox/start-sandbox.ts';
import type { HttpsKubeAccess } from '../../operator/sandbox/world/https-kube-api.ts';
import { getControlPlane } from '../real-kube/get-programs.ts';
import { playScenario, type Playing } from '../real-kube/play-scenario.ts';
import { endFleet, HUB, startFleet } from '../real-kube/start-fleet.ts';
import type { CallMessage, FleetAnswers, FleetCall, FleetInfo, FleetRequest } from './fleet-link.ts';
import { Scene, type SceneApis } from './scene.ts';
import { DEPLOYMENTS, MEMBER_CLUSTERS } from './subjects.ts';

interface Held {
  readonly info: FleetInfo;
  /** Past all faults where the servers are the sandbox's. */
  readonly apis: SceneApis;
  apply(event: ScenarioEvent): Promise<void>;
  stop(): Promise<void>;
}

const SERVED_DELAY_MS = 200;
const RESTART_DELAY_MS = 1000;
const FOLLOWING = new AbortController();
const scene = new Scene();
const loads: RunningLoad[] = [];
const OPERATING = new AbortController();
const current: {
  held: Held | null;
  traffic: Traffic | null;
  operator: Promise<void> | null;
  folder: string | null;
} = {
  folder: null,
  held: null,
  traffic: null,
  operator: null,
};

async function startSandboxFleet({ folder }: FleetRequest, scenario: Scenario): Promise<Held> {
  const sandbox = await startSandbox({ scenario, dir: folder });
  const access = (name: string): HttpsKubeAccess => accessIn(sandbox.kubeconfig(name));
  const names = [...sandbox.members.keys()];
  return {
    info: {
      servers: 'the sandbox',
      hubKubeconfig: join(folder, 'hub.kubeconfig'),
      endpointsFile: join(folder, 'endpoints.json'),
      hub: access(HUB),
      members: Object.fromEntries(names.map((name) => [name, access(name)])),
    },
    apis: { hub: sandbox.hub.api, members: new Map([...sandbox.members].map(([name, { api }]) => [name, api])) },
    apply: (event) => sandbox.apply(event),
    stop: () => sandbox.stop(),
  };
}

/** The sandbox's kubeconfigs have a token and nothing else. */
function accessIn(kubeconfig: string): HttpsKubeAccess {
  const { clusters, users } = load(kubeconfig) as {
    clusters: readonly { cluster: { server: string; 'certificate-authority-data': string } }[];
    users: readonly { user: { token: string } }[];
  };
  const [cluster] = clusters;
  const caPem = Buffer.from(cluster?.cluster['certificate-authority-data'] ?? '', 'base64').toString('utf8');
  return { server: cluster?.cluster.server ?? '', caPem, auth: { token: users[0]?.user.token ?? '' } };
}

async function startRealFleet({ folder, slowable = false }: FleetRequest, scenario: Scenario): Promise<Held> {
  const programs = await getControlPlane(null);
  const members = scenario.clusters.map((cluster) => cluster.name);
  const fleet = await startFleet({ folder, members, programs });
  const playing = await playScenario({ folder, fleet, scenario, slowable });
  const accesses = fleet.clusters.map(({ name, server, ca, admin }): [string, HttpsKubeAccess] => {
    const [caPem, certPem, keyPem] = [ca, admin.cert, admin.key].map((file) => readFileSync(file, 'utf8'));
    return [name, { server, caPem: caPem ?? '', auth: { certPem: certPem ?? '', keyPem: keyPem ?? '' } }];
  });
  await installReal(scenario, playing);
  const { [HUB]: hub, ...others } = Object.fromEntries(accesses);
  if (hub === undefined) throw new Error('the fleet has no hub');
  return {
    info: {
      servers: `Kubernetes ${fleet.version}`,
      hubKubeconfig: fleet.clusters.find(({ name }) => name === HUB)?.kubeconfig ?? '',
      endpointsFile: playing.endpointsFile,
      hub,
      members: others,
    },
    apis: { hub: playing.api(HUB), members: new Map(members.map((name) => [name, playing.api(name)])) },
    apply: (event) => playing.apply(event),
    stop: async () => {
      await playing.stop();
      await endFleet(folder, { keep: false });
    },
  };
}

/** What an administrator would have done: definitions and members on the hub, and on members leave for the operator. */
async function installReal(scenario: Scenario, playing: Playing): Promise<void> {
  const hub = playing.api(HUB);
  await installOnHub(hub, []);
  for (const cluster of scenario.clusters) {
    await untilTaken(() => hub.create(MEMBER_CLUSTERS, memberClusterOf(cluster)));
    await playing.api(cluster.name).create(
      { group: 'rbac.authorization.k8s.io', version: 'v1', plural: 'clusterrolebindings' },
      {
        apiVersion: 'rbac.authorization.k8s.io/v1',
        kind: 'ClusterRoleBinding',
        metadata: { name: 'bench' },
        roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name: 'cluster-admin' },
        subjects: [playing.state.identities.aws.arn, playing.state.identities.azure.objectId].map((name) => ({
          kind: 'User',
          name,
          apiGroup: 'rbac.authorization.k8s.io',
        })),
      },
    );
  }
}

/** Definitions are served a moment after they are there. */
async function untilTaken(create: () => Promise<unknown>): Promise<void> {
  for (let left = 50; ; left -= 1) {
    try {
      await create();
      return;
    } catch (error) {
      if (left === 0) throw error;
      await wait(SERVED_DELAY_MS);
    }
  }
}

function held(): Held {
  if (current.held === null) throw new Error('no fleet has been started');
  return current.held;
}

function apiOf(member: string): KubeApi {
  const api = held().apis.members.get(member);
  if (api === undefined) throw new Error(`the fleet has no member ${member}`);
  return api;
}

async function startTrafficOnce(): Promise<Traffic> {
  const { hub, members } = held().apis;
  current.traffic ??= await startTraffic({ clock: createSystemClock(), hub, members, gatewayApi: false });
  return current.traffic;
}

/** Everything goes at once, without anybody being asked: the cluster is another one now. */
async function empty(member: string): Promise<null> {
  const api = apiOf(member);
  const standing = await api.list(DEPLOYMENTS);
  for (const { metadata } of standing)
    await api.delete(DEPLOYMENTS, metadata.name, { namespace: metadata.namespace ?? '', gracePeriodSeconds: 0 });
  return null;
}

/** With the settings that it comes with, and started again when it ends, as its pod would be. */
async function operate(): Promise<null> {
  const { info } = held();
  const { network } = await startTrafficOnce();
  const flags = {
    kubeconfig: info.hubKubeconfig,
    cloudEndpoints: info.endpointsFile,
    namespace: 'default',
    listen: '127.0.0.1:0',
  };
  const config = readConfig(flags, { env: {}, hostname: 'bench', pid: process.pid });
  const deps = { config, clock: createSystemClock(), log: SILENT_LOG, random: systemRandom };
  const askDataPath = (url: string, signal: AbortSignal): Promise<boolean> => network.ask(url, signal);
  const run = async (): Promise<void> => {
    while (!OPERATING.signal.aborted) {
      await runOperator({ ...deps, askDataPath }, OPERATING.signal).catch((error: unknown) => {
        if (!OPERATING.signal.aborted) console.log(`    the operator is started again: ${String(error)}`);
      });
      await wait(RESTART_DELAY_MS);
    }
  };
  current.operator = run();
  return null;
}

async function perform(what: FleetCall): Promise<FleetAnswers[keyof FleetAnswers]> {
  switch (what.call) {
    case 'start': {
      const { request } = what;
      const scenario = readScenario(request.scenario, 'bench');
      current.folder = request.folder;
      current.held = await (request.real ? startRealFleet(request, scenario) : startSandboxFleet(request, scenario));
      writeFileSync(join(request.folder, 'scenario.yaml'), request.scenario);
      return current.held.info;
    }
    case 'apply':
      await held().apply(what.event);
      return null;
    case 'follow':
      void scene.run(held().apis, FOLLOWING.signal).catch(() => {});
      return null;
    case 'look':
      return scene.look();
    case 'load': {
      const traffic = await startTrafficOnce();
      const { targets, perSecond } = what;
      for (const target of targets) loads.push(traffic.load(target, { perSecond, tokens: 10 }));
      return null;
    }
    case 'cut': {
      const { network } = await startTrafficOnce();
      if (what.cut) network.cut(what.member);
      else network.heal(what.member);
      return null;
    }
    case 'operate':
      return await operate();
    case 'endLoad': {
      const records = await Promise.all(loads.splice(0).map((it) => it.stop()));
      return reportLoad(records.flat());
    }
    case 'empty':
      return await empty(what.member);
    case 'stop':
      FOLLOWING.abort();
      OPERATING.abort(new Error('the bench is over'));
      await current.operator;
      await current.traffic?.stop();
      await current.held?.stop();
      return null;
  }
}

process.on('message', ({ id, what }: CallMessage) => {
  const say = (message: object): void => void process.send?.({ id, ...message });
  perform(what).then(
    (answer) => say({ answer }),
    (error: unknown) => say({ error: error instanceof Error ? (error.stack ?? error.message) : String(error) }),
  );
});
// Whoever started this is gone, or everything is told to end: what was started goes with it.
const endAll = async (): Promise<void> => {
  await current.held?.stop();
  // Real control planes that are still being started are nobody's yet.
  if (current.folder === null) return;
  await endFleet(current.folder, { keep: false });
  rmSync(current.folder, { recursive: true, force: true });
};
const onEnd = (): void => void endAll().finally(() => process.exit());
process.once('disconnect', onEnd);
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, onEnd);
