import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'chai';
import { aTraceFolder } from '../support/backtest-scenarios.ts';
import { runTradewind } from '../support/plan-files.ts';

const MARKET = { 'us-east-1a': Array<number>(60).fill(4), 'us-west-2a': Array<number>(60).fill(2) };

describe('tradewind backtest', function () {
  this.timeout(60_000); // processes start slowly on a busy machine

  it('prints a row for each policy on each trace', async () => {
    using folder = aTraceFolder(MARKET);
    const { code, stdout, stderr } = await runTradewind([
      'backtest',
      '--trace',
      folder.path,
      '--policy',
      'tradewind,spothedge,on-demand',
      '--target',
      '2',
    ]);
    expect({ code, stderr }).to.deep.equal({ code: 0, stderr: '' });
    expect(stdout).to.match(/available % .* cost % /);
    for (const policy of ['tradewind', 'spothedge', 'on-demand']) expect(stdout).to.include(` ${policy} `);
  });

  it('prints JSON lines, and writes a page with plots', async () => {
    using folder = aTraceFolder(MARKET);
    const page = join(folder.path, 'report.html');
    const { code, stdout, stderr } = await runTradewind([
      'backtest',
      '--trace',
      folder.path,
      '--policy',
      'on-demand',
      '--json',
      '--html',
      page,
      '--availability',
      '99.9%',
    ]);
    expect({ code, stderr }).to.deep.equal({ code: 0, stderr: `report written to ${page}\n` });
    expect(JSON.parse(stdout)).to.include({ policy: 'on-demand', availability: 1, cost: 1 });
    expect(readFileSync(page, 'utf8')).to.include('<svg ');
  });

  it('answers the protocol over a pipe', async () => {
    const pool = { id: 'od', zone: '', region: 'any', provider: 'aws', kind: 'ondemand' };
    const spot = { id: 'spot/a', zone: 'a', region: 'r', provider: 'aws', kind: 'spot' };
    const counts = { launched: 0, ready: 0, provisioning: 0, preemptedSinceLast: 0 };
    const nothing = { ...counts, launchFailures: 0, launchSuccesses: 0 };
    const lines = [
      { type: 'init', protocol: 1, dtSeconds: 30, coldStartSeconds: 180, target: 4, pools: [spot, pool] },
      {
        type: 'step',
        t: 0,
        timeSeconds: 0,
        target: 4,
        pools: [
          { ...spot, ...nothing, price: 1 },
          { ...pool, ...nothing, price: 3 },
        ],
      },
      { type: 'end' },
    ].map((message) => `${JSON.stringify(message)}\n`);
    const { code, stdout } = await runTradewind(['backtest', '--stdio'], lines.join(''));
    const answers = stdout.trim().split('\n');
    expect(code).to.equal(0);
    expect(answers.map((line): unknown => JSON.parse(line))).to.deep.equal([
      { type: 'ready', name: 'tradewind' },
      { t: 0, desired: { 'spot/a': 4, od: 4 } },
    ]);
  });

  it('says what it has nothing to run on', async () => {
    const { code, stderr } = await runTradewind(['backtest']);
    expect({ code, stderr }).to.deep.equal({
      code: 1,
      stderr: 'tradewind backtest: no trace; give --trace <dir>, or --stdio to be judged from outside\n',
    });
  });

  it('ends with 1 at a line that is no message', async () => {
    const { code, stderr } = await runTradewind(['backtest', '--stdio'], '{"type":"hello"}\n');
    expect({ code, stderr }).to.deep.equal({
      code: 1,
      stderr: 'tradewind backtest: unknown message type "hello"\n',
    });
  });

  for (const args of [
    ['--policy', 'luck'],
    ['--target', '0'],
    ['--notice', '-1'],
    ['--availability', '100'],
    ['--preempt', 'all'],
  ])
    it(`ends with 2 when given ${args.join(' ')}`, async () => {
      const { code, stdout } = await runTradewind(['backtest', ...args]);
      expect({ code, stdout }).to.deep.equal({ code: 2, stdout: '' });
    });
});
