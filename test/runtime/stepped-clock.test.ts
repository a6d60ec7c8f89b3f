/** The clock that the other tests stand on. */
import { expect } from 'chai';
import { millis, seconds } from '../../operator/model/units.ts';
import { SteppedClock } from '../support/stepped-clock.ts';

const unaborted = (): AbortSignal => new AbortController().signal;

describe('SteppedClock', () => {
  it('wakes sleepers in order, each at its time, those set on the way too', async () => {
    const clock = new SteppedClock();
    const woken: string[] = [];
    const sleeper = async (name: string, naps: readonly number[]): Promise<void> => {
      for (const nap of naps) {
        await clock.sleep(seconds(nap), unaborted());
        woken.push(`${name}@${clock.monotonic() / 1000}`);
      }
    };
    const all = Promise.all([sleeper('a', [2, 2]), sleeper('b', [1, 1, 1]), sleeper('c', [2])]);
    expect(clock.pendingSleeps).to.equal(3);
    await clock.advance(seconds(10));
    await all;
    expect(woken).to.deep.equal(['b@1', 'a@2', 'c@2', 'b@2', 'b@3', 'a@4']);
    expect(clock.monotonic()).to.equal(10_000);
    expect(clock.pendingSleeps).to.equal(0);
  });

  it('forgets a sleeper whose signal aborts', async () => {
    const clock = new SteppedClock();
    const stop = new AbortController();
    const sleeping = clock.sleep(seconds(1), stop.signal).catch((error: unknown) => error);
    const reason = new Error('enough');
    stop.abort(reason);
    expect(await sleeping).to.equal(reason);
    expect(clock.pendingSleeps).to.equal(0);
    expect(clock.nextWake).to.equal(null);
  });

  it('aborts a deadline when it has passed, and not before', async () => {
    const clock = new SteppedClock();
    const deadline = clock.deadline(millis(500));
    await clock.advance(millis(499));
    expect(deadline.aborted).to.equal(false);
    await clock.advance(millis(1));
    expect(deadline.reason).to.have.property('name', 'TimeoutError');
  });
});
