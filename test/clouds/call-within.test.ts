import { expect } from 'chai';
import { callWithin, orAborted } from '../../operator/clouds/call-within.ts';
import { failureOf } from '../../operator/clouds/failure-of.ts';
import { seconds } from '../../operator/model/units.ts';
import { expectFailure, noAbort } from '../support/clouds-endpoints.ts';
import { SteppedClock } from '../support/stepped-clock.ts';

describe('callWithin', () => {
  const clock = new SteppedClock();
  const translate = (error: unknown, doing: string) => failureOf('ServerError', `${doing}: ${String(error)}`);
  const bounds = (signal = noAbort()) => ({ clock, limit: seconds(30), doing: 'list pools', translate, signal });
  const never = () => new Promise<never>(() => {});

  it('passes an answer on', async () => {
    expect(await callWithin(async () => 7, bounds())).to.equal(7);
  });

  it('translates whatever the vendor throws', async () => {
    const failure = await expectFailure(
      callWithin(() => Promise.reject(new Error('odd')), bounds()),
      'ServerError',
    );
    expect(failure.message).to.equal('list pools: Error: odd');
  });

  it('leaves a failure that is ours as it is', async () => {
    await expectFailure(
      callWithin(() => Promise.reject(failureOf('Busy', 'wait')), bounds()),
      'Busy',
    );
  });

  it('gives up at its limit even when the vendor ignores the signal', async () => {
    const call = expectFailure(callWithin(never, bounds()), 'Timeout');
    await clock.advance(seconds(30));
    expect((await call).message).to.equal('list pools: no answer within 30 s');
  });

  it('hands through the reason of an abort untouched', async () => {
    const reason = new Error('lost the lease');
    const controller = new AbortController();
    const call = callWithin(never, bounds(controller.signal)).catch((error: unknown) => error);
    controller.abort(reason);
    expect(await call).to.equal(reason);
  });

  it('prefers the abort to the error that the vendor makes of it', async () => {
    const reason = new Error('stopping');
    const controller = new AbortController();
    const operation = (signal: AbortSignal) =>
      new Promise<never>((_, reject) => {
        signal.addEventListener('abort', () => {
          reject(new Error('AbortError'));
        });
      });
    const call = callWithin(operation, bounds(controller.signal)).catch((error: unknown) => error);
    controller.abort(reason);
    expect(await call).to.equal(reason);
  });

  it('does not begin when it is already aborted', async () => {
    let begun = false;
    const reason = new Error('too late');
    const operation = async () => {
      begun = true;
    };
    const error: unknown = await callWithin(operation, bounds(AbortSignal.abort(reason))).catch((e: unknown) => e);
    expect(error).to.equal(reason);
    expect(begun).to.equal(false);
  });
});

describe('orAborted', () => {
  it('leaves a promise that fails later behind without a trace', async () => {
    const late = new Promise<never>((_, reject) => {
      setImmediate(() => {
        reject(new Error('nobody listens'));
      });
    });
    const error: unknown = await orAborted(late, AbortSignal.abort('gone')).catch((e: unknown) => e);
    expect(error).to.equal('gone');
    await new Promise((resolve) => setImmediate(() => setImmediate(resolve)));
  });
});
