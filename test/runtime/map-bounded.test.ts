import { expect } from 'chai';
import * as fc from 'fast-check';
import { mapBounded } from '../../operator/runtime/map-bounded.ts';

const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

describe('mapBounded', () => {
  it('keeps the order and never runs more at once than it may', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(fc.integer()), fc.integer({ min: 1, max: 5 }), async (items, limit) => {
        let running = 0;
        let most = 0;
        const results = await mapBounded(items, limit, async (item) => {
          running += 1;
          most = Math.max(most, running);
          await turn();
          running -= 1;
          return item * 2;
        });
        expect(results).to.deep.equal(items.map((item) => item * 2));
        expect(most).to.be.at.most(limit);
      }),
      { numRuns: 50 },
    );
  });

  it('starts nothing new after a failure', async () => {
    const started: number[] = [];
    const work = async (item: number) => {
      started.push(item);
      await turn();
      if (item === 1) throw new Error('no');
    };
    const error: unknown = await mapBounded([1, 2, 3, 4, 5, 6], 2, work).catch((e: unknown) => e);
    expect(error).to.be.instanceOf(Error);
    await turn();
    expect(started).to.deep.equal([1, 2]);
  });
});
