import { expect } from 'chai';
import { instant, millis, seconds } from '../../operator/model/units.ts';
import { createAcceleratedClock, followClock, parseRfc3339, rfc3339 } from '../../operator/sandbox/sandbox-clock.ts';

const EPOCH = instant(Date.UTC(2026, 0, 5, 9));
const forever = new AbortController().signal;

describe('createAcceleratedClock', () => {
  it('starts at the epoch and runs as many times faster as asked', async () => {
    const { clock, stamp } = createAcceleratedClock({ virtualStart: EPOCH, speed: 10_000 });
    expect(stamp).to.include({ virtualStart: EPOCH, speed: 10_000 });
    const before = clock.now();
    // 100 sandbox seconds are 10 ms.
    await clock.sleep(seconds(100), forever);
    expect(before).to.be.at.least(EPOCH);
    expect(clock.now() - before).to.be.at.least(100_000);
  });

  it('rejects a sleep with the reason of its signal', async () => {
    const { clock } = createAcceleratedClock({ virtualStart: EPOCH, speed: 1 });
    const stopping = new AbortController();
    const sleeping = clock.sleep(seconds(3600), stopping.signal);
    const reason = new Error('over');
    stopping.abort(reason);
    expect(await sleeping.catch((error: unknown) => error)).to.equal(reason);
  });
});

describe('followClock', () => {
  it('shows what the sandbox that made the stamp shows', () => {
    const { clock, stamp } = createAcceleratedClock({ virtualStart: EPOCH, speed: 50 });
    const follower = followClock(stamp);
    // Both read the machine's time to the millisecond, which is 50 of the sandbox's; the rest is for a busy machine.
    expect(Math.abs(follower.now() - clock.now())).to.be.at.most(50 * 200);
  });
});

describe('rfc3339', () => {
  it('writes whole seconds, as Kubernetes does, and reads them back', () => {
    expect(rfc3339(instant(EPOCH + 999))).to.equal('2026-01-05T09:00:00Z');
    expect(parseRfc3339('2026-01-05T09:00:00Z')).to.equal(EPOCH);
    expect(parseRfc3339('2026-01-05T09:00:00.500000Z')).to.equal(EPOCH + millis(500));
    expect([parseRfc3339('soon'), parseRfc3339(undefined)]).to.deep.equal([null, null]);
  });
});
