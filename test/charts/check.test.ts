import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { load } from 'js-yaml';
import type { KubeDocument } from '../../operator/sandbox/kube-api.ts';
import { startTestServer, TOKEN, type TestServer } from '../support/apiserver-fixture.ts';
import type { ToolRun } from '../support/charts-helm.ts';
import { DEFINITIONS } from '../support/charts-release.ts';

const NAMESPACE = 'default';
const DEPLOYMENTS = { group: 'tradewind.dev', version: 'v1alpha1', plural: 'inferencedeployments' };

describe('the check that `helm test` runs', function () {
  this.timeout(60_000);
  let api: TestServer;
  let operator: Server;
  let account: string;
  let ready = 200;

  before(async () => {
    api = await startTestServer();
    account = mkdtempSync(join(tmpdir(), 'tradewind-account-'));
    writeFileSync(join(account, 'token'), TOKEN);
    writeFileSync(join(account, 'ca.crt'), api.server.caPem);
    operator = createServer((_, response) => response.writeHead(ready).end('[+]hub ok\n'));
    operator.listen(0, '127.0.0.1');
    await once(operator, 'listening');
  });
  after(async () => {
    operator.close();
    await api.stop();
    rmSync(account, { recursive: true, force: true });
  });

  async function check(readyz?: string): Promise<ToolRun> {
    const port = (operator.address() as AddressInfo).port;
    const env = {
      ACCOUNT: account,
      NAMESPACE,
      READYZ: readyz ?? `http://127.0.0.1:${port}/readyz`,
      KUBERNETES_SERVICE_HOST: '127.0.0.1',
      KUBERNETES_SERVICE_PORT: new URL(api.server.url).port,
    };
    const child = spawn(process.execPath, ['charts/tradewind/files/check.mjs'], { env, stdio: 'pipe' });
    const said = { stdout: '', stderr: '' };
    child.stdout.on('data', (chunk: Buffer) => (said.stdout += chunk.toString()));
    child.stderr.on('data', (chunk: Buffer) => (said.stderr += chunk.toString()));
    const [code] = (await once(child, 'close')) as [number | null];
    return { code: code ?? -1, ...said };
  }

  it('fails without the definitions, and says what the API server said', async () => {
    const ran = await check();
    expect(ran.code).to.equal(1);
    expect(ran.stderr).to.contain('the API server refused an example: 404');
  });

  it('passes with a ready operator and the definitions, and stores nothing', async () => {
    for (const file of readdirSync('crds').filter((it) => it.endsWith('.yaml')))
      await api.server.api.create(DEFINITIONS, load(readFileSync(`crds/${file}`, 'utf8')) as KubeDocument);
    const ran = await check();
    expect(ran.code, ran.stderr).to.equal(0);
    expect(ran.stdout).to.equal('the operator is ready\nthe API server would take an InferenceDeployment\n');
    expect(await api.server.api.list(DEPLOYMENTS)).to.deep.equal([]);
  });

  it('waits for an operator that is not ready yet', async () => {
    ready = 503;
    operator.once('request', () => (ready = 200));
    const ran = await check();
    expect(ran.code, ran.stderr).to.equal(0);
  });

  it('says when readiness cannot be asked', async () => {
    const ran = await check('');
    expect(ran.code, ran.stderr).to.equal(0);
    expect(ran.stdout).to.contain('readiness was not asked');
  });
});
