/** Lets a policy be judged from outside: one JSON message a line in, one answer a line out, until told to end. */
import { createInterface } from 'node:readline';
import type { Readable, Writable } from 'node:stream';
import { assertNever } from '../model/assert-never.ts';
import type { Policy, PolicyFactory } from './observation.ts';
import { readMessage } from './protocol-message.ts';

export interface ProtocolStreams {
  readonly input: Readable;
  readonly output: Writable;
}

interface NamedPolicy {
  readonly name: string;
  readonly begin: PolicyFactory;
}

/**
 * Answers until `end` or the end of the input. Throws at the first line that is no message, or comes out of turn: a run
 * that has lost its way is worth nothing.
 */
export async function serveProtocol({ name, begin }: NamedPolicy, streams: ProtocolStreams): Promise<void> {
  let policy: Policy | null = null;
  const answer = (value: unknown): void => void streams.output.write(`${JSON.stringify(value)}\n`);
  for await (const line of createInterface({ input: streams.input })) {
    if (line.trim() === '') continue;
    const message = readMessage(line);
    switch (message.type) {
      case 'init':
        policy = begin(message);
        answer({ type: 'ready', name });
        break;
      case 'step':
        if (policy === null) throw new Error('a step came before init');
        answer({ t: message.t, desired: Object.fromEntries(policy.decide(message)) });
        break;
      case 'end':
        return;
      default:
        assertNever(message);
    }
  }
}
