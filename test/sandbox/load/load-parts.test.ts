import { expect } from 'chai';
import { createSystemClock } from '../../../operator/runtime/system-clock.ts';
import { startInferenceServer } from '../../../operator/sandbox/load/inference-server.ts';
import { startLoad, type RequestRecord } from '../../../operator/sandbox/load/load-generator.ts';
import { reportLoad } from '../../../operator/sandbox/load/load-report.ts';
import { VirtualNetwork } from '../../../operator/sandbox/load/virtual-network.ts';
import { instant, millis } from '../../../operator/model/units.ts';

const clock = createSystemClock();

describe('VirtualNetwork', () => {
  it('leads to servers in turn, and to those that are about to end only for want of others', () => {
    const network = new VirtualNetwork();
    let servers = [
      { port: 1, ending: false },
      { port: 2, ending: false },
      { port: 3, ending: true },
    ];
    const address = network.balance('aws-a', () => servers);
    const ports = Array.from({ length: 4 }, () => network.connect(address));
    expect([ports.includes(1), ports.includes(2), ports.includes(3)]).to.deep.equal([true, true, false]);
    servers = [{ port: 3, ending: true }];
    expect(network.connect(address)).to.equal(3);
    servers = [];
    expect(network.connect(address)).to.equal(null);
  });

  it('reaches nothing of a cluster that is cut off, nor what is released', () => {
    const network = new VirtualNetwork();
    const address = network.balance('aws-a', () => [{ port: 1, ending: false }]);
    network.cut('aws-a');
    expect(network.connect(address)).to.equal(null);
    network.heal('aws-a');
    expect(network.connect(address)).to.equal(1);
    network.release(address);
    expect(network.connect(address)).to.equal(null);
  });
});

describe('startLoad', () => {
  const load = (port: number) => startLoad({ url: `http://127.0.0.1:${port}/`, clock, perSecond: 200, tokens: 5 });
  const until = async (isSo: () => boolean): Promise<void> => {
    while (!isSo()) await clock.sleep(millis(2), new AbortController().signal);
  };
  const start = (tokenInterval = 1) =>
    startInferenceServer({ clock, name: 'aws-a/pod', tokenInterval: millis(tokenInterval) });

  it('counts streams that come to their end, and who served them', async () => {
    const server = await start();
    const running = load(server.port);
    await until(() => running.records.length >= 5);
    const report = reportLoad(await running.stop());
    server.kill();
    expect(report.lost).to.equal(0);
    expect(report.byCluster).to.deep.equal({ 'aws-a': report.sent });
  });

  it('lets streams end that are under way when no more are taken', async () => {
    const server = await start(20);
    const running = load(server.port);
    await until(() => running.pending > 0);
    server.refuse();
    await until(() => running.records.some((it) => it.end === 'Refused'));
    const records = await running.stop();
    server.kill();
    expect(records.filter((it) => it.end === 'Cut')).to.deep.equal([]);
  });

  it('counts streams that are cut off', async () => {
    const server = await start(20);
    const running = load(server.port);
    await until(() => running.pending > 3);
    await clock.sleep(millis(30), new AbortController().signal);
    server.kill();
    expect(reportLoad(await running.stop()).cut).to.be.greaterThan(0);
  });
});

describe('reportLoad', () => {
  const at = (ms: number, end: RequestRecord['end'] = 'Completed'): RequestRecord => ({
    startedAt: instant(ms),
    took: millis(10),
    end,
    servedBy: end === 'Refused' ? '' : 'aws-a/pod',
    why: '',
  });

  it('tells how deep and how long the dip was', () => {
    const report = reportLoad([
      at(0),
      at(500),
      at(1000),
      at(1500, 'Refused'),
      at(2000, 'Cut'),
      at(2500, 'Refused'),
      at(3000),
    ]);
    expect(report).to.deep.include({ sent: 7, completed: 4, refused: 2, cut: 1, lost: 3, dip: 1000 });
    expect(report.worst).to.deep.equal({ at: 2000, completed: 0 });
    expect(report.losses).to.have.lengthOf(3);
  });

  it('is calm without a loss', () => {
    expect(reportLoad([at(0)])).to.deep.include({ lost: 0, worst: null, dip: 0 });
  });
});
