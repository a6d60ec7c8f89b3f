/** Delayed keys come out in order, each once. */
import { expect } from 'chai';
import * as fc from 'fast-check';
import { DelayHeap } from '../../operator/kube/delay-heap.ts';
import { millis } from '../../operator/model/units.ts';

describe('DelayHeap', () => {
  it('gives out each key once, at its earliest time, in order of time, without those deleted', () => {
    const step = fc.record({
      key: fc.constantFrom('a', 'b', 'c', 'd', 'e', 'f', 'g'),
      due: fc.nat({ max: 50 }),
      gone: fc.boolean(),
    });
    fc.assert(
      fc.property(fc.array(step, { maxLength: 40 }), (steps) => {
        const heap = new DelayHeap<string>();
        const wanted = new Map<string, number>();
        for (const { key, due, gone } of steps) {
          if (gone) {
            heap.delete(key);
            wanted.delete(key);
          } else {
            heap.set(key, millis(due));
            wanted.set(key, Math.min(due, wanted.get(key) ?? due));
          }
        }
        const given: [string, number][] = [];
        for (let now = 0; now <= 50; now += 1) {
          for (let key = heap.takeDue(millis(now)); key !== null; key = heap.takeDue(millis(now)))
            given.push([key, now]);
        }
        expect(given.map(([, due]) => due)).to.deep.equal([...wanted.values()].toSorted((a, b) => a - b));
        expect(new Map(given)).to.deep.equal(wanted);
        expect(heap.next).to.equal(null);
      }),
    );
  });

  it('knows when the next one is due, and forgets all when cleared', () => {
    const heap = new DelayHeap<string>();
    heap.set('a', millis(5));
    heap.set('b', millis(3));
    expect(heap.next).to.equal(3);
    heap.delete('b');
    expect(heap.next).to.equal(5);
    heap.clear();
    expect(heap.takeDue(millis(100))).to.equal(null);
  });
});
