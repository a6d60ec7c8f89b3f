import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net';
import { expect } from 'chai';
import { type SlowLink, startSlowLink } from '../../hack/real-kube/slow-link.ts';

interface Echo {
  readonly server: Server;
  readonly url: string;
  /** Its ends of the connections it was ever given. */
  readonly ends: readonly Socket[];
}

/** Answers what it is asked. */
async function startEcho(): Promise<Echo> {
  const ends: Socket[] = [];
  const server = createServer((socket) => {
    ends.push(socket);
    socket.on('error', () => {});
    socket.pipe(socket);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return { server, ends, url: `https://127.0.0.1:${(server.address() as AddressInfo).port}` };
}

/** All that was answered once it is as long as that. */
async function answers(socket: Socket, length: number): Promise<string> {
  let text = '';
  while (text.length < length) {
    const [chunk] = (await once(socket, 'data')) as [Buffer];
    text += chunk.toString();
  }
  return text;
}

describe('startSlowLink', () => {
  const DELAY_MS = 80;
  let echo: Awaited<ReturnType<typeof startEcho>>;
  let link: SlowLink;
  let socket: Socket;
  beforeEach(async () => {
    echo = await startEcho();
    link = await startSlowLink(echo.url);
    socket = connect(Number(new URL(link.url).port), '127.0.0.1');
    socket.on('error', () => {});
    await once(socket, 'connect');
  });
  afterEach(async () => {
    socket.destroy();
    await link.stop();
    echo.server.close();
  });

  it('passes what is asked and answered as it is', async () => {
    socket.write('ready?');
    expect(await answers(socket, 6)).to.equal('ready?');
  });

  it('passes answers as much later as it is told to', async () => {
    link.delay(DELAY_MS);
    const asked = performance.now();
    socket.write('ready?');
    expect(await answers(socket, 6)).to.equal('ready?');
    expect(performance.now() - asked).to.be.at.least(DELAY_MS - 2); // timers count whole milliseconds
  });

  it('keeps answers in order when they come at once again', async () => {
    socket.write('x');
    await answers(socket, 1);
    link.delay(DELAY_MS);
    socket.write('first ');
    await once(echo.ends[0] ?? socket, 'data');
    // A round that does not pass the link gives it the time to take in what was answered before.
    const direct = connect(Number(new URL(echo.url).port), '127.0.0.1');
    direct.write('x');
    await answers(direct, 1);
    direct.destroy();
    link.delay(0);
    socket.write('second');
    expect(await answers(socket, 12)).to.equal('first second');
  });

  it('cuts off what passed when the server does', async () => {
    socket.write('x');
    await answers(socket, 1);
    const gone = once(socket, 'close');
    for (const end of echo.ends) end.destroy();
    await gone;
  });
});
