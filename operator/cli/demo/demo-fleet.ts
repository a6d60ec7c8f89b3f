/** The fleet of the demo: a sandbox, the operator beside it in this process, and clients as a user has them. */
import { mkdtemp, rm } from 'node:fs/promises';
import { hostname, tmpdir } from 'node:os';
import { join } from 'node:path';
import { readConfig } from '../../config.ts';
import { createKubeClient } from '../../kube/client-node-client.ts';
import { fixedAccess } from '../../kube/cluster-access.ts';
import type { KubeClient } from '../../kube/kube-client.ts';
import { parseKubeconfig } from '../../kube/kubeconfig.ts';
import type { Clock } from '../../model/clock.ts';
import { TerminalError } from '../../model/errors.ts';
import { seconds } from '../../model/units.ts';
import { runOperator } from '../../run-operator.ts';
import type { Log } from '../../runtime/log.ts';
import { createMetrics } from '../../runtime/metrics.ts';
import { systemRandom } from '../../runtime/random.ts';
import type { Scenario } from '../../sandbox/scenario/scenario.ts';
import { startSandbox, type Sandbox } from '../../sandbox/start-sandbox.ts';

export interface DemoFleetOptions {
  readonly scenario: Scenario;
  /** Made for the sandbox's clock; the operator writes to it. */
  readonly logFor: (clock: Clock) => Log;
}

export interface DemoFleet extends AsyncDisposable {
  readonly sandbox: Sandbox;
  /** Where hub.kubeconfig and the others are, until the fleet is disposed of. */
  readonly dir: string;
  readonly hub: KubeClient;
  /** By name. */
  readonly members: ReadonlyMap<string, KubeClient>;
  /** Rejects when the operator fails; resolves when it has stopped. */
  readonly operator: Promise<void>;
}

/** Resolves when the API servers answer and the operator has begun; members are registered, deployments are not there. */
export async function startDemoFleet({ scenario, logFor }: DemoFleetOptions): Promise<DemoFleet> {
  await using started = new AsyncDisposableStack();
  const dir = await mkdtemp(join(tmpdir(), 'tradewind-demo-'));
  started.defer(() => rm(dir, { recursive: true, force: true }));
  const sandbox = await startSandbox({ scenario, dir, installObjects: false });
  started.defer(() => sandbox.stop());
  const { clock } = sandbox;
  const connect = (name: string): KubeClient => {
    const client = connectAsUser(name, sandbox.kubeconfig(name), clock);
    started.defer(() => client.close());
    return client;
  };
  const hub = connect('hub');
  const members = new Map([...sandbox.members.keys()].map((name) => [name, connect(name)]));
  const stopping = new AbortController();
  const operator = runOperator(
    { config: operatorConfig(dir), clock, log: logFor(clock), random: systemRandom },
    stopping.signal,
  );
  // Whoever waits for `operator` hears of a failure; stopping is not the place for it.
  const ended = operator.catch(() => {});
  started.defer(async () => {
    stopping.abort(new Error('the demo is over'));
    await ended;
  });
  const owned = started.move();
  return { sandbox, dir, hub, members, operator, [Symbol.asyncDispose]: () => owned.disposeAsync() };
}

/** As `tradewind run` would be started beside the sandbox, and alone: a lease of 15 s is short where time runs fast. */
function operatorConfig(dir: string): ReturnType<typeof readConfig> {
  const flags = {
    kubeconfig: join(dir, 'hub.kubeconfig'),
    cloudEndpoints: join(dir, 'endpoints.json'),
    namespace: 'default',
    leaderElection: 'false',
    listen: '127.0.0.1:0',
  };
  return readConfig(flags, { env: {}, hostname: hostname(), pid: process.pid });
}

/** A client with an administrator's kubeconfig, as kubectl is one. */
function connectAsUser(name: string, kubeconfig: string, clock: Clock): KubeClient {
  const parsed = parseKubeconfig(kubeconfig, { profile: 'own' });
  if (!parsed.ok) throw new TerminalError(`the kubeconfig of ${name}: ${parsed.message}`, { code: 'Invalid' });
  return createKubeClient({
    ...fixedAccess(parsed.access),
    allowLoopback: true,
    clock,
    metrics: createMetrics(),
    host: name,
    userAgent: 'tradewind-demo',
    fieldManager: 'tradewind-demo',
    requestTimeout: seconds(10),
    watchInactivity: seconds(180), // bookmarks come once a minute
  });
}
