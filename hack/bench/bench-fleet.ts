/** A fleet in a process of its own: startBenchFleet. */
import { fork } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { SILENT_LOG } from '../../operator/runtime/silent-log.ts';
import { createSystemClock } from '../../operator/runtime/system-clock.ts';
import type { KubeApi } from '../../operator/sandbox/kube-api.ts';
import { createHttpsKubeApi, type HttpsKubeAccess } from '../../operator/sandbox/world/https-kube-api.ts';
import type { AnswerMessage, CallMessage, FleetAnswers, FleetCall, FleetInfo } from './fleet-link.ts';

const FLEET_PROCESS = fileURLToPath(new URL('fleet-process.ts', import.meta.url));

export interface BenchFleetOptions {
  /** YAML of a scenario. */
  readonly scenario: string;
  readonly real: boolean;
  readonly slowable?: boolean;
}

export interface BenchFleet {
  readonly folder: string;
  readonly info: FleetInfo;
  readonly hub: KubeApi;
  readonly members: ReadonlyMap<string, KubeApi>;
  call<What extends FleetCall>(what: What): Promise<FleetAnswers[What['call']]>;
  stop(): Promise<void>;
}

/** Resolves when its servers answer and its nodes stand. */
export async function startBenchFleet(options: BenchFleetOptions): Promise<BenchFleet> {
  const folder = mkdtempSync(join(tmpdir(), 'tradewind-bench-'));
  const child = fork(FLEET_PROCESS, { stdio: ['ignore', 'inherit', 'inherit', 'ipc'] });
  const open = new Map<number, (message: AnswerMessage) => void>();
  child.on('message', (message: AnswerMessage) => {
    open.get(message.id)?.(message);
    open.delete(message.id);
  });
  const gone = new Promise<never>((_, reject) => child.once('exit', () => reject(new Error('the fleet is gone'))));
  gone.catch(() => {});
  let calls = 0;
  const call = <What extends FleetCall>(what: What): Promise<FleetAnswers[What['call']]> => {
    calls += 1;
    const message: CallMessage = { id: calls, what };
    const answered = new Promise<FleetAnswers[What['call']]>((resolve, reject) => {
      open.set(message.id, (it) => {
        if ('error' in it) reject(new Error(it.error));
        else resolve(it.answer as FleetAnswers[What['call']]);
      });
    });
    child.send(message);
    return Promise.race([answered, gone]);
  };
  const ending = new AbortController();
  const end = async (): Promise<void> => {
    ending.abort();
    await call({ call: 'stop' }).catch((error: unknown) => console.error(error));
    child.removeAllListeners('exit');
    child.disconnect();
    rmSync(folder, { recursive: true, force: true });
  };
  try {
    const info = await call({ call: 'start', request: { ...options, folder } });
    const connect = (access: HttpsKubeAccess): KubeApi =>
      createHttpsKubeApi({ access, clock: createSystemClock(), log: SILENT_LOG, signal: ending.signal });
    const members = new Map(Object.entries(info.members).map(([name, access]) => [name, connect(access)]));
    return { folder, info, hub: connect(info.hub), members, call, stop: end };
  } catch (error) {
    await end();
    throw error;
  }
}
