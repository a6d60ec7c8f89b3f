import { expect } from 'chai';
import { failureOf } from '../../operator/clouds/failure-of.ts';
import { Remembered } from '../../operator/clouds/remembered.ts';
import { minutes, seconds } from '../../operator/model/units.ts';
import { expectFailure, noAbort } from '../support/clouds-endpoints.ts';
import { SteppedClock } from '../support/stepped-clock.ts';

describe('Remembered', () => {
  const setup = (staleTtl?: ReturnType<typeof minutes>) => {
    const clock = new SteppedClock();
    const closing = new AbortController();
    const remembered = new Remembered<string>({
      clock,
      ttl: seconds(60),
      ...(staleTtl === undefined ? {} : { staleTtl }),
      closing: closing.signal,
    });
    return { clock, closing, remembered };
  };
  const answer = (value: string) => async () => value;

  it('asks once while the answer is fresh, and again when it is not', async () => {
    const { clock, remembered } = setup();
    expect((await remembered.get('a', answer('one'), noAbort())).value).to.equal('one');
    await clock.advance(seconds(59));
    expect((await remembered.get('a', answer('two'), noAbort())).value).to.equal('one');
    await clock.advance(seconds(1));
    expect((await remembered.get('a', answer('three'), noAbort())).value).to.equal('three');
  });

  it('keeps keys apart', async () => {
    const { remembered } = setup();
    await remembered.get('a', answer('one'), noAbort());
    expect((await remembered.get('b', answer('two'), noAbort())).value).to.equal('two');
  });

  it('shares one load among all who ask meanwhile', async () => {
    const { remembered } = setup();
    let loads = 0;
    const load = async () => {
      loads += 1;
      return 'one';
    };
    await Promise.all([remembered.get('a', load, noAbort()), remembered.get('a', load, noAbort())]);
    expect(loads).to.equal(1);
  });

  it('lets one asker leave without taking the load from the other', async () => {
    const { remembered } = setup();
    const { promise, resolve } = Promise.withResolvers<string>();
    const leaving = new AbortController();
    const left = remembered.get('a', () => promise, leaving.signal).catch((error: unknown) => error);
    const stayed = remembered.get('a', () => promise, noAbort());
    leaving.abort('bye');
    expect(await left).to.equal('bye');
    resolve('one');
    expect((await stayed).value).to.equal('one');
  });

  it('does not remember failures', async () => {
    const { remembered } = setup();
    const fail = () => Promise.reject(failureOf('Throttled', 'slow down'));
    await expectFailure(remembered.get('a', fail, noAbort()), 'Throttled');
    expect((await remembered.get('a', answer('one'), noAbort())).value).to.equal('one');
  });

  it('answers with what it knew, and with its true age, while the cloud cannot be asked', async () => {
    const { clock, remembered } = setup(minutes(10));
    const first = await remembered.get('a', answer('one'), noAbort());
    await clock.advance(minutes(5));
    const again = await remembered.get('a', () => Promise.reject(failureOf('ServerError', 'down')), noAbort());
    expect(again).to.deep.equal(first);
    await clock.advance(minutes(5));
    await expectFailure(
      remembered.get('a', () => Promise.reject(failureOf('ServerError', 'down')), noAbort()),
      'ServerError',
    );
  });

  it('does not hide a definite no behind what it knew', async () => {
    const { clock, remembered } = setup(minutes(10));
    await remembered.get('a', answer('one'), noAbort());
    await clock.advance(minutes(5));
    const gone = () => Promise.reject(failureOf('NotFound', 'deleted'));
    await expectFailure(remembered.get('a', gone, noAbort()), 'NotFound');
  });

  it('does not keep an answer that was under way when it was told to forget', async () => {
    const { remembered } = setup();
    const { promise, resolve } = Promise.withResolvers<string>();
    const before = remembered.get('a', () => promise, noAbort());
    remembered.forget('a');
    resolve('from before the change');
    await before;
    expect((await remembered.get('a', answer('after'), noAbort())).value).to.equal('after');
  });

  it('ends every load when the adapter closes', async () => {
    const { closing, remembered } = setup();
    const hang = (signal: AbortSignal) =>
      new Promise<string>((_, reject) => {
        signal.addEventListener('abort', () => {
          reject(signal.reason as Error);
        });
      });
    const waiting = remembered.get('a', hang, noAbort());
    closing.abort(failureOf('Unreachable', 'closed'));
    await expectFailure(waiting, 'Unreachable');
  });
});
