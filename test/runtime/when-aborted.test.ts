/** Waiting for the end. */
import { expect } from 'chai';
import { whenAborted } from '../../operator/runtime/when-aborted.ts';

describe('whenAborted', () => {
  it('does not wait for what has already been', async () => {
    await whenAborted(AbortSignal.abort());
  });

  it('waits until the signal aborts, and does not reject with its reason', async () => {
    const stop = new AbortController();
    let isOver = false;
    const waiting = whenAborted(stop.signal).then(() => (isOver = true));
    await Promise.resolve();
    expect(isOver).to.equal(false);
    stop.abort(new Error('stopped'));
    await waiting;
    expect(isOver).to.equal(true);
  });
});
