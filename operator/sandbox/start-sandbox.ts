/** Starts a whole fleet in this process: API servers, clouds and worlds of a scenario, under one authority. */
import type { Clock } from '../model/clock.ts';
import type { Log } from '../runtime/log.ts';
import { SILENT_LOG } from '../runtime/silent-log.ts';
import { createSystemClock } from '../runtime/system-clock.ts';
import type { ApiServer } from './apiserver/start-api-server.ts';
import { createAuthority } from './certificates.ts';
import type { CloudEndpointsServer, SandboxCloudAddresses } from './cloud/start-cloud-endpoints.ts';
import { startCloudEndpoints } from './cloud/start-cloud-endpoints.ts';
import type { CloudState } from './cloud-state.ts';
import { installOnHub } from './install-on-hub.ts';
import type { Stage } from './scenario/apply-event.ts';
import { applyEvent } from './scenario/apply-event.ts';
import { cloudStateOf } from './scenario/cloud-state-of.ts';
import { memberClusterOf } from './scenario/member-cluster.ts';
import { playTimeline } from './scenario/play-timeline.ts';
import { loadScenario } from './scenario/read-scenario.ts';
import type { Scenario, ScenarioEvent } from './scenario/scenario.ts';
import { HUB } from './scenario/scenario.ts';
import type { ClockStamp } from './sandbox-clock.ts';
import { createAcceleratedClock } from './sandbox-clock.ts';
import { writeSandboxFiles } from './sandbox-files.ts';
import { startServers } from './start-servers.ts';
import type { World } from './world/start-world.ts';
import { startWorld } from './world/start-world.ts';

export interface SandboxOptions {
  /** A scenario, the name of a built-in one, or a path to a file. */
  readonly scenario: Scenario | string;
  /** Default: runs from the scenario's epoch at its speed. */
  readonly clock?: Clock;
  /** Where to write kubeconfigs and endpoints.json; nothing is written when left out. */
  readonly dir?: string;
  readonly log?: Log;
  /** Whether MemberClusters for the scenario's clusters are created on the hub. Default: yes. */
  readonly registerMembers?: boolean;
  /** Whether the scenario's manifests are created on the hub. Default: yes. */
  readonly installObjects?: boolean;
  /** Whether the timeline plays by itself. Default: yes. */
  readonly playTimeline?: boolean;
  /** Stops the sandbox, as stop() does. */
  readonly signal?: AbortSignal;
}

/** What endpoints.json holds: where the clouds answer, and how to tell the sandbox's time. */
export type SandboxEndpoints = SandboxCloudAddresses & { readonly clock: ClockStamp };

export interface Sandbox {
  readonly scenario: Scenario;
  readonly clock: Clock;
  readonly hub: ApiServer;
  /** By cluster name. */
  readonly members: ReadonlyMap<string, ApiServer>;
  readonly state: CloudState;
  readonly cloud: CloudEndpointsServer;
  readonly endpoints: SandboxEndpoints;
  /** An administrator's kubeconfig of the hub ("hub") or of a member. */
  kubeconfig(cluster: string): string;
  /** Makes something happen now. */
  apply(event: ScenarioEvent): Promise<void>;
  /** Plays a step of the scenario's story now. */
  play(step: string): Promise<void>;
  /** Whether no world has anything to do at this moment. */
  readonly idle: boolean;
  /** Ends everything and removes what was written. Safe to call more than once. */
  stop(): Promise<void>;
}

/** Resolves when everything answers and the nodes that stand at the start are Ready. Throws ScenarioError. */
export async function startSandbox(options: SandboxOptions): Promise<Sandbox> {
  const log = options.log ?? SILENT_LOG;
  const scenario = typeof options.scenario === 'string' ? await loadScenario(options.scenario) : options.scenario;
  const { clock, stamp } = clockOf(options, scenario);
  const state = cloudStateOf(scenario, clock.now());
  await using started = new AsyncDisposableStack();

  const authority = await createAuthority();
  const certificate = await authority.issueServerCertificate(['localhost'], ['127.0.0.1']);
  const tls = { ...certificate, caPem: authority.caPem };
  const cloud = await startCloudEndpoints({ clock, state, tls, log });
  started.defer(() => cloud.stop());
  const { hub, members } = await startServers({ clock, tls, state, cloud }, started);
  await installOnHub(hub.api, [
    ...(options.registerMembers === false ? [] : scenario.clusters.map(memberClusterOf)),
    ...(options.installObjects === false ? [] : scenario.objects),
  ]);

  const stopping = new AbortController();
  const worlds = new Map<string, World>();
  const playing: Promise<void>[] = [];
  started.defer(async () => {
    stopping.abort();
    await Promise.all([...playing, ...[...worlds.values()].map((world) => world.ended)]);
  });
  await startWorlds({ scenario, clock, log, state, members, worlds }, stopping.signal);
  const setApiFault: Stage['setApiFault'] = (name, fault) => serverOf(name, hub, members).setFault(fault);
  const stage: Stage = { now: () => clock.now(), state, worlds, setApiFault };
  const apply = async (event: ScenarioEvent): Promise<void> => {
    await applyEvent(stage, event);
    log.info('applied scenario event', { reason: event.action });
  };
  const timeline = options.playTimeline === false ? [] : scenario.timeline;
  playing.push(playTimeline({ clock, startedAt: clock.now(), timeline, apply }, stopping.signal));

  const endpoints: SandboxEndpoints = { ...cloud.endpoints, clock: stamp };
  const kubeconfig = (name: string): string => serverOf(name, hub, members).adminKubeconfig();
  if (options.dir !== undefined) {
    const texts = [HUB, ...members.keys()].map((name) => [`${name}.kubeconfig`, kubeconfig(name)] as const);
    const files = new Map([...texts, ['endpoints.json', `${JSON.stringify(endpoints, null, 2)}\n`]]);
    const written = await writeSandboxFiles(options.dir, files);
    started.defer(() => written.remove());
  }
  const stop = stopper(started.move(), options.signal);
  return {
    scenario,
    clock,
    hub,
    members,
    state,
    cloud,
    endpoints,
    kubeconfig,
    apply,
    play: async (name) => {
      const step = scenario.steps.find((it) => it.name === name);
      if (step === undefined) throw new Error(`the scenario ${scenario.name} has no step "${name}"`);
      for (const event of step.events) await apply(event);
    },
    get idle() {
      return [...worlds.values()].every((world) => world.idle);
    },
    stop,
  };
}

function clockOf(options: SandboxOptions, scenario: Scenario): { readonly clock: Clock; readonly stamp: ClockStamp } {
  const machine = createSystemClock().now();
  if (options.clock === undefined)
    return createAcceleratedClock({ virtualStart: scenario.epoch ?? machine, speed: scenario.speed });
  // Somebody else moves this one; others can only be told where it stands.
  return { clock: options.clock, stamp: { realStart: machine, virtualStart: options.clock.now(), speed: 1 } };
}

type Members = ReadonlyMap<string, ApiServer>;

function serverOf(name: string, hub: ApiServer, members: Members): ApiServer {
  const server = name === HUB ? hub : members.get(name);
  if (server === undefined) throw new Error(`the sandbox has no cluster "${name}"`);
  return server;
}

interface WorldsOptions {
  readonly scenario: Scenario;
  readonly clock: Clock;
  readonly log: Log;
  readonly state: CloudState;
  readonly members: Members;
  /** Takes what has started, by cluster name. */
  readonly worlds: Map<string, World>;
}

async function startWorlds(options: WorldsOptions, signal: AbortSignal): Promise<void> {
  const { scenario, clock, log, state, members, worlds } = options;
  const { timings, scaleIn, seed } = scenario;
  for (const cluster of state.clusters) {
    const server = members.get(cluster.name);
    if (server === undefined) continue;
    const { api } = server;
    const world = await startWorld({ api, clock, log, cluster, timings, scaleIn, seed, standIns: true }, signal);
    worlds.set(cluster.name, world);
  }
}

/** Ends what has started, once, when called or when the signal aborts. */
function stopper(started: AsyncDisposableStack, signal: AbortSignal | undefined): () => Promise<void> {
  let stopped: Promise<void> | null = null;
  const stop = (): Promise<void> => {
    signal?.removeEventListener('abort', onAbort);
    stopped ??= started.disposeAsync();
    return stopped;
  };
  const onAbort = (): void => void stop();
  signal?.addEventListener('abort', onAbort, { once: true });
  if (signal?.aborted === true) onAbort();
  return stop;
}
