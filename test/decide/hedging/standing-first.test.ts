import { expect } from 'chai';
import type { FleetSnapshot, WorkloadView } from '../../../operator/model/fleet.ts';
import { usdPerHour } from '../../../operator/model/units.ts';
import { aFleet, aMember, type OfferingOverrides } from '../../support/fleet-members.ts';
import { aView, type HoldingOverrides, type WorkloadOverrides } from '../../support/fleet-workload.ts';
import { firstOf, placesOf, planned } from '../../support/hedged-fleet.ts';

const od = { acceleratorsPerNode: 4, freeByNode: [], growableNodes: 9 };

interface Nodes {
  readonly home?: OfferingOverrides;
  readonly away?: OfferingOverrides;
}

/** On demand only: cheap at home, where nodes have to be opened, and dear elsewhere, where one stands free. */
function aFleetOf(views: readonly WorkloadView[], { home, away }: Nodes = {}): FleetSnapshot {
  return aFleet({
    members: [
      aMember({ name: 'aws-a', offerings: [{ ...od, perAcceleratorHour: 3, ...home }] }),
      aMember({
        name: 'azure-c',
        provider: 'azure',
        region: 'eastus',
        offerings: [{ ...od, perAcceleratorHour: 5, freeByNode: [4], ...away }],
      }),
    ],
    workloads: [...views],
  });
}

const home: HoldingOverrides = { cluster: 'aws-a', replicas: 4 };
const lost = (bound: number): HoldingOverrides => ({ ...home, observed: { bound, ready: bound } });
const demand = (overrides: WorkloadOverrides = {}): WorkloadOverrides => ({
  replicas: 4,
  placement: { spot: 'Never' },
  ...overrides,
});

describe('standingFirst', () => {
  it('replaces what lost its node on a node that stands, dearer as it is', () => {
    const plan = planned(aFleetOf([aView(demand(), [lost(1)])]));
    expect(placesOf(plan)).to.deep.equal({ 'aws-a/h100': 1, 'azure-c/h100': 3 });
    expect(firstOf(plan)).to.include({ change: 'Capacity', unplaced: null, hourly: 3 + 3 * 5 });
    expect(firstOf(plan).summary).to.contain('nodes that stand take over');
  });

  it('lets what finds no node that stands wait where it was', () => {
    const plan = planned(aFleetOf([aView(demand(), [lost(0)])], { away: { freeByNode: [2, 1] } }));
    expect(placesOf(plan)).to.deep.equal({ 'aws-a/h100': 1, 'azure-c/h100': 3 });
  });

  it('leaves it where it was while a node stands there', () => {
    const plan = planned(aFleetOf([aView(demand(), [lost(1)])], { home: { freeByNode: [3] } }));
    expect(firstOf(plan)).to.include({ change: null });
  });

  it('leaves it where it was when no node stands anywhere', () => {
    const plan = planned(aFleetOf([aView(demand(), [lost(1)])], { away: { freeByNode: [] } }));
    expect(firstOf(plan)).to.include({ change: null });
  });

  it('does not take what is not seen for lost', () => {
    const plan = planned(aFleetOf([aView(demand(), [{ ...home, observed: null }])]));
    expect(firstOf(plan)).to.include({ change: null });
  });

  it('waits for the cheap node that a new workload asked for', () => {
    const first = planned(aFleetOf([aView(demand({ replicas: 8 }))]));
    expect(placesOf(first)).to.deep.equal({ 'aws-a/h100': 8 });
  });

  it('bends no rule for the sake of minutes', () => {
    const spread = demand({ placement: { spot: 'Never', maxPerCluster: 0.5 as never, whenUnsatisfiable: 'Relax' } });
    const holdings = [
      { ...lost(0), replicas: 2 },
      { cluster: 'azure-c', replicas: 2 },
    ];
    expect(firstOf(planned(aFleetOf([aView(spread, holdings)])))).to.include({ change: null });
  });

  it('spends no more than the workload may', () => {
    const plan = planned(aFleetOf([aView(demand({ maxHourly: usdPerHour(17) }), [lost(1)])]));
    expect(firstOf(plan).hourly).to.be.at.most(17);
    expect(placesOf(plan)['aws-a/h100']).to.be.greaterThan(0);
  });

  it('gives a node that stands to one of them only, the more important one', () => {
    const views = [
      aView(demand({ name: 'a', priority: 1 }), [lost(0)]),
      aView(demand({ name: 'b', priority: 9 }), [lost(0)]),
    ];
    const { workloads } = planned(aFleetOf(views));
    expect(workloads.map(({ change }) => change)).to.deep.equal([null, 'Capacity']);
  });

  it('leaves the node alone that the replicas of another one wait for already', () => {
    const waiting = aView(
      demand({ name: 'b', replicas: 2, placement: { spot: 'Never', regions: ['eastus'] as never } }),
      [{ cluster: 'azure-c', replicas: 2, observed: { bound: 0, ready: 0 } }],
    );
    const views = [
      aView(demand({ name: 'a', replicas: 1 }), [{ ...home, replicas: 1, observed: { bound: 0, ready: 0 } }]),
      waiting,
    ];
    const { workloads } = planned(
      aFleetOf(views, { home: { acceleratorsPerNode: 1 }, away: { acceleratorsPerNode: 1, freeByNode: [1] } }),
    );
    expect(workloads.map(({ change }) => change)).to.deep.equal([null, null]);
  });

  it('leaves the node alone that another one has just been given', () => {
    const newcomer = aView({ name: 'new', replicas: 4, placement: { spot: 'Never', regions: ['eastus'] as never } });
    const { workloads } = planned(aFleetOf([aView(demand(), [lost(1)]), newcomer], { away: { growableNodes: 0 } }));
    expect(workloads.map(({ change }) => change)).to.deep.equal([null, 'Initial']);
  });
});
