import { expect } from 'chai';
import { planHedged, type HedgedPlan } from '../../../operator/decide/hedging/plan-hedged.ts';
import { planFleet } from '../../../operator/decide/placement/plan-fleet.ts';
import type { FleetSnapshot, WorkloadView } from '../../../operator/model/fleet.ts';
import type { WorkloadPlan } from '../../../operator/model/plan.ts';
import { after, fraction, minutes, usdPerHour, type Instant } from '../../../operator/model/units.ts';
import { aFleet, aMember, type OfferingOverrides } from '../../support/fleet-members.ts';
import { aView, NOW, type HoldingOverrides, type WorkloadOverrides } from '../../support/fleet-workload.ts';

const spot = { pool: 'spot', capacityType: 'spot', perAcceleratorHour: 1 } as const;
const growing = { acceleratorsPerNode: 1, freeByNode: [], growableNodes: 50 };

/** One spot pool in each of two regions, and one pool on demand. */
function aSpotFleet(view: WorkloadView, a: OfferingOverrides = {}, now: Instant = NOW): FleetSnapshot {
  return {
    ...aFleet({
      members: [
        aMember({ name: 'aws-a', region: 'us-east-1', offerings: [{ ...growing, ...spot, ...a }] }),
        aMember({ name: 'aws-b', region: 'us-west-2', offerings: [{ ...growing, ...spot, perAcceleratorHour: 1.1 }] }),
        aMember({ name: 'azure-c', region: 'eastus', offerings: [{ ...growing, pool: 'od', perAcceleratorHour: 3 }] }),
      ],
      workloads: [view],
    }),
    at: now,
  };
}

const aSpotHolding = (overrides: HoldingOverrides = {}): HoldingOverrides => ({
  cluster: 'aws-a',
  pool: 'spot',
  zone: 'a',
  capacityType: 'spot',
  replicas: 4,
  ...overrides,
});

interface Planning {
  readonly before?: HedgedPlan;
  readonly notices?: number;
}

const planned = (fleet: FleetSnapshot, { before, notices }: Planning = {}): HedgedPlan =>
  planHedged(fleet, {
    keys: fleet.workloads.map(({ workload }) => workload.key),
    ...(before ? { memories: before.memories } : {}),
    terms: () => ({ coldStart: minutes(3), availabilityTarget: null }),
    notices: (_, offering) => (offering.startsWith('aws-a') ? (notices ?? null) : null),
  });

const placesOf = (plan: HedgedPlan): Readonly<Record<string, number>> =>
  Object.fromEntries(
    plan.workloads.flatMap(({ placements }) => placements.map((it) => [`${it.cluster}/${it.pool}`, it.replicas])),
  );

const firstOf = (plan: HedgedPlan): WorkloadPlan => plan.workloads[0] as WorkloadPlan;

const four = (overrides: WorkloadOverrides = {}): WorkloadOverrides => ({ replicas: 4, ...overrides });

describe('planHedged', () => {
  it('starts on several spot offerings and on demand at once', () => {
    const plan = planned(aSpotFleet(aView(four())));
    expect(placesOf(plan)).to.deep.equal({ 'aws-a/spot': 4, 'aws-b/spot': 4, 'azure-c/od': 4 });
    expect(firstOf(plan)).to.include({ change: 'Initial', unplaced: null, hourly: 4 + 4.4 + 12 });
  });

  it('tells what a unit costs there, and what everything costs', () => {
    const [first] = firstOf(planned(aSpotFleet(aView(four())))).placements;
    expect(first).to.deep.include({ units: 4000, hourly: 4, capacityType: 'spot', accelerator: 'H100' });
    expect(first?.cost).to.deep.equal({ price: 1, interruption: 0, move: 0, total: 1 });
  });

  it('keeps what serves, and says that nothing changes', () => {
    const view = aView(four(), [aSpotHolding()]);
    const first = planned(aSpotFleet(view));
    const later = planned(aSpotFleet(view, {}, after(NOW, minutes(300))), { before: first });
    expect(placesOf(later)).to.deep.equal({ 'aws-a/spot': 4 });
    expect(firstOf(later)).to.include({ change: null, summary: 'spot serves 4 of 4' });
  });

  it('sees a loss as bound replicas that are gone, and covers what is left', () => {
    const served = planned(aSpotFleet(aView(four(), [aSpotHolding()])));
    const aged = planned(aSpotFleet(aView(four(), [aSpotHolding()]), {}, after(NOW, minutes(300))), { before: served });
    const left = aView(four(), [aSpotHolding({ observed: { bound: 3, ready: 3 } })]);
    const plan = planned(aSpotFleet(left, {}, after(NOW, minutes(301))), { before: aged });
    expect(placesOf(plan)).to.deep.equal({ 'aws-a/spot': 4, 'aws-b/spot': 1, 'azure-c/od': 4 });
  });

  it('takes an offering in backoff for one that refuses, not for one that is closed', () => {
    const message = 'no capacity';
    const backoff = { until: after(NOW, minutes(3)), reason: 'Capacity', failures: 1, message } as const;
    const view = aView(four(), [aSpotHolding({ phase: 'Starting', observed: { bound: 0, ready: 0 } })]);
    const plan = planned(aSpotFleet(view, { backoff }));
    expect(placesOf(plan)).to.deep.equal({ 'aws-a/spot': 4, 'aws-b/spot': 4, 'azure-c/od': 4 });
    const memory = [...plan.memories.values()][0];
    expect(Object.values(memory?.offerings ?? {}).map(({ state }) => state)).to.deep.equal([
      'Refusing',
      'Steady',
      'Steady',
    ]);
  });

  it('replaces what a notice has been given of', () => {
    const view = aView(four(), [aSpotHolding()]);
    const plan = planned(aSpotFleet(view), { notices: 4 });
    expect(placesOf(plan)).to.deep.equal({ 'aws-a/spot': 4, 'aws-b/spot': 4, 'azure-c/od': 4 });
  });

  it('asks for no more than fits', () => {
    const plan = planned(aSpotFleet(aView(four()), { freeByNode: [1], growableNodes: 1 }));
    expect(placesOf(plan)['aws-a/spot']).to.equal(2);
  });

  it('counts replicas by what each contributes', () => {
    const plan = planned(aSpotFleet(aView(four({ shapes: [{ capacity: 0.5 }] }))));
    expect(placesOf(plan)['azure-c/od']).to.equal(8);
  });

  it('keeps the on-demand base off spot', () => {
    const plan = planned(aSpotFleet(aView(four({ placement: { onDemandBase: 1 } }))));
    expect(placesOf(plan)).to.deep.equal({ 'aws-a/spot': 3, 'aws-b/spot': 3, 'azure-c/od': 4 });
  });

  it('buys no cover beyond the budget of the workload', () => {
    const view = aView(four({ maxHourly: 15 }));
    expect(placesOf(planned(aSpotFleet(view)))).to.deep.equal({ 'aws-a/spot': 4 });
  });

  it('buys no cover with what is left of the budget of the fleet', () => {
    const fleet = aSpotFleet(aView(four()));
    const policy = { ...fleet.policy, fleetBudget: usdPerHour(100) };
    expect(placesOf(planned({ ...fleet, policy }))).to.deep.equal({ 'aws-a/spot': 4 });
  });

  const unhedged: readonly (readonly [string, WorkloadView])[] = [
    ['may not run on spot', aView(four({ placement: { spot: 'Never' } }))],
    ['must run on spot', aView(four({ placement: { spot: 'Required' } }))],
    ['has nothing on demand to turn to', aView(four({ placement: { providers: ['aws'] } }))],
    ['has shapes of unequal capacity', aView(four({ shapes: [{}, { accelerator: 'A100-80GB', capacity: 0.6 }] }))],
    ['holds something that is not seen', aView(four(), [aSpotHolding({ observed: null })])],
    ['holds something on a member that is gone', aView(four(), [aSpotHolding({ cluster: 'aws-z' })])],
    ['must be spread over providers', aView(four({ placement: { maxPerProvider: fraction(0.5) } }))],
    ['must be spread over clusters', aView(four({ placement: { minClusters: 2 } }))],
    ['wants nothing', aView(four({ replicas: 0 }))],
  ];
  for (const [what, view] of unhedged) {
    it(`plans a workload that ${what} as planFleet does`, () => {
      const fleet = aSpotFleet(view);
      const keys = [view.workload.key];
      const { workloads, memories } = planned(fleet);
      expect(workloads).to.deep.equal(planFleet(fleet, { keys }).workloads);
      expect(memories.size).to.equal(0);
    });
  }
});
