/** Stands where an operator would be told to ask whether a member serves: answers for it until it is dead. */
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';

export interface DataPathGateway {
  url(member: string): string;
  close(): void;
}

/** `isDead` is asked at each request; a dead member's are cut off. */
export async function startDataPathGateway(isDead: (member: string) => boolean): Promise<DataPathGateway> {
  const server = createServer((request, response) => {
    const member = request.url?.split('/')[1] ?? '';
    if (isDead(member)) request.destroy();
    else response.end('ok');
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  return {
    url: (member) => `http://127.0.0.1:${port}/${member}/health`,
    close: () => {
      server.close();
      server.closeAllConnections();
    },
  };
}
