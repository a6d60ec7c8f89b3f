import { expect } from 'chai';
import { decisionEvents, subjectOf, type DecisionChange } from '../../operator/act/deployment-events.ts';
import { namespaceName, workloadKey } from '../../operator/model/names.ts';
import type { WorkloadPlan } from '../../operator/model/plan.ts';
import { minutes, instant, unitsToMilli, usdPerHour } from '../../operator/model/units.ts';
import type { MigrationState, MoveReason, PlacementRecord } from '../../operator/model/workload.ts';
import { aRecord, aTarget, aWorkload, idle, NOW } from '../support/fleet-workload.ts';
import { movingIn } from '../support/decide-moves.ts';

const aPlan = (overrides: Partial<WorkloadPlan> = {}): WorkloadPlan => ({
  key: aWorkload().key,
  placements: [],
  change: null,
  unplaced: null,
  relaxed: [],
  candidates: [],
  hourly: usdPerHour(4),
  onDemandHourly: null,
  summary: '1 of 1 units on aws-a/h100/a',
  wakeAt: null,
  ...overrides,
});

const moving = (reason: MoveReason, phase: 'Surging' | 'Draining' = 'Surging', startedAt = NOW): MigrationState => ({
  phase,
  reason,
  startedAt,
  target: [aTarget('aws-a', 'h100', 'a', 1)],
  lastMoveAt: null,
});

interface Change {
  readonly from?: readonly PlacementRecord[];
  readonly to?: readonly PlacementRecord[];
  readonly before?: MigrationState;
  readonly after?: MigrationState;
  readonly plan?: Partial<WorkloadPlan>;
  readonly overlapHourlyUSD?: string;
}

function reasonsOf({ from = [], to = [], before = idle, after = idle, plan = {}, ...rest }: Change): readonly string[] {
  const change: DecisionChange = {
    before: { placements: from, migration: before },
    after: { placements: to, migration: after, why: 'because' },
    plan: aPlan(plan),
    ...rest,
  };
  return decisionEvents(change).map((event) => `${event.type} ${event.reason}: ${event.note}`);
}

describe('decisionEvents', () => {
  it('tells a first placement with where and for how much', () => {
    expect(reasonsOf({ to: [aRecord({ phase: 'Starting' })], plan: { change: 'Initial' } })).to.deep.equal([
      'Normal Placed: 1 of 1 units on aws-a/h100/a',
    ]);
  });

  it('tells that the last copies on a lost member are held in place', () => {
    const held = [aRecord()];
    const change = { from: held, to: held, plan: { change: 'Evacuation' } } as const;
    expect(reasonsOf(change)).to.deep.equal(['Warning EvacuationHeld: because']);
    expect(reasonsOf({ ...change, to: [aRecord({ phase: 'Stranded' })] })).to.deep.equal([]);
  });

  it('tells a move once, when it begins and when it ends', () => {
    const price = moving('Price');
    expect(reasonsOf({ after: price })).to.deep.equal(['Normal MoveStarted: because']);
    expect(reasonsOf({ before: price, after: moving('Price', 'Draining') })).to.deep.equal([]);
    expect(reasonsOf({ before: price })).to.deep.equal(['Normal MoveFinished: because']);
  });

  it('warns once of a move that goes back', () => {
    const back = movingIn('RollingBack');
    expect(reasonsOf({ before: movingIn('Shifting'), after: back })).to.deep.equal(['Warning MoveRolledBack: because']);
    expect(reasonsOf({ before: back, after: back })).to.deep.equal([]);
    expect(reasonsOf({ before: back })).to.deep.equal([]);
  });

  it('tells that another move took the place of one under way', () => {
    const later = moving('Capacity', 'Surging', instant(NOW + minutes(1)));
    expect(reasonsOf({ before: moving('Price'), after: later })).to.deep.equal(['Warning MoveStarted: because']);
  });

  it('warns of an evacuation and tells its end', () => {
    expect(reasonsOf({ after: moving('Evacuation') })).to.deep.equal(['Warning EvacuationStarted: because']);
    expect(reasonsOf({ before: moving('Evacuation') })).to.deep.equal(['Normal EvacuationFinished: because']);
  });

  it('says what may still run on the lost member costs, and nothing like it of other moves', () => {
    const overlapHourlyUSD = '8.5';
    expect(reasonsOf({ after: moving('Evacuation'), overlapHourlyUSD })).to.deep.equal([
      'Warning EvacuationStarted: because What may still run there costs $8.5 an hour.',
    ]);
    expect(reasonsOf({ after: moving('Price'), overlapHourlyUSD })).to.deep.equal(['Normal MoveStarted: because']);
  });

  it('does not call a first start or a scale-up a move', () => {
    expect(reasonsOf({ after: moving('Initial') })).to.deep.equal([]);
    expect(reasonsOf({ before: moving('Scale') })).to.deep.equal([]);
  });

  it('warns of units without a place and of bent rules, with what stands in the way', () => {
    const unplaced = { units: unitsToMilli(2), reasons: [{ rule: 'Budget', message: 'the budget is spent' }] } as const;
    const relaxed = [{ rule: 'MaxPerProvider', by: 1, message: 'one unit above the share' }] as const;
    expect(reasonsOf({ plan: { unplaced, relaxed } })).to.deep.equal([
      'Warning Unplaced: No place for 2 of the wanted units: the budget is spent.',
      'Warning RulesRelaxed: one unit above the share',
    ]);
  });

  it('says of what is given up who gets the room, and not that there is none', () => {
    const unplaced = { units: unitsToMilli(2), reasons: [{ rule: 'Room', message: 'given up for ml/vip' }] } as const;
    const plan = {
      unplaced,
      shedFor: workloadKey(namespaceName('ml'), 'vip'),
      summary: '2 units are given up for ml/vip',
    };
    expect(reasonsOf({ plan })).to.deep.equal(['Warning Shed: 2 units are given up for ml/vip.']);
  });

  it('is about the InferenceDeployment', () => {
    const metadata = { name: 'llama', namespace: 'ml-prod', uid: 'u' };
    expect(subjectOf({ metadata })).to.deep.equal({
      apiVersion: 'tradewind.dev/v1alpha1',
      kind: 'InferenceDeployment',
      ...metadata,
    });
  });
});
