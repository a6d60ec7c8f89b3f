/** The service account's files, read again as they rotate. */
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { createInClusterAccess, readOwnNamespace } from '../../operator/kube/in-cluster-access.ts';
import { seconds } from '../../operator/model/units.ts';
import { expectFailure, unaborted } from '../support/kube-client-fixture.ts';
import { SteppedClock } from '../support/stepped-clock.ts';

const signal = unaborted();

describe('createInClusterAccess', () => {
  let directory: string;

  beforeEach(async () => {
    directory = await mkdtemp(join(tmpdir(), 'tradewind-'));
    await writeFile(join(directory, 'token'), 'first\n');
    await writeFile(join(directory, 'ca.crt'), 'PEM');
    await writeFile(join(directory, 'namespace'), 'tradewind\n');
  });
  afterEach(() => rm(directory, { recursive: true }));

  it('follows the token, within a minute or at once when it was refused', async () => {
    const clock = new SteppedClock();
    const source = createInClusterAccess({ host: '10.0.0.1', port: '443', clock, directory });
    const token = async (): Promise<string> => {
      const { auth } = await source.access(signal);
      return auth.kind === 'token' ? auth.token : '';
    };
    expect(await source.access(signal)).to.deep.equal({
      server: 'https://10.0.0.1:443',
      caPem: 'PEM',
      auth: { kind: 'token', token: 'first', expiresAt: null },
    });
    await writeFile(join(directory, 'token'), 'second');
    expect(await token()).to.equal('first');
    await clock.advance(seconds(60));
    expect(await token()).to.equal('second');
    await writeFile(join(directory, 'token'), 'third');
    source.invalidate();
    expect(await token()).to.equal('third');
  });

  it('writes an IPv6 address in brackets', async () => {
    const source = createInClusterAccess({ host: 'fd00::1', port: '443', clock: new SteppedClock(), directory });
    expect((await source.access(signal)).server).to.equal('https://[fd00::1]:443');
  });

  it('says that the credentials are missing outside a cluster', async () => {
    const nowhere = { host: '10.0.0.1', port: '443', clock: new SteppedClock(), directory: join(directory, 'none') };
    await expectFailure(createInClusterAccess(nowhere).access(signal), 'Credentials');
  });

  it('knows its namespace', async () => {
    expect(await readOwnNamespace(directory)).to.equal('tradewind');
  });
});
