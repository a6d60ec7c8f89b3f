import { expect } from 'chai';
import { planTraffic, SHIFT_STEPS, SHIFT_STEP_PERIOD } from '../../../operator/decide/traffic/plan-traffic.ts';
import { instant, seconds } from '../../../operator/model/units.ts';
import { moving } from '../../support/decide-moves.ts';
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
    expect(plan.wakeAt).to.equal(null);
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
      const before = aState({ 'aws-a': 1000 });
      const plan = planOf({ holdings, before });
      expect(weightsOf(plan)).to.deep.equal({ 'aws-a': 1000, 'azure-b': 1000 });
      expect(plan.wakeAt).to.equal(null);
    });

    it('keep what the move is still to bring, also while only part of it is begun', () => {
      const holdings = [leavingA.holdings[0], { cluster: 'azure-b', replicas: 1 }];
      const target = [aTarget('azure-b', 'h100', 'a', 2)];
      const migration = moving('Surging', 'Price', target);
      const before = aState({ 'aws-a': 1000, 'azure-b': 1000 });
      const plan = planOf({ workload: { replicas: 2 }, holdings, migration, before });
      expect(weightsOf(plan)).to.deep.equal({ 'aws-a': 1000, 'azure-b': 1000 });
    });

    it('go where a budget leaves fewer in the end', () => {
      const holdings = [leavingA.holdings[0], { cluster: 'azure-b', replicas: 1 }];
      const migration = moving('Draining', 'Rules', [aTarget('azure-b', 'h100', 'a', 1)]);
      let plan = planOf({ workload: { replicas: 2 }, holdings, migration, before: aState({ 'aws-a': 2000 }) });
      while (plan.wakeAt !== null)
        plan = planOf({ workload: { replicas: 2 }, holdings, migration, before: plan.state, at: plan.wakeAt - NOW });
      expect(weightsOf(plan)).to.deep.equal({ 'aws-a': 0, 'azure-b': 1000 });
    });

    it('give it up in steps, one a period', () => {
      let plan = planOf({ ...leavingA, before: aState({ 'aws-a': 2000, 'azure-b': 2000 }) });
      const shares = [weightsOf(plan)['aws-a']];
      while (plan.wakeAt !== null) {
        const early = planOf({ ...leavingA, before: plan.state, at: plan.wakeAt - NOW - 1 });
        expect(early.state).to.deep.equal(plan.state);
        plan = planOf({ ...leavingA, before: plan.state, at: plan.wakeAt - NOW });
        shares.push(weightsOf(plan)['aws-a']);
      }
      expect(shares).to.deep.equal([1500, 1000, 500, 0]).and.to.have.lengthOf(SHIFT_STEPS);
      expect(plan.state.shiftedAt).to.equal(null);
    });

    it('wait for resolvers where the share is told by DNS', () => {
      const via = { kind: 'Dns', hostname: 'llama.example.com', ttl: seconds(60) } as const;
      const plan = planOf({ ...leavingA, before: aState({ 'aws-a': 2000 }), routing: { port: 8000, via } });
      expect(plan.wakeAt).to.equal(NOW + 60_000);
    });

    it('get their share back when those that stay fail', () => {
      const before = aState({ 'aws-a': 500, 'azure-b': 2000 }, NOW);
      const holdings = [leavingA.holdings[0], { cluster: 'azure-b', replicas: 2, observed: { ready: 0 } }];
      expect(weightsOf(planOf({ holdings, before }))).to.deep.equal({ 'aws-a': 2000, 'azure-b': 0 });
    });

    it('lose at once what is no longer ready', () => {
      const before = aState({ 'aws-a': 2000, 'azure-b': 2000 }, NOW);
      const holdings = [{ ...leavingA.holdings[0], observed: { ready: 1 } }, leavingA.holdings[1]];
      expect(weightsOf(planOf({ holdings, before, at: 1 }))).to.deep.equal({ 'aws-a': 1000, 'azure-b': 2000 });
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

  it('takes a step no sooner than it can show', () => {
    expect(SHIFT_STEP_PERIOD).to.be.at.least(seconds(1));
  });
});
