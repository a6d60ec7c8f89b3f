import { expect } from 'chai';
import { secondsOn } from '../../support/decide-health.ts';
import { A, B, C, fleetOf, movingIn, on } from '../../support/decide-moves.ts';
import { aPlan, linesOf, step, type Places, type PlanOverrides } from '../../support/decide-plans.ts';
import { aTarget, aView, NOW } from '../../support/fleet-workload.ts';

const four = { replicas: 4, migration: { maxSurge: 4 } };
const toAandC = [aTarget('aws-a', 'h100', 'a', 4), aTarget('azure-c', 'h100', 'a', 4)];

/** A move for Capacity that asks aws-a and azure-c for four replicas each; nothing is ready yet. */
const asking = (rest: Parameters<typeof movingIn>[1] = {}) => {
  const { source: _, deadline: __, ...move } = movingIn('Surging', { reason: 'Capacity', target: toAandC, ...rest });
  const young = { phase: 'Starting', observed: { ready: 0 } } as const;
  return aView(four, [on('aws-a', 4, young), on('azure-c', 4, young)], move);
};

const hedged = (view: ReturnType<typeof aView>, places: Places, rest: PlanOverrides = {}) =>
  aPlan(view.workload, places, { change: 'Capacity', hedged: true, ...rest });

describe('advance: a hedged plan in the middle of a move', () => {
  it('is followed at once: what it asks for beside the target is started, under the old name and since the old time', () => {
    const view = asking();
    const { placements, migration } = step(view, hedged(view, { [A]: 4, [B]: 4, [C]: 4 }), fleetOf(), secondsOn(5));
    expect(linesOf(placements)).to.deep.equal([`${A} Starting 4`, `${B} Starting 4`, `${C} Starting 4`]);
    expect(migration).to.deep.include({
      phase: 'Surging',
      reason: 'Capacity',
      startedAt: secondsOn(-60),
      phaseSince: NOW,
      target: [toAandC[0], aTarget('azure-b', 'h100', 'a', 4), toAandC[1]],
    });
  });

  it('takes back what it no longer asks for, though that could still be had', () => {
    const view = asking();
    const { placements, migration } = step(view, hedged(view, { [C]: 4 }), fleetOf());
    expect(linesOf(placements)).to.deep.equal([`${A} Releasing 0`, `${C} Starting 4`]);
    expect(migration).to.deep.include({ reason: 'Capacity', startedAt: secondsOn(-60), target: [toAandC[1]] });
  });

  it('restarts nothing while it asks for the same', () => {
    const view = asking();
    const first = step(view, hedged(view, { [A]: 4, [C]: 4 }), fleetOf());
    const again = step(
      { ...view, migration: first.migration },
      hedged(view, { [A]: 4, [C]: 4 }),
      fleetOf(),
      secondsOn(30),
    );
    expect(again.migration).to.deep.equal(first.migration);
    expect(again.placements).to.deep.equal(view.holdings.map((it) => it.record));
  });

  it('stamps no cooldown on a move that has to be made', () => {
    const view = asking({ lastMoveAt: secondsOn(-900) });
    expect(step(view, hedged(view, { [B]: 4 }), fleetOf()).migration.lastMoveAt).to.equal(secondsOn(-900));
  });

  it('begins an evacuation anew when a member is lost meanwhile', () => {
    const view = asking();
    const { migration } = step(view, hedged(view, { [B]: 4 }, { change: 'Evacuation' }), fleetOf(), secondsOn(5));
    expect(migration).to.deep.include({ reason: 'Evacuation', startedAt: secondsOn(5) });
  });

  it('breaks a move for a better price off, and starts the cooldown', () => {
    const view = aView(
      { replicas: 3, migration: { maxSurge: 3 } },
      [on('aws-a', 3, { phase: 'Draining', observed: { ready: 2 } }), on('azure-b', 3, { phase: 'Starting' })],
      movingIn('Surging'),
    );
    const { migration, placements } = step(view, hedged(view, { [A]: 3, [C]: 1 }), fleetOf(), secondsOn(5));
    expect(linesOf(placements)[0]).to.equal(`${A} Starting 3`);
    expect(migration).to.deep.include({ reason: 'Capacity', startedAt: secondsOn(5), lastMoveAt: secondsOn(5) });
  });

  it('of a move for the rules gives it another target, and what was tried stays tried', () => {
    const view = aView(
      { replicas: 3, migration: { maxSurge: 3 } },
      [on('aws-a', 3, { phase: 'Draining', observed: { ready: 3 } }), on('azure-b', 3, { phase: 'Starting' })],
      movingIn('Surging', { reason: 'Rules' }),
    );
    const { migration } = step(view, hedged(view, { [B]: 3, [C]: 1 }, { change: 'Rules' }), fleetOf());
    expect(migration).to.deep.include({ reason: 'Rules', startedAt: secondsOn(-60), lastMoveAt: null });
    expect(migration).to.have.deep.property('target', [
      aTarget('azure-b', 'h100', 'a', 3),
      aTarget('azure-c', 'h100', 'a', 1),
    ]);
  });
});
