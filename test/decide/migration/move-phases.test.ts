import { expect } from 'chai';
import { PHASE_DEADLINES } from '../../../operator/decide/migration/phase-limits.ts';
import type { TrafficRouting } from '../../../operator/model/traffic-routing.ts';
import type { TrafficState } from '../../../operator/model/traffic-state.ts';
import { after, seconds, type Instant } from '../../../operator/model/units.ts';
import type { MigrationState } from '../../../operator/model/workload.ts';
import { secondsOn } from '../../support/decide-health.ts';
import { A, B, fleetOf, inForce, movingIn, on, routedBy, three } from '../../support/decide-moves.ts';
import { aPlan, linesOf, step, type PlanOverrides } from '../../support/decide-plans.ts';
import { aTarget, aView, idle, NOW, type HoldingOverrides } from '../../support/fleet-workload.ts';
import { viaService } from '../../support/traffic-plans.ts';

interface Situation {
  readonly migration?: MigrationState;
  /** Of the three replicas on aws-a. */
  readonly old?: HoldingOverrides;
  /** Of the three replicas on azure-b; null: there is none yet. */
  readonly fresh?: HoldingOverrides | null;
  /** null: nothing is routed. */
  readonly traffic?: TrafficState | null;
  readonly routing?: TrafficRouting;
  readonly fleet?: ReturnType<typeof fleetOf>;
  readonly plan?: PlanOverrides;
  readonly places?: Readonly<Record<string, number>>;
  readonly now?: Instant;
}

const before = inForce({ 'aws-a': 3000, 'azure-b': 0 });
const answering = inForce({ 'aws-a': 3000, 'azure-b': 0 }, { answering: ['azure-b'] });

/** One step of a move of three replicas from aws-a to azure-b, all of them ready unless said otherwise. */
function taking(situation: Situation = {}) {
  const { migration = idle, old = {}, fresh = {}, traffic = answering, fleet = fleetOf(), now = NOW } = situation;
  const holdings = [
    on('aws-a', 3, { phase: migration.phase === 'Idle' ? 'Serving' : 'Draining', observed: { ready: 3 }, ...old }),
    ...(fresh === null ? [] : [on('azure-b', 3, fresh)]),
  ];
  const routed = traffic === null ? {} : routedBy(traffic, situation.routing);
  const view = { ...aView({ ...three, migration: { maxSurge: 3 } }, holdings, migration), ...routed };
  const plan = aPlan(view.workload, situation.places ?? { [B]: 3 }, { change: 'Price', ...situation.plan });
  const { placements, ...rest } = step(view, plan, fleet, now);
  return { ...rest, lines: linesOf(placements), phase: rest.migration.phase };
}

const keepsBoth = [`${A} Draining 3`, `${B} Serving 3`];
const goneBack = [`${A} Serving 3`, `${B} Draining 3`];

describe('the phases of a voluntary move', () => {
  describe('Reserving', () => {
    it('begins a move, and says what it waits for, what comes next and until when', () => {
      const { migration, lines, wakeAt } = taking({ fresh: null, traffic: before });
      expect(lines).to.deep.equal([`${A} Draining 3`, `${B} Starting 3`]);
      expect(migration).to.deep.include({
        phase: 'Reserving',
        phaseSince: NOW,
        waitingFor: `accelerators for replicas: 3 of 3 on ${B}`,
        next: 'Surging',
        deadline: after(NOW, PHASE_DEADLINES.Reserving),
        source: [aTarget('aws-a', 'h100', 'a', 3)],
      });
      expect(wakeAt).to.equal(after(NOW, PHASE_DEADLINES.Reserving));
    });

    it('lasts until all replacements have accelerators', () => {
      const some = { phase: 'Starting', observed: { bound: 2, ready: 0 } } as const;
      expect(taking({ migration: movingIn('Reserving'), fresh: some }).phase).to.equal('Reserving');
      const all = { phase: 'Starting', observed: { bound: 3, ready: 0 } } as const;
      expect(taking({ migration: movingIn('Reserving'), fresh: all }).phase).to.equal('Surging');
    });

    it('is seen again when a replacement loses its node', () => {
      const one = { phase: 'Starting', observed: { bound: 2, ready: 2 } } as const;
      expect(taking({ migration: movingIn('Surging'), fresh: one }).phase).to.equal('Reserving');
    });
  });

  describe('of which nothing can be begun, so much is held', () => {
    // Five are wanted on two offerings, and seven are there: two that go have to go before the last one can come.
    const source = [aTarget('aws-a', 'h100', 'a', 3), aTarget('azure-b', 'h100', 'a', 4)];
    const target = [aTarget('azure-b', 'h100', 'a', 5)];
    const traffic = inForce({ 'aws-a': 3000, 'azure-b': 4000 }, { answering: ['azure-b'] });
    const view = {
      ...aView(
        { replicas: 5, migration: { maxSurge: 1 } },
        [on('aws-a', 3, { phase: 'Draining', observed: { ready: 3 } }), on('azure-b', 4)],
        movingIn('Reserving', { source, target }),
      ),
      ...routedBy(traffic),
    };

    it('makes room first, and then brings the rest', () => {
      const plan = aPlan(view.workload, { [B]: 5 }, { change: 'Price' });
      const first = step(view, plan, fleetOf());
      expect(first.migration.phase).to.equal('Draining');
      const shifted = { ...traffic, percent: 100, shiftedAt: NOW };
      const late = { ...view, migration: movingIn('Draining', { source, target }), ...routedBy(shifted) };
      const kept = step(late, plan, fleetOf(), secondsOn(9));
      expect(linesOf(kept.placements)).to.deep.equal([`${A} Draining 3`, `${B} Serving 4`]);
      const idleA = inForce({ 'aws-a': 1000, 'azure-b': 4000 }, { answering: ['azure-b'], percent: 100 });
      const done = step({ ...late, ...routedBy(idleA) }, plan, fleetOf(), secondsOn(10));
      expect(linesOf(done.placements)).to.deep.equal([`${A} Draining 1`, `${B} Starting 5`]);
      expect(done.migration.phase).to.equal('Reserving');
    });
  });

  describe('Surging', () => {
    it('lasts until all replacements are ready, whatever is ready of them', () => {
      const fresh = { phase: 'Starting', observed: { bound: 3, ready: 2 } } as const;
      const { phase, lines, migration } = taking({ migration: movingIn('Surging'), fresh });
      expect(phase).to.equal('Surging');
      expect(lines).to.deep.equal([`${A} Draining 3`, `${B} Starting 3`]);
      expect(migration).to.include({ waitingFor: `replicas to be ready: 1 of 3 on ${B}`, next: 'Verifying' });
    });

    it('leads to Draining where requests are led nowhere, and what is ready replaces at once', () => {
      const fresh = { phase: 'Starting', observed: { bound: 3, ready: 1 } } as const;
      const partly = taking({ migration: movingIn('Surging'), fresh, traffic: null });
      expect(partly.lines).to.deep.equal([`${A} Draining 2`, `${B} Starting 3`]);
      expect(partly.migration).to.include({ phase: 'Surging', next: 'Draining', phaseSince: NOW });
      const done = taking({ migration: movingIn('Surging'), traffic: null });
      expect(done.lines).to.deep.equal([`${A} Releasing 0`, `${B} Serving 3`]);
      expect(done.migration).to.deep.equal({ phase: 'Idle', lastMoveAt: NOW });
    });
  });

  describe('Verifying', () => {
    it('follows as soon as all replacements are ready, and takes nothing away', () => {
      const { migration, lines } = taking({ migration: movingIn('Surging'), traffic: before, now: secondsOn(5) });
      expect(lines).to.deep.equal(keepsBoth);
      expect(migration).to.deep.include({
        phase: 'Verifying',
        phaseSince: secondsOn(5),
        waitingFor: 'an answer from azure-b through its load balancer',
        next: 'Shifting',
      });
    });

    it('waits for an address', () => {
      const { migration } = taking({ migration: movingIn('Verifying'), traffic: inForce({ 'aws-a': 3000 }) });
      expect(migration).to.include({
        phase: 'Verifying',
        waitingFor: 'azure-b to have an address for its load balancer',
      });
    });

    it('waits while a replacement is not ready for a moment, and starts no other', () => {
      const fresh = { phase: 'Serving', observed: { ready: 2 } } as const;
      const { migration, lines } = taking({ migration: movingIn('Verifying'), fresh });
      expect(lines).to.deep.equal([`${A} Draining 3`, `${B} Starting 3`]);
      expect(migration).to.include({ phase: 'Verifying', phaseSince: NOW });
    });

    it('ends with an answer', () => {
      const { migration, lines } = taking({ migration: movingIn('Verifying'), now: secondsOn(2) });
      expect(lines).to.deep.equal(keepsBoth);
      expect(migration).to.include({ phase: 'Shifting', percent: 10, phaseSince: secondsOn(2), next: 'Shifting' });
    });
  });

  describe('Shifting', () => {
    const at = (percent: number, traffic: TrafficState, now: Instant, routing?: TrafficRouting) =>
      taking({ migration: movingIn('Shifting', { percent }), traffic, now, ...(routing ? { routing } : {}) });
    const shifted = (percent: number, weight: number) =>
      inForce({ 'aws-a': 3000 - weight, 'azure-b': weight }, { answering: ['azure-b'], percent, shiftedAt: NOW });

    it('waits until a step is in force', () => {
      const { migration, wakeAt } = at(10, answering, secondsOn(100));
      expect(migration).to.include({ phase: 'Shifting', percent: 10 });
      expect(wakeAt).to.equal(after(NOW, PHASE_DEADLINES.Shifting));
    });

    it('watches each step for a while before the next', () => {
      const early = at(10, shifted(10, 300), secondsOn(4));
      expect(early.migration).to.include({ phase: 'Shifting', percent: 10 });
      expect(early.wakeAt).to.equal(secondsOn(5));
      expect(at(10, shifted(10, 300), secondsOn(5)).migration).to.include({ percent: 50, phaseSince: NOW });
      expect(at(50, shifted(50, 1500), secondsOn(5)).migration).to.include({ percent: 100, next: 'Draining' });
      const all = at(100, shifted(100, 3000), secondsOn(5));
      expect(all.phase).to.equal('Draining');
      expect(all.lines).to.deep.equal(keepsBoth);
    });

    it('waits as long as resolvers keep a record', () => {
      const dns: TrafficRouting = { port: 8000, via: { kind: 'Dns', hostname: 'a.example.com', ttl: seconds(60) } };
      expect(at(10, shifted(10, 300), secondsOn(59), dns).migration).to.include({ percent: 10 });
      expect(at(10, shifted(10, 300), secondsOn(60), dns).migration).to.include({ percent: 50 });
    });

    it('is one step where there are no weights', () => {
      const { migration } = taking({ migration: movingIn('Verifying'), routing: viaService });
      expect(migration).to.include({ phase: 'Shifting', percent: 100, next: 'Draining' });
    });

    it('is none within one member', () => {
      const source = [aTarget('aws-a', 'spot', 'a', 3)];
      const target = [aTarget('aws-a', 'h100', 'a', 3)];
      const holdings = [
        on('aws-a', 3, { phase: 'Starting', observed: { ready: 3 } }),
        on('aws-a', 3, { pool: 'spot', phase: 'Draining', observed: { ready: 3 } }),
      ];
      const state = inForce({ 'aws-a': 3000 }, { answering: ['aws-a'] });
      const view = { ...aView(three, holdings, movingIn('Verifying', { source, target })), ...routedBy(state) };
      const { migration } = step(view, aPlan(view.workload, { [A]: 3 }), fleetOf(), secondsOn(1));
      expect(migration).to.include({ phase: 'Draining', phaseSince: secondsOn(1) });
    });
  });

  describe('Draining', () => {
    const drained = inForce({ 'aws-a': 0, 'azure-b': 3000 }, { answering: ['azure-b'], percent: 100, shiftedAt: NOW });
    const migration = movingIn('Draining');

    it('waits until requests have had time to end', () => {
      const { lines, wakeAt, migration: next } = taking({ migration, traffic: drained, now: secondsOn(9) });
      expect(lines).to.deep.equal(keepsBoth);
      expect(next).to.include({ waitingFor: `requests under way on ${A} to end`, next: 'Idle' });
      expect(wakeAt).to.equal(secondsOn(10));
    });

    it('takes away what has had no requests for long enough, and the move is over', () => {
      const { lines, migration: next } = taking({ migration, traffic: drained, now: secondsOn(10) });
      expect(lines).to.deep.equal([`${A} Releasing 0`, `${B} Serving 3`]);
      expect(next).to.deep.equal({ phase: 'Idle', lastMoveAt: secondsOn(10) });
    });

    it('takes away nothing that still gets requests, however long that lasts', () => {
      const shares = inForce({ 'aws-a': 1, 'azure-b': 3000 }, { answering: ['azure-b'] });
      expect(taking({ migration, traffic: shares, now: secondsOn(599) }).lines).to.deep.equal(keepsBoth);
    });

    it('of a batch is followed by the next', () => {
      const source = [aTarget('aws-a', 'h100', 'a', 3)];
      const traffic = inForce({ 'aws-a': 1000, 'azure-b': 2000 }, { answering: ['azure-b'] });
      const holdings = [on('aws-a', 3, { phase: 'Draining', observed: { ready: 3 } }), on('azure-b', 2)];
      const view = {
        ...aView({ ...three, migration: { maxSurge: 2 } }, holdings, movingIn('Draining', { source })),
        ...routedBy(traffic),
      };
      const plan = aPlan(view.workload, { [B]: 3 });
      expect(linesOf(step(view, plan, fleetOf(), secondsOn(9)).placements)[0]).to.equal(`${A} Draining 3`);
      const next = step(view, plan, fleetOf(), secondsOn(10));
      expect(linesOf(next.placements)).to.deep.equal([`${A} Draining 1`, `${B} Starting 3`]);
      const left = [aTarget('aws-a', 'h100', 'a', 1), aTarget('azure-b', 'h100', 'a', 2)];
      expect(next.migration).to.deep.include({ phase: 'Reserving', source: left, phaseSince: secondsOn(10) });
    });
  });

  describe('RollingBack', () => {
    const later = secondsOn(600);
    const young = { phase: 'Starting', observed: { bound: 3, ready: 0 } } as const;

    for (const phase of ['Reserving', 'Surging', 'Verifying', 'Shifting', 'Draining'] as const) {
      it(`follows ${phase} when that takes too long`, () => {
        const migration = movingIn(phase, { waitingFor: 'better days' });
        const { migration: next, lines, why } = taking({ migration, fresh: young, traffic: before, now: later });
        expect(lines).to.deep.equal([`${A} Serving 3`, `${B} Releasing 0`]);
        expect(next).to.include({ phase: 'RollingBack', phaseSince: later, next: 'Idle' });
        const old = { phase: 'Serving' } as const;
        const gone = { phase: 'Releasing', replicas: 0, observed: { ready: 0 } } as const;
        const end = taking({ migration: next, old, fresh: gone, traffic: before, now: later });
        expect(end.migration).to.deep.include({ phase: 'Idle', lastMoveAt: later });
        expect(why).to.contain(`goes back to where it set out from: ${phase} took longer than it may`);
        expect(taking({ migration: movingIn(phase), traffic: answering, now: secondsOn(1) }).phase).to.not.equal(
          'RollingBack',
        );
      });
    }

    const shifting = inForce(
      { 'aws-a': 1500, 'azure-b': 1500 },
      { answering: ['azure-b'], percent: 50, shiftedAt: NOW },
    );
    const silent = inForce({ 'aws-a': 1500, 'azure-b': 1500 }, { percent: 50, shiftedAt: NOW });
    for (const phase of ['Shifting', 'Draining'] as const) {
      for (const [name, situation, cause] of [
        ['a replacement is no longer ready', { fresh: { observed: { ready: 2 } } }, `${B} is no longer ready`],
        ['its data path falls silent', { traffic: silent }, 'the data path of azure-b no longer answers'],
        [
          'its member is in doubt',
          { fleet: fleetOf({ 'azure-b': { verdict: 'Suspect' } }) },
          'azure-b cannot be relied on any more',
        ],
        ['nothing is seen of it', { fresh: { observed: null } }, 'azure-b cannot be relied on any more'],
      ] as const) {
        it(`follows ${phase} when ${name}`, () => {
          const migration = movingIn(phase, { percent: 50 });
          const { migration: next, lines } = taking({ migration, traffic: shifting, ...situation });
          expect(lines[0]).to.equal(`${A} Serving 3`);
          expect(lines[1]).to.match(/ (Draining|Serving) [23]$/);
          expect(next).to.deep.include({ phase: 'RollingBack', cause, target: migration.source, next: 'Idle' });
        });
      }
    }

    it('follows any phase when the plan rejects the target', () => {
      const migration = movingIn('Surging');
      const { migration: next, lines } = taking({
        migration,
        fresh: young,
        places: { [A]: 3 },
        plan: { rejected: [B] },
      });
      expect(lines).to.deep.equal([`${A} Serving 3`, `${B} Releasing 0`]);
      expect(next).to.deep.include({ phase: 'RollingBack', cause: 'its target can no longer be had' });
    });

    it('takes away what got requests only when it has had none for a while', () => {
      const migration = movingIn('RollingBack', { target: [aTarget('aws-a', 'h100', 'a', 3)] });
      const old = { phase: 'Serving' } as const;
      const still = taking({
        migration,
        old,
        fresh: { phase: 'Draining', observed: { ready: 3 } },
        traffic: shifting,
        now: secondsOn(99),
      });
      expect(still.lines).to.deep.equal(goneBack);
      expect(still.migration).to.include({ phase: 'RollingBack', waitingFor: `requests under way on ${B} to end` });
      const traffic = inForce({ 'aws-a': 3000, 'azure-b': 0 });
      const fresh = { phase: 'Draining', observed: { ready: 3 } } as const;
      expect(taking({ migration, old, fresh, traffic, now: secondsOn(9) }).lines).to.deep.equal(goneBack);
      const done = taking({ migration, old, fresh, traffic, now: secondsOn(10) });
      expect(done.lines).to.deep.equal([`${A} Serving 3`, `${B} Releasing 0`]);
      expect(done.migration).to.deep.equal({ phase: 'Idle', lastMoveAt: secondsOn(10) });
    });

    it('ends at its deadline where the member that is left cannot be reached', () => {
      const migration = movingIn('RollingBack', { target: [aTarget('aws-a', 'h100', 'a', 3)] });
      const fleet = fleetOf({ 'azure-b': { verdict: 'Suspect' } });
      const situation = {
        migration,
        old: { phase: 'Serving' },
        fresh: { phase: 'Serving', observed: null },
        fleet,
      } as const;
      const plan = { change: null };
      expect(taking({ ...situation, plan, now: secondsOn(599) }).phase).to.equal('RollingBack');
      expect(taking({ ...situation, plan, now: later }).migration).to.include({ lastMoveAt: later });
    });

    it('is not the way when what it set out from has failed: then the plan takes over', () => {
      const fleet = fleetOf({ 'aws-a': { verdict: 'Down' } });
      const { migration } = taking({
        migration: movingIn('Surging'),
        fresh: young,
        now: later,
        fleet,
        plan: { change: 'Evacuation' },
      });
      expect(migration).to.include({ phase: 'Surging', reason: 'Evacuation', startedAt: later });
    });
  });

  it('are left for good when what serves fails: replacements are then taken as soon as they are ready', () => {
    const old = { phase: 'Draining', observed: { ready: 2 } } as const;
    const { migration, lines } = taking({ migration: movingIn('Verifying'), old, traffic: before });
    expect(migration).to.deep.equal({ phase: 'Idle', lastMoveAt: NOW });
    expect(lines).to.deep.equal([`${A} Releasing 0`, `${B} Serving 3`]);
    const fresh = { phase: 'Starting', observed: { ready: 1 } } as const;
    const partly = taking({ migration: movingIn('Surging'), old, fresh, traffic: before });
    expect(partly.migration)
      .to.include({ phase: 'Surging', reason: 'Capacity', lastMoveAt: NOW })
      .and.not.have.property('deadline');
  });

  it('are left for good when the member that serves is down, also before its copies are given up', () => {
    const fleet = fleetOf({ 'aws-a': { verdict: 'Down' } });
    const old = { phase: 'Draining', observed: null } as const;
    const fresh = { phase: 'Starting', observed: { ready: 2 } } as const;
    const { migration } = taking({ migration: movingIn('Verifying'), old, fresh, fleet, traffic: before });
    expect(migration).to.include({ phase: 'Surging', reason: 'Capacity' });
    const frozen = fleetOf({ 'aws-a': { verdict: 'Down' } }, true);
    const held = taking({ migration: movingIn('Verifying'), old, fresh, fleet: frozen, traffic: before });
    expect(held.migration).to.deep.equal(movingIn('Verifying'));
  });

  it('wait while a source cannot be seen: unknown is neither gone nor serving', () => {
    const fleet = fleetOf({ 'aws-a': { verdict: 'Suspect' } });
    const old = { phase: 'Draining', observed: null } as const;
    const { migration } = taking({ migration: movingIn('Verifying'), old, fleet, now: secondsOn(60) });
    expect(migration).to.include({ phase: 'Verifying', reason: 'Price', waitingFor: 'aws-a to be relied on again' });
  });

  it('are taken up again where an older version left a move, without a clock', () => {
    const bare = { phase: 'Surging', reason: 'Price', startedAt: secondsOn(-9000), lastMoveAt: null } as const;
    const migration = { ...bare, target: [aTarget('azure-b', 'h100', 'a', 3)] };
    const fresh = { phase: 'Starting', observed: { bound: 3, ready: 1 } } as const;
    const { migration: next, lines } = taking({ migration, fresh, traffic: before });
    expect(lines).to.deep.equal([`${A} Draining 3`, `${B} Starting 3`]);
    const source = [aTarget('aws-a', 'h100', 'a', 3), aTarget('azure-b', 'h100', 'a', 1)];
    expect(next).to.deep.include({ phase: 'Surging', startedAt: secondsOn(-9000), phaseSince: NOW, source });
  });
});
