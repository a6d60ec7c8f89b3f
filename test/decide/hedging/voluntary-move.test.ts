import { expect } from 'chai';
import { planHedged, type HedgedPlan } from '../../../operator/decide/hedging/plan-hedged.ts';
import type { FleetSnapshot, WorkloadView } from '../../../operator/model/fleet.ts';
import type { HedgeMemory, OfferingMemory } from '../../../operator/model/hedge-memory.ts';
import { clusterName, offeringId, poolName, zoneName } from '../../../operator/model/names.ts';
import { after, hours, minutes, type Instant } from '../../../operator/model/units.ts';
import type { MigrationState } from '../../../operator/model/workload.ts';
import { aFleet, aMember } from '../../support/fleet-members.ts';
import { aView, NOW, type HoldingOverrides } from '../../support/fleet-workload.ts';

const growing = { acceleratorsPerNode: 1, freeByNode: [], growableNodes: 50 };
const spotAt = (perAcceleratorHour: number) => ({
  ...growing,
  pool: 'spot',
  capacityType: 'spot' as const,
  perAcceleratorHour,
  interruptionsPerHour: 0.05,
});
const A = offeringId(clusterName('aws-a'), poolName('spot'), zoneName('a'));
const B = offeringId(clusterName('aws-b'), poolName('spot'), zoneName('a'));
const DAY_AGO: Instant = after(NOW, hours(-24));

const onB = (overrides: HoldingOverrides = {}): HoldingOverrides => ({
  cluster: 'aws-b',
  pool: 'spot',
  zone: 'a',
  capacityType: 'spot',
  replicas: 4,
  since: DAY_AGO,
  ...overrides,
});
const onA = (overrides: HoldingOverrides = {}): HoldingOverrides => onB({ cluster: 'aws-a', ...overrides });

const remembered = (overrides: Partial<OfferingMemory> = {}): OfferingMemory => ({
  desired: 0,
  launched: 0,
  troubledAt: DAY_AGO,
  state: 'Steady',
  full: false,
  startingSince: null,
  ...overrides,
});

const aMemory = (offerings: HedgeMemory['offerings'] = {}): HedgeMemory => ({
  at: after(NOW, minutes(-1)),
  offerings: { [B]: remembered({ desired: 4, launched: 4 }), ...offerings },
  steady: { losses: 0, exposure: 1 },
  wounded: { losses: 0, exposure: 0 },
  sizes: { losses: 0, whole: 0, partial: 0, partialSpread: 0 },
  budget: { watched: 24, short: 0 },
  short: false,
});

/** Four replicas on aws-b at $2, while aws-a costs $1; on demand is $3. */
function aFleetOf(holdings: readonly HoldingOverrides[], view: Partial<WorkloadView> = {}): FleetSnapshot {
  const migration = { maxSurge: 4, payback: hours(2), cooldown: minutes(20) };
  return aFleet({
    members: [
      aMember({ name: 'aws-a', region: 'us-east-1', offerings: [spotAt(1)] }),
      aMember({ name: 'aws-b', region: 'us-west-2', offerings: [spotAt(2)] }),
      aMember({ name: 'azure-c', region: 'eastus', offerings: [{ ...growing, pool: 'od', perAcceleratorHour: 3 }] }),
    ],
    workloads: [{ ...aView({ replicas: 4, migration }, holdings), hedging: aMemory(), ...view }],
  });
}

const planned = (fleet: FleetSnapshot): HedgedPlan =>
  planHedged(fleet, { keys: fleet.workloads.map(({ workload }) => workload.key) });

const changeIn = ({ workloads: [plan] }: HedgedPlan): unknown => plan?.change;
const placesOf = ({ workloads }: HedgedPlan): Readonly<Record<string, number>> =>
  Object.fromEntries(workloads.flatMap((it) => it.placements.map((place) => [place.cluster, place.replicas])));

const towardsA: MigrationState = {
  phase: 'Surging',
  reason: 'Price',
  startedAt: NOW,
  target: [{ cluster: clusterName('aws-a'), pool: 'spot', zone: 'a', replicas: 4 }],
  lastMoveAt: null,
};

describe('planHedged over moves for a better price', () => {
  it('moves what serves undisturbed to a cheaper offering', () => {
    const plan = planned(aFleetOf([onB()]));
    expect([changeIn(plan), placesOf(plan)]).to.deep.equal(['Price', { 'aws-a': 4 }]);
    expect(plan.workloads[0]).not.to.have.property('hedged');
  });

  it('remembers what was asked for there', () => {
    const [memory] = planned(aFleetOf([onB()])).memories.values();
    expect([memory?.offerings[A]?.desired, memory?.offerings[B]?.desired]).to.deep.equal([4, 0]);
  });

  it('stays where the cheaper offering has just given trouble', () => {
    const hedging = aMemory({ [A]: remembered({ troubledAt: after(NOW, minutes(-2)) }) });
    const plan = planned(aFleetOf([onB()], { hedging }));
    expect([changeIn(plan), placesOf(plan)]).to.deep.equal([null, { 'aws-b': 4 }]);
  });

  it('moves rather than keep a spare on the cheaper offering', () => {
    const hedging = aMemory({
      [B]: remembered({ desired: 4, launched: 4, troubledAt: after(NOW, minutes(-40)) }),
    });
    const plan = planned(aFleetOf([onB()], { hedging }));
    expect([changeIn(plan), placesOf(plan)]).to.deep.equal(['Price', { 'aws-a': 4 }]);
  });

  it('stays while cover on demand is held', () => {
    const hedging = aMemory({
      [B]: remembered({ desired: 4, launched: 4, troubledAt: after(NOW, minutes(-2)), state: 'Wounded' }),
    });
    const plan = planned(aFleetOf([onB()], { hedging }));
    expect(placesOf(plan)).to.deep.equal({ 'aws-a': 4, 'aws-b': 4 });
    expect(changeIn(plan)).to.equal('Capacity');
  });

  it('goes on with a move while what it leaves serves', () => {
    const starting = onA({ phase: 'Starting', since: NOW, observed: { bound: 0, ready: 0 } });
    const plan = planned(
      aFleetOf([starting, onB({ phase: 'Draining', observed: { bound: 4, ready: 4 } })], { migration: towardsA }),
    );
    expect([changeIn(plan), placesOf(plan)]).to.deep.equal([null, { 'aws-a': 4 }]);
  });

  it('covers what is missing when a move is hurt', () => {
    const starting = onA({ phase: 'Starting', since: NOW, observed: { bound: 0, ready: 0 } });
    const lost = onB({ phase: 'Draining', observed: { bound: 1, ready: 1 } });
    const plan = planned(aFleetOf([starting, lost], { migration: towardsA }));
    expect(changeIn(plan)).to.equal('Capacity');
    expect(placesOf(plan)).to.include({ 'azure-c': 4 });
  });
});
