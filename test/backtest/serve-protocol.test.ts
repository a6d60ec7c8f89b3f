import { PassThrough, Readable } from 'node:stream';
import { text } from 'node:stream/consumers';
import { expect } from 'chai';
import type { Init, Observation } from '../../operator/backtest/observation.ts';
import { readMessage } from '../../operator/backtest/protocol-message.ts';
import { serveProtocol } from '../../operator/backtest/serve-protocol.ts';
import { steadily } from '../support/backtest-scenarios.ts';

const about = { id: 'spot/a', zone: 'a', region: 'r', provider: 'aws', kind: 'spot' } as const;
const counts = { price: 1, launched: 0, ready: 0, provisioning: 0 };
const outcomes = { preemptedSinceLast: 0, launchFailures: 0, launchSuccesses: 0 };
const init: Init = { type: 'init', protocol: 1, dtSeconds: 30, coldStartSeconds: 180, target: 4, pools: [about] };
const step: Observation = {
  type: 'step',
  t: 17,
  timeSeconds: 510,
  target: 4,
  pools: [{ ...about, ...counts, ...outcomes }],
};

async function answersTo(...messages: readonly unknown[]): Promise<readonly unknown[]> {
  const output = new PassThrough();
  const lines = messages.map((message) => (typeof message === 'string' ? message : JSON.stringify(message)));
  const input = Readable.from(lines.map((line) => `${line}\n`));
  await serveProtocol({ name: 'mine', begin: steadily({ 'spot/a': 4 }) }, { input, output });
  output.end();
  return (await text(output))
    .split('\n')
    .filter((line) => line !== '')
    .map((line): unknown => JSON.parse(line));
}

/** What it throws; fails when it does not. */
async function refusalOf(...messages: readonly unknown[]): Promise<string> {
  try {
    await answersTo(...messages);
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
  throw new Error('it was answered');
}

describe('serveProtocol', () => {
  it('is ready, answers each step with its number, and stops at the end', async () => {
    const answers = await answersTo(init, '', step, { type: 'end' }, step);
    expect(answers).to.deep.equal([
      { type: 'ready', name: 'mine' },
      { t: 17, desired: { 'spot/a': 4 } },
    ]);
  });

  it('stops when nobody writes any more', async () => {
    expect(await answersTo(init)).to.have.length(1);
  });

  it('refuses a step before it was told what to run', async () => {
    expect(await refusalOf(step)).to.equal('a step came before init');
  });
});

describe('readMessage', () => {
  const broken: readonly (readonly [string, unknown, string])[] = [
    ['a list', [], 'unknown message type'],
    ['a number', 3, 'a message is a JSON object'],
    ['an unknown type', { type: 'hello' }, 'unknown message type "hello"'],
    ['another version', { ...init, protocol: 2 }, 'protocol 2 is not spoken here; 1 is'],
    ['a target that is no number', { ...init, target: '4' }, 'init: target must be a number'],
    ['no pools', { ...step, pools: [] }, 'step: pools must be a list of pools'],
    ['a pool that is no object', { ...step, pools: [1] }, 'step: a pool is a JSON object'],
    ['a pool without a price', { ...step, pools: [{ ...about, ...outcomes }] }, 'pool spot/a: price must be a number'],
    ['a kind nobody knows', { ...init, pools: [{ ...about, kind: 'reserved' }] }, 'kind must be spot or ondemand'],
  ];
  for (const [what, message, told] of broken)
    it(`refuses ${what}`, () => {
      expect(() => readMessage(JSON.stringify(message))).to.throw(told);
    });

  it('refuses what is no JSON', () => {
    expect(() => readMessage('{')).to.throw(SyntaxError);
  });
});
