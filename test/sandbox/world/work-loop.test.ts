import { expect } from 'chai';
import type { Instant } from '../../../operator/model/units.ts';
import { after, seconds } from '../../../operator/model/units.ts';
import { SILENT_LOG } from '../../../operator/runtime/silent-log.ts';
import { WorkLoop } from '../../../operator/sandbox/world/work-loop.ts';
import { SteppedClock } from '../../support/stepped-clock.ts';

describe('WorkLoop', () => {
  let clock: SteppedClock;
  let stopping: AbortController;
  let running: Promise<void>;
  let handled: string[];

  function start(answer: (key: string) => Promise<Instant | null> = async () => null): WorkLoop {
    clock = new SteppedClock();
    stopping = new AbortController();
    handled = [];
    const handle = (key: string): Promise<Instant | null> => {
      handled.push(key);
      return answer(key);
    };
    const loop = new WorkLoop({ name: 'test', clock, log: SILENT_LOG, handle });
    running = loop.run(stopping.signal);
    return loop;
  }

  afterEach(async () => {
    stopping.abort();
    await running;
    expect(clock.pendingSleeps).to.equal(0);
  });

  it('handles a key once however often it was asked for', async () => {
    const loop = start();
    loop.enqueue('a');
    loop.enqueue('a');
    await clock.advance(seconds(1));
    expect(handled).to.deep.equal(['a']);
  });

  it('handles keys at their times, those of one time by name', async () => {
    const loop = start();
    loop.enqueue('late', after(clock.now(), seconds(5)));
    loop.enqueue('b', after(clock.now(), seconds(2)));
    loop.enqueue('a', after(clock.now(), seconds(2)));
    await clock.advance(seconds(4));
    expect(handled).to.deep.equal(['a', 'b']);
    await clock.advance(seconds(1));
    expect(handled).to.deep.equal(['a', 'b', 'late']);
  });

  it('comes earlier when asked to, and not later', async () => {
    const loop = start();
    loop.enqueue('a', after(clock.now(), seconds(60)));
    loop.enqueue('a', after(clock.now(), seconds(5)));
    loop.enqueue('a', after(clock.now(), seconds(30)));
    await clock.advance(seconds(5));
    expect(handled).to.deep.equal(['a']);
    await clock.advance(seconds(100));
    expect(handled).to.deep.equal(['a']);
  });

  it('comes back when the handler says so', async () => {
    start(async () => (handled.length < 3 ? after(clock.now(), seconds(10)) : null)).enqueue('a');
    await clock.advance(seconds(60));
    expect(handled).to.have.length(3);
  });

  it('tries again a second after a failure', async () => {
    start(async () => {
      if (handled.length === 1) throw new Error('conflict');
      return null;
    }).enqueue('a');
    await clock.advance(seconds(2));
    expect(handled).to.deep.equal(['a', 'a']);
  });

  it('is idle when nothing is due, though something waits for its time', async () => {
    const loop = start();
    loop.enqueue('a', after(clock.now(), seconds(5)));
    expect(loop.idle).to.equal(true);
    loop.enqueue('b');
    expect(loop.idle).to.equal(false);
    await clock.advance(seconds(1));
    expect(loop.idle).to.equal(true);
  });
});
