/** The embedded Kubernetes API server: startApiServer. */
import { randomBytes } from 'node:crypto';
import type { Clock } from '../../model/clock.ts';
import { seconds } from '../../model/units.ts';
import type { Log } from '../../runtime/log.ts';
import type { KubeApi } from '../kube-api.ts';
import type { Authenticate } from './access/authentication.ts';
import { createAuthenticator } from './access/authentication.ts';
import { adminKubeconfig } from './access/kubeconfig.ts';
import { TokenIssuer } from './access/tokens.ts';
import { createCluster } from './create-cluster.ts';
import { OpenApi } from './discovery/openapi.ts';
import { EventLines } from './http/event-lines.ts';
import type { Fault } from './http/faults.ts';
import { FaultGate } from './http/faults.ts';
import { Ledger } from './http/ledger.ts';
import { Listener } from './http/listener.ts';
import type { PipelineParts } from './http/request-pipeline.ts';
import { answerRequest } from './http/request-pipeline.ts';
import type { WatchStream } from './http/watch-stream.ts';
import { createInProcessApi } from './in-process-api.ts';
import { expireEvents } from './lifecycle/event-expiry.ts';
import { createProtobufDecoder } from './schema/protobuf.ts';

/** What a server needs to start. */
export interface ApiServerOptions {
  /** Of the cluster, for kubeconfigs and uids. */
  readonly name: string;
  readonly clock: Clock;
  readonly tls: { readonly certPem: string; readonly keyPem: string; readonly caPem: string };
  /** Kubernetes version to report. */
  readonly version?: string;
  /** 0 or absent for any free one. */
  readonly port?: number;
  readonly authenticate: Authenticate;
  /** Clients with a certificate of this authority are who it says they are. */
  readonly clientCaPem?: string;
  /** Told of requests the server itself failed at. */
  readonly log?: Log;
}

/** A running server. */
export interface ApiServer {
  readonly url: string;
  readonly caPem: string;
  /** A kubeconfig (YAML) that may do everything. */
  adminKubeconfig(): string;
  /** A client in this process, which faults do not touch. */
  readonly api: KubeApi;
  readonly ledger: Ledger;
  /** Makes something go wrong, or nothing any more; resolves when it is so. */
  setFault(fault: Fault | null): Promise<void>;
  /** Forgets the past: watches and lists that continue from an old resource version are answered 410. */
  expireWatches(): void;
  stop(): Promise<void>;
}

/** How often a kube-apiserver sends bookmarks to watches that ask for them. */
const UPKEEP_PERIOD = seconds(60);

const DEFAULT_VERSION = 'v1.37.2';

/** Starts a server on a port of this machine. It listens when the promise resolves. */
export async function startApiServer(options: ApiServerOptions): Promise<ApiServer> {
  const { clock, tls, name } = options;
  const adminToken = randomBytes(24).toString('base64url');
  const parts = createParts(options, adminToken, () => listener.port);
  const { cluster, ledger } = parts;
  const listener = new Listener(
    { certPem: tls.certPem, keyPem: tls.keyPem, clientCaPem: options.clientCaPem ?? null },
    options.port ?? 0,
    (request, response) => void answerRequest(parts, request, response),
  );
  await listener.open();
  const url = `https://127.0.0.1:${listener.port}`;
  const stopping = new AbortController();
  const upkeep = keepUp(parts, clock, stopping.signal);
  return {
    url,
    caPem: tls.caPem,
    adminKubeconfig: () => adminKubeconfig({ name, url, caPem: tls.caPem, token: adminToken }),
    api: createInProcessApi(cluster, ledger),
    ledger,
    setFault: (fault) => applyFault(parts, listener, fault),
    expireWatches: () => cluster.forgetPast(),
    stop: async () => {
      stopping.abort();
      await listener.close();
      await upkeep;
    },
  };
}

function createParts(options: ApiServerOptions, adminToken: string, port: () => number): PipelineParts {
  const { clock, authenticate } = options;
  const cluster = createCluster(options.name, clock);
  const issuer = new TokenIssuer(clock);
  return {
    cluster,
    issuer,
    authenticator: createAuthenticator({ authenticate, issuer, adminToken }),
    openapi: new OpenApi(cluster.registry, cluster.schemas),
    decodeProtobuf: createProtobufDecoder(cluster.schemas),
    version: options.version ?? DEFAULT_VERSION,
    address: () => `127.0.0.1:${port()}`,
    gate: new FaultGate(clock),
    ledger: new Ledger(),
    watches: new Set<WatchStream>(),
    lines: new EventLines(),
    log: options.log ?? null,
  };
}

/** What a server does by itself from time to time. */
async function keepUp({ cluster, watches }: PipelineParts, clock: Clock, signal: AbortSignal): Promise<void> {
  while (!signal.aborted) {
    await clock.sleep(UPKEEP_PERIOD, signal).catch(() => undefined);
    if (signal.aborted) return;
    expireEvents(cluster);
    for (const watch of watches) watch.bookmark();
  }
}

async function applyFault({ gate, watches }: PipelineParts, listener: Listener, fault: Fault | null): Promise<void> {
  const wasSilent = gate.swallowsRequests;
  gate.set(fault);
  listener.silent = gate.swallowsRequests;
  // Whoever spoke into the black hole has to start again.
  if (wasSilent && !gate.swallowsRequests) listener.cutConnections();
  for (const watch of watches) {
    watch.stall(gate.stallsWatches);
    if (gate.dropsWatches) watch.drop();
  }
  if (fault?.kind === 'refuse') await listener.close();
  else await listener.open();
}
