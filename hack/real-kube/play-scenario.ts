/** A scenario of the sandbox on real control planes: its clouds, its nodes and pods, and who its clouds' tokens are of. */
import { readFileSync } from 'node:fs';
import type { Clock } from '../../operator/model/clock.ts';
import { seconds } from '../../operator/model/units.ts';
import type { Log } from '../../operator/runtime/log.ts';
import { SILENT_LOG } from '../../operator/runtime/silent-log.ts';
import { createSystemClock } from '../../operator/runtime/system-clock.ts';
import { createAuthority } from '../../operator/sandbox/certificates.ts';
import { type CloudEndpointsServer, startCloudEndpoints } from '../../operator/sandbox/cloud/start-cloud-endpoints.ts';
import type { CloudState } from '../../operator/sandbox/cloud-state.ts';
import type { KubeApi } from '../../operator/sandbox/kube-api.ts';
import { applyEvent, type Stage } from '../../operator/sandbox/scenario/apply-event.ts';
import { cloudStateOf } from '../../operator/sandbox/scenario/cloud-state-of.ts';
import { loadScenario } from '../../operator/sandbox/scenario/read-scenario.ts';
import type { Scenario, ScenarioEvent } from '../../operator/sandbox/scenario/scenario.ts';
import { writeSandboxFiles } from '../../operator/sandbox/sandbox-files.ts';
import { createHttpsKubeApi } from '../../operator/sandbox/world/https-kube-api.ts';
import { startWorld, type World } from '../../operator/sandbox/world/start-world.ts';
import { type ClusterRecord, clusterOf, type FleetRecord, readFleet } from './fleet-file.ts';
import { killPart, signalPart } from './processes.ts';
import { type SlowLink, startSlowLink } from './slow-link.ts';
import { partOf, startPartAgain } from './start-fleet.ts';
import { startTokenWebhook } from './token-webhook.ts';

export interface PlayOptions {
  readonly folder: string;
  readonly fleet: FleetRecord;
  /** A scenario, the name of a built-in one, or a path to a file. Its clusters are members of the fleet. */
  readonly scenario: Scenario | string;
  /** Whether the clouds tell a way to each member on which answers can be slowed; connections to it are never refused. */
  readonly slowable?: boolean;
  readonly log?: Log;
}

export interface Playing {
  readonly scenario: Scenario;
  readonly state: CloudState;
  readonly cloud: CloudEndpointsServer;
  /** What the operator takes as --cloud-endpoints. */
  readonly endpointsFile: string;
  /** An administrator's client of the hub or of a member. */
  api(cluster: string): KubeApi;
  /** Makes something happen now. */
  apply(event: ScenarioEvent): Promise<void>;
  stop(): Promise<void>;
}

/** Kubernetes takes a node for lost that has not renewed its Lease for 40 s. */
const HEARTBEAT = seconds(10);

/** The names of the scenario's clusters. */
export async function readMembers(scenario: string): Promise<readonly string[]> {
  return (await loadScenario(scenario)).clusters.map((cluster) => cluster.name);
}

/** Resolves when the clouds answer and the nodes that stand at the start are there. Time passes as it does. */
export async function playScenario(options: PlayOptions): Promise<Playing> {
  const { folder, fleet, log = SILENT_LOG } = options;
  const scenario = typeof options.scenario === 'string' ? await loadScenario(options.scenario) : options.scenario;
  const clock = createSystemClock();
  await using started = new AsyncDisposableStack();
  const links = new Map<string, SlowLink>();
  if (options.slowable === true)
    for (const { name } of scenario.clusters) {
      const link = await startSlowLink(clusterOf(fleet, name).server);
      started.defer(() => link.stop());
      links.set(name, link);
    }
  const state = stateOf({ scenario, fleet, links }, clock);
  const authority = await createAuthority();
  const certificate = await authority.issueServerCertificate(['localhost'], ['127.0.0.1']);
  const cloud = await startCloudEndpoints({ clock, state, tls: { ...certificate, caPem: authority.caPem }, log });
  started.defer(() => cloud.stop());
  const webhook = await startTokenWebhook(fleet.tokenWebhook, { state, cloud });
  started.defer(() => webhook.stop());

  const apis = new Map<string, KubeApi>();
  const calls = new AbortController();
  for (const cluster of fleet.clusters) {
    const api = createHttpsKubeApi({ access: accessOf(cluster), clock, log, signal: calls.signal });
    started.defer(() => api.close());
    apis.set(cluster.name, api);
  }
  const api = (name: string): KubeApi => apis.get(name) ?? noCluster(name);
  const worlds = new Map<string, World>();
  started.defer(async () => {
    calls.abort();
    await Promise.all([...worlds.values()].map((world) => world.ended));
  });
  const { scaleIn, seed } = scenario;
  const timings = { ...scenario.timings, heartbeat: scenario.timings.heartbeat ?? HEARTBEAT };
  for (const cluster of state.clusters) {
    const own = { api: api(cluster.name), cluster, standIns: false };
    worlds.set(cluster.name, await startWorld({ ...own, clock, log, timings, scaleIn, seed }, calls.signal));
  }
  const stage: Stage = {
    now: () => clock.now(),
    state,
    worlds,
    setApiFault: (name, fault) => breakServer({ folder, name, link: links.get(name) ?? null }, fault),
  };
  const files = await writeSandboxFiles(folder, new Map([['endpoints.json', endpointsText(cloud, clock)]]));
  started.defer(() => files.remove());
  const all = started.move();
  return {
    scenario,
    state,
    cloud,
    endpointsFile: `${folder}/endpoints.json`,
    api,
    apply: (event) => applyEvent(stage, event),
    stop: () => all.disposeAsync(),
  };
}

interface Ground {
  readonly scenario: Scenario;
  readonly fleet: FleetRecord;
  readonly links: ReadonlyMap<string, SlowLink>;
}

function stateOf({ scenario, fleet, links }: Ground, clock: Clock): CloudState {
  const state = cloudStateOf(scenario, clock.now());
  for (const cluster of state.clusters) {
    const { server, ca } = clusterOf(fleet, cluster.name);
    cluster.server = links.get(cluster.name)?.url ?? server;
    cluster.caPem = readFileSync(ca, 'utf8');
  }
  return state;
}

const accessOf = ({ server, ca, admin }: ClusterRecord) => ({
  server,
  caPem: readFileSync(ca, 'utf8'),
  auth: { certPem: readFileSync(admin.cert, 'utf8'), keyPem: readFileSync(admin.key, 'utf8') },
});

function endpointsText({ endpoints }: CloudEndpointsServer, clock: Clock): string {
  const stamp = { realStart: clock.now(), virtualStart: clock.now(), speed: 1 };
  return `${JSON.stringify({ ...endpoints, clock: stamp }, null, 2)}\n`;
}

interface BreakableServer {
  readonly folder: string;
  readonly name: string;
  readonly link: SlowLink | null;
}

/** Faults of a real process: it is gone, or it is deaf, or the way to it is slow. */
async function breakServer(
  { folder, name, link }: BreakableServer,
  fault: Parameters<Stage['setApiFault']>[1],
): Promise<void> {
  if (fault?.kind === 'latency' && link !== null) return link.delay(fault.ms);
  const fleet = readFleet(folder);
  if (fleet === null) throw new Error(`nothing is up in ${folder}`);
  const server = partOf(clusterOf(fleet, name), 'kube-apiserver');
  if (fault === null) {
    link?.delay(0);
    signalPart(server, 'SIGCONT');
    return await startPartAgain(folder, name, 'kube-apiserver');
  }
  if (fault.kind === 'refuse') return killPart(server);
  if (fault.kind === 'black-hole') return signalPart(server, 'SIGSTOP');
  throw new Error(`a real API server cannot be made to ${fault.kind}`);
}

function noCluster(name: string): never {
  throw new Error(`nothing is up by the name of ${name}`);
}
