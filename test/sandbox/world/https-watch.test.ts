import { expect } from 'chai';
import { seconds } from '../../../operator/model/units.ts';
import type { KubeDocument } from '../../../operator/sandbox/kube-api.ts';
import type { ListAnswer } from '../../../operator/sandbox/world/https-watch.ts';
import { watchForEver } from '../../../operator/sandbox/world/https-watch.ts';
import { settle, SteppedClock } from '../../support/stepped-clock.ts';

const object = (name: string, resourceVersion: string, uid = name): KubeDocument => ({
  apiVersion: 'v1',
  kind: 'Pod',
  metadata: { name, uid, resourceVersion },
});

const line = (type: string, it: KubeDocument): string => `${JSON.stringify({ type, object: it })}\n`;

/** A server that answers lists and watches from a script, and then hangs. */
class ScriptedServer {
  readonly clock = new SteppedClock();
  readonly events: string[] = [];
  readonly opened: string[] = [];
  readonly troubles: unknown[] = [];
  readonly #stopping = new AbortController();
  readonly #watching: Promise<void>;

  constructor(lists: readonly (ListAnswer | Error)[], watches: readonly (readonly string[] | Error)[]) {
    const nextList = lists.values();
    const nextWatch = watches.values();
    const { signal } = this.#stopping;
    this.#watching = watchForEver({
      clock: this.clock,
      signal,
      onEvent: (type, it) => this.events.push(`${type} ${it.metadata.name}@${it.metadata.resourceVersion}`),
      onTrouble: (error) => this.troubles.push(error),
      list: async () => {
        const answer = nextList.next().value;
        if (answer === undefined || answer instanceof Error) throw answer ?? new Error('no more lists');
        return answer;
      },
      open: async (version) => {
        this.opened.push(version);
        const answer = nextWatch.next().value;
        if (answer instanceof Error) throw answer;
        return chunks(answer, signal);
      },
    });
  }

  async stop(): Promise<void> {
    this.#stopping.abort();
    await this.#watching;
  }
}

/** Ends after the script; without one it is silent until the signal aborts. */
async function* chunks(script: readonly string[] | undefined, signal: AbortSignal): AsyncIterable<Uint8Array> {
  for (const text of script ?? []) yield new TextEncoder().encode(text);
  if (script === undefined) await new Promise((resolve) => signal.addEventListener('abort', resolve, { once: true }));
}

describe('watchForEver', () => {
  it('tells what is there and what changes, and goes on where a connection ended', async () => {
    const first = [line('ADDED', object('b', '2')), line('BOOKMARK', object('', '7'))];
    const server = new ScriptedServer([{ items: [object('a', '1')], resourceVersion: '1' }], [first]);
    await server.clock.advance(seconds(1));
    expect(server.events).to.deep.equal(['ADDED a@1', 'ADDED b@2']);
    expect(server.opened).to.deep.equal(['1', '7']);
    await server.stop();
  });

  it('puts lines together that come in pieces', async () => {
    const text = line('MODIFIED', object('a', '2')) + line('DELETED', object('a', '3'));
    const pieces = [text.slice(0, 10), text.slice(10, 95), text.slice(95)];
    const server = new ScriptedServer([{ items: [object('a', '1')], resourceVersion: '1' }], [pieces]);
    await settle();
    expect(server.events).to.deep.equal(['ADDED a@1', 'MODIFIED a@2', 'DELETED a@3']);
    await server.stop();
  });

  it('lists again when its version is too old, and tells what has gone, come and changed meanwhile', async () => {
    const lists = [
      {
        items: [object('gone', '1'), object('same', '2'), object('changed', '3'), object('again', '4')],
        resourceVersion: '4',
      },
      { items: [object('same', '2'), object('changed', '8'), object('again', '9', 'other')], resourceVersion: '9' },
    ];
    const expired = [line('ERROR', { apiVersion: 'v1', kind: 'Status', metadata: { name: '' }, code: 410 })];
    const server = new ScriptedServer(lists, [expired]);
    await server.clock.advance(seconds(1));
    expect(server.events.slice(4)).to.deep.equal([
      'DELETED gone@1',
      'DELETED again@4',
      'MODIFIED changed@8',
      'ADDED again@9',
    ]);
    expect(server.opened).to.deep.equal(['4', '9']);
    await server.stop();
  });

  it('reports trouble and tries again', async () => {
    const trouble = [new Error('no list'), new Error('no watch')] as const;
    const list = { items: [object('a', '1')], resourceVersion: '1' };
    const server = new ScriptedServer([trouble[0], list, list], [trouble[1]]);
    await server.clock.advance(seconds(3));
    expect(server.troubles).to.deep.equal(trouble);
    expect(server.events).to.deep.equal(['ADDED a@1']);
    await server.stop();
    expect(server.clock.pendingSleeps).to.equal(0);
  });
});
