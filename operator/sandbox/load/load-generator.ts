/** Sends requests at a steady rate, reads their streams to the end, and keeps what became of each. */
import { Agent, get } from 'node:http';
import type { Clock } from '../../model/clock.ts';
import { elapsed, millis, type Instant, type Millis } from '../../model/units.ts';

export interface LoadOptions {
  readonly url: string;
  readonly clock: Clock;
  readonly perSecond: number;
  /** Tokens that each request asks for. */
  readonly tokens: number;
}

/** Completed; Refused before the first token; Cut off in the middle of its stream. */
export type RequestEnd = 'Completed' | 'Refused' | 'Cut';

export interface RequestRecord {
  readonly startedAt: Instant;
  readonly took: Millis;
  readonly end: RequestEnd;
  /** The pod that answered; '' when none did. */
  readonly servedBy: string;
  /** What is known of a loss. */
  readonly why: string;
}

export interface RunningLoad {
  readonly records: readonly RequestRecord[];
  /** Requests under way. */
  readonly pending: number;
  /** Sends no more, and waits for those under way. */
  stop(): Promise<readonly RequestRecord[]>;
}

/** Sends until it is told to stop. */
export function startLoad({ url, clock, perSecond, tokens }: LoadOptions): RunningLoad {
  const records: RequestRecord[] = [];
  const pending = new Set<Promise<void>>();
  const stopping = new AbortController();
  const agent = new Agent({ keepAlive: false });
  const send = (): void => {
    const one = sendOne({ url: `${url}?tokens=${tokens}`, clock, agent })
      .then((record) => void records.push(record))
      .finally(() => pending.delete(one));
    pending.add(one);
  };
  const sending = (async (): Promise<void> => {
    const startedAt = clock.now();
    for (let sent = 0; !stopping.signal.aborted; ) {
      const due = Math.floor((elapsed(startedAt, clock.now()) / 1000) * perSecond);
      // A machine that lags does not make up for it in one burst.
      for (const until = Math.min(due, sent + Math.ceil(perSecond)); sent < until; sent += 1) send();
      sent = Math.max(sent, due);
      await clock.sleep(millis(1000 / perSecond), stopping.signal).catch(() => {});
    }
  })();
  return {
    records,
    get pending() {
      return pending.size;
    },
    stop: async () => {
      stopping.abort(new Error('enough requests were sent'));
      await sending;
      await Promise.all(pending);
      agent.destroy();
      return records;
    },
  };
}

interface Sending {
  readonly url: string;
  readonly clock: Clock;
  readonly agent: Agent;
}

function sendOne({ url, clock, agent }: Sending): Promise<RequestRecord> {
  const startedAt = clock.now();
  return new Promise((resolve) => {
    let [servedBy, text] = ['', ''];
    const end = (how: RequestEnd, why = ''): void =>
      resolve({ startedAt, took: elapsed(startedAt, clock.now()), end: how, servedBy, why });
    const request = get(url, { agent }, (answer) => {
      servedBy = String(answer.headers['x-served-by'] ?? '');
      answer.setEncoding('utf8');
      answer.on('data', (chunk: string) => (text += chunk));
      answer.on('error', () => end('Cut', 'the stream broke off'));
      answer.on('close', () => {
        if (answer.statusCode !== 200) end('Refused', `${answer.statusCode} ${String(answer.headers['x-lost'] ?? '')}`);
        else if (text.endsWith('done\n')) end('Completed');
        else end('Cut', 'the stream ended early');
      });
    });
    request.on('error', (error) => end(text === '' ? 'Refused' : 'Cut', error.message));
  });
}
