import { expect } from 'chai';
import type { Backoff } from '../../../operator/model/fleet.ts';
import { after, instant, minutes, seconds } from '../../../operator/model/units.ts';
import type { MemberOverrides, OfferingOverrides } from '../../support/fleet-members.ts';
import { aView, NOW, type HoldingOverrides } from '../../support/fleet-workload.ts';
import { aWorkload } from '../../support/fleet-workload.ts';
import { fareOf, lackOf, placesByName, placesOf, planAll, planOf } from '../../support/placement-plans.ts';
import { aFleet } from '../../support/fleet-members.ts';

const HERE = 'aws-a/h100/a';
const THERE = 'azure-b/h100/a';
const until = after(NOW, minutes(5));
const refused = (reason: Backoff['reason']): Backoff => ({ until, reason, failures: 2, message: 'no' });

/** aws-a with one free node of 8 and 5 more within its bounds, none of which can be had for five minutes. */
const drained = (reason: Backoff['reason'], rest: OfferingOverrides = {}): MemberOverrides => ({
  offerings: [{ growableNodes: 5, backoff: refused(reason), ...rest }],
});
const elsewhere: MemberOverrides = { name: 'azure-b', offerings: [{ perAcceleratorHour: 9 }] };

describe('planFleet: room that stands where no more nodes are given', () => {
  for (const reason of ['Capacity', 'Quota'] as const) {
    it(`is used after a refusal for ${reason}, and no more than that`, () => {
      const plan = planOf({ members: [drained(reason)], workloads: [aWorkload({ replicas: 10 })] });
      expect(placesOf(plan)).to.deep.equal({ [HERE]: 8 });
      const why = `no node of ${HERE} has 1 accelerators left after what this plan places, and none is opened: 2 launches failed (${reason}); tried again in 300 s`;
      expect(plan.unplaced).to.deep.equal({
        units: 2000,
        reasons: [{ rule: 'Backoff', message: `${HERE}: ${why}` }],
      });
      expect(plan.wakeAt).to.equal(until);
    });
  }

  it('is doubtful where pods waited without a word: nothing goes there', () => {
    const plan = planOf({ members: [drained('LaunchTimeout'), elsewhere], workloads: [aWorkload()] });
    expect(placesOf(plan)).to.deep.equal({ [THERE]: 1 });
    expect(fareOf(plan, HERE)).to.deep.include({ verdict: 'Rejected', rule: 'Backoff' });
  });

  it('goes to as many as fit, and the others elsewhere', () => {
    const plan = planOf({ members: [drained('Capacity'), elsewhere], workloads: [aWorkload({ replicas: 10 })] });
    expect(placesOf(plan)).to.deep.equal({ [HERE]: 8, [THERE]: 2 });
    expect(plan.unplaced).to.equal(null);
  });

  it('is told apart from what would need a new node, by the size of a replica', () => {
    const shapes = [{ count: 8 }];
    const plan = planOf({
      members: [drained('Quota', { freeByNode: [4] }), elsewhere],
      workloads: [aWorkload({ shapes })],
    });
    expect(placesOf(plan)).to.deep.equal({ [THERE]: 1 });
    expect(fareOf(plan, HERE)).to.deep.include({
      verdict: 'Rejected',
      rule: 'Backoff',
      reason:
        'a replica takes 8 accelerators on one node; at most 4 are free on one, and no node is opened: ' +
        '2 launches failed (Quota); tried again in 300 s',
    });
  });

  it('is a matter of room, not of the backoff, where the pool is at its bound or its nodes are too small', () => {
    const full = { growableNodes: 0, freeByNode: [4] };
    const plan = planOf({ members: [drained('Quota', full)], workloads: [aWorkload({ shapes: [{ count: 8 }] })] });
    expect(fareOf(plan, HERE).rule).to.equal('Room');
    const small = planOf({
      members: [drained('Quota', { freeByNode: [4] })],
      workloads: [aWorkload({ shapes: [{ count: 16 }] })],
    });
    expect(lackOf(small)).to.deep.equal({ units: 1, rules: ['Room'] });
  });

  it('is shared out in the order of priority', () => {
    const fleet = aFleet({
      members: [drained('Capacity')],
      workloads: [aWorkload({ name: 'less', replicas: 6 }), aWorkload({ name: 'more', replicas: 6, priority: 10 })],
    });
    expect(placesByName(planAll(fleet))).to.deep.equal({ less: { [HERE]: 2 }, more: { [HERE]: 6 } });
  });

  it('is not promised twice: replicas on record that wait for a node take theirs first', () => {
    const other = aView({ name: 'other', replicas: 6 }, [
      { replicas: 6, phase: 'Starting', observed: { bound: 0, ready: 0 } },
    ]);
    const plan = planOf({ members: [drained('Capacity')], workloads: [aWorkload({ replicas: 6 }), other] });
    expect(placesOf(plan)).to.deep.equal({ [HERE]: 2 });
  });

  describe('for what is starting there', () => {
    const starting = (observed: HoldingOverrides['observed']) =>
      planOf({
        members: [drained('Quota', { freeByNode: [8] }), elsewhere],
        workloads: [
          aView({ replicas: 2, shapes: [{ count: 8 }] }, [
            { replicas: 2, phase: 'Starting', observed: observed ?? {} },
          ]),
        ],
      });

    it('keeps the replica that fits, though it has no node yet, and withdraws the other', () => {
      expect(placesOf(starting({ bound: 0, ready: 0 }))).to.deep.equal({ [HERE]: 1, [THERE]: 1 });
    });

    it('is believed for the minute that a scheduler may need, and not when pods wait all the same', () => {
      const since = (age: number) => ({ bound: 0, ready: 0, pendingSince: instant(NOW - seconds(age)) });
      expect(placesOf(starting(since(59)))).to.deep.equal({ [HERE]: 1, [THERE]: 1 });
      const plan = starting(since(60));
      expect(placesOf(plan)).to.deep.equal({ [THERE]: 1 });
      expect(fareOf(plan, HERE)).to.deep.include({
        rule: 'Backoff',
        reason: 'its pods wait there whatever looks free; 2 launches failed (Quota); tried again in 300 s',
      });
      expect(lackOf(plan)).to.deep.equal({ units: 1, rules: ['Backoff', 'Room'] });
    });
  });
});
