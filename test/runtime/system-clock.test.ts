/** The real clock, as far as it can be seen without waiting. */
import { expect } from 'chai';
import { hours, instant, millis } from '../../operator/model/units.ts';
import { createSystemClock } from '../../operator/runtime/system-clock.ts';

const unaborted = (): AbortSignal => new AbortController().signal;

describe('createSystemClock', () => {
  it('tells the time of the machine', () => {
    const clock = createSystemClock();
    const before = Date.now();
    expect(clock.now()).to.be.within(before, before + 1000);
    expect(clock.monotonic()).to.be.at.least(0);
  });

  it('runs faster from another start when asked to', async () => {
    const start = instant(Date.UTC(2030, 0, 1));
    const clock = createSystemClock({ speed: 3_600_000, start });
    await clock.sleep(hours(2), unaborted());
    expect(clock.now() - start).to.be.at.least(hours(2));
    expect(clock.monotonic()).to.be.at.least(hours(2));
  });

  it('does not wake before the time', async () => {
    const clock = createSystemClock();
    for (const duration of [0, 1, 2.5, -5]) {
      const before = clock.monotonic();
      await clock.sleep(millis(duration), unaborted());
      expect(clock.monotonic() - before).to.be.at.least(duration);
    }
  });

  it('rejects a sleep with the reason of the signal, before and during it', async () => {
    const clock = createSystemClock();
    const stop = new AbortController();
    const reason = new Error('enough');
    const sleeping = clock.sleep(hours(10_000), stop.signal).catch((error: unknown) => error);
    stop.abort(reason);
    expect(await sleeping).to.equal(reason);
    expect(await clock.sleep(hours(1), stop.signal).catch((error: unknown) => error)).to.equal(reason);
  });

  it('bounds with a signal that aborts with a TimeoutError', async () => {
    const signal = createSystemClock({ speed: 0.001 }).deadline(millis(1));
    await new Promise((resolve) => {
      signal.addEventListener('abort', resolve, { once: true });
    });
    expect(signal.reason).to.have.property('name', 'TimeoutError');
    expect(createSystemClock().deadline(hours(10_000)).aborted).to.equal(false);
  });
});
