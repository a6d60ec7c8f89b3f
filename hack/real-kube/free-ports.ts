/** Ports on loopback that nobody listens on. */
import { once } from 'node:events';
import { createServer, type Server } from 'node:net';

/**
 * Below what systems give to outgoing connections by themselves (32768 and up on Linux, 49152 and up elsewhere): a port of
 * those may be taken between here and the start of whoever is to listen on it.
 */
const FIRST = 10_000;
const LAST = 32_000;
/** Processes that look at the same time look at different places. */
const PORTS_OF_A_PROCESS = 64;

/** So many different ones; all are held until all are found. */
export async function freePorts(count: number): Promise<readonly number[]> {
  const span = LAST - FIRST;
  const start = (process.pid * PORTS_OF_A_PROCESS) % span;
  const held = new Map<number, Server>();
  for (let step = 0; held.size < count; step += 1) {
    if (step === span) throw new Error(`fewer than ${count} ports from ${FIRST} to ${LAST} of 127.0.0.1 are free`);
    const port = FIRST + ((start + step) % span);
    const server = await listening(port);
    if (server !== null) held.set(port, server);
  }
  await Promise.all([...held.values()].map((server) => once(server.close(), 'close')));
  return [...held.keys()];
}

/** null: somebody else listens there. */
async function listening(port: number): Promise<Server | null> {
  const server = createServer();
  try {
    await once(server.listen(port, '127.0.0.1'), 'listening');
    return server;
  } catch {
    return null;
  }
}
