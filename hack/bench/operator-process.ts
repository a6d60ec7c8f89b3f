/** The operator as people run it, in a process of its own: startOperatorProcess. */
import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createWriteStream, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { freePorts } from '../real-kube/free-ports.ts';
import type { FleetInfo } from './fleet-link.ts';

const ROOT = fileURLToPath(new URL('../../', import.meta.url));
const MAIN = join(ROOT, 'operator/cli/main.ts');
const BUILD = join(ROOT, 'hack/build.ts');
const BUNDLE = join(ROOT, 'dist/tradewind.mjs');
const runProgram = promisify(execFile);
const LOOK_AGAIN_MS = 20;

export interface OperatorOptions {
  readonly fleet: FleetInfo;
  /** Where its log goes. */
  readonly folder: string;
  /** More flags of `tradewind run`. */
  readonly flags?: readonly string[];
  /** Whether to run the one file that is shipped, built anew, rather than the sources. */
  readonly bundled?: boolean;
  /** Where to leave a CPU profile; none when left out. */
  readonly profile?: string | undefined;
}

export interface OperatorProcess {
  readonly pid: number;
  /** Sum over all labels that match; NaN when there is no such metric. */
  metric(name: string, labels?: Readonly<Record<string, string>>): Promise<number>;
  /** Writes sent so far, by verb and on whom: `apply on members 1000, patch on the hub 2000`. */
  writes(): Promise<string>;
  stop(): Promise<void>;
}

/** Resolves when its health endpoint says that it is ready; it may not lead yet. */
export async function startOperatorProcess(options: OperatorOptions): Promise<OperatorProcess> {
  const { fleet, folder, flags = [], profile, bundled = false } = options;
  const [port = 0] = await freePorts(1);
  const log = join(folder, `operator-${port}.log`);
  const node = profile === undefined ? [] : ['--cpu-prof', `--cpu-prof-dir=${profile}`];
  const settings = [
    `--kubeconfig=${fleet.hubKubeconfig}`,
    `--cloud-endpoints=${fleet.endpointsFile}`,
    '--namespace=default',
    `--listen=127.0.0.1:${port}`,
    `--identity=bench-${port}`,
    ...flags,
  ];
  if (bundled) await runProgram(process.execPath, [BUILD], { cwd: ROOT });
  const child = spawn(process.execPath, [...node, bundled ? BUNDLE : MAIN, 'run', ...settings], {
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const written = createWriteStream(log);
  child.stdout.pipe(written);
  child.stderr.pipe(written);
  const url = `http://127.0.0.1:${port}`;
  const exited = once(child, 'exit');
  const end = (): void => void child.kill('SIGKILL');
  process.once('exit', end);
  for (;;) {
    if (child.exitCode !== null) throw new Error(`the operator ended:\n${lastLines(log)}`);
    if (await answers(`${url}/readyz`)) break;
    await wait(LOOK_AGAIN_MS);
  }
  return {
    pid: child.pid ?? 0,
    metric: async (name, labels = {}) => readMetric(await scrape(url), name, labels),
    writes: async () => writesIn(await scrape(url)),
    stop: async () => {
      child.kill('SIGTERM');
      await exited;
      process.off('exit', end);
    },
  };
}

async function answers(url: string): Promise<boolean> {
  try {
    return (await fetch(url)).ok;
  } catch {
    return false;
  }
}

const scrape = async (url: string): Promise<string> => (await fetch(`${url}/metrics`)).text();

const CALLS = 'rest_client_request_duration_seconds_count';

function writesIn(text: string): string {
  const onHub = (verb: string): number => readMetric(text, CALLS, { verb, host: 'hub' });
  const everywhere = (verb: string): number => readMetric(text, CALLS, { verb });
  const told = ['create', 'patch', 'apply', 'delete'].flatMap((verb) => {
    const hub = onHub(verb) || 0;
    const members = (everywhere(verb) || 0) - hub;
    return [
      ...(hub > 0 ? [`${verb} on the hub ${hub}`] : []),
      ...(members > 0 ? [`${verb} on members ${members}`] : []),
    ];
  });
  return told.join(', ');
}

/** Of the text of a scrape. */
function readMetric(text: string, name: string, labels: Readonly<Record<string, string>>): number {
  const wanted = Object.entries(labels).map(([label, value]) => `${label}="${value}"`);
  const values = text
    .split('\n')
    .filter((line) => line.startsWith(`${name}{`) || line.startsWith(`${name} `))
    .filter((line) => wanted.every((label) => line.includes(label)))
    .map((line) => Number(line.slice(line.lastIndexOf(' ') + 1)));
  return values.length === 0 ? Number.NaN : values.reduce((sum, value) => sum + value, 0);
}

const lastLines = (file: string): string => readFileSync(file, 'utf8').trimEnd().split('\n').slice(-10).join('\n');
