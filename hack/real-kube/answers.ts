/** Asks the parts of a control plane over TLS whether they are up. */
import { readFileSync } from 'node:fs';
import { request } from 'node:https';
import { setTimeout as wait } from 'node:timers/promises';

export interface Credentials {
  readonly ca: string;
  readonly cert?: string;
  readonly key?: string;
}

export interface Answer {
  readonly status: number;
  readonly text: string;
}

const ASK_TIMEOUT_MS = 2_000;
const ASK_AGAIN_MS = 100;

/** Credentials are files. Rejects when nothing answers in time. */
export function ask(url: string, credentials: Credentials, body?: object): Promise<Answer> {
  const { ca, cert, key } = credentials;
  return new Promise((resolve, reject) => {
    const outgoing = request(url, {
      method: body === undefined ? 'GET' : 'POST',
      ca: readFileSync(ca),
      ...(cert === undefined || key === undefined ? {} : { cert: readFileSync(cert), key: readFileSync(key) }),
      timeout: ASK_TIMEOUT_MS,
      agent: false,
    });
    outgoing.on('timeout', () => outgoing.destroy(new Error(`${url} did not answer in time`)));
    outgoing.on('error', reject);
    outgoing.on('response', (response) => {
      let text = '';
      response.setEncoding('utf8');
      response.on('data', (chunk: string) => (text += chunk));
      response.on('end', () => resolve({ status: response.statusCode ?? 0, text }));
      response.on('error', reject);
    });
    outgoing.end(body === undefined ? undefined : JSON.stringify(body));
  });
}

export interface Patience {
  readonly milliseconds: number;
  /** Whether there is no sense in waiting on. */
  readonly isLost: () => boolean;
}

/** Whether it answers 200 before patience runs out. */
export async function comesUp(url: string, credentials: Credentials, patience: Patience): Promise<boolean> {
  const deadline = performance.now() + patience.milliseconds;
  while (performance.now() < deadline && !patience.isLost()) {
    const answer = await ask(url, credentials).catch(() => null);
    if (answer?.status === 200) return true;
    await wait(ASK_AGAIN_MS);
  }
  return false;
}
