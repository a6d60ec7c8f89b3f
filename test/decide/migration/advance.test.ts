import { expect } from 'chai';
import { hours, instant, minutes } from '../../../operator/model/units.ts';
import { secondsOn } from '../../support/decide-health.ts';
import { A, B, C, fleetOf, moving, on, three } from '../../support/decide-moves.ts';
import { aPlan, linesOf, step } from '../../support/decide-plans.ts';
import { aTarget, aView, idle, NOW } from '../../support/fleet-workload.ts';

describe('advance', () => {
  describe('a new deployment', () => {
    it('starts everything at once', () => {
      const view = aView(three);
      const { placements, migration, why } = step(
        view,
        aPlan(view.workload, { [A]: 2, [B]: 1 }, { change: 'Initial' }),
        fleetOf(),
      );
      expect(linesOf(placements)).to.deep.equal([`${A} Starting 2`, `${B} Starting 1`]);
      expect(migration).to.deep.include({ phase: 'Surging', reason: 'Initial', startedAt: NOW });
      expect(why).to.equal(`Initial: Starts 2 replicas on ${A}. Starts 1 replica on ${B}.`);
    });

    it('is idle once all of it is ready, which starts no cooldown', () => {
      const target = [aTarget('aws-a', 'h100', 'a', 3)];
      const starting = aView(
        three,
        [on('aws-a', 3, { phase: 'Starting', observed: { ready: 2 } })],
        moving('Surging', 'Initial', target),
      );
      const plan = aPlan(starting.workload, { [A]: 3 });
      expect(step(starting, plan, fleetOf()).migration.phase).to.equal('Surging');
      const ready = aView(
        three,
        [on('aws-a', 3, { phase: 'Starting', observed: { ready: 3 } })],
        moving('Surging', 'Initial', target),
      );
      const done = step(ready, plan, fleetOf());
      expect(done.migration).to.deep.equal({ phase: 'Idle', lastMoveAt: null });
      expect(linesOf(done.placements)).to.deep.equal([`${A} Serving 3`]);
      expect(done.placements[0]?.since).to.equal(NOW);
    });

    it('takes what there is when not all units find a place', () => {
      const view = aView(three);
      const plan = aPlan(view.workload, { [A]: 1 }, { unplaced: { units: 2, rules: ['Room'] } });
      expect(linesOf(step(view, plan, fleetOf()).placements)).to.deep.equal([`${A} Starting 1`]);
    });

    it('starts replicas beyond the wanted units where the plan needs them for a rule', () => {
      const view = aView({ replicas: 1, shapes: [{ capacity: 0.6 }], placement: { minClusters: 3 } });
      const { placements } = step(view, aPlan(view.workload, { [A]: 1, [B]: 1, [C]: 1 }), fleetOf());
      expect(placements.map((it) => it.replicas)).to.deep.equal([1, 1, 1]);
    });
  });

  it('returns what is recorded, to the last field, when nothing is to be done', () => {
    const view = aView(three, [on('aws-a', 2), on('azure-b', 1)]);
    const { placements, migration, wakeAt, why } = step(view, aPlan(view.workload, { [A]: 2, [B]: 1 }), fleetOf());
    expect(placements).to.deep.equal(view.holdings.map((it) => it.record));
    expect(migration).to.deep.equal(view.migration);
    expect(wakeAt).to.equal(null);
    expect(why).to.equal('Intent and plan agree.');
  });

  it('shows a replica that is lost as starting again, and the move as none', () => {
    const view = aView(three, [on('aws-a', 3, { observed: { bound: 2, ready: 2 } })]);
    const { placements, migration } = step(view, aPlan(view.workload, { [A]: 3 }), fleetOf());
    expect(linesOf(placements)).to.deep.equal([`${A} Starting 3`]);
    expect(migration.phase).to.equal('Idle');
  });

  it('wakes when the plan wants to', () => {
    const view = aView(three, [on('aws-a', 3)]);
    const plan = aPlan(view.workload, { [A]: 3 }, { wakeAt: secondsOn(90) });
    expect(step(view, plan, fleetOf()).wakeAt).to.equal(secondsOn(90));
  });

  describe('scaling', () => {
    it('up adds at once, beyond any surge', () => {
      const view = aView({ replicas: 9 }, [on('aws-a', 3)]);
      const { placements, migration } = step(view, aPlan(view.workload, { [A]: 9 }, { change: 'Scale' }), fleetOf());
      expect(linesOf(placements)).to.deep.equal([`${A} Starting 9`]);
      expect(migration).to.deep.include({ phase: 'Surging', reason: 'Scale' });
    });

    it('down removes at once and is over with it', () => {
      const view = aView({ replicas: 2 }, [on('aws-a', 3), on('azure-b', 3)]);
      const { placements, migration } = step(view, aPlan(view.workload, { [A]: 2 }, { change: 'Scale' }), fleetOf());
      expect(linesOf(placements)).to.deep.equal([`${A} Serving 2`, `${B} Releasing 0`]);
      expect(migration).to.deep.equal(idle);
    });

    it('down keeps as many ready as are wanted', () => {
      const view = aView({ replicas: 2 }, [
        on('aws-a', 3, { phase: 'Starting', observed: { ready: 1 } }),
        on('azure-b', 3),
      ]);
      const { placements } = step(view, aPlan(view.workload, { [A]: 2 }, { change: 'Scale' }), fleetOf());
      expect(linesOf(placements)).to.deep.equal([`${A} Starting 2`, `${B} Draining 1`]);
    });

    it('to zero removes everything', () => {
      const view = aView({ replicas: 0, minReady: 2 }, [on('aws-a', 3)]);
      const { placements } = step(view, aPlan(view.workload, {}, { change: 'Scale' }), fleetOf());
      expect(linesOf(placements)).to.deep.equal([`${A} Releasing 0`]);
    });
  });

  it('counts nothing that was replaced before, whatever its member is now', () => {
    const stranded = on('aws-a', 3, { phase: 'Stranded', observed: null });
    const view = aView({ replicas: 5 }, [stranded, on('azure-b', 3)]);
    const fleet = fleetOf({ 'aws-a': { verdict: 'Suspect' } });
    const { placements } = step(view, aPlan(view.workload, { [B]: 5 }, { change: 'Scale' }), fleet);
    expect(linesOf(placements)).to.deep.equal([`${A} Stranded 3`, `${B} Starting 5`]);
  });

  it('stamps a phase only when it changes', () => {
    const view = aView(three, [on('aws-a', 3, { since: instant(NOW - hours(5)) })]);
    const plan = aPlan(view.workload, { [A]: 2, [B]: 1 }, { change: 'Price' });
    const { placements } = step(view, plan, fleetOf(), instant(NOW + minutes(1)));
    expect(placements.map((it) => it.since)).to.deep.equal([NOW - hours(5), NOW + minutes(1)]);
  });
});
