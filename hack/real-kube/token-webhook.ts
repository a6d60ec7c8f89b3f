/** Answers API servers that ask who a bearer token is of: as EKS and AKS do, by what their clouds have given out. */
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { createServer } from 'node:https';
import type { CloudEndpointsServer } from '../../operator/sandbox/cloud/start-cloud-endpoints.ts';
import type { CloudState } from '../../operator/sandbox/cloud-state.ts';
import type { FleetRecord } from './fleet-file.ts';

export interface TokenClouds {
  readonly state: CloudState;
  readonly cloud: CloudEndpointsServer;
}

interface TokenReview {
  readonly spec: { readonly token: string };
}

/** Resolves when it listens. */
export async function startTokenWebhook(
  { port, cert, key }: FleetRecord['tokenWebhook'],
  clouds: TokenClouds,
): Promise<{ stop(): Promise<void> }> {
  const server = createServer({ cert: readFileSync(cert), key: readFileSync(key) }, (request, response) => {
    void answer(clouds, request, response).catch(() => response.destroy());
  });
  server.listen(port, '127.0.0.1');
  await once(server, 'listening');
  return {
    stop: async () => {
      server.close();
      server.closeAllConnections();
      await once(server, 'close');
    },
  };
}

async function answer(clouds: TokenClouds, request: IncomingMessage, response: ServerResponse): Promise<void> {
  const chunks: Buffer[] = [];
  for await (const chunk of request as AsyncIterable<Buffer>) chunks.push(chunk);
  const { spec } = JSON.parse(Buffer.concat(chunks).toString('utf8')) as TokenReview;
  // The cluster that asks is the path of the address that it was given.
  const username = userOf(clouds, (request.url ?? '').replace(/^\/|\?.*$/g, ''), spec.token);
  const status = username === null ? { authenticated: false } : { authenticated: true, user: { username } };
  response.setHeader('content-type', 'application/json');
  response.end(JSON.stringify({ apiVersion: 'authentication.k8s.io/v1', kind: 'TokenReview', status }));
}

/** null: that cluster's cloud did not give it out. */
function userOf({ state, cloud }: TokenClouds, name: string, token: string): string | null {
  const cluster = state.clusters.find((it) => it.name === name);
  if (cluster === undefined) return null;
  if (cluster.provider === 'aws') {
    const verdict = cloud.verifyEksToken(token, name);
    return verdict.ok ? verdict.arn : null;
  }
  const verdict = cloud.verifyAksToken(token);
  return verdict.ok ? verdict.objectId : null;
}
