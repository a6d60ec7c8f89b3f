import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { expect } from 'chai';
import { ProbeDesk } from '../../operator/controllers/ask-probes.ts';
import type { DrillProbe } from '../../operator/model/drill-probe.ts';
import { fraction, millis, seconds } from '../../operator/model/units.ts';
import { createSystemClock } from '../../operator/runtime/system-clock.ts';

const NEVER = new AbortController().signal;

describe('ProbeDesk', () => {
  let server: Server;
  let asked = 0;
  /** Answers what was asked so far; what comes later waits for the next call. */
  let answer: () => void = () => {};
  let answered: () => Promise<void>;
  let desk: ProbeDesk;
  let probe: DrillProbe;

  beforeEach(async () => {
    asked = 0;
    const waiting: (() => void)[] = [];
    server = createServer((_, response) => {
      asked += 1;
      waiting.push(() => void response.end());
    });
    answer = () => waiting.splice(0).forEach((it) => it());
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;
    const check = { type: 'Http', url, statuses: [200], within: seconds(20) } as const;
    probe = { name: 'steady', phases: ['During'], onFailure: 'Abort', patience: millis(0), check };
    let heard = Promise.withResolvers<void>();
    answered = async () => {
      await heard.promise;
      heard = Promise.withResolvers();
    };
    desk = new ProbeDesk({ clock: createSystemClock(), allowLoopback: true, onAnswer: () => heard.resolve() });
  });
  afterEach(async () => {
    server.closeAllConnections();
    await new Promise<void>((resolve) => void server.close(() => resolve()));
  });
  const requests = async (count: number): Promise<void> => {
    const enough = (): boolean => asked >= count;
    while (!enough()) await new Promise<void>((resolve) => void setImmediate(resolve));
  };

  it('asks at once and waits for nothing; an answer is kept until it is taken', async () => {
    desk.ask('uid', [probe], NEVER);
    expect(desk.answers('uid')).to.deep.equal([]);
    await requests(1);
    answer();
    await answered();
    const readings = desk.answers('uid');
    expect(readings.map(({ probe: name, result }) => `${name} ${result}`)).to.deep.equal(['steady Held']);
    expect(desk.answers('uid')).to.have.length(1);
    desk.take('uid', readings);
    expect(desk.answers('uid')).to.deep.equal([]);
  });

  it('does not ask what is being asked, nor what has an answer that nobody took', async () => {
    desk.ask('uid', [probe], NEVER);
    desk.ask('uid', [probe], NEVER);
    await requests(1);
    answer();
    await answered();
    desk.ask('uid', [probe], NEVER);
    desk.take('uid', desk.answers('uid'));
    desk.ask('uid', [probe], NEVER);
    await requests(2);
    expect(asked).to.equal(2);
    desk.forget('uid');
  });

  it('asks nobody for what the fleet itself tells', () => {
    desk.ask('uid', [{ ...probe, check: { type: 'ReadyShare', atLeast: fraction(0.5) } }], NEVER);
    expect(asked).to.equal(0);
  });

  it('forgets a drill with what is under way for it', async () => {
    desk.ask('uid', [probe], NEVER);
    await requests(1);
    desk.forget('uid');
    await new Promise<void>((resolve) => void server.close(() => resolve())); // its connection has gone
    expect(desk.answers('uid')).to.deep.equal([]);
  });
});
