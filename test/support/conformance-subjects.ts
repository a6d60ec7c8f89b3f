/** The API servers that the conformance suite runs against: the sandbox's own, and real ones that hack/kube starts. */
import { readFileSync } from 'node:fs';
import { startApiServer } from '../../operator/sandbox/apiserver/start-api-server.ts';
import { createAuthority } from '../../operator/sandbox/certificates.ts';
import { createSystemClock } from '../../operator/runtime/system-clock.ts';
import { HttpClient } from './apiserver-fixture.ts';
import type { Subject } from './conformance-check.ts';
import { compactEtcd, startRealFleet } from './kube-real-fleet.ts';

export interface RunningSubject extends Omit<Subject, 'namespace'> {
  stop(): Promise<void>;
}

export async function startSandboxSubject(): Promise<RunningSubject> {
  const authority = await createAuthority();
  const certificate = await authority.issueServerCertificate(['localhost'], ['127.0.0.1']);
  const admin = await authority.issueClientCertificate('admin', ['system:masters']);
  const server = await startApiServer({
    name: 'conformance',
    clock: createSystemClock(),
    tls: { ...certificate, caPem: authority.caPem },
    authenticate: () => null,
    clientCaPem: authority.caPem,
  });
  const http = new HttpClient(server, admin, null);
  return {
    http,
    forgetHistory: async () => server.expireWatches(),
    stop: async () => {
      http.close();
      await server.stop();
    },
  };
}

/** After a start, custom resources cannot be watched before they are read from etcd. */
async function untilCached(http: HttpClient): Promise<void> {
  const patience = AbortSignal.timeout(30_000);
  for (;;) {
    const watch = await http.watch('/apis/example.test/v1/widgets?watch=true');
    watch.close();
    if (watch.status === 200) return;
    patience.throwIfAborted();
  }
}

/** Of that minor. */
export async function startRealSubject(minor: string): Promise<RunningSubject> {
  const fleet = await startRealFleet({ name: `conformance-${minor}`, minor, members: 0 });
  const { server, ca, admin } = fleet.cluster('hub');
  const read = (file: string): string => readFileSync(file, 'utf8');
  const key = { certPem: read(admin.cert), keyPem: read(admin.key) };
  const http = new HttpClient({ url: server, caPem: read(ca) }, key, null);
  return {
    http,
    forgetHistory: async () => {
      await compactEtcd(fleet.cluster('hub'));
      // Its own cache remembers what etcd has forgotten.
      await fleet.hack('kill', 'hub');
      await fleet.hack('start', 'hub');
      await untilCached(http);
    },
    stop: async () => {
      http.close();
      await fleet.down();
    },
  };
}
