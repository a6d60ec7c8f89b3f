import { expect } from 'chai';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { gzipSync } from 'node:zlib';
import { textOf } from '../../operator/decide/record/recorded-pass.ts';
import { aFleet } from '../support/fleet-members.ts';
import { aWorkload } from '../support/fleet-workload.ts';
import { aFolder, runTradewind } from '../support/plan-files.ts';
import { planAll } from '../support/placement-plans.ts';

/** The text of a pass over one deployment; `replicas` is what the record claims to have placed. */
function aPassText(replicas = 3): string {
  const snapshot = aFleet({ workloads: [aWorkload({ name: 'llama', replicas: 3 })] });
  const plans = planAll(snapshot).workloads.map((plan) => ({
    ...plan,
    placements: plan.placements.map((placement) => ({ ...placement, replicas })),
  }));
  return [...textOf({ snapshot, keys: plans.map(({ key }) => key), memories: null, plans }, '0.0.1')].join('');
}

describe('tradewind replay', function () {
  this.timeout(20_000);

  it('says that a pass is decided as it was recorded, and ends with 0', async () => {
    using folder = aFolder({ 'pass.json': aPassText() });
    const { code, stdout, stderr } = await runTradewind(['replay', `${folder.path}/pass.json`]);
    expect({ code, stderr }).to.deep.equal({ code: 0, stderr: '' });
    expect(stdout).to.match(/ml-prod\/llama +same +aws-a\/h100\/a x3 \(Initial\)/);
    expect(stdout).to.include('1 deployments, all as recorded. Decided ');
    expect(stdout).to.include('by 0.0.1, replayed by ');
  });

  it('shows what is decided otherwise, and ends with 1', async () => {
    using folder = aFolder({ 'pass.json': aPassText(2) });
    const { code, stdout } = await runTradewind(['replay', `${folder.path}/pass.json`, '-o', 'json']);
    expect(code).to.equal(1);
    const answer = JSON.parse(stdout) as { readonly same: boolean; readonly deployments: readonly object[] };
    expect(answer.same).to.equal(false);
    expect(answer.deployments[0]).to.deep.include({
      deployment: 'ml-prod/llama',
      same: false,
      now: {
        placements: [{ offering: 'aws-a/h100/a', replicas: 3 }],
        change: 'Initial',
        unplacedUnits: 0,
        relaxed: [],
      },
    });
  });

  it('reads from an operator, and names the passes when only the list is asked for', async () => {
    const server = createServer(({ url }, response) => {
      const gzipped = { 'content-type': 'application/json', 'content-encoding': 'gzip' };
      if (url === '/decisions/7') response.writeHead(200, gzipped).end(gzipSync(aPassText()));
      else if (url === '/decisions') response.end(JSON.stringify({ decisions: [{ id: '7' }, { id: '6' }] }));
      else response.writeHead(404).end('no decision 9 is on record\n');
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const base = `http://127.0.0.1:${(server.address() as AddressInfo).port}/decisions`;
    const [pass, list, gone] = await Promise.all(
      [`${base}/7`, base, `${base}/9`].map((url) => runTradewind(['replay', url])),
    );
    server.close();
    expect(pass?.code).to.equal(0);
    expect(list).to.include({ code: 1, stdout: '' });
    expect(list?.stderr).to.include(`name one of them: ${base}/7, ${base}/6`);
    expect(gone?.stderr).to.include('answers 404: no decision 9 is on record');
  });

  it('says what is wrong with what is no recorded pass', async () => {
    using folder = aFolder({ 'plan.json': '{"placements": []}', 'text.json': 'hello' });
    const [other, text, none] = await Promise.all(
      ['plan.json', 'text.json', 'none.json'].map((name) => runTradewind(['replay', `${folder.path}/${name}`])),
    );
    for (const it of [other, text, none]) expect(it).to.include({ code: 1, stdout: '' });
    expect(other?.stderr).to.include('plan.json is no recorded decision');
    expect(text?.stderr).to.include('text.json is not JSON');
    expect(none?.stderr).to.include('none.json cannot be read; name a file that exists, or a URL');
  });
});
