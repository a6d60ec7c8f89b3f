import { expect } from 'chai';
import { array, assert, constantFrom, integer, property, record } from 'fast-check';
import { RoomLedger } from '../../../operator/decide/hedging/room-ledger.ts';
import { remainderOf } from '../../../operator/decide/placement/promises.ts';
import { anOffering } from '../../support/fleet-members.ts';

const sizes = constantFrom(1, 2, 4, 8);

describe('RoomLedger', () => {
  it('tells as much room as packing the waiting replicas one by one, where they are of one size', () => {
    const fleets = record({
      free: array(integer({ min: 0, max: 8 }), { maxLength: 6 }),
      growable: integer({ min: 0, max: 3 }),
      count: sizes,
      waiting: integer({ min: 0, max: 12 }),
    });
    assert(
      property(fleets, ({ free, growable, count, waiting }) => {
        const offering = anOffering({ acceleratorsPerNode: 8, freeByNode: free, growableNodes: growable });
        const promised = new Map([[count, waiting]]);
        const packed = remainderOf(offering, promised);
        const fits = packed.free.reduce((sum, left) => sum + Math.floor(left / count), 0);
        const room = new RoomLedger(new Map([[offering.id, promised]])).roomAt(offering, count, 0);
        expect(room.standing + room.growing).to.equal(fits + packed.growable * (8 / count));
      }),
      { numRuns: 300 },
    );
  });

  it('lets smaller replicas fill what is left over before they take a whole place', () => {
    const offering = anOffering({ acceleratorsPerNode: 8, freeByNode: [6], growableNodes: 0 });
    const after = (waiting: number): number =>
      new RoomLedger(new Map([[offering.id, new Map([[1, waiting]])]])).roomAt(offering, 4, 0).standing;
    expect([after(0), after(2), after(3)]).to.deep.equal([1, 1, 0]);
  });

  it("does not hold a workload's own waiting replicas against it", () => {
    const offering = anOffering({ acceleratorsPerNode: 8, freeByNode: [8], growableNodes: 0 });
    const ledger = new RoomLedger(new Map([[offering.id, new Map([[4, 2]])]]));
    expect([ledger.roomAt(offering, 4, 0).standing, ledger.roomAt(offering, 4, 2).standing]).to.deep.equal([0, 2]);
  });
});
