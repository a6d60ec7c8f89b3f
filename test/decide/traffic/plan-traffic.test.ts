import { expect } from 'chai';
import { planTraffic } from '../../../operator/decide/traffic/plan-traffic.ts';
import { clusterName } from '../../../operator/model/names.ts';
import type { DataPathAnswer, TrafficState } from '../../../operator/model/traffic-state.ts';
import { instant } from '../../../operator/model/units.ts';
import type { MigrationState } from '../../../operator/model/workload.ts';
import { moving, movingIn } from '../../support/decide-moves.ts';
import { aTarget, NOW } from '../../support/fleet-workload.ts';
import { aState, planOf, trafficInput, weightsOf, type TrafficOverrides } from '../../support/traffic-plans.ts';

const leavingA = {
  holdings: [
    { cluster: 'aws-a', replicas: 2, phase: 'Draining', observed: { ready: 2 } },
    { cluster: 'azure-b', replicas: 2 },
  ],
} as const satisfies TrafficOverrides;

describe('planTraffic', () => {
  it('shares requests in proportion to what is ready', () => {
    const holdings = [
      { cluster: 'aws-a', replicas: 3, observed: { ready: 2 } },
      { cluster: 'azure-b', replicas: 1, accelerator: 'A100-80GB' },
    ];
    const shapes = [{ accelerator: 'H100' }, { accelerator: 'A100-80GB', capacity: 0.6 }];
    const plan = planOf({ workload: { shapes }, holdings });
    expect(weightsOf(plan)).to.deep.equal({ 'aws-a': 2000, 'azure-b': 600 });
    expect(plan.footing).to.equal('Ready');
  });

  it('adds up the pools of one member', () => {
    const holdings = [
      { cluster: 'aws-a', pool: 'spot', replicas: 2 },
      { cluster: 'aws-a', pool: 'ondemand', replicas: 1 },
    ];
    expect(weightsOf(planOf({ holdings }))).to.deep.equal({ 'aws-a': 3000 });
  });

  it('says who has no address yet, and leads requests to the others', () => {
    const plan = planOf({
      holdings: [{ cluster: 'aws-a' }, { cluster: 'azure-b' }],
      unaddressed: ['azure-b'],
    });
    expect(weightsOf(plan)).to.deep.equal({ 'aws-a': 1000 });
    expect(plan.unaddressed).to.deep.equal(['azure-b']);
  });

  it('remembers the address of a member that cannot be asked', () => {
    const plan = planOf({
      holdings: [{ cluster: 'aws-a', observed: null }],
      verdicts: { 'aws-a': 'ControlPlaneLost' },
      unaddressed: ['aws-a'],
      before: aState({ 'aws-a': 1000 }),
    });
    expect(weightsOf(plan)).to.deep.equal({ 'aws-a': 1000 });
  });

  describe('a member that cannot be read', () => {
    const holdings = [
      { cluster: 'aws-a', replicas: 3, observed: null },
      { cluster: 'azure-b', replicas: 2 },
    ];
    const before = aState({ 'aws-a': 3000, 'azure-b': 2000 });

    for (const verdict of ['Suspect', 'ControlPlaneLost', 'Healthy', 'Recovering'] as const) {
      it(`keeps its weight while it is ${verdict}`, () => {
        const plan = planOf({ holdings, before, verdicts: { 'aws-a': verdict } });
        expect(weightsOf(plan)).to.deep.equal({ 'aws-a': 3000, 'azure-b': 2000 });
      });
    }

    it('gets nothing once it is Down', () => {
      const plan = planOf({ holdings, before, verdicts: { 'aws-a': 'Down' } });
      expect(weightsOf(plan)).to.deep.equal({ 'aws-a': 0, 'azure-b': 2000 });
    });

    it('keeps its weight while the fleet is frozen', () => {
      const plan = planOf({ holdings, before, verdicts: { 'aws-a': 'Down' }, frozen: true });
      expect(weightsOf(plan)).to.deep.equal({ 'aws-a': 3000, 'azure-b': 2000 });
    });

    it('keeps its weight when it is Down and nobody else serves', () => {
      const down = { 'aws-a': 'Down', 'azure-b': 'Down' } as const;
      const lost = holdings.map((it) => ({ ...it, observed: null }));
      const plan = planOf({ holdings: lost, before, verdicts: down });
      expect(weightsOf(plan)).to.deep.equal({ 'aws-a': 3000, 'azure-b': 2000 });
      expect(plan.footing).to.equal('LastKnown');
    });

    it('is believed to serve what is on record, when nothing was routed before', () => {
      const plan = planOf({ holdings: [{ cluster: 'aws-a', replicas: 3, observed: null }] });
      expect(weightsOf(plan)).to.deep.equal({ 'aws-a': 3000 });
    });
  });

  it('prefers a copy that is to go and answers over a member that is lost', () => {
    const holdings = [
      { cluster: 'aws-a', observed: null },
      { cluster: 'azure-b', phase: 'Stranded', observed: { ready: 1 } },
    ] as const;
    const plan = planOf({ holdings, verdicts: { 'aws-a': 'Down' }, before: aState({ 'aws-a': 1000 }) });
    expect(weightsOf(plan)).to.deep.equal({ 'aws-a': 0, 'azure-b': 1000 });
  });

  it('says so when nothing is ready anywhere', () => {
    const plan = planOf({ holdings: [{ cluster: 'aws-a', phase: 'Starting' }] });
    expect(weightsOf(plan)).to.deep.equal({ 'aws-a': 0 });
    expect(plan.footing).to.equal('Nothing');
  });

  describe('copies that leave', () => {
    it('keep what those that stay do not cover yet', () => {
      const holdings = [leavingA.holdings[0], { cluster: 'azure-b', replicas: 2, observed: { ready: 1 } }];
      expect(weightsOf(planOf({ holdings }))).to.deep.equal({ 'aws-a': 1000, 'azure-b': 1000 });
    });

    it('keep what the move is still to bring, also while only part of it is begun', () => {
      const holdings = [leavingA.holdings[0], { cluster: 'azure-b', replicas: 1 }];
      const migration = moving('Surging', 'Capacity', [aTarget('azure-b', 'h100', 'a', 2)]);
      const plan = planOf({ workload: { replicas: 2 }, holdings, migration });
      expect(weightsOf(plan)).to.deep.equal({ 'aws-a': 1000, 'azure-b': 1000 });
    });

    it('go where a budget leaves fewer in the end', () => {
      const holdings = [leavingA.holdings[0], { cluster: 'azure-b', replicas: 1 }];
      const migration = moving('Draining', 'Rules', [aTarget('azure-b', 'h100', 'a', 1)]);
      const plan = planOf({ workload: { replicas: 2 }, holdings, migration });
      expect(weightsOf(plan)).to.deep.equal({ 'aws-a': 0, 'azure-b': 1000 });
    });

    it('count for less when one is no longer ready', () => {
      const holdings = [
        { ...leavingA.holdings[0], observed: { ready: 1 } },
        { ...leavingA.holdings[1], observed: { ready: 0 } },
      ];
      expect(weightsOf(planOf({ holdings }))).to.deep.equal({ 'aws-a': 1000, 'azure-b': 0 });
    });

    it('serve on when nothing is to stay', () => {
      const plan = planOf({ holdings: [leavingA.holdings[0]], before: aState({ 'aws-a': 2000 }) });
      expect(weightsOf(plan)).to.deep.equal({ 'aws-a': 2000 });
    });

    it('get nothing any more when they are being deleted', () => {
      const holdings = [{ ...leavingA.holdings[0], phase: 'Releasing' }, leavingA.holdings[1]] as const;
      expect(weightsOf(planOf({ holdings, before: aState({ 'aws-a': 2000 }) }))).to.include({ 'aws-a': 0 });
    });
  });

  describe('a voluntary move', () => {
    const from = { source: [aTarget('aws-a', 'h100', 'a', 2)], target: [aTarget('azure-b', 'h100', 'a', 2)] };
    const shares = (migration: MigrationState, before = aState({ 'aws-a': 2000, 'azure-b': 0 })) =>
      planOf({ ...leavingA, migration, before, at: 500 });

    for (const phase of ['Reserving', 'Surging', 'Verifying'] as const) {
      it(`leads nothing to its replacements while ${phase}`, () => {
        const plan = shares(movingIn(phase, from));
        expect(weightsOf(plan)).to.deep.equal({ 'aws-a': 2000, 'azure-b': 0 });
        expect(plan.state).to.include({ shiftedAt: null }).and.not.have.property('percent');
      });
    }

    it('leads requests to them in steps, and stamps each step once', () => {
      const first = shares(movingIn('Shifting', { ...from, percent: 10 }));
      expect(weightsOf(first)).to.deep.equal({ 'aws-a': 1800, 'azure-b': 200 });
      expect(first.state).to.include({ percent: 10, shiftedAt: NOW + 500 });
      const again = planOf({
        ...leavingA,
        migration: movingIn('Shifting', { ...from, percent: 10 }),
        before: first.state,
      });
      expect(again.state).to.deep.equal(first.state);
      const half = shares(movingIn('Shifting', { ...from, percent: 50 }), first.state);
      expect(weightsOf(half)).to.deep.equal({ 'aws-a': 1000, 'azure-b': 1000 });
      const all = shares(movingIn('Shifting', { ...from, percent: 100 }), half.state);
      expect(weightsOf(all)).to.deep.equal({ 'aws-a': 0, 'azure-b': 2000 });
      const draining = planOf({ ...leavingA, migration: movingIn('Draining', from), before: all.state, at: 9000 });
      expect(draining.state).to.deep.equal(all.state);
    });

    it('keeps what its earlier batches have brought', () => {
      const holdings = [
        { cluster: 'aws-a', replicas: 1, phase: 'Draining', observed: { ready: 1 } },
        { cluster: 'azure-b', replicas: 3 },
      ] as const;
      const source = [aTarget('aws-a', 'h100', 'a', 1), aTarget('azure-b', 'h100', 'a', 2)];
      const at = (phase: 'Verifying' | 'Draining') =>
        weightsOf(planOf({ holdings, migration: movingIn(phase, { source }) }));
      expect(at('Verifying')).to.deep.equal({ 'aws-a': 1000, 'azure-b': 2000 });
      expect(at('Draining')).to.deep.equal({ 'aws-a': 0, 'azure-b': 3000 });
    });

    it('leads requests to untried replacements when nothing else serves', () => {
      const holdings = [{ ...leavingA.holdings[0], observed: { ready: 0 } }, leavingA.holdings[1]];
      const plan = planOf({ holdings, migration: movingIn('Verifying', from) });
      expect(weightsOf(plan)).to.deep.equal({ 'aws-a': 0, 'azure-b': 2000 });
    });

    it('that goes back leads everything to where it set out from', () => {
      const holdings = [
        { cluster: 'aws-a', replicas: 2 },
        { cluster: 'azure-b', replicas: 3 },
      ];
      const source = [aTarget('aws-a', 'h100', 'a', 2), aTarget('azure-b', 'h100', 'a', 1)];
      const migration = movingIn('RollingBack', { source, target: source });
      const plan = planOf({ workload: { replicas: 3 }, holdings, migration });
      expect(weightsOf(plan)).to.deep.equal({ 'aws-a': 2000, 'azure-b': 1000 });
      expect(plan.state.shiftedAt).to.equal(null);
    });

    it('that goes back leads nothing more to a member that cannot be read and had nothing before', () => {
      const holdings = [
        { cluster: 'aws-a', replicas: 2 },
        { cluster: 'azure-b', replicas: 2, phase: 'Draining', observed: null },
      ] as const;
      const before = aState({ 'aws-a': 1000, 'azure-b': 1000 });
      const verdicts = { 'azure-b': 'Suspect' } as const;
      const at = (migration: MigrationState) => weightsOf(planOf({ holdings, before, verdicts, migration }));
      expect(at(movingIn('RollingBack', from))).to.deep.equal({ 'aws-a': 2000, 'azure-b': 0 });
      expect(at(movingIn('Shifting', from))).to.include({ 'azure-b': 0 });
    });

    describe('that leads requests to a member in doubt', () => {
      const b = clusterName('azure-b');
      const before = aState({ 'aws-a': 1000, 'azure-b': 1000 });
      const shifting = movingIn('Shifting', { ...from, percent: 50 });
      const unseen = [leavingA.holdings[0], { ...leavingA.holdings[1], observed: null }];
      const given = (overrides: TrafficOverrides, answer: DataPathAnswer = 'Answers') =>
        planTraffic({
          ...trafficInput({ ...leavingA, before, migration: shifting, ...overrides }),
          answers: new Map([[b, answer]]),
        });

      for (const verdict of ['Suspect', 'ControlPlaneLost', 'Down'] as const) {
        it(`takes them all back at the first sign: it is ${verdict}`, () => {
          const plan = given({ holdings: unseen, verdicts: { 'azure-b': verdict } });
          expect(weightsOf(plan)).to.deep.equal({ 'aws-a': 2000, 'azure-b': 0 });
        });
      }

      for (const answer of ['Wavering', 'Silent'] as const) {
        it(`takes them all back at the first sign: its data path is ${answer}`, () => {
          expect(weightsOf(given({}, answer))).to.deep.equal({ 'aws-a': 2000, 'azure-b': 0 });
        });
      }

      it('takes them back in Draining too, while what is replaced still has its copies', () => {
        const plan = given({ before: aState({ 'azure-b': 2000 }), migration: movingIn('Draining', from) }, 'Wavering');
        expect(weightsOf(plan)).to.deep.equal({ 'aws-a': 2000, 'azure-b': 0 });
      });

      it('watches the step anew once it is trusted again', () => {
        const first = given({ at: 1 });
        expect(first.state).to.include({ percent: 50, shiftedAt: NOW + 1 });
        const doubted = given({ at: 2, before: first.state }, 'Wavering');
        expect(doubted.state).to.include({ shiftedAt: null }).and.not.have.property('percent');
        const again = given({ at: 3, before: doubted.state });
        expect(again.state).to.include({ percent: 50, shiftedAt: NOW + 3 });
        expect(weightsOf(again)).to.deep.equal({ 'aws-a': 1000, 'azure-b': 1000 });
      });

      it('leaves it what the others cannot carry', () => {
        const hurt = [{ ...leavingA.holdings[0], observed: { ready: 1 } }, unseen[1] ?? {}];
        const plan = given({ holdings: hurt, before: aState({ 'azure-b': 2000 }), verdicts: { 'azure-b': 'Suspect' } });
        expect(weightsOf(plan)).to.deep.equal({ 'aws-a': 1000, 'azure-b': 1000 });
      });

      it('leaves it as it is where nobody else serves', () => {
        const dead = [{ ...leavingA.holdings[0], observed: { ready: 0 } }, leavingA.holdings[1]];
        const plan = given({ holdings: dead }, 'Silent');
        expect(weightsOf(plan)).to.deep.equal({ 'aws-a': 0, 'azure-b': 2000 });
      });

      it('gives them back to it when the others die while it cannot be seen', () => {
        const first = given({ holdings: unseen, verdicts: { 'azure-b': 'Suspect' } });
        const dead = [{ ...leavingA.holdings[0], observed: { ready: 0 } }, unseen[1] ?? {}];
        const plan = given({ holdings: dead, verdicts: { 'azure-b': 'Suspect' }, before: first.state });
        expect(weightsOf(plan)).to.deep.equal({ 'aws-a': 0, 'azure-b': 2000 });
        expect(plan.footing).to.equal('LastKnown');
      });

      it('moves nothing between two members that are both in doubt', () => {
        const neither = leavingA.holdings.map((it) => ({ ...it, observed: null }));
        const plan = given({ holdings: neither, verdicts: { 'aws-a': 'Suspect', 'azure-b': 'Suspect' } });
        expect(weightsOf(plan)).to.deep.equal({ 'aws-a': 1000, 'azure-b': 1000 });
      });

      it('believes no sign while the fleet is frozen', () => {
        const plan = given({ holdings: unseen, verdicts: { 'azure-b': 'Suspect' }, frozen: true });
        expect(weightsOf(plan)).to.include({ 'azure-b': 1000 });
      });
    });

    it('that has to be made waits for nothing', () => {
      const migration = moving('Surging', 'Evacuation', from.target);
      expect(weightsOf(shares(migration))).to.deep.equal({ 'aws-a': 0, 'azure-b': 2000 });
    });

    it('remembers since when a data path answers, until it falls silent or nobody asks', () => {
      const b = clusterName('azure-b');
      const ask = (answer: DataPathAnswer, before: TrafficState, at = 0) => {
        const migration = movingIn('Verifying', from);
        const input = trafficInput({ ...leavingA, migration, before, at });
        const { state } = planTraffic({ ...input, answers: new Map([[b, answer]]) });
        return state;
      };
      const since = ({ backends }: TrafficState) => backends.find((it) => it.cluster === b)?.answersSince ?? null;
      const unknown = ask('NotYetKnown', aState({ 'azure-b': 0 }));
      expect(since(unknown)).to.equal(null);
      const answered = ask('Answers', unknown, 5);
      expect(since(answered)).to.equal(NOW + 5);
      expect(since(ask('Answers', answered, 9))).to.equal(NOW + 5);
      expect(since(ask('NotYetKnown', answered, 9))).to.equal(NOW + 5);
      expect(since(ask('Silent', answered, 9))).to.equal(null);
      expect(since(ask('NotAsked', answered, 9))).to.equal(null);
      expect(since(planOf({ ...leavingA, before: answered }).state)).to.equal(null);
    });
  });

  it('stamps since when a member has had no requests, once', () => {
    const first = planOf({
      holdings: [{ cluster: 'aws-a', observed: { ready: 0 } }],
      before: aState({ 'aws-a': 1000 }),
      at: 5,
    });
    expect(first.state.backends[0]?.idleSince).to.equal(instant(NOW + 5));
    const later = planTraffic({
      ...trafficInput({ holdings: [{ cluster: 'aws-a', observed: { ready: 0 } }], at: 9000 }),
      before: first.state,
    });
    expect(later.state).to.deep.equal(first.state);
  });
});
