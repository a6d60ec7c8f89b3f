import { expect } from 'chai';
import { describeIssues } from '../../operator/api/issue.ts';
import {
  inferenceDeploymentStatus,
  invalidSpec,
  refusedInferenceDeploymentStatus,
  type DeploymentStatusInput,
} from '../../operator/api/inference-deployment-status.ts';
import { parseInferenceDeployment } from '../../operator/api/parse-inference-deployment.ts';
import type { InferenceDeploymentStatus } from '../../operator/api/wire-types.ts';
import { clusterName, namespaceName, workloadKey } from '../../operator/model/names.ts';
import type { WorkloadPlan } from '../../operator/model/plan.ts';
import { after, hours, instant, minutes, seconds, unitsToMilli } from '../../operator/model/units.ts';
import type { MigrationState, MoveReason } from '../../operator/model/workload.ts';
import { aCandidate, aPlan, aPlannedPlacement, aRejection } from '../support/api-plan.ts';
import { crdErrors } from '../support/api-crd-schemas.ts';
import { anInferenceDeploymentObject } from '../support/api-objects.ts';
import { anOffering, aPrice } from '../support/fleet-members.ts';
import {
  aHolding,
  aTarget,
  aWorkload,
  idle,
  NOW,
  type HoldingOverrides,
  type WorkloadOverrides,
} from '../support/fleet-workload.ts';

interface World extends Partial<Omit<DeploymentStatusInput, 'workload' | 'holdings' | 'plan'>> {
  readonly workload?: WorkloadOverrides;
  readonly holdings?: readonly HoldingOverrides[];
  readonly plan?: Partial<WorkloadPlan> | null;
}

/** One replica wanted and serving on aws-a unless said otherwise; every H100 costs $4 an hour. */
function render({ workload = {}, holdings = [{}], plan = {}, ...rest }: World = {}): InferenceDeploymentStatus {
  const built = holdings.map(aHolding);
  return inferenceDeploymentStatus({
    workload: aWorkload(workload),
    holdings: built,
    migration: idle,
    plan: plan === null ? null : aPlan(plan),
    failover: { kind: 'Covered' },
    prices: new Map(built.map(({ offering }) => [offering, anOffering()])),
    deleting: false,
    previous: null,
    now: NOW,
    ...rest,
  });
}

/** `type=status reason`, in order. */
const conditionsOf = (status: InferenceDeploymentStatus) =>
  (status.conditions ?? []).map(({ type, status, reason }) => `${type}=${status} ${reason}`);
const messageOf = (status: InferenceDeploymentStatus, type: string) =>
  status.conditions?.find((condition) => condition.type === type)?.message;

const moving = (reason: MoveReason): MigrationState => ({
  phase: 'Surging',
  reason,
  startedAt: NOW,
  target: [aTarget('azure-b', 'h100', '', 1)],
  lastMoveAt: null,
});

const unplaced = (...rules: Parameters<typeof aRejection>[0][]): WorkloadPlan['unplaced'] => ({
  units: unitsToMilli(1),
  reasons: rules.map((rule) => aRejection(rule)),
});

describe('inferenceDeploymentStatus', () => {
  it('says what serves, where, and what it costs', () => {
    const status = render({ workload: { replicas: 3, shapes: [{ count: 4 }] }, holdings: [{ replicas: 3 }] });
    expect(status.summary).to.deep.equal({
      ready: '3/3',
      gpus: 12,
      clusters: 'aws-a:3',
      hourlyUSD: '48.00',
      state: 'Serving',
      accelerators: 'H100:12',
    });
    expect(status).to.deep.include({
      observedGeneration: 1,
      replicas: 3,
      readyReplicas: 3,
      hourlyUSD: '48',
      onDemandHourlyUSD: '4',
    });
    expect(status.selector).to.equal('tradewind.dev/owner-uid=uid-ml-prod-llama');
    expect(status.placements).to.deep.equal([
      {
        cluster: 'aws-a',
        pool: 'h100',
        zone: 'a',
        capacityType: 'on-demand',
        accelerator: 'H100',
        replicas: 3,
        ready: 3,
        hourlyUSD: '48',
        phase: 'Serving',
        since: '2026-09-01T11:00:00Z',
      },
    ]);
    expect(conditionsOf(status)).to.deep.equal([
      'Ready=True Serving',
      'Placed=True AllPlaced',
      'FailoverReady=True Covered',
      'PriceFresh=True PricesFresh',
    ]);
  });

  it('counts units, not replicas, and no part of a unit as one', () => {
    const shapes = [{ capacity: 0.6 }];
    const status = render({ workload: { replicas: 3, shapes }, holdings: [{ replicas: 5, observed: { ready: 4 } }] });
    expect(status).to.include({ replicas: 3, readyReplicas: 2 });
    expect(status.summary?.ready).to.equal('2/3');
    expect(messageOf(status, 'Ready')).to.include('2.4 of 3 capacity units are ready');
  });

  it('counts a shape that has left the spec as a whole unit until it is gone', () => {
    const status = render({ holdings: [{ accelerator: 'A100-80GB' }] });
    expect(status.summary).to.include({ ready: '1/1', accelerators: 'A100-80GB:1' });
  });

  it('lists the clusters with most replicas first, and no more than fit into a line', () => {
    const holdings = ['b', 'a', 'c', 'd', 'e', 'f'].map((cluster, index) => ({
      cluster,
      replicas: index < 2 ? 1 : index,
    }));
    const status = render({ workload: { replicas: 16 }, holdings });
    expect(status.summary?.clusters).to.equal('f:5,e:4,d:3,c:2,+2');
  });

  it('does not count what is going or has been replaced', () => {
    const holdings: HoldingOverrides[] = [
      {},
      { cluster: 'azure-b', phase: 'Releasing', replicas: 0 },
      { cluster: 'azure-c', phase: 'Stranded', replicas: 4, observed: null },
    ];
    const status = render({ holdings });
    expect(status.summary).to.include({ ready: '1/1', gpus: 1, clusters: 'aws-a:1', hourlyUSD: '4.00' });
    expect(status.placements?.[2]).to.not.have.any.keys('ready', 'hourlyUSD');
    expect(conditionsOf(status)[1]).to.equal('Reconciling=True Releasing');
  });

  it('does not invent a price', () => {
    const offering = aHolding().offering;
    const without = render({ prices: new Map() });
    const unknown = render({ prices: new Map([[offering, anOffering({ price: null })]]) });
    for (const status of [without, unknown]) {
      expect(status.placements?.[0]).to.not.have.property('hourlyUSD');
      expect(status.hourlyUSD).to.equal('0');
    }
    const plan = { onDemandHourly: null };
    expect(render({ plan })).to.not.have.property('onDemandHourlyUSD');
  });

  it('takes unknown neither for ready nor for empty', () => {
    const status = render({ workload: { replicas: 2 }, holdings: [{}, { cluster: 'azure-b', observed: null }] });
    expect(conditionsOf(status)[0]).to.equal('Ready=Unknown MembersUnreachable');
    expect(messageOf(status, 'Ready')).to.equal(
      '1 of 2 capacity units are ready; azure-b cannot be read, look at the MemberCluster.',
    );
    expect(status.summary).to.include({ ready: '1/2', state: 'Unknown' });
    expect(status.placements?.[1]).to.not.have.property('ready');
  });

  it('starts', () => {
    const status = render({
      holdings: [{ phase: 'Starting' }],
      plan: { change: 'Initial' },
      migration: moving('Initial'),
    });
    expect(conditionsOf(status).slice(0, 2)).to.deep.equal(['Ready=False Starting', 'Reconciling=True Starting']);
    expect(status.summary?.state).to.equal('Starting');
    expect(render({ holdings: [{ phase: 'Starting' }] }).summary?.state).to.equal('Starting');
  });

  it('says when what had started is not ready', () => {
    const status = render({ holdings: [{ observed: { ready: 0 } }] });
    expect(conditionsOf(status)[0]).to.equal('Ready=False ReplicasNotReady');
    expect(messageOf(status, 'Ready')).to.equal('0 of 1 capacity units are ready; look at the pods of aws-a.');
    expect(status.summary?.state).to.equal('Degraded');
  });

  it('tells what runs beside its replacement costs, for as long as it does', () => {
    const beside = render({
      holdings: [{ cluster: 'aws-a', phase: 'Stranded', replicas: 2, observed: null }, { cluster: 'aws-b' }],
    });
    expect(beside).to.include({ hourlyUSD: '4', overlapHourlyUSD: '8' });
    expect(render({ holdings: [{ phase: 'Draining', replicas: 1 }] }).overlapHourlyUSD).to.equal('4');
    expect(render({ previous: beside })).not.to.have.property('overlapHourlyUSD');
  });

  it('says who got the room of what was given up, for as long as there is none', () => {
    const shedFor = workloadKey(namespaceName('ml'), 'vip');
    const summary = '1 of 2 units are given up for ml/vip';
    const given = render({ workload: { replicas: 2 }, plan: { unplaced: unplaced('Room'), shedFor, summary } });
    expect(conditionsOf(given)).to.include('Placed=False Shed');
    const later = { workload: { replicas: 2 }, plan: { unplaced: unplaced('Room') }, previous: given };
    expect(conditionsOf(render(later))).to.include('Placed=False Shed');
    expect(messageOf(render(later), 'Placed')).to.equal('1 of 2 units are given up for ml/vip.');
    expect(conditionsOf(render({ ...later, plan: {} }))).to.include('Placed=True AllPlaced');
    const unpaid = { ...later, plan: { unplaced: unplaced('Budget') } };
    expect(conditionsOf(render(unpaid))).to.include('Placed=False BudgetExhausted');
  });

  it('waits for capacity without being stalled', () => {
    const status = render({ workload: { replicas: 2 }, plan: { unplaced: unplaced('Room', 'Region') } });
    expect(conditionsOf(status).slice(0, 3)).to.deep.equal([
      'Ready=False UnitsUnplaced',
      'Reconciling=True WaitingForCapacity',
      'Placed=False NoCapacity',
    ]);
    expect(messageOf(status, 'Placed')).to.equal(
      '1 capacity units found no place; refused by Room; refused by Region; add room or let more members and accelerators serve; it is tried again when room changes.',
    );
    expect(status.summary?.state).to.equal('Unplaced');
  });

  it('is stalled when nothing but a person can help', () => {
    const reasonFor = (...rules: Parameters<typeof unplaced>) =>
      conditionsOf(render({ workload: { replicas: 2 }, plan: { unplaced: unplaced(...rules) } })).slice(1, 3);
    expect(reasonFor('Region', 'Provider')).to.deep.equal([
      'Stalled=True RulesExcludeEverything',
      'Placed=False RulesExcludeEverything',
    ]);
    expect(reasonFor('Region', 'Budget')).to.deep.equal([
      'Stalled=True BudgetExhausted',
      'Placed=False BudgetExhausted',
    ]);
    expect(reasonFor('MaxPerCluster')).to.deep.equal(['Stalled=True HeldByRules', 'Placed=False HeldByRules']);
    expect(reasonFor('PriceAge')).to.deep.equal(['Reconciling=True WaitingForCapacity', 'Placed=False PricesUnusable']);
    expect(reasonFor('Budget', 'Backoff')).to.deep.equal([
      'Reconciling=True WaitingForCapacity',
      'Placed=False BudgetExhausted',
    ]);
    expect(reasonFor()).to.deep.equal(['Reconciling=True WaitingForCapacity', 'Placed=False NoCapacity']);
  });

  it('says which rules were bent', () => {
    const relaxed = [{ rule: 'MaxPerProvider', by: 1000, message: 'aws holds 1 unit more than 70%' } as const];
    const status = render({ plan: { relaxed } });
    expect(conditionsOf(status)).to.include('Placed=True RulesRelaxed');
    expect(messageOf(status, 'Placed')).to.equal(
      'Every unit has a place, with rules bent: aws holds 1 unit more than 70%.',
    );
  });

  it('says what is being moved and why', () => {
    const stateFor = (reason: MoveReason) => {
      const status = render({ migration: moving(reason) });
      return `${status.summary?.state}; ${conditionsOf(status)[1]}`;
    };
    expect(stateFor('Price')).to.equal('Moving; Reconciling=True Moving');
    expect(stateFor('Rules')).to.equal('Moving; Reconciling=True Moving');
    expect(stateFor('Capacity')).to.equal('Moving; Reconciling=True Moving');
    expect(stateFor('Scale')).to.equal('Starting; Reconciling=True Starting');
    expect(stateFor('Evacuation')).to.equal('Evacuating; Reconciling=True Evacuating');
    expect(stateFor('Failback')).to.equal('FailingBack; Reconciling=True FailingBack');
  });

  it('says what the loss of a member would mean', () => {
    const shorts = { kind: 'Short', worst: clusterName('aws-a'), missing: unitsToMilli(2) } as const;
    expect(messageOf(render({ failover: shorts }), 'FailoverReady')).to.equal(
      'When aws-a is lost, 2 capacity units find no room elsewhere; add room.',
    );
    const lacking = (lacks: 'Budget' | 'Rules') =>
      conditionsOf(render({ failover: { ...shorts, lacks } })).find((it) => it.startsWith('FailoverReady'));
    expect(lacking('Budget')).to.equal('FailoverReady=False ShortOfBudget');
    expect(lacking('Rules')).to.equal('FailoverReady=False ShortByRules');
    const single = { kind: 'SingleMember', only: clusterName('aws-a') } as const;
    expect(conditionsOf(render({ failover: single }))).to.include('FailoverReady=False SingleMember');
    expect(conditionsOf(render({ failover: null }))).to.include('FailoverReady=Unknown NotAssessed');
  });

  it('says that the last copies on a lost member are held in place', () => {
    const unplaced = { units: unitsToMilli(1), reasons: [{ rule: 'Room', message: 'no room' }] } as const;
    const lost = { holdings: [{ observed: null }], plan: { placements: [], unplaced } } as const;
    expect(messageOf(render(lost), 'Placed')).to.match(/What runs on aws-a is held in place until/);
    const seen = { ...lost, holdings: [{}] };
    expect(messageOf(render(seen), 'Placed')).not.to.contain('held in place');
  });

  it('records where it was driven from, and reads it back', () => {
    const displaced = [{ cluster: clusterName('aws-a'), since: NOW }];
    const status = render({ displaced });
    const object = anInferenceDeploymentObject({ '/status': status });
    expect(crdErrors(object)).to.deep.equal([]);
    expect(parseInferenceDeployment(object).recorded.displaced).to.deep.equal(displaced);
    expect(render()).not.to.have.property('displacedFrom');
  });

  it('says when the price of something held cannot be trusted', () => {
    const priced = (rule: 'PriceAge' | 'PriceUnknown', offering?: string) =>
      conditionsOf(render({ plan: { candidates: [aCandidate(offering, rule)] } })).at(-1);
    expect(priced('PriceAge')).to.equal('PriceFresh=False PricesStale');
    expect(priced('PriceUnknown')).to.equal('PriceFresh=False PricesUnknown');
    expect(priced('PriceAge', 'aws-z/h100/a'), 'not held').to.equal('PriceFresh=True PricesFresh');
  });

  it('is ready with nothing when nothing is wanted', () => {
    const status = render({ workload: { replicas: 0 }, holdings: [], plan: { placements: [], candidates: [] } });
    expect(conditionsOf(status)).to.deep.equal([
      'Ready=True ScaledToZero',
      'Placed=True AllPlaced',
      'PriceFresh=True PricesFresh',
    ]);
    expect(status.summary).to.include({ ready: '0/0', state: 'ScaledToZero', clusters: '' });
  });

  it('is reconciling, never ready, before it was planned', () => {
    const status = render({ holdings: [], plan: null });
    expect(conditionsOf(status).slice(0, 3)).to.deep.equal([
      'Ready=False NotPlannedYet',
      'Reconciling=True NotPlannedYet',
      'Placed=Unknown NotPlannedYet',
    ]);
    expect(status.summary?.state).to.equal('Pending');
    expect(status).to.not.have.property('lastDecision');
  });

  it('keeps what it knew of the decision while it is being deleted', () => {
    const previous = render();
    const status = render({ plan: null, deleting: true, previous });
    expect(conditionsOf(status)).to.deep.equal(['Ready=False Deleting', 'Reconciling=True Deleting']);
    expect(status.summary?.state).to.equal('Deleting');
    expect(status.lastDecision).to.deep.equal(previous.lastDecision);
    expect(status.onDemandHourlyUSD).to.equal(previous.onDemandHourlyUSD);
  });
});

describe('the status of an unchanged world', () => {
  const worlds: Readonly<Record<string, World>> = {
    serving: {},
    starting: { holdings: [{ phase: 'Starting' }], plan: { change: 'Initial' }, migration: moving('Initial') },
    unplaced: { workload: { replicas: 2 }, plan: { unplaced: unplaced('Room') } },
    stalled: { workload: { replicas: 2 }, plan: { unplaced: unplaced('Region') } },
    unreachable: { holdings: [{ observed: null }] },
    deleting: { plan: null, deleting: true },
    'scaled to zero': { workload: { replicas: 0 }, holdings: [], plan: { placements: [], candidates: [] } },
  };

  for (const [name, world] of Object.entries(worlds)) {
    it(`is the same to the byte an hour later while ${name}`, () => {
      const first = render(world);
      const second = render({ ...world, previous: first, now: after(NOW, hours(1)) });
      expect(JSON.stringify(second)).to.equal(JSON.stringify(first));
    });

    it(`is admitted by the CRD and read back while ${name}`, () => {
      const status = render(world);
      const object = anInferenceDeploymentObject({ '/status': status });
      expect(crdErrors(object)).to.deep.equal([]);
      const { recorded } = parseInferenceDeployment(object);
      expect(recorded.migration).to.deep.equal(world.migration ?? idle);
      expect(recorded.placements).to.deep.equal((world.holdings ?? [{}]).map((it) => aHolding(it).record));
    });
  }

  it('moves a transition time only with the status of its condition', () => {
    const later = after(NOW, minutes(5));
    const before = render({ holdings: [{ phase: 'Starting' }] });
    const serving = render({ previous: before, now: later });
    const times = Object.fromEntries((serving.conditions ?? []).map((it) => [it.type, it.lastTransitionTime]));
    expect(times['Ready']).to.equal('2026-09-01T12:05:00Z');
    expect(times['Placed']).to.equal('2026-09-01T12:00:00Z');
  });
});

describe('status.lastDecision', () => {
  const later = after(NOW, seconds(90));

  it('tells the chosen and the refused, with the names of their offerings taken apart', () => {
    const candidates = [aCandidate(), aCandidate('azure-b/h100/', 'Room', null)];
    const { lastDecision } = render({ plan: { change: 'Price', candidates } });
    expect(lastDecision).to.deep.equal({
      at: '2026-09-01T12:00:00Z',
      trigger: 'Price',
      summary: '1 replica on aws-a',
      candidates: [
        {
          cluster: 'aws-a',
          pool: 'h100',
          zone: 'a',
          replicas: 1,
          effectiveUSDPerUnit: '4',
          verdict: 'Chosen',
          reason: 'the cheapest',
        },
        { cluster: 'azure-b', pool: 'h100', zone: '', verdict: 'Rejected', rule: 'Room', reason: 'refused by Room' },
      ],
    });
  });

  it('stays while only figures drift', () => {
    const previous = render({ plan: { change: 'Price' } });
    const drifted = {
      change: null,
      candidates: [aCandidate('aws-a/h100/a', null, 4.2)],
      summary: '1 replica at $4.20',
    };
    expect(render({ plan: drifted, previous, now: later }).lastDecision).to.deep.equal(previous.lastDecision);
  });

  it('is another one when something else is chosen or wanted', () => {
    const previous = render({ plan: { change: 'Price' } });
    const next = (plan: Partial<WorkloadPlan>) => render({ plan, previous, now: later }).lastDecision?.at;
    expect(next({ placements: [aPlannedPlacement('aws-a/h100/a', 2)] })).to.equal('2026-09-01T12:01:30Z');
    expect(next({ candidates: [aCandidate('azure-b/h100/')] })).to.equal('2026-09-01T12:01:30Z');
    expect(next({ change: 'Scale' })).to.equal('2026-09-01T12:01:30Z');
  });

  it('is the same one, with its stamp, when only what was not chosen fares otherwise', () => {
    const previous = render({ plan: { change: 'Price' } });
    const candidates = [aCandidate(), aCandidate('azure-b/h100/', 'Room')];
    const { lastDecision } = render({ plan: { candidates }, previous, now: later });
    expect(lastDecision?.at).to.equal(previous.lastDecision?.at);
    expect(lastDecision?.candidates).to.have.length(2);
  });

  it('shows the best twenty and cuts what is too long to be read', () => {
    const many = Array.from({ length: 40 }, (_, index) => aCandidate(`c${index}/p/z`, 'Room'));
    const long = { ...aCandidate(), reason: 'x'.repeat(2000) };
    const status = render({ plan: { candidates: [long, ...many], summary: 'y'.repeat(5000) } });
    expect(status.lastDecision?.candidates).to.have.length(20);
    expect(crdErrors(anInferenceDeploymentObject({ '/status': status }))).to.deep.equal([]);
  });
});

describe('refusedInferenceDeploymentStatus', () => {
  const issues = [{ path: 'spec.replicas', message: 'must be at most 10000, not 1000000000' }];
  const refusal = invalidSpec(issues);

  it('says what to correct and keeps what is recorded', () => {
    const previous = render({ holdings: [{ replicas: 3 }] });
    const status = refusedInferenceDeploymentStatus({ generation: 2, refusal, previous, now: instant(NOW + 1000) });
    expect(conditionsOf(status)).to.deep.equal(['Ready=False InvalidSpec', 'Stalled=True InvalidSpec']);
    expect(messageOf(status, 'Stalled')).to.equal(`Correct the spec: ${describeIssues(issues)}.`);
    expect(status.placements).to.deep.equal(previous.placements);
    expect(status).to.include({ observedGeneration: 2 });
    expect(status.summary?.state).to.equal('Invalid');
    expect(crdErrors(anInferenceDeploymentObject({ '/status': status }))).to.deep.equal([]);
  });

  it('can be the first status, and is the same to the byte when nothing changes', () => {
    const first = refusedInferenceDeploymentStatus({ generation: 1, refusal, previous: null, now: NOW });
    const second = refusedInferenceDeploymentStatus({
      generation: 1,
      refusal,
      previous: first,
      now: after(NOW, hours(1)),
    });
    expect(JSON.stringify(second)).to.equal(JSON.stringify(first));
    expect(crdErrors(anInferenceDeploymentObject({ '/status': first }))).to.deep.equal([]);
  });

  it("says of one whose replicas are another one's that nothing is done for it", () => {
    const another = { reason: 'RunsForAnother', message: 'Take them over.' } as const;
    const status = refusedInferenceDeploymentStatus({ generation: 1, refusal: another, previous: null, now: NOW });
    expect(conditionsOf(status)).to.deep.equal(['Ready=False RunsForAnother', 'Stalled=True RunsForAnother']);
    expect(status.summary?.state).to.equal('Refused');
    expect(crdErrors(anInferenceDeploymentObject({ '/status': status }))).to.deep.equal([]);
  });

  it('fits into a condition however much is wrong', () => {
    const long = [{ path: 'spec', message: 'x'.repeat(10_000) }];
    const refusal = invalidSpec(long);
    const status = refusedInferenceDeploymentStatus({ generation: 1, refusal, previous: null, now: NOW });
    expect(messageOf(status, 'Ready')).to.have.length(4096);
  });
});

describe('the price of what is held', () => {
  it('is that of its accelerators, not of its nodes', () => {
    const offering = aHolding().offering;
    const prices = new Map([[offering, anOffering({ price: aPrice(98.32), acceleratorsPerNode: 8 })]]);
    const status = render({ workload: { shapes: [{ count: 4 }] }, prices });
    expect(status.placements?.[0]?.hourlyUSD).to.equal('49.16'); // 4 of the 8 accelerators of a node of $98.32
  });
});
