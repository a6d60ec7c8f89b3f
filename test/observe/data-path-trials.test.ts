import { expect } from 'chai';
import { clusterName, namespaceName, workloadKey } from '../../operator/model/names.ts';
import { seconds } from '../../operator/model/units.ts';
import { DataPathTrials, trialUrl } from '../../operator/observe/data-path-trials.ts';
import { NOW } from '../support/fleet-workload.ts';
import { SteppedClock } from '../support/stepped-clock.ts';

const KEY = workloadKey(namespaceName('ml-prod'), 'llama');
const A = clusterName('aws-a');
const B = clusterName('azure-b');

/** Trials of endpoints that answer or not, as told. */
function rig() {
  const clock = new SteppedClock(NOW);
  const serving = new Set<string>();
  const asked: string[] = [];
  const told: string[] = [];
  const trials = new DataPathTrials({
    clock,
    ask: (url) => {
      asked.push(url);
      return Promise.resolve(serving.has(url));
    },
    onChange: (key) => told.push(key),
  });
  const stop = new AbortController();
  const ended = trials.run(stop.signal);
  const pass = async (count: number): Promise<void> => {
    for (let i = 0; i < count; i += 1) await clock.advance(seconds(1));
  };
  const end = async (): Promise<void> => {
    stop.abort();
    await ended;
  };
  return { trials, serving, asked, told, pass, end };
}

describe('DataPathTrials', () => {
  it('asks again and again, and tells when the answer changes', async () => {
    const { trials, serving, told, pass, end } = rig();
    trials.follow(KEY, new Map([[A, 'http://a/']]));
    expect(trials.answer(KEY, A)).to.equal('NotYetKnown');
    await pass(1);
    expect(trials.answer(KEY, A)).to.equal('NotYetKnown');
    await pass(3);
    expect(trials.answer(KEY, A)).to.equal('Silent');
    serving.add('http://a/');
    await pass(2);
    expect(trials.answer(KEY, A)).to.equal('Answers');
    serving.clear();
    await pass(1);
    expect(trials.answer(KEY, A), 'after one lost packet').to.equal('Wavering');
    serving.add('http://a/');
    await pass(1);
    expect(trials.answer(KEY, A)).to.equal('Answers');
    serving.clear();
    await pass(4);
    expect(trials.answer(KEY, A)).to.equal('Silent');
    // Silent, Answers, Wavering, Answers, Wavering, Silent.
    expect(told).to.deep.equal(Array.from({ length: 6 }, () => KEY));
    await end();
  });

  it('asks nobody any more that nobody wants to know of', async () => {
    const { trials, asked, pass, end } = rig();
    trials.follow(
      KEY,
      new Map([
        [A, 'http://a/'],
        [B, 'http://b/'],
      ]),
    );
    await pass(2);
    trials.follow(KEY, new Map([[B, 'http://b/']]));
    asked.length = 0;
    await pass(3);
    expect(new Set(asked)).to.deep.equal(new Set(['http://b/']));
    expect(trials.answer(KEY, A)).to.equal('NotAsked');
    trials.follow(KEY, new Map());
    asked.length = 0;
    await pass(3);
    expect(asked).to.deep.equal([]);
    await end();
  });

  it('begins anew where the endpoint has moved', async () => {
    const { trials, serving, pass, end } = rig();
    serving.add('http://a/');
    trials.follow(KEY, new Map([[A, 'http://a/']]));
    await pass(1);
    expect(trials.answer(KEY, A)).to.equal('Answers');
    trials.follow(KEY, new Map([[A, 'http://elsewhere/']]));
    expect(trials.answer(KEY, A)).to.equal('NotYetKnown');
    await end();
  });

  it('asks nothing before it runs and after it has ended', async () => {
    const { trials, asked, pass, end } = rig();
    await end();
    trials.follow(KEY, new Map([[A, 'http://a/']]));
    await pass(2);
    expect(asked).to.deep.equal([]);
    expect(trials.answer(KEY, A)).to.equal('NotAsked');
  });
});

describe('trialUrl', () => {
  it('puts IPv6 addresses in brackets', () => {
    expect(trialUrl({ address: 'lb.example.com', port: 8000 }, '/health')).to.equal(
      'http://lb.example.com:8000/health',
    );
    expect(trialUrl({ address: '2001:db8::1', port: 80 }, '/')).to.equal('http://[2001:db8::1]:80/');
  });
});
