/** The account a server keeps of what its clients did. */
import { expect } from 'chai';
import type { TestServer } from '../../support/apiserver-fixture.ts';
import { startTestServer } from '../../support/apiserver-fixture.ts';
import { aConfigMap, CONFIG_MAPS } from '../../support/apiserver-objects.ts';

describe('Ledger', () => {
  let test: TestServer;
  beforeEach(async () => {
    test = await startTestServer();
    test.server.ledger.reset();
  });
  afterEach(() => test.stop());

  it('tells requests apart by verb, resource, user agent and user', async () => {
    await test.client.post(CONFIG_MAPS, aConfigMap('a'), { userAgent: 'operator/1' });
    await test.client.get(`${CONFIG_MAPS}/a`);
    await test.client.get(CONFIG_MAPS);
    const watch = await test.client.watch(`${CONFIG_MAPS}?watch=1`);
    await watch.take(1);
    watch.close();
    const { ledger } = test.server;
    expect(
      ledger.entries().map(({ verb, resource, userAgent, user }) => [verb, resource, userAgent, user]),
    ).to.deep.equal([
      ['create', 'configmaps', 'operator/1', 'tester'],
      ['get', 'configmaps', 'test/1.0', 'tester'],
      ['list', 'configmaps', 'test/1.0', 'tester'],
      ['watch', 'configmaps', 'test/1.0', 'tester'],
    ]);
    expect(ledger.requests({ userAgent: 'test/1.0' })).to.equal(3);
  });

  it('tells writes that changed something from those that did not, and from those refused', async () => {
    await test.client.post(CONFIG_MAPS, aConfigMap('a', { x: '1' }));
    await test.client.patch(`${CONFIG_MAPS}/a`, 'merge', { data: { x: '1' } });
    await test.client.patch(`${CONFIG_MAPS}/a`, 'merge', { data: { x: '2' } });
    await test.client.post(CONFIG_MAPS, aConfigMap('a'));
    await test.client.patch(`${CONFIG_MAPS}/a?dryRun=All`, 'merge', { data: { x: '3' } });
    const { ledger } = test.server;
    expect([ledger.changes(), ledger.noOps(), ledger.failures()]).to.deep.equal([2, 2, 1]);
    expect(ledger.changes({ verb: 'patch' })).to.equal(1);
  });

  it('counts the client in the same process under its own name', async () => {
    const configMaps = { group: '', version: 'v1', plural: 'configmaps' };
    await test.server.api.create(configMaps, aConfigMap('a', {}, { namespace: 'default' }) as never);
    expect(test.server.ledger.changes({ user: 'in-process' })).to.equal(1);
    expect(test.server.ledger.changes({ user: 'tester' })).to.equal(0);
  });

  it('starts again when reset', async () => {
    await test.client.get(CONFIG_MAPS);
    test.server.ledger.reset();
    expect(test.server.ledger.entries()).to.deep.equal([]);
  });
});
