/** hack/kube: gets, starts, breaks, ends and removes real control planes on this machine. Enter at COMMANDS. */
import { existsSync, readdirSync } from 'node:fs';
import { resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { CACHE, clearCache } from './cache.ts';
import { clusterOf, DEFAULT_FOLDER, type FleetRecord, type PartName, readFleet } from './fleet-file.ts';
import { type ControlPlane, type Found, getControlPlane, getTool, minorsToTest } from './get-programs.ts';
import { playScenario, readMembers } from './play-scenario.ts';
import { endParts, isRunning, killPart, signalPart } from './processes.ts';
import { say, secondsText, timed } from './progress.ts';
import { endFleet, HUB, partOf, startFleet, startPartAgain } from './start-fleet.ts';
import { TOOLS } from './versions.ts';

const USAGE = `usage: hack/kube <command> [options]

  get [--minor N] [--tools]   gets etcd, kube-apiserver, kube-controller-manager, kube-scheduler and kubectl, and with
                              --tools helm and kubeconform: from KUBEBUILDER_ASSETS, PATH or the cache, else built from
                              their Go modules, else, where there is no Go, downloaded. --minor 34: an older version
  tools                       helm and kubeconform alone
  minors                      the minors that tests run on: the current one, or that of KUBEBUILDER_ASSETS, and the oldest
  env [--minor N]             the same, and prints what a shell is to eval: eval "$(hack/kube env)"
  up [--members N | --scenario S] [--minor N] [--audit]
                              starts a hub and members on loopback and writes kubeconfigs; a scenario of the sandbox
                              names the members; with --audit each API server tells of all writes in its audit.log
  play --scenario S           clouds, nodes and pods of that scenario on what is up, until it is interrupted
  status                      what is up
  stop|kill|start|freeze|thaw <cluster> [part]
                              a part of a cluster, by default its kube-apiserver: told to end, ended at once, started
                              again, deaf, itself again
  down                        ends what up has started, and removes what it wrote
  clean                       removes all that get has fetched

  --dir DIR                   where up keeps keys, data and kubeconfigs; default ${DEFAULT_FOLDER}
  The cache is ${CACHE}`;

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    minor: { type: 'string' },
    members: { type: 'string' },
    scenario: { type: 'string' },
    dir: { type: 'string' },
    tools: { type: 'boolean', default: false },
    audit: { type: 'boolean', default: false },
  },
});
const folder = resolve(values.dir ?? DEFAULT_FOLDER);
const [command = 'help', ...operands] = positionals;

/** Exit codes, as shells have them. */
const INTERRUPTED: Readonly<Record<string, number>> = { SIGHUP: 129, SIGINT: 130, SIGTERM: 143 };
const interrupted = new AbortController();
for (const [name, code] of Object.entries(INTERRUPTED))
  process.once(name, () => {
    process.exitCode = code;
    interrupted.abort(new Error('interrupted'));
  });

const COMMANDS: Readonly<Record<string, () => Promise<void> | void>> = {
  get,
  env,
  tools,
  minors: () => console.log(minorsToTest().join(' ')),
  up,
  play,
  status,
  stop: () => withPart(async (_, part) => endParts([part])),
  kill: () => withPart(async (_, part) => killPart(part)),
  start: () => withPart(async (cluster, part) => startPartAgain(folder, cluster, part.part)),
  freeze: () => withPart((_, part) => signalPart(part, 'SIGSTOP')),
  thaw: () => withPart((_, part) => signalPart(part, 'SIGCONT')),
  down,
  clean,
  help: () => console.log(USAGE),
};

function minor(): number | null {
  if (values.minor === undefined) return null;
  const number = Number(values.minor.replace(/^1\./, ''));
  if (!Number.isInteger(number)) throw new Error(`--minor takes a number like 34, not ${values.minor}`);
  return number;
}

async function get(): Promise<void> {
  const started = performance.now();
  const programs = await controlPlane();
  console.log(`Kubernetes ${programs.version}: ${programs.folder} (${programs.source})`);
  if (values.tools) await tools();
  say(`ready in ${secondsText(performance.now() - started)}; \`hack/kube clean\` removes what was fetched`);
}

async function tools(): Promise<void> {
  for (const tool of TOOLS) {
    const found = await getTool(tool, interrupted.signal);
    console.log(`${tool.name}: ${found.folder} (${found.source})`);
  }
}

const controlPlane = (): Promise<ControlPlane> => getControlPlane(minor(), interrupted.signal);

async function env(): Promise<void> {
  const programs = await controlPlane();
  const found: Found[] = [];
  for (const tool of TOOLS) found.push(await getTool(tool, interrupted.signal));
  const folders = [...new Set([programs.folder, ...found.filter((it) => it.source !== 'PATH').map((it) => it.folder)])];
  console.log(`export KUBEBUILDER_ASSETS='${programs.folder}' PATH='${folders.join(':')}':"$PATH"`);
}

async function up(): Promise<void> {
  if (readFleet(folder) !== null) throw new Error(`something is up in ${folder}; hack/kube down ends it`);
  if (existsSync(folder) && readdirSync(folder).length > 0) throw new Error(`${folder} is not empty`);
  const members = await memberNames();
  const programs = await controlPlane();
  const what = `starting Kubernetes ${programs.version} (${programs.source}): hub and ${members.length} members`;
  const options = { folder, members, programs, audited: values.audit };
  const fleet = await timed(what, () => startFleet(options, interrupted.signal));
  for (const { name, kubeconfig } of fleet.clusters) console.log(`${name}: ${kubeconfig}`);
  say('`hack/kube down` ends them and leaves nothing behind');
}

async function memberNames(): Promise<readonly string[]> {
  if (values.scenario !== undefined) return readMembers(values.scenario);
  const count = Number(values.members ?? '1');
  if (!Number.isInteger(count) || count < 0 || count > 50) throw new Error('--members takes a number from 0 to 50');
  return Array.from({ length: count }, (_, index) => `member-${index + 1}`);
}

async function play(): Promise<void> {
  const fleet = standing();
  const playing = await playScenario({ folder, fleet, scenario: values.scenario ?? 'demo' });
  console.log(`cloud endpoints: ${playing.endpointsFile}`);
  const { signal } = interrupted;
  if (!signal.aborted) await new Promise((resolved) => signal.addEventListener('abort', resolved, { once: true }));
  await playing.stop();
  process.exitCode = 0; // It is how playing ends.
}

function status(): void {
  const fleet = readFleet(folder);
  if (fleet === null) {
    console.log('nothing is up');
    return;
  }
  console.log(`Kubernetes ${fleet.version} (${fleet.source}) in ${folder}`);
  for (const { name, server, parts } of fleet.clusters) {
    const states = parts.map((part) => `${part.part} ${isRunning(part) ? part.pid : 'not running'}`);
    console.log(`${name} ${server}: ${states.join(', ')}`);
  }
}

function standing(): FleetRecord {
  const fleet = readFleet(folder);
  if (fleet === null) throw new Error(`nothing is up in ${folder}; hack/kube up starts it`);
  return fleet;
}

async function withPart(
  act: (cluster: string, part: ReturnType<typeof partOf>) => Promise<void> | void,
): Promise<void> {
  const [cluster = HUB, part = 'kube-apiserver'] = operands;
  await act(cluster, partOf(clusterOf(standing(), cluster), part as PartName));
}

async function down(): Promise<void> {
  const ended = await timed('ending what is up', () => endFleet(folder, { keep: false }));
  if (ended === 0) say(`nothing was up in ${folder}`);
}

function clean(): void {
  const names = clearCache();
  if (names.length === 0) return say(`there was nothing in ${CACHE}`);
  say(
    `removed ${names.join(', ')} from ${CACHE}; Go's own cache of modules and builds stays: go clean -cache -modcache`,
  );
}

try {
  const chosen = COMMANDS[command];
  if (chosen === undefined) throw new Error(`there is no command ${command}\n\n${USAGE}`);
  await chosen();
} catch (error) {
  say(error instanceof Error ? error.message : String(error));
  process.exitCode ??= 1;
}
