/** Asks the address at which a member serves requests whether it does: evidence that does not pass through its API. */
import { request as requestHttp } from 'node:http';
import { request as requestHttps } from 'node:https';
import { guardedLookup } from '../kube/guarded-lookup.ts';
import { refuseHost } from '../kube/server-address.ts';
import type { Clock } from '../model/clock.ts';
import { after, millis, type Instant, type Millis } from '../model/units.ts';

export interface DataPathOptions {
  /** http or https; asked without any credential, redirects are not followed. */
  readonly url: string;
  readonly period: Millis;
  readonly timeout: Millis;
  /** Whether the member may be on this machine, as in the sandbox. */
  readonly allowLoopback: boolean;
  readonly clock: Clock;
  /** It served a request that was sent at that time. */
  readonly onServed: (at: Instant) => void;
}

/** A gateway without a backend answers 5xx; anything below that comes from something that serves. */
const FIRST_SERVER_ERROR = 500;

/** Asks once a period until the signal aborts. Silence, refusals and server errors are no sign of anything. */
export async function probeDataPath(options: DataPathOptions, signal: AbortSignal): Promise<void> {
  const { clock, period, timeout, onServed } = options;
  while (!signal.aborted) {
    const startedAt = clock.now();
    if (await serves(options, AbortSignal.any([signal, clock.deadline(timeout)]))) onServed(startedAt);
    await clock.sleep(millis(Math.max(0, after(startedAt, period) - clock.now())), signal);
  }
}

/** Whether an answer comes that is no server error. An address that must not be asked does not serve. */
export function serves(
  { url, allowLoopback }: Pick<DataPathOptions, 'url' | 'allowLoopback'>,
  signal: AbortSignal,
): Promise<boolean> {
  const target = URL.parse(url);
  if (target === null || refuseHost(target.hostname, { allowLoopback }) !== null) return Promise.resolve(false);
  const send = target.protocol === 'https:' ? requestHttps : requestHttp;
  return new Promise((resolve) => {
    const request = send(target, { signal, lookup: guardedLookup({ allowLoopback }), agent: false }, (answer) => {
      answer.resume();
      resolve((answer.statusCode ?? FIRST_SERVER_ERROR) < FIRST_SERVER_ERROR);
      request.destroy();
    });
    request.on('error', () => resolve(false));
    request.end();
  });
}
