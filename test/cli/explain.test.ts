import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { INFERENCE_DEPLOYMENTS } from '../../operator/api/resources.ts';
import { connectHub } from '../../operator/cli/report/read-hub.ts';
import { createSystemClock } from '../../operator/runtime/system-clock.ts';
import { startSandbox, type Sandbox } from '../../operator/sandbox/start-sandbox.ts';
import { aDeploymentFile, aMemberFile, aPoolEntry, documents, runTradewind } from '../support/plan-files.ts';
import type { KubeObject } from '../../operator/kube/kube-client.ts';

const FLEET = documents(aMemberFile('aws-a', [aPoolEntry()]), aDeploymentFile('llama'));

describe('tradewind explain and report', function () {
  this.timeout(60_000); // processes start slowly on a busy machine

  it('explain what files would be planned to', async () => {
    const { code, stdout } = await runTradewind(['explain', 'ml-prod/llama', '-f', '-', '-o', 'json'], FLEET);
    expect(code).to.equal(0);
    expect(JSON.parse(stdout)).to.deep.include({ namespace: 'ml-prod', name: 'llama', trigger: 'Initial' });
  });

  it('report on files, as a page too', async () => {
    const { code, stdout } = await runTradewind(['report', '-f', '-', '-o', 'html'], FLEET);
    expect(code).to.equal(0);
    expect(stdout).to.match(/^<!doctype html>[^]*<h2>If a vendor left<\/h2>[^]*<\/html>\n$/);
  });

  it('end with 1 and a way out for a deployment that is not there', async () => {
    const { code, stderr } = await runTradewind(['explain', 'ml-prod/gone', '-f', '-'], FLEET);
    expect(code).to.equal(1);
    expect(stderr).to.equal(
      'tradewind explain: the files have no InferenceDeployment ml-prod/gone; name one that they have\n',
    );
  });

  it('end with 2 for a name without a namespace, and for files and a hub at once', async () => {
    expect((await runTradewind(['explain', 'llama', '-f', '-'])).code).to.equal(2);
    expect((await runTradewind(['report', '-f', '-', '--kubeconfig', 'x'])).code).to.equal(2);
  });

  describe('on a hub', () => {
    let folder = '';
    let sandbox: Sandbox;
    before(async () => {
      folder = mkdtempSync(join(tmpdir(), 'tradewind-explain-'));
      sandbox = await startSandbox({ scenario: 'small', dir: folder, playTimeline: false });
      const hub = connectHub(join(folder, 'hub.kubeconfig'), createSystemClock());
      const signal = AbortSignal.timeout(30_000);
      const namespace = { group: '', version: 'v1', plural: 'namespaces', kind: 'Namespace', namespaced: false };
      await hub.create(namespace, { metadata: { name: 'ml-prod' } }, signal);
      for (const name of ['llama', 'qwen'])
        await hub.create(INFERENCE_DEPLOYMENTS, aDeploymentFile(name) as unknown as KubeObject, signal);
      const lastDecision = { at: '2026-01-01T00:00:00Z', trigger: 'Initial', summary: 'as it is', candidates: [] };
      const patch = { namespace: 'ml-prod', name: 'llama', subresource: 'status' as const };
      await hub.patch(INFERENCE_DEPLOYMENTS, { ...patch, body: { status: { lastDecision } } }, signal);
      await hub.close();
    });
    after(async () => {
      await sandbox.stop();
      rmSync(folder, { recursive: true, force: true });
    });

    const ask = (...args: readonly string[]) => runTradewind([...args, '--kubeconfig', join(folder, 'hub.kubeconfig')]);

    it('explain what was decided', async () => {
      const { code, stdout } = await ask('explain', 'ml-prod/llama');
      expect(code).to.equal(0);
      expect(stdout).to.include('ml-prod/llama (Initial, decided 2026-01-01T00:00:00Z): as it is');
    });

    it('say when nothing has been decided, and when there is no such deployment', async () => {
      expect((await ask('explain', 'ml-prod/qwen')).stderr).to.match(/nothing has been decided for ml-prod\/qwen yet/);
      const gone = await ask('explain', 'ml-prod/gone');
      expect(gone.code).to.equal(1);
      expect(gone.stderr).to.match(/not found/i);
    });

    it('report what its objects tell', async () => {
      const { code, stdout } = await ask('report', '-o', 'json');
      expect(code).to.equal(0);
      expect(JSON.parse(stdout)).to.deep.include({ todayHourlyUSD: 0, notes: [] });
    });

    it('tell which kubeconfig cannot be read', async () => {
      const { code, stderr } = await runTradewind(['report', '--kubeconfig', join(folder, 'gone')]);
      expect(code).to.equal(1);
      expect(stderr).to.match(/the kubeconfig .*gone cannot be read; name another one with --kubeconfig/);
    });
  });
});
