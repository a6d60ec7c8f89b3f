import { expect } from 'chai';
import { seconds } from '../../operator/model/units.ts';
import { HurriedClock, Hurry } from '../../operator/observe/hurry.ts';
import { settle, SteppedClock } from '../support/stepped-clock.ts';

function waiting() {
  const clock = new SteppedClock();
  const hurry = new Hurry(clock);
  const stop = new AbortController();
  const ended: string[] = [];
  const wait = (name: string, through: Pick<Hurry, 'wait'> = hurry): void => {
    through.wait(seconds(30), stop.signal).then(
      () => ended.push(`${name} went on`),
      (error: unknown) => ended.push(`${name} ended: ${String(error)}`),
    );
  };
  return { clock, hurry, stop, ended, wait };
}

describe('Hurry', () => {
  it('lets a wait take its time', async () => {
    const { clock, ended, wait } = waiting();
    wait('one');
    await clock.advance(seconds(29));
    expect(ended).to.deep.equal([]);
    await clock.advance(seconds(1));
    expect(ended).to.deep.equal(['one went on']);
  });

  it('ends every wait that is under way, and none that begins later', async () => {
    const { hurry, ended, wait } = waiting();
    wait('one');
    wait('two');
    hurry.now();
    wait('three');
    await settle();
    expect(ended).to.deep.equal(['one went on', 'two went on']);
  });

  it('is no way around being told to stop', async () => {
    const { hurry, stop, ended, wait } = waiting();
    wait('one');
    stop.abort('stopped');
    hurry.now();
    await settle();
    expect(ended).to.deep.equal(['one ended: stopped']);
  });
});

describe('HurriedClock', () => {
  it('tells the same time and is woken by a call', async () => {
    const { clock, hurry, stop, ended, wait } = waiting();
    const hurried = new HurriedClock(clock, hurry);
    const took = hurried.stopwatch();
    await clock.advance(seconds(5));
    expect([hurried.now(), hurried.monotonic(), took()]).to.deep.equal([clock.now(), clock.monotonic(), seconds(5)]);
    const deadline = hurried.deadline(seconds(3));
    wait('one', { wait: (duration, signal) => hurried.sleep(duration, signal) });
    hurry.now();
    await clock.advance(seconds(3));
    expect(deadline.aborted).to.equal(true);
    expect(ended).to.deep.equal(['one went on']);
    stop.abort();
  });
});
