/** A way to a server whose answers take longer when they are told to: startSlowLink. Bytes pass as they are, TLS end to end. */
import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';

export interface SlowLink {
  /** https://host:port that leads to the server. */
  readonly url: string;
  /** From now on every answer comes so many milliseconds later, those of a new connection's greeting included; 0: at once. */
  delay(milliseconds: number): void;
  /** Ends what passes as well. */
  stop(): Promise<void>;
}

/** Resolves when it listens on loopback; `server` is https://host:port. A server that is gone cuts its connections off. */
export async function startSlowLink(server: string): Promise<SlowLink> {
  const { hostname: host, port } = new URL(server);
  const ends = new Set<Socket>();
  let milliseconds = 0;
  const keep = (end: Socket, other: Socket): void => {
    ends.add(end);
    end.on('error', () => other.destroy());
    end.once('close', () => {
      ends.delete(end);
      other.destroy();
    });
  };
  const listener = createServer((near) => {
    const far = connect({ host, port: Number(port) });
    keep(near, far);
    keep(far, near);
    near.on('data', (asked) => far.write(asked));
    passLater(far, near, () => milliseconds);
  });
  listener.listen(0, '127.0.0.1');
  await once(listener, 'listening');
  return {
    url: `https://127.0.0.1:${(listener.address() as AddressInfo).port}`,
    delay: (wanted) => {
      milliseconds = wanted;
    },
    stop: async () => {
      for (const end of ends) end.destroy();
      listener.close();
      await once(listener, 'close');
    },
  };
}

/** What came first goes first, also when the delay has shrunk in between. */
function passLater(from: Socket, to: Socket, delay: () => number): void {
  const waiting: { readonly answer: Buffer; readonly due: number }[] = [];
  const pass = (): void => {
    for (let next = waiting[0]; next !== undefined; next = waiting[0]) {
      const left = next.due - performance.now();
      if (left > 0) {
        setTimeout(pass, left).unref();
        return;
      }
      waiting.shift();
      to.write(next.answer);
    }
  };
  from.on('data', (answer: Buffer) => {
    waiting.push({ answer, due: performance.now() + delay() });
    if (waiting.length === 1) pass();
  });
}
