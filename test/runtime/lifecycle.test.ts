/** Starting, failing and stopping the parts of a process. */
import { expect } from 'chai';
import { minutes, seconds } from '../../operator/model/units.ts';
import type { LifecyclePart } from '../../operator/runtime/lifecycle.ts';
import { loopPart, runLifecycle } from '../../operator/runtime/lifecycle.ts';
import { recordedLog } from '../support/kube-log.ts';
import { SteppedClock } from '../support/stepped-clock.ts';

function fixture() {
  const clock = new SteppedClock();
  const log = recordedLog();
  const stop = new AbortController();
  const diary: string[] = [];
  /** A part that takes a while to start and a while to stop. */
  const part = (name: string, startTime = 0, stopTime = 0): LifecyclePart => ({
    name,
    start: async (signal) => {
      await clock.sleep(seconds(startTime), signal);
      diary.push(`${name} up`);
      const ended = new Promise<void>((resolve) => {
        signal.addEventListener('abort', () => resolve(), { once: true });
      })
        .then(() => clock.sleep(seconds(stopTime), new AbortController().signal))
        .then(() => {
          diary.push(`${name} down`);
        });
      return { ended };
    },
  });
  const run = (...parts: readonly LifecyclePart[]): Promise<unknown> =>
    runLifecycle({ parts, clock, log, grace: seconds(10) }, stop.signal).then(
      () => 'stopped',
      (error: unknown) => error,
    );
  return { clock, log, stop, diary, part, run };
}

const reason = new Error('the test is over');

describe('runLifecycle', () => {
  it('starts in order, each after the one before is up, and stops in reverse, each after the one before is down', async () => {
    const { clock, stop, diary, part, run } = fixture();
    const ended = run(part('a', 2, 1), part('b', 1, 3), part('c'));
    await clock.advance(seconds(5));
    expect(diary).to.deep.equal(['a up', 'b up', 'c up']);
    stop.abort(reason);
    await clock.advance(seconds(10));
    expect(await ended).to.equal('stopped');
    expect(diary.slice(3)).to.deep.equal(['c down', 'b down', 'a down']);
  });

  it('stops all when one fails, and rejects with that', async () => {
    const { clock, log, diary, part, run } = fixture();
    const broken = new Error('it broke');
    const failing = loopPart('failing', async (signal) => {
      await clock.sleep(seconds(5), signal);
      throw broken;
    });
    const ended = run(part('a'), failing, part('c'));
    await clock.advance(seconds(6));
    expect(await ended).to.equal(broken);
    expect(diary).to.deep.equal(['a up', 'c up', 'c down', 'a down']);
    expect(log.lines).to.deep.equal([
      { level: 'error', message: 'part failed', fields: { phase: 'failing', err: broken } },
    ]);
  });

  it('takes a part that ends by itself for failed', async () => {
    const { clock, part, run } = fixture();
    const ended = run(
      part('a'),
      loopPart('short', async () => {}),
    );
    await clock.advance(seconds(1));
    expect(await ended)
      .to.be.instanceOf(Error)
      .with.property('message', 'short ended by itself');
  });

  it('stops what is up when a part cannot start', async () => {
    const { clock, diary, part, run } = fixture();
    const broken = new Error('the port is taken');
    const failing: LifecyclePart = { name: 'server', start: () => Promise.reject(broken) };
    const ended = run(part('a'), failing, part('c'));
    await clock.advance(seconds(1));
    expect(await ended).to.equal(broken);
    expect(diary).to.deep.equal(['a up', 'a down']);
  });

  it('leaves a part behind that does not stop within the grace', async () => {
    const { clock, log, stop, diary, part, run } = fixture();
    const ended = run(part('a'), part('stuck', 0, 3600));
    await clock.advance(seconds(1));
    stop.abort(reason);
    await clock.advance(minutes(1));
    expect(await ended).to.equal('stopped');
    expect(diary.at(-1)).to.equal('a down');
    expect(log.lines.map(({ message }) => message)).to.deep.equal(['part did not stop in time']);
  });

  it('stops while it is still starting', async () => {
    const { clock, stop, diary, part, run } = fixture();
    const ended = run(part('a'), part('slow', 60), part('c'));
    await clock.advance(seconds(1));
    stop.abort(reason);
    await clock.advance(seconds(1));
    expect(await ended).to.equal('stopped');
    expect(diary).to.deep.equal(['a up', 'a down']);
  });

  it('starts nothing when it is stopped already', async () => {
    const { stop, diary, part, run } = fixture();
    stop.abort(reason);
    expect(await run(part('a'))).to.equal('stopped');
    expect(diary).to.deep.equal([]);
  });
});
