/** The operator's settings: the one place that reads flags and the environment, and the table that documents them. */
import { readFileSync } from 'node:fs';
import { TerminalError } from './model/errors.ts';
import { millis, type Millis } from './model/units.ts';
import { PUBLIC_ENDPOINTS, type CloudEndpoints } from './clouds/cloud-endpoints.ts';

export interface Config {
  /** null: the service account of the pod it runs in. */
  readonly kubeconfig: string | null;
  /** Where the API server of the pod's own cluster is, as the kubelet tells it; null outside of a cluster. */
  readonly inCluster: { readonly host: string; readonly port: string } | null;
  /** Where the lease and the members' Secrets live. */
  readonly namespace: string;
  readonly leaderElection: boolean;
  readonly identity: string;
  /** `host:port` of health, readiness and metrics. */
  readonly listen: { readonly host: string; readonly port: number };
  readonly logLevel: 'debug' | 'info' | 'warn' | 'error';
  /** json for machines, text for a person at a terminal. */
  readonly logFormat: 'json' | 'text';
  readonly cloudEndpoints: CloudEndpoints;
  /** Set by the sandbox's endpoints file alone: time that runs faster than the wall clock. */
  readonly sandboxClock: SandboxClock | null;
  /** Changes are collected for this long before they are planned together. */
  readonly planDebounce: Millis;
  /** How long one call to an API server may take. */
  readonly requestTimeout: Millis;
  /** How long the parts may take to stop. */
  readonly stopGrace: Millis;
}

/** Virtual time = virtualStart + (real − realStart) × speed; epoch milliseconds. */
export interface SandboxClock {
  readonly realStart: number;
  readonly virtualStart: number;
  readonly speed: number;
}

export interface Setting {
  readonly flag: string;
  readonly env: string;
  readonly fallback: string;
  readonly help: string;
}

/** Every setting; operator/README.md shows this table and a test keeps the two equal. */
export const SETTINGS = {
  kubeconfig: {
    flag: '--kubeconfig <file>',
    env: 'TRADEWIND_KUBECONFIG',
    fallback: '',
    help: 'kubeconfig of the hub; empty: the service account of its own pod',
  },
  namespace: {
    flag: '--namespace <name>',
    env: 'TRADEWIND_NAMESPACE',
    fallback: 'tradewind-system',
    help: "namespace of the leader's lease and of the Secrets with members' kubeconfigs",
  },
  leaderElection: {
    flag: '--leader-election <bool>',
    env: 'TRADEWIND_LEADER_ELECTION',
    fallback: 'true',
    help: 'whether only the holder of the lease acts',
  },
  identity: {
    flag: '--identity <name>',
    env: 'TRADEWIND_IDENTITY',
    fallback: '',
    help: "name in the leader's lease; empty: the host's name and the process id",
  },
  listen: {
    flag: '--listen <host:port>',
    env: 'TRADEWIND_LISTEN',
    fallback: '127.0.0.1:8080',
    help: 'address of /healthz, /readyz, /metrics and /decisions; port 0 takes a free one',
  },
  logLevel: {
    flag: '--log-level <level>',
    env: 'TRADEWIND_LOG_LEVEL',
    fallback: 'info',
    help: 'debug, info, warn or error',
  },
  logFormat: {
    flag: '--log-format <format>',
    env: 'TRADEWIND_LOG_FORMAT',
    fallback: 'json',
    help: 'json or text',
  },
  cloudEndpoints: {
    flag: '--cloud-endpoints <file>',
    env: 'TRADEWIND_CLOUD_ENDPOINTS',
    fallback: '',
    help: "JSON file with other addresses of the clouds' APIs, as the sandbox writes it",
  },
  planDebounce: {
    flag: '--plan-debounce <ms>',
    env: 'TRADEWIND_PLAN_DEBOUNCE_MS',
    fallback: '100',
    help: 'how long changes are collected after a planning pass; the first one after a silence is planned at once',
  },
  requestTimeout: {
    flag: '--request-timeout <ms>',
    env: 'TRADEWIND_REQUEST_TIMEOUT_MS',
    fallback: '10000',
    help: 'how long one call to an API server may take',
  },
  stopGrace: {
    flag: '--stop-grace <ms>',
    env: 'TRADEWIND_STOP_GRACE_MS',
    fallback: '10000',
    help: 'how long the operator may take to stop',
  },
} as const satisfies Record<string, Setting>;

export type SettingName = keyof typeof SETTINGS;
/** What was given on the command line; wins over the environment, which wins over the fallback. */
export type Flags = Readonly<Partial<Record<SettingName, string>>>;

export interface Surroundings {
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly hostname: string;
  readonly pid: number;
}

const invalid = (name: SettingName, problem: string): TerminalError =>
  new TerminalError(`setting ${SETTINGS[name].env} (${SETTINGS[name].flag}) ${problem}`, { code: 'Invalid' });

function readListen(value: string): Config['listen'] {
  const match = /^(.+):(\d{1,5})$/.exec(value);
  const port = Number(match?.[2]);
  if (!match || port > 65_535) throw invalid('listen', `must be host:port, not "${value}"`);
  return { host: (match[1] ?? '').replace(/^\[|\]$/g, ''), port };
}

function readMillis(name: SettingName, value: string): Millis {
  if (!/^\d+$/.test(value)) throw invalid(name, `must be a whole number of milliseconds, not "${value}"`);
  return millis(Number(value));
}

function readBoolean(name: SettingName, value: string): boolean {
  if (value !== 'true' && value !== 'false') throw invalid(name, `must be true or false, not "${value}"`);
  return value === 'true';
}

const LEVELS = ['debug', 'info', 'warn', 'error'] as const;

const FORMATS = ['json', 'text'] as const;

function readOneOf<T extends string>(name: SettingName, value: string, allowed: readonly T[]): T {
  const found = allowed.find((it) => it === value);
  if (!found) throw invalid(name, `must be one of ${allowed.join(', ')}, not "${value}"`);
  return found;
}

type EndpointsFile = CloudEndpoints & { readonly clock?: SandboxClock };

function readEndpoints(path: string): EndpointsFile {
  if (path === '') return PUBLIC_ENDPOINTS;
  try {
    return JSON.parse(readFileSync(path, 'utf8')) as EndpointsFile;
  } catch (cause) {
    throw new TerminalError(`cannot read the endpoints file ${path}: is it the one that the sandbox wrote?`, {
      code: 'Invalid',
      cause,
    });
  }
}

function readInCluster(env: Surroundings['env']): Config['inCluster'] {
  const { KUBERNETES_SERVICE_HOST: host, KUBERNETES_SERVICE_PORT: port } = env;
  return host && port ? { host, port } : null;
}

/** Reads every setting; throws TerminalError(Invalid) that names the first one that is wrong. */
export function readConfig(flags: Flags, { env, hostname, pid }: Surroundings): Config {
  const value = (name: SettingName): string => flags[name] ?? env[SETTINGS[name].env] ?? SETTINGS[name].fallback;
  const endpoints = readEndpoints(value('cloudEndpoints'));
  return {
    kubeconfig: value('kubeconfig') === '' ? null : value('kubeconfig'),
    inCluster: readInCluster(env),
    namespace: value('namespace'),
    leaderElection: readBoolean('leaderElection', value('leaderElection')),
    identity: value('identity') === '' ? `${hostname}_${pid}` : value('identity'),
    listen: readListen(value('listen')),
    logLevel: readOneOf('logLevel', value('logLevel'), LEVELS),
    logFormat: readOneOf('logFormat', value('logFormat'), FORMATS),
    cloudEndpoints: endpoints,
    sandboxClock: endpoints.clock ?? null,
    planDebounce: readMillis('planDebounce', value('planDebounce')),
    requestTimeout: readMillis('requestTimeout', value('requestTimeout')),
    stopGrace: readMillis('stopGrace', value('stopGrace')),
  };
}

/** The settings as this process sees them. */
export const processSurroundings = (hostname: string): Surroundings => ({
  env: process.env,
  hostname,
  pid: process.pid,
});
