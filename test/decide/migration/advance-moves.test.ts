import { expect } from 'chai';
import { secondsOn } from '../../support/decide-health.ts';
import { A, B, C, fleetOf, moving, movingIn, on, three } from '../../support/decide-moves.ts';
import { aPlan, linesOf, step } from '../../support/decide-plans.ts';
import { aFleet } from '../../support/fleet-members.ts';
import { aTarget, aView, NOW } from '../../support/fleet-workload.ts';

describe('advance: moves', () => {
  describe('a move that pays', () => {
    const plan = { change: 'Price' } as const;

    it('raises maxSurge replicas first and leaves what serves alone', () => {
      const view = aView({ ...three, migration: { maxSurge: 2 } }, [on('aws-a', 3)]);
      const { placements, migration } = step(view, aPlan(view.workload, { [B]: 3 }, plan), fleetOf());
      expect(linesOf(placements)).to.deep.equal([`${A} Draining 3`, `${B} Starting 2`]);
      expect(migration).to.deep.include({
        phase: 'Reserving',
        reason: 'Price',
        source: [aTarget('aws-a', 'h100', 'a', 3)],
        target: [aTarget('azure-b', 'h100', 'a', 3)],
      });
    });

    it('takes away one for each that is ready, and raises the next', () => {
      const target = [aTarget('azure-b', 'h100', 'a', 3)];
      const view = aView(
        { ...three, migration: { maxSurge: 2 } },
        [
          on('aws-a', 3, { phase: 'Draining', observed: { ready: 3 } }),
          on('azure-b', 2, { phase: 'Starting', observed: { ready: 1 } }),
        ],
        moving('Surging', 'Price', target),
      );
      const { placements, migration } = step(view, aPlan(view.workload, { [B]: 3 }, plan), fleetOf());
      expect(linesOf(placements)).to.deep.equal([`${A} Draining 2`, `${B} Starting 3`]);
      // What is left of the old and what is there of the new is what the next batch sets out from.
      const source = [aTarget('aws-a', 'h100', 'a', 2), aTarget('azure-b', 'h100', 'a', 1)];
      expect(migration).to.deep.include({ phase: 'Reserving', startedAt: secondsOn(-60), phaseSince: NOW, source });
    });

    it('waits for what is not ready yet', () => {
      const target = [aTarget('azure-b', 'h100', 'a', 3)];
      const view = aView(
        three,
        [on('aws-a', 3, { phase: 'Draining', observed: { ready: 3 } }), on('azure-b', 1, { phase: 'Starting' })],
        moving('Surging', 'Price', target),
      );
      const { placements, migration, why } = step(view, aPlan(view.workload, { [B]: 3 }, plan), fleetOf());
      expect(placements).to.deep.equal(view.holdings.map((it) => it.record));
      expect(migration).to.deep.include(view.migration);
      const again = step({ ...view, migration }, aPlan(view.workload, { [B]: 3 }, plan), fleetOf(), secondsOn(60));
      expect(again.migration).to.deep.equal(migration);
      expect(why).to.equal(
        `Price: Keeps 3 replicas on ${A} until others are ready. Waits to start 2 replicas on ${B}.`,
      );
    });

    it('is over when the last of the old is going, and starts the cooldown', () => {
      const view = aView(
        three,
        [on('aws-a', 1, { phase: 'Draining', observed: { ready: 1 } }), on('azure-b', 3)],
        moving('Draining', 'Price', [aTarget('azure-b', 'h100', 'a', 3)]),
      );
      const { placements, migration } = step(view, aPlan(view.workload, { [B]: 3 }), fleetOf());
      expect(linesOf(placements)).to.deep.equal([`${A} Releasing 0`, `${B} Serving 3`]);
      expect(migration).to.deep.equal({ phase: 'Idle', lastMoveAt: NOW });
    });

    it('never removes the last serving copy, however small the replacement', () => {
      const workload = { replicas: 1, shapes: [{ accelerator: 'H100' }, { accelerator: 'A100', capacity: 0.6 }] };
      const view = aView(workload, [on('aws-a', 1), on('azure-b', 1, { accelerator: 'A100' })]);
      const { placements } = step(view, aPlan(view.workload, { [`${B}@A100`]: 2 }, plan), fleetOf());
      expect(linesOf(placements)).to.deep.equal([`${A} Draining 1`, `${B} Starting 2`]);
    });

    it('gets from large to small replicas and back with a surge of one', () => {
      // 3 × 1.0 -> 5 × 0.6: each step holds at most one large replica's worth beyond what is wanted, and a small one.
      const workload = { ...three, shapes: [{ accelerator: 'H100' }, { accelerator: 'A100', capacity: 0.6 }] };
      const view = aView(workload, [on('aws-a', 3)]);
      const first = step(view, aPlan(view.workload, { [`${B}@A100`]: 5 }, plan), fleetOf());
      expect(linesOf(first.placements)).to.deep.equal([`${A} Draining 3`, `${B} Starting 2`]);
    });

    it('keeps its target while prices change their mind', () => {
      const target = [aTarget('azure-b', 'h100', 'a', 3)];
      const view = aView(
        three,
        [on('aws-a', 3, { phase: 'Draining', observed: { ready: 3 } }), on('azure-b', 1, { phase: 'Starting' })],
        moving('Surging', 'Price', target),
      );
      for (const places of [{ [A]: 3 }, { [C]: 3 }, { [A]: 1, [C]: 2 }]) {
        const { placements, migration } = step(view, aPlan(view.workload, places, plan), fleetOf());
        expect(placements).to.deep.equal(view.holdings.map((it) => it.record));
        expect(migration).to.deep.include(view.migration);
      }
    });

    for (const [name, overrides, fleet] of [
      ['the plan rejects it', { rejected: [B] }, fleetOf()],
      ['its member is down', {}, fleetOf({ 'azure-b': { verdict: 'Down' } })],
      ['its member is gone', {}, aFleet({ members: [{ name: 'aws-a' }, { name: 'azure-c' }] })],
      ['its offering is gone', {}, fleetOf({ 'azure-b': { offerings: [] } })],
    ] as const) {
      it(`gives its target up when ${name}, which starts the cooldown`, () => {
        const view = aView(
          three,
          [on('aws-a', 3, { phase: 'Draining', observed: { ready: 3 } })],
          moving('Surging', 'Price', [aTarget('azure-b', 'h100', 'a', 3)]),
        );
        const plan = aPlan(view.workload, { [C]: 3 }, { change: 'Capacity', ...overrides });
        const { placements, migration } = step(view, plan, fleet);
        expect(linesOf(placements)).to.deep.equal([`${A} Draining 3`, `${C} Starting 1`]);
        expect(migration).to.deep.include({ reason: 'Capacity', startedAt: NOW, lastMoveAt: NOW });
      });
    }

    for (const [name, replicas, places] of [
      ['more units are wanted', 5, { [A]: 2, [B]: 3 }],
      ['fewer units are wanted', 1, { [A]: 1 }],
    ] as const) {
      it(`gives its target up when ${name}`, () => {
        const view = aView(
          { replicas },
          [on('aws-a', 3, { phase: 'Draining', observed: { ready: 3 } })],
          moving('Surging', 'Price', [aTarget('azure-b', 'h100', 'a', 3)]),
        );
        const { migration, placements } = step(view, aPlan(view.workload, places, { change: 'Scale' }), fleetOf());
        expect(migration.phase === 'Idle' ? null : migration.target).to.not.deep.equal([
          aTarget('azure-b', 'h100', 'a', 3),
        ]);
        expect(migration.lastMoveAt).to.equal(NOW);
        expect(placements[0]?.phase).to.equal('Serving');
      });
    }

    it('that was forced starts no cooldown when it is given up', () => {
      const view = aView(three, [], moving('Surging', 'Capacity', [aTarget('azure-b', 'h100', 'a', 3)]));
      const plan = aPlan(view.workload, { [C]: 3 }, { change: 'Capacity', rejected: [B] });
      expect(step(view, plan, fleetOf()).migration.lastMoveAt).to.equal(null);
    });

    it('starts nothing while an offering of its target is being cleared', () => {
      const view = aView(three, [
        on('aws-a', 3),
        on('azure-b', 0, { phase: 'Releasing', observed: { present: true } }),
      ]);
      const { placements, migration } = step(view, aPlan(view.workload, { [B]: 3 }, plan), fleetOf());
      expect(linesOf(placements)).to.deep.equal([`${A} Draining 3`, `${B} Releasing 0`]);
      // On record, so that the next pass knows what drains for what, and the cooldown what it has to count.
      expect(migration).to.deep.include({ phase: 'Reserving', reason: 'Price' });
    });

    it('is one from the moment that what serves has been told to go, though nothing can grow yet', () => {
      const clearing = on('azure-b', 0, {
        phase: 'Releasing',
        since: NOW,
        observed: { present: true, ready: 1, bound: 1 },
      });
      const view = aView(three, [on('aws-a', 3), clearing]);
      const first = step(view, aPlan(view.workload, { [B]: 3 }, { change: 'Failback' }), fleetOf());
      expect(linesOf(first.placements)).to.deep.equal([`${A} Draining 3`, `${B} Releasing 0`]);
      expect(first.migration).to.deep.include({ phase: 'Reserving', reason: 'Failback', startedAt: NOW });
      const next = aView(three, [on('aws-a', 3, { phase: 'Draining', observed: { ready: 3 } })], first.migration);
      const second = step(next, aPlan(next.workload, { [B]: 3 }), fleetOf());
      expect(linesOf(second.placements)).to.deep.equal([`${A} Draining 3`, `${B} Starting 1`]);
      expect(second.migration).to.deep.include({ phase: 'Reserving', reason: 'Failback', startedAt: NOW });
    });
  });

  describe('capacity that is not there', () => {
    it('is given up at once where pods wait for a node, and asked for elsewhere in the same step', () => {
      const view = aView({ replicas: 5 }, [on('aws-a', 5, { phase: 'Starting', observed: { bound: 1, ready: 1 } })]);
      const plan = aPlan(view.workload, { [A]: 1, [B]: 4 }, { change: 'Capacity' });
      const { placements } = step(view, plan, fleetOf());
      expect(linesOf(placements)).to.deep.equal([`${A} Serving 1`, `${B} Starting 4`]);
    });

    it('is replaced beyond any surge while its broken replicas still hold their nodes', () => {
      const view = aView({ replicas: 4 }, [on('aws-a', 4, { observed: { bound: 4, ready: 1 } })]);
      const plan = aPlan(view.workload, { [A]: 1, [B]: 3 }, { change: 'Capacity' });
      const { placements } = step(view, plan, fleetOf({ 'aws-a': { verdict: 'Degraded' } }));
      expect(linesOf(placements)).to.deep.equal([`${A} Starting 4`, `${B} Starting 3`]);
    });

    it('keeps replicas that load until the ones wanted instead have come as far', () => {
      const loading = on('aws-a', 3, { phase: 'Starting', observed: { bound: 3, ready: 0 } });
      const plan = (view: ReturnType<typeof aView>) => aPlan(view.workload, { [B]: 3 }, { change: 'Rules' });
      const waiting = aView(three, [
        loading,
        on('azure-b', 3, { phase: 'Starting', observed: { bound: 2, ready: 0 } }),
      ]);
      expect(linesOf(step(waiting, plan(waiting), fleetOf()).placements)[0]).to.equal(`${A} Draining 3`);
      const level = aView(three, [loading, on('azure-b', 3, { phase: 'Starting', observed: { bound: 3, ready: 0 } })]);
      expect(linesOf(step(level, plan(level), fleetOf()).placements)[0]).to.equal(`${A} Releasing 0`);
    });

    it('keeps what serves when the plan has no place for it', () => {
      const view = aView({ ...three, minReady: 1 }, [on('aws-a', 3)]);
      for (const rule of ['Room', 'Cordon', 'PriceAge', 'Region'] as const) {
        const plan = aPlan(view.workload, {}, { unplaced: { units: 3, rules: [rule] } });
        const { placements, migration, wakeAt } = step(view, plan, fleetOf());
        expect(linesOf(placements), rule).to.deep.equal([`${A} Serving 3`]);
        // Nothing was begun that could only be given up again.
        expect([migration, wakeAt], rule).to.deep.equal([view.migration, null]);
      }
    });

    it('moves as many as find a place, and is done with that', () => {
      const shy = { unplaced: { units: 2, rules: ['Region' as const] }, change: 'Rules' as const };
      const view = aView({ ...three, migration: { maxSurge: 3 } }, [on('aws-a', 3)]);
      const plan = aPlan(view.workload, { [B]: 1 }, shy);
      const begun = step(view, plan, fleetOf());
      expect(linesOf(begun.placements)).to.deep.equal([`${A} Serving 3`, `${B} Starting 1`]);
      const grown = { ...aView(view.workload, [on('aws-a', 3), on('azure-b', 1)]), migration: begun.migration };
      const done = step(grown, plan, fleetOf(), secondsOn(60));
      expect(linesOf(done.placements)).to.deep.equal([`${A} Serving 2`, `${B} Serving 1`]);
      expect(done.migration).to.deep.equal({ phase: 'Idle', lastMoveAt: secondsOn(60) });
      const rest = { ...aView(view.workload, [on('aws-a', 2), on('azure-b', 1)]), migration: done.migration };
      expect(step(rest, plan, fleetOf(), secondsOn(70)).migration).to.deep.equal(done.migration);
    });

    it('keeps what has got ready meanwhile, in the middle of a move that had no place for it', () => {
      const source = [aTarget('aws-a', 'h100', 'a', 2), aTarget('azure-b', 'h100', 'a', 1)];
      const move = movingIn('Draining', { reason: 'Rules', source, target: [aTarget('azure-b', 'h100', 'a', 1)] });
      const held = [on('aws-a', 2, { phase: 'Draining', observed: { ready: 2 } }), on('azure-b', 1)];
      const view = aView({ ...three, migration: { maxSurge: 3 } }, held, move);
      const plan = aPlan(view.workload, { [B]: 1 }, { unplaced: { units: 2, rules: ['Region'] }, change: 'Rules' });
      const { placements, migration } = step(view, plan, fleetOf(), secondsOn(5));
      expect(linesOf(placements)).to.deep.equal([`${A} Serving 2`, `${B} Serving 1`]);
      expect(migration).to.deep.equal({ phase: 'Idle', lastMoveAt: secondsOn(5) });
    });

    it('comes to one decision on what has lost its nodes and has no place, whatever is recorded of it', () => {
      for (const phase of ['Serving', 'Starting', 'Draining'] as const) {
        const view = aView(three, [on('aws-a', 3, { phase, observed: { bound: 3, ready: 0 } })]);
        const plan = aPlan(view.workload, {}, { unplaced: { units: 3, rules: ['Region'] }, change: 'Rules' });
        expect(linesOf(step(view, plan, fleetOf()).placements), phase).to.deep.equal([`${A} Draining 3`]);
      }
    });

    it('moves the others too once they find a place', () => {
      const view = aView({ ...three, migration: { maxSurge: 3 } }, [on('aws-a', 2), on('azure-b', 1)]);
      const { placements } = step(view, aPlan(view.workload, { [B]: 3 }, { change: 'Rules' }), fleetOf());
      expect(linesOf(placements)).to.deep.equal([`${A} Draining 2`, `${B} Starting 3`]);
    });

    it('does not keep what is starting and was never ready', () => {
      const view = aView(three, [on('aws-a', 3, { phase: 'Starting', observed: { bound: 1, ready: 0 } })]);
      const plan = aPlan(view.workload, {}, { unplaced: { units: 3, rules: ['Backoff'] } });
      expect(linesOf(step(view, plan, fleetOf()).placements)).to.deep.equal([`${A} Draining 1`]);
    });

    it('obeys a budget down to minReady, and to the last copy', () => {
      const cut = (minReady: number, places: Record<string, number>) => {
        const view = aView({ ...three, minReady }, [on('aws-a', 3)]);
        const plan = aPlan(view.workload, places, { unplaced: { units: 2, rules: ['Room', 'Budget'] } });
        return linesOf(step(view, plan, fleetOf()).placements);
      };
      expect(cut(0, { [A]: 1 })).to.deep.equal([`${A} Serving 1`]);
      expect(cut(2, { [A]: 1 })).to.deep.equal([`${A} Serving 2`]);
      expect(cut(0, {})).to.deep.equal([`${A} Serving 1`]);
      expect(cut(9, { [A]: 1 })).to.deep.equal([`${A} Serving 3`]);
    });
  });
});
