import { expect } from 'chai';
import { after, minutes } from '../../../operator/model/units.ts';
import { A, B, fleetOf, moving, movingIn, on } from '../../support/decide-moves.ts';
import { aPlan, linesOf, step } from '../../support/decide-plans.ts';
import type { MemberOverrides } from '../../support/fleet-members.ts';
import { aTarget, aView, NOW, type HoldingOverrides } from '../../support/fleet-workload.ts';
import { placesOf, planOf } from '../../support/placement-plans.ts';

const four = { replicas: 4, migration: { maxSurge: 1 } };
const source = [aTarget('aws-a', 'h100', 'a', 1), aTarget('azure-b', 'h100', 'a', 3)];
const target = [aTarget('azure-b', 'h100', 'a', 4)];
const until = after(NOW, minutes(3));
const backoff = (reason: 'Capacity' | 'LaunchTimeout') => ({ until, reason, failures: 1, message: 'no' });

/** Ways in which azure-b is closed to more than it has. */
const closed: readonly (readonly [string, MemberOverrides])[] = [
  ['is cordoned', { cordoned: true }],
  ['has no price any more', { offerings: [{ price: null }] }],
  ['is in doubt', { verdict: 'Suspect' }],
  ['refuses launches, with nothing free', { offerings: [{ backoff: backoff('Capacity'), freeByNode: [] }] }],
  ['launches without a word', { offerings: [{ backoff: backoff('LaunchTimeout') }] }],
];

describe('a move to where some replicas stand already', () => {
  const holdings: readonly HoldingOverrides[] = [
    on('aws-a', 1, { phase: 'Draining', observed: { ready: 1 } }),
    on('azure-b', 3),
  ];
  const view = (held = holdings) => aView(four, held, movingIn('Reserving', { source, target }));

  for (const [title, member] of closed) {
    it(`starts no more there once it ${title}`, () => {
      const moved = view();
      const plan = planOf({ members: [{}, { name: 'azure-b', ...member }], workloads: [moved] });
      expect(placesOf(plan)).to.deep.equal({ [A]: 1, [B]: 3 });
      const { placements, migration } = step(moved, plan, fleetOf({ 'azure-b': member }));
      expect(linesOf(placements)).to.deep.equal([`${A} Serving 1`, `${B} Serving 3`]);
      expect(migration).to.deep.include({ phase: 'RollingBack', cause: 'its target can no longer be had' });
    });
  }

  it('goes on with what has been started there before it was closed', () => {
    const begun = view([holdings[0] ?? {}, on('azure-b', 4, { phase: 'Starting', observed: { bound: 4, ready: 3 } })]);
    const plan = aPlan(begun.workload, { [A]: 1, [B]: 3 });
    const { placements } = step(begun, plan, fleetOf({ 'azure-b': { cordoned: true } }));
    expect(linesOf(placements)).to.deep.equal([`${A} Draining 1`, `${B} Starting 4`]);
  });

  it('goes on while launches there are refused and every replica has its accelerators', () => {
    const begun = view([holdings[0] ?? {}, on('azure-b', 4, { phase: 'Starting', observed: { bound: 4, ready: 3 } })]);
    const refusing = { 'azure-b': { offerings: [{ backoff: backoff('Capacity') }] } };
    const plan = aPlan(begun.workload, { [A]: 1, [B]: 3 });
    expect(step(begun, plan, fleetOf(refusing)).migration).to.include({ phase: 'Surging' });
  });

  it('is given up when the plan has given the room for some of it to somebody else', () => {
    const begun = view([holdings[0] ?? {}, on('azure-b', 3)]);
    const { placements, migration } = step(begun, aPlan(begun.workload, { [A]: 1, [B]: 3 }), fleetOf());
    expect(linesOf(placements)).to.deep.equal([`${A} Serving 1`, `${B} Serving 3`]);
    expect(migration).to.deep.include({ phase: 'RollingBack', cause: 'its target can no longer be had' });
    const forced = aView(four, [on('azure-b', 2, { phase: 'Starting', observed: { bound: 2, ready: 0 } })], {
      ...moving('Surging', 'Evacuation', target),
    });
    const plan = aPlan(forced.workload, { [B]: 3 }, { change: 'Evacuation', unplaced: { units: 1, rules: ['Room'] } });
    expect(linesOf(step(forced, plan, fleetOf()).placements)).to.deep.equal([`${B} Starting 3`]);
  });

  it('goes to as many as the plan finds room for, where launches of the others were refused', () => {
    const to = { source: [aTarget('aws-a', 'h100', 'a', 4)], target };
    const begun = aView(
      { ...four, migration: { maxSurge: 4 } },
      [
        on('aws-a', 4, { phase: 'Draining', observed: { ready: 4 } }),
        on('azure-b', 4, { phase: 'Starting', observed: { bound: 1, ready: 0 } }),
      ],
      movingIn('Reserving', to),
    );
    const refusing = { 'azure-b': { offerings: [{ backoff: backoff('Capacity') }] } };
    const { placements, migration } = step(begun, aPlan(begun.workload, { [A]: 3, [B]: 1 }), fleetOf(refusing));
    expect(migration.phase).to.equal('RollingBack');
    expect(linesOf(placements)[0]).to.equal(`${A} Serving 4`);
  });

  it('adds nothing where nothing is offered any more, and keeps what is there until it has another place', () => {
    const forced = aView(four, [on('azure-b', 3, { phase: 'Starting', observed: { bound: 3, ready: 0 } })], {
      ...moving('Surging', 'Evacuation', target),
    });
    const plan = aPlan(forced.workload, {}, { unplaced: { units: 4, rules: ['Cordon'] } });
    const { placements } = step(forced, plan, fleetOf({ 'azure-b': { offerings: [] } }));
    expect(linesOf(placements)).to.deep.equal([`${B} Draining 3`]);
  });
});
