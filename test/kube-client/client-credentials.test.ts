/** How the client's identity rotates, and where connections are refused. */
import { expect } from 'chai';
import { PODS } from '../../operator/kube/builtin-resources.ts';
import type { ClusterAccess } from '../../operator/kube/cluster-access.ts';
import { fixedAccess } from '../../operator/kube/cluster-access.ts';
import { probeFailureOf } from '../../operator/kube/api-failure.ts';
import { createAuthority } from '../../operator/sandbox/certificates.ts';
import { seconds } from '../../operator/model/units.ts';
import { aClient, expectFailure, unaborted } from '../support/kube-client-fixture.ts';
import type { ScriptedServer } from '../support/kube-scripted-server.ts';
import { aPod, json, startScriptedServer, status } from '../support/kube-scripted-server.ts';

const signal = unaborted();
const web = { namespace: 'default', name: 'web' };

describe('createKubeClient: credentials', () => {
  let server: ScriptedServer;

  beforeEach(async () => {
    server = await startScriptedServer();
  });
  afterEach(() => server.close());

  const requireToken = (wanted: () => string): void =>
    server.script(({ headers }, response) => {
      if (headers.authorization === `Bearer ${wanted()}`) json(response, 200, aPod('web', '1'));
      else json(response, 401, status(401, 'Unauthorized'));
    });

  it('asks for the token at each request and keeps its connections when only that changes', async () => {
    let serial = 0;
    const access = async (): Promise<ClusterAccess> => {
      serial += 1;
      return server.accessWith(`token-${serial}`);
    };
    const { client } = aClient(server, { access });
    requireToken(() => `token-${serial}`);
    for (let count = 0; count < 5; count += 1) await client.get(PODS, web, signal);
    expect(server.requests.map(({ headers }) => headers.authorization).at(-1)).to.equal('Bearer token-5');
    expect(server.connections).to.be.at.most(2);
    await client.close();
  });

  it('drops a refused token, fetches another and tries once more', async () => {
    let token = 'expired';
    const { client } = aClient(server, {
      access: async () => server.accessWith(token),
      invalidate: () => {
        token = 'fresh';
      },
    });
    requireToken(() => 'fresh');
    expect((await client.get(PODS, web, signal)).metadata.name).to.equal('web');
    expect(server.requests).to.have.lengthOf(2);
    await client.close();
  });

  it('asks no second time with the same refused token', async () => {
    const { client } = aClient(server);
    requireToken(() => 'another');
    await expectFailure(client.get(PODS, web, signal), 'Credentials');
    expect(server.requests).to.have.lengthOf(1);
    await client.close();
  });

  it('drops the credential once when many requests are refused at a time, and sends all of them again', async () => {
    let generation = 1;
    const { client } = aClient(server, {
      access: async () => server.accessWith(`token-${generation}`),
      invalidate: () => {
        generation += 1;
      },
    });
    requireToken(() => 'token-2');
    await Promise.all(Array.from({ length: 10 }, () => client.get(PODS, web, signal)));
    expect(generation).to.equal(2);
    await client.close();
  });

  it('does not fetch credentials without end for a server that refuses them all', async () => {
    let fetched = 0;
    const { client, clock } = aClient(server, {
      access: async () => server.accessWith('bad'),
      invalidate: () => {
        fetched += 1;
      },
    });
    requireToken(() => 'another');
    for (let second = 0; second < 20; second += 1) {
      await expectFailure(client.get(PODS, web, signal), 'Credentials');
      await clock.advance(seconds(1));
    }
    expect(fetched).to.equal(2);
    await client.close();
  });

  it('tries a refused token no more than once again', async () => {
    let serial = 0;
    const { client } = aClient(server, {
      access: async () => {
        serial += 1;
        return server.accessWith(`token-${serial}`);
      },
    });
    requireToken(() => 'another');
    const failure = await expectFailure(client.get(PODS, web, signal), 'Credentials');
    expect(failure.name).to.equal('TerminalError');
    expect(probeFailureOf(failure)).to.equal('Credentials');
    expect(server.requests).to.have.lengthOf(2);
    await client.close();
  });

  it('makes new connections when the client certificate changes', async () => {
    const authority = await createAuthority();
    const identities = await Promise.all(['one', 'two'].map((name) => authority.issueClientCertificate(name, [])));
    let current = 0;
    const { client } = aClient(server, {
      access: async () => ({
        server: server.url,
        caPem: server.caPem,
        auth: { kind: 'certificate', ...(identities[current] ?? { certPem: '', keyPem: '' }) },
      }),
    });
    server.script((_request, response) => json(response, 200, aPod('web', '1')));
    await client.get(PODS, web, signal);
    await client.get(PODS, web, signal);
    const before = server.connections;
    expect(before).to.be.at.most(2);
    current = 1;
    await client.get(PODS, web, signal);
    expect(server.connections).to.equal(before + 1);
    expect(server.requests[2]?.headers.authorization).to.equal(undefined);
    await client.close();
  });

  it('does not talk to a server whose certificate another authority signed', async () => {
    const stranger = await createAuthority();
    const { client } = aClient(server, fixedAccess({ ...server.accessWith('sesame'), caPem: stranger.caPem }));
    const failure = await expectFailure(client.get(PODS, web, signal), 'Unreachable');
    expect(probeFailureOf(failure)).to.equal('Tls');
    expect(server.requests).to.have.lengthOf(0);
    await client.close();
  });

  it('refuses addresses that no member may have', async () => {
    for (const url of ['http://127.0.0.1:1', 'https://169.254.169.254', 'https://[fe80::1]', 'https://u:p@host']) {
      const { client } = aClient(server, fixedAccess({ ...server.accessWith('sesame'), server: url }));
      await expectFailure(client.get(PODS, web, signal), 'Invalid');
      await client.close();
    }
    const { client } = aClient(server, { allowLoopback: false });
    await expectFailure(client.get(PODS, web, signal), 'Invalid');
    await client.close();
  });

  it('reaches this machine by name where that is allowed', async () => {
    const access = { ...server.accessWith('sesame'), server: server.url.replace('127.0.0.1', 'localhost') };
    const allowed = aClient(server, fixedAccess(access));
    server.script((_request, response) => json(response, 200, aPod('web', '1')));
    await allowed.client.get(PODS, web, signal);
    await allowed.client.close();
  });

  it('tells a refused connection and a reset apart', async () => {
    const { client } = aClient(server);
    server.script((_request, response) => response.destroy());
    expect(probeFailureOf(await expectFailure(client.get(PODS, web, signal), 'Unreachable'))).to.equal('Reset');
    await server.close();
    expect(probeFailureOf(await expectFailure(client.get(PODS, web, signal), 'Unreachable'))).to.equal('Refused');
    await client.close();
  });
});
