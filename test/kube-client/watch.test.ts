/** One watch connection: what it yields, how it ends, and what it never swallows. */
import type { ServerResponse } from 'node:http';
import { expect } from 'chai';
import { PODS } from '../../operator/kube/builtin-resources.ts';
import type { KubeClient, WatchEvent } from '../../operator/kube/kube-client.ts';
import { millis, seconds } from '../../operator/model/units.ts';
import { aClient, expectFailure, unaborted } from '../support/kube-client-fixture.ts';
import type { ScriptedServer } from '../support/kube-scripted-server.ts';
import { aPod, json, startScriptedServer, status, watchLine } from '../support/kube-scripted-server.ts';

const signal = unaborted();

async function collect(client: KubeClient, onOpen: () => void = () => {}): Promise<WatchEvent[]> {
  const events: WatchEvent[] = [];
  for await (const event of client.watch(PODS, { resourceVersion: '5', onOpen }, signal)) events.push(event);
  return events;
}

const stream = (response: ServerResponse, ...lines: readonly string[]): void => {
  response.writeHead(200, { 'content-type': 'application/json' });
  response.flushHeaders();
  for (const line of lines) response.write(line);
};

describe('KubeClient.watch', () => {
  let server: ScriptedServer;

  beforeEach(async () => {
    server = await startScriptedServer();
  });
  afterEach(() => server.close());

  it('yields every event and bookmark, and ends when the server does', async () => {
    const { client } = aClient(server);
    server.script((_request, response) => {
      const added = watchLine('ADDED', aPod('a', '6'));
      stream(response, added.slice(0, 20), added.slice(20) + watchLine('MODIFIED', aPod('a', '7')));
      response.write(watchLine('DELETED', aPod('a', '8')));
      response.end(watchLine('BOOKMARK', { kind: 'Pod', metadata: { resourceVersion: '12' } }));
    });
    let opened = 0;
    const events = await collect(client, () => {
      opened += 1;
    });
    expect(events.map(({ type }) => type)).to.deep.equal(['Added', 'Modified', 'Deleted', 'Bookmark']);
    expect(events[3]).to.deep.equal({ type: 'Bookmark', resourceVersion: '12' });
    expect(opened).to.equal(1);
    const { query } = server.requests[0] ?? { query: new URLSearchParams() };
    expect(Object.fromEntries(query)).to.deep.equal({
      watch: 'true',
      allowWatchBookmarks: 'true',
      resourceVersion: '5',
    });
    await client.close();
  });

  it('keeps characters whole that two chunks share', async () => {
    const { client } = aClient(server);
    const bytes = Buffer.from(watchLine('ADDED', { ...aPod('a', '6'), note: 'größer 🚀' }));
    server.script((_request, response) => {
      stream(response);
      response.write(bytes.subarray(0, bytes.length - 6));
      setImmediate(() => response.end(bytes.subarray(bytes.length - 6)));
    });
    const [event] = await collect(client);
    expect(event).to.have.nested.property('object.note', 'größer 🚀');
    await client.close();
  });

  it('throws Gone for a version that is too old, as an answer and inside the stream', async () => {
    const { client } = aClient(server);
    server.script((_request, response) => json(response, 410, status(410, 'Expired')));
    await expectFailure(collect(client), 'Gone');
    server.script((_request, response) => {
      stream(response);
      response.end(watchLine('ERROR', status(410, 'Expired')));
    });
    await expectFailure(collect(client), 'Gone');
    await client.close();
  });

  it('throws what other errors inside the stream mean', async () => {
    const { client } = aClient(server);
    server.script((_request, response) => {
      stream(response);
      response.end(watchLine('ERROR', { ...status(429, 'TooManyRequests'), details: { retryAfterSeconds: 3 } }));
    });
    const failure = await expectFailure(collect(client), 'Throttled');
    expect(failure).to.have.property('retryAfter', millis(3_000));
    await client.close();
  });

  for (const [what, line] of [
    ['broken JSON', '{"type":"ADDED","object":{\n'],
    ['a line that is no event', '"ADDED"\n'],
    ['an unknown type', watchLine('RENAMED', aPod('a', '6'))],
    ['an object without metadata', watchLine('ADDED', { kind: 'Pod' })],
    ['an object without a version', watchLine('ADDED', { metadata: { name: 'a' } })],
    ['a last line that was cut off', watchLine('ADDED', aPod('a', '6')).slice(0, 30)],
  ] as const) {
    it(`does not pass over ${what}`, async () => {
      const { client } = aClient(server);
      server.script((_request, response) => {
        stream(response);
        response.end(line);
      });
      await expectFailure(collect(client), 'ServerError');
      await client.close();
    });
  }

  it('says that the connection was reset, after the events that came before', async () => {
    const { client } = aClient(server);
    server.script((_request, response) => stream(response, watchLine('ADDED', aPod('a', '6'))));
    const events: WatchEvent[] = [];
    const watching = async (): Promise<void> => {
      for await (const event of client.watch(PODS, { resourceVersion: '5' }, signal)) {
        events.push(event);
        server.reset();
      }
    };
    await expectFailure(watching(), 'Unreachable');
    expect(events).to.have.lengthOf(1);
    await client.close();
  });

  it('ends a connection on which nothing is heard, and lets go of it', async () => {
    const { client, clock } = aClient(server, { watchInactivity: seconds(90) });
    server.script((_request, response) => stream(response));
    const opened = Promise.withResolvers<void>();
    const events = collect(client, () => opened.resolve());
    await opened.promise;
    await clock.advance(seconds(89));
    expect(clock.pendingSleeps).to.equal(1);
    await clock.advance(seconds(1));
    expect(await events).to.deep.equal([]);
    expect(clock.pendingSleeps).to.equal(0);
    await client.close();
  });

  it('counts the silence from the last thing it heard', async () => {
    const { client, clock } = aClient(server, { watchInactivity: seconds(90) });
    const response = Promise.withResolvers<ServerResponse>();
    server.script((_request, answer) => {
      stream(answer);
      response.resolve(answer);
    });
    const opened = Promise.withResolvers<void>();
    const watch = client.watch(PODS, { resourceVersion: '5', onOpen: () => opened.resolve() }, signal);
    const iterator = watch[Symbol.asyncIterator]();
    const first = iterator.next();
    await opened.promise;
    await clock.advance(seconds(60));
    (await response.promise).write(watchLine('ADDED', aPod('a', '6')));
    expect((await first).done).to.equal(false);
    const second = iterator.next();
    await clock.advance(seconds(60));
    expect(clock.pendingSleeps).to.equal(1);
    await clock.advance(seconds(30));
    expect((await second).done).to.equal(true);
    await client.close();
  });

  it('does not wait longer than a request for the answer to begin', async () => {
    const { client, clock } = aClient(server, { requestTimeout: seconds(10) });
    server.script(() => {});
    const failure = expectFailure(collect(client), 'Timeout');
    await server.received(1);
    await clock.advance(seconds(10));
    await failure;
    await client.close();
  });

  it('closes its connection when the caller has seen enough', async () => {
    const { client } = aClient(server);
    const closed = Promise.withResolvers<void>();
    server.script((_request, response) => {
      response.on('close', () => closed.resolve());
      stream(response, watchLine('ADDED', aPod('a', '6')));
    });
    for await (const event of client.watch(PODS, { resourceVersion: '5' }, signal)) {
      expect(event.type).to.equal('Added');
      break;
    }
    await closed.promise;
    await client.close();
  });

  it('rejects with the reason of the signal', async () => {
    const { client } = aClient(server);
    const stop = new AbortController();
    server.script((_request, response) => stream(response));
    const opened = Promise.withResolvers<void>();
    const watch = client.watch(PODS, { resourceVersion: '5', onOpen: () => opened.resolve() }, stop.signal);
    const outcome = watch[Symbol.asyncIterator]()
      .next()
      .catch((error: unknown) => error);
    await opened.promise;
    const reason = new Error('enough');
    stop.abort(reason);
    expect(await outcome).to.equal(reason);
    await client.close();
  });
});
