/** An operator in this process that can be stopped, and that can die. */
import { readConfig } from '../../operator/config.ts';
import type { Clock } from '../../operator/model/clock.ts';
import { runOperator, type OperatorDeps } from '../../operator/run-operator.ts';
import { createSeededRandom } from '../../operator/runtime/random.ts';
import { recordedLog, type LoggedLine } from './kube-log.ts';
import { MortalClock } from './scenario-clock.ts';

export interface OperatorOptions {
  readonly clock: Clock;
  readonly kubeconfig: string;
  readonly cloudEndpoints: string;
  readonly identity: string;
  readonly leaderElection?: boolean;
  /** Real time that one call may take. */
  readonly requestTimeoutMs?: number;
  readonly seed?: number;
  /** How members' endpoints are asked. */
  readonly askDataPath?: OperatorDeps['askDataPath'];
}

export interface RunningOperator {
  readonly identity: string;
  /** Everything it has logged. */
  readonly lines: readonly LoggedLine[];
  /** Where /healthz, /readyz and /metrics answer; null until they do. */
  readonly port: number | null;
  /** What it ended with: null while it runs and after it was stopped; an error otherwise. */
  readonly failure: Error | null;
  /** Told to stop, as by SIGTERM, and awaited. */
  stop(): Promise<void>;
  /** As by SIGKILL: it writes nothing more, gives up no lease, and is forgotten. */
  die(): Promise<void>;
}

export function startOperator(options: OperatorOptions): RunningOperator {
  const { identity, leaderElection = true, requestTimeoutMs = 10_000, kubeconfig, cloudEndpoints, seed = 1 } = options;
  const flags = {
    kubeconfig,
    cloudEndpoints,
    identity,
    listen: '127.0.0.1:0',
    namespace: 'default',
    leaderElection: String(leaderElection),
    requestTimeout: String(requestTimeoutMs),
  };
  const config = readConfig(flags, { env: {}, hostname: 'test', pid: 1 });
  const clock = new MortalClock(options.clock);
  const log = recordedLog();
  const stopping = new AbortController();
  const state: { port: number | null; failure: Error | null } = { port: null, failure: null };
  const onListening = (port: number): void => {
    state.port = port;
  };
  const ended = runOperator(
    {
      config,
      clock,
      log,
      random: createSeededRandom(seed),
      onListening,
      ...(options.askDataPath === undefined ? {} : { askDataPath: options.askDataPath }),
    },
    stopping.signal,
  ).catch((error: unknown) => {
    state.failure = error instanceof Error ? error : new Error(String(error));
  });
  const end = async (): Promise<void> => {
    stopping.abort(new Error('the test stops it'));
    await ended;
  };
  return {
    identity,
    lines: log.lines,
    get port() {
      return state.port;
    },
    get failure() {
      return state.failure;
    },
    stop: end,
    die: () => {
      clock.die();
      return end();
    },
  };
}
