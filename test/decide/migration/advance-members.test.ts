import { expect } from 'chai';
import type { Verdict } from '../../../operator/model/fleet.ts';
import { secondsOn } from '../../support/decide-health.ts';
import { A, B, C, fleetOf, moving, on, three } from '../../support/decide-moves.ts';
import { aPlan, linesOf, step } from '../../support/decide-plans.ts';
import { aFleet, aVerdict, type MemberOverrides } from '../../support/fleet-members.ts';
import { aTarget, aView, idle, NOW, type HoldingOverrides } from '../../support/fleet-workload.ts';

describe('advance: members that fail and return', () => {
  describe('a member that is down', () => {
    const down = (seconds: number) => ({ verdict: aVerdict('Down', { unreachableSince: secondsOn(-seconds) }) });
    const evacuation = { change: 'Evacuation' } as const;

    it('is given up in one step with its replacement, beyond any surge', () => {
      const view = aView({ replicas: 9 }, [on('aws-a', 6, { observed: null }), on('azure-b', 3)]);
      const plan = aPlan(view.workload, { [B]: 5, [C]: 4 }, evacuation);
      const { placements, migration } = step(view, plan, fleetOf({ 'aws-a': down(60) }));
      expect(linesOf(placements)).to.deep.equal([`${A} Stranded 6`, `${B} Starting 5`, `${C} Starting 4`]);
      expect(migration).to.deep.include({ phase: 'Surging', reason: 'Evacuation' });
    });

    it('is waited for as long as the deployment asks', () => {
      const view = aView(three, [on('aws-a', 3, { observed: null })]);
      const plan = aPlan(view.workload, { [B]: 3 }, evacuation);
      const early = step(view, plan, fleetOf({ 'aws-a': down(59) }));
      expect(early.placements).to.deep.equal([view.holdings[0]?.record]);
      expect(early.migration).to.deep.equal(idle);
      expect(early.wakeAt).to.equal(secondsOn(1));
      expect(early.why).to.contain(`Leaves ${A} as it is`);
    });

    it('is not given up while it answers now and then', () => {
      const view = aView(three, [on('aws-a', 3, { observed: null })]);
      const fleet = fleetOf({ 'aws-a': { verdict: aVerdict('Down', { unreachableSince: null }) } });
      const { placements, wakeAt } = step(view, aPlan(view.workload, { [B]: 3 }, evacuation), fleet);
      expect(linesOf(placements)).to.deep.equal([`${A} Serving 3`]);
      expect(wakeAt).to.equal(null);
    });

    it('loses nothing else when there is no room for its replicas', () => {
      const view = aView({ replicas: 4 }, [on('aws-a', 3, { observed: null }), on('azure-b', 1)]);
      const plan = aPlan(view.workload, { [B]: 1 }, { ...evacuation, unplaced: { units: 3, rules: ['Room'] } });
      const { placements } = step(view, plan, fleetOf({ 'aws-a': down(60) }));
      expect(linesOf(placements)).to.deep.equal([`${A} Stranded 3`, `${B} Serving 1`]);
    });

    it('keeps the last copies in place when nothing has room for a replacement, and says so', () => {
      const view = aView(three, [on('aws-a', 3, { observed: null })]);
      const plan = aPlan(view.workload, {}, { ...evacuation, unplaced: { units: 3, rules: ['Room'] } });
      const held = step(view, plan, fleetOf({ 'aws-a': down(600) }));
      expect(held.placements).to.deep.equal([view.holdings[0]?.record]);
      expect(held.migration).to.deep.equal(idle);
      expect(held.why).to.equal(`Holds 3 replicas on ${A} in place: nothing has room for a replacement.`);
    });

    it('gives them up as soon as something has room for one of them', () => {
      const view = aView(three, [on('aws-a', 3, { observed: null })]);
      const plan = aPlan(view.workload, { [B]: 1 }, { ...evacuation, unplaced: { units: 2, rules: ['Room'] } });
      const { placements } = step(view, plan, fleetOf({ 'aws-a': down(600) }));
      expect(linesOf(placements)).to.deep.equal([`${A} Stranded 3`, `${B} Starting 1`]);
    });

    it('holds no copy in place for one that wants nothing any more', () => {
      const view = aView({ replicas: 0 }, [on('aws-a', 3, { observed: null })]);
      const { placements } = step(view, aPlan(view.workload, {}), fleetOf({ 'aws-a': down(600) }));
      expect(linesOf(placements)).to.deep.equal([`${A} Stranded 3`]);
    });

    it('keeps its entry as it is while it stays away', () => {
      const view = aView(three, [on('aws-a', 3, { phase: 'Stranded', observed: null }), on('azure-b', 3)]);
      const { placements, migration } = step(view, aPlan(view.workload, { [B]: 3 }), fleetOf({ 'aws-a': down(999) }));
      expect(placements).to.deep.equal(view.holdings.map((it) => it.record));
      expect(migration).to.deep.equal(idle);
    });

    it('keeps an entry that was being deleted, to be deleted on return', () => {
      const view = aView(three, [on('aws-a', 0, { phase: 'Releasing', observed: null }), on('azure-b', 3)]);
      const { placements } = step(view, aPlan(view.workload, { [B]: 3 }), fleetOf({ 'aws-a': down(999) }));
      expect(linesOf(placements)).to.deep.equal([`${A} Releasing 0`, `${B} Serving 3`]);
    });

    it('takes over what was being drained to it', () => {
      const view = aView(
        three,
        [on('aws-a', 2, { phase: 'Draining', observed: { ready: 2 } }), on('azure-b', 2, { observed: null })],
        moving('Draining', 'Price', [aTarget('azure-b', 'h100', 'a', 3)]),
      );
      const { placements } = step(view, aPlan(view.workload, { [A]: 3 }, evacuation), fleetOf({ 'azure-b': down(60) }));
      expect(linesOf(placements)).to.deep.equal([`${A} Starting 3`, `${B} Stranded 2`]);
    });
  });

  describe('a member that is in doubt', () => {
    for (const member of [
      { verdict: 'Suspect' },
      { verdict: 'ControlPlaneLost' },
      { synced: false },
      { verdict: aVerdict('Recovering', { unreachableSince: secondsOn(-5) }) },
    ] satisfies MemberOverrides[]) {
      const name = 'verdict' in member ? JSON.stringify(member.verdict).slice(0, 40) : 'not listed';
      it(`keeps its entries and gets no new ones: ${name}`, () => {
        const view = aView(three, [on('aws-a', 3, { observed: null })]);
        const fleet = fleetOf({ 'aws-a': member });
        const away = step(view, aPlan(view.workload, { [B]: 3 }, { change: 'Price' }), fleet);
        expect(away.placements).to.deep.equal([view.holdings[0]?.record]);
        const more = aView({ replicas: 5 }, [on('aws-a', 3, { observed: null })]);
        const raised = step(more, aPlan(more.workload, { [A]: 4, [B]: 1 }, { change: 'Scale' }), fleet);
        expect(linesOf(raised.placements)).to.deep.equal([`${A} Serving 3`, `${B} Starting 1`]);
      });
    }

    it('does not count as serving when others are to be taken away', () => {
      const view = aView(three, [on('aws-a', 3, { observed: null }), on('azure-b', 3)]);
      const fleet = fleetOf({ 'aws-a': { verdict: 'Suspect' } });
      const { placements } = step(view, aPlan(view.workload, { [A]: 3 }, { change: 'Scale' }), fleet);
      expect(linesOf(placements)).to.deep.equal([`${A} Serving 3`, `${B} Draining 3`]);
    });

    it('of which one placement is unknown keeps that one', () => {
      const view = aView(three, [on('aws-a', 3, { observed: null })]);
      const { placements } = step(view, aPlan(view.workload, { [B]: 3 }, { change: 'Price' }), fleetOf());
      expect(linesOf(placements)).to.deep.equal([`${A} Serving 3`]);
    });
  });

  describe('a member that is back', () => {
    const back = (verdict: Verdict = 'Recovering') => fleetOf({ 'aws-a': { verdict } });
    const stranded = (observed: HoldingOverrides['observed']) =>
      on('aws-a', 3, { phase: 'Stranded', observed: observed ?? null });

    for (const verdict of ['Recovering', 'Healthy', 'Degraded'] as const) {
      it(`loses its copies when others serve all that is wanted (${verdict})`, () => {
        const view = aView(three, [stranded({ ready: 3 }), on('azure-b', 3)]);
        const { placements, migration } = step(view, aPlan(view.workload, { [B]: 3 }), back(verdict));
        expect(linesOf(placements)).to.deep.equal([`${A} Releasing 0`, `${B} Serving 3`]);
        expect(migration).to.deep.equal(idle);
      });
    }

    it('has its copies taken back when others do not serve yet, and the evacuation is withdrawn', () => {
      const view = aView(
        three,
        [stranded({ ready: 3 }), on('azure-b', 3, { phase: 'Starting' })],
        moving('Surging', 'Evacuation', [aTarget('azure-b', 'h100', 'a', 3)]),
      );
      const first = step(view, aPlan(view.workload, { [B]: 3 }), back());
      expect(linesOf(first.placements)).to.deep.equal([`${A} Serving 3`, `${B} Starting 3`]);
      expect(first.migration).to.deep.equal(idle);
      expect(first.wakeAt).to.equal(NOW);
      const next = aView(three, [on('aws-a', 3), on('azure-b', 3, { phase: 'Starting' })]);
      const second = step(next, aPlan(next.workload, { [A]: 3 }, { change: 'Scale' }), back());
      expect(linesOf(second.placements)).to.deep.equal([`${A} Serving 3`, `${B} Releasing 0`]);
    });

    it('has no more of its copies taken back than are missing: the overlap is what runs already', () => {
      const view = aView(
        three,
        [stranded({ ready: 3 }), on('azure-b', 3, { phase: 'Starting', observed: { ready: 2 } })],
        moving('Surging', 'Evacuation', [aTarget('azure-b', 'h100', 'a', 3)]),
      );
      const { placements } = step(view, aPlan(view.workload, { [B]: 3 }), back());
      // Two serve elsewhere: one of the three found is needed, and wanted + surge = 3 + 1 are intended.
      expect(linesOf(placements)).to.deep.equal([`${A} Serving 1`, `${B} Starting 3`]);
    });

    it('has its copies taken back before those of another that are not ready', () => {
      const found = (cluster: string, ready: number) =>
        on(cluster, 3, { phase: 'Stranded', observed: { bound: 3, ready } });
      const view = aView(three, [found('aws-a', 0), found('azure-b', 3)]);
      const both = fleetOf({ 'aws-a': { verdict: 'Recovering' }, 'azure-b': { verdict: 'Recovering' } });
      const { placements } = step(view, aPlan(view.workload, { [C]: 3 }, { change: 'Evacuation' }), both);
      const [first, second, third] = linesOf(placements);
      expect([first, second]).to.deep.equal([`${A} Releasing 0`, `${B} Serving 3`]);
      expect(third).to.equal(undefined);
    });

    it('is not touched before all of it has been listed', () => {
      const view = aView(three, [stranded(null), on('azure-b', 3)]);
      const unlisted = fleetOf({ 'aws-a': { verdict: 'Recovering', synced: false } });
      const { placements } = step(view, aPlan(view.workload, { [B]: 3 }), unlisted);
      expect(linesOf(placements)).to.deep.equal([`${A} Stranded 3`, `${B} Serving 3`]);
    });

    it('with nothing left there has its entry released', () => {
      const view = aView(three, [stranded({ present: false, replicas: 0, bound: 0, ready: 0 }), on('azure-b', 1)]);
      const plan = aPlan(view.workload, { [B]: 3 }, { change: 'Scale' });
      const { placements, wakeAt } = step(view, plan, back());
      expect(linesOf(placements)).to.deep.equal([`${A} Releasing 0`, `${B} Starting 3`]);
      expect(wakeAt).to.equal(secondsOn(10));
    });

    it('and wanted by the plan goes on where it stopped', () => {
      const view = aView(three, [stranded({ ready: 2 })]);
      const { placements } = step(view, aPlan(view.workload, { [A]: 3 }), back('Healthy'));
      expect(linesOf(placements)).to.deep.equal([`${A} Starting 3`]);
    });
  });

  describe('a member that is gone', () => {
    it('has its entry dropped as an orphan and its replicas replaced', () => {
      const view = aView(three, [on('aws-a', 3, { observed: null })]);
      const fleet = aFleet({ members: [{ name: 'azure-b' }] });
      const { placements, why } = step(view, aPlan(view.workload, { [B]: 3 }, { change: 'Capacity' }), fleet);
      expect(linesOf(placements)).to.deep.equal([`${B} Starting 3`]);
      expect(why).to.contain(`${A} was orphaned`);
    });
  });

  describe('a release', () => {
    const releasing = (present: boolean, secondsAgo: number) =>
      aView(three, [
        on('aws-a', 0, { phase: 'Releasing', since: secondsOn(-secondsAgo), observed: { present } }),
        on('azure-b', 3),
      ]);

    it('lasts until the member shows that nothing is left', () => {
      const there = releasing(true, 3600);
      expect(linesOf(step(there, aPlan(there.workload, { [B]: 3 }), fleetOf()).placements)[0]).to.equal(
        `${A} Releasing 0`,
      );
      const gone = releasing(false, 3600);
      expect(linesOf(step(gone, aPlan(gone.workload, { [B]: 3 }), fleetOf()).placements)).to.deep.equal([
        `${B} Serving 3`,
      ]);
    });

    it('does not believe an absence that may be older than the creation', () => {
      const young = releasing(false, 1);
      const { placements, wakeAt } = step(young, aPlan(young.workload, { [B]: 3 }), fleetOf());
      expect(placements).to.have.length(2);
      expect(wakeAt).to.equal(secondsOn(9));
    });

    it('of a place that is wanted again is finished before it starts anew', () => {
      const gone = releasing(false, 3600);
      const { placements } = step(gone, aPlan(gone.workload, { [A]: 1, [B]: 3 }), fleetOf());
      expect(linesOf(placements)).to.deep.equal([`${A} Starting 1`, `${B} Serving 3`]);
      expect(placements[0]?.since).to.equal(NOW);
    });
  });

  describe('a frozen fleet', () => {
    const frozen = fleetOf({ 'aws-a': { verdict: 'Down' } }, true);

    it('evacuates nothing', () => {
      const view = aView(three, [on('aws-a', 3, { observed: null })]);
      const { placements, migration, why } = step(
        view,
        aPlan(view.workload, { [B]: 3 }, { change: 'Evacuation' }),
        frozen,
      );
      expect(placements).to.deep.equal([view.holdings[0]?.record]);
      expect(migration).to.deep.equal(idle);
      expect(why).to.match(/^The fleet is frozen/);
    });

    it('pauses a move where it is', () => {
      const state = moving('Surging', 'Price', [aTarget('azure-c', 'h100', 'a', 3)]);
      const view = aView(
        three,
        [on('azure-b', 3, { phase: 'Draining', observed: { ready: 3 } }), on('azure-c', 1)],
        state,
      );
      const { placements, migration } = step(view, aPlan(view.workload, { [C]: 3 }), frozen);
      expect(placements).to.deep.equal(view.holdings.map((it) => it.record));
      expect(migration).to.deep.equal(state);
    });

    it('takes nothing away for a scale-down', () => {
      const view = aView({ replicas: 1 }, [on('azure-b', 2), on('azure-c', 2)]);
      const { placements } = step(view, aPlan(view.workload, { [B]: 1 }, { change: 'Scale' }), frozen);
      expect(placements.map((it) => it.replicas)).to.deep.equal([2, 2]);
    });

    it('still adds replicas that nobody has, and takes none away', () => {
      const view = aView({ replicas: 5 }, [on('aws-a', 2, { observed: null }), on('azure-b', 1)]);
      const plan = aPlan(view.workload, { [A]: 2, [C]: 3 }, { change: 'Scale' });
      expect(linesOf(step(view, plan, frozen).placements)).to.deep.equal([
        `${A} Serving 2`,
        `${B} Draining 1`,
        `${C} Starting 2`,
      ]);
    });
  });
});
