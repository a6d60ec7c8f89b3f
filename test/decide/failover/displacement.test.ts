import { expect } from 'chai';
import { barringReturns, displacedAfter } from '../../../operator/decide/failover/displacement.ts';
import { planFleet } from '../../../operator/decide/placement/plan-fleet.ts';
import type { Displacement, FleetSnapshot, Verdict, VerdictState } from '../../../operator/model/fleet.ts';
import { clusterName } from '../../../operator/model/names.ts';
import { minutes } from '../../../operator/model/units.ts';
import { secondsOn } from '../../support/decide-health.ts';
import { on } from '../../support/decide-moves.ts';
import { aFleet, aVerdict } from '../../support/fleet-members.ts';
import { aRecord, aView, type WorkloadOverrides } from '../../support/fleet-workload.ts';

const HOME = clusterName('aws-a');

/** Well again for so many minutes after an outage. */
const back = (ago: number, verdict: Verdict = 'Healthy', overrides: Partial<VerdictState> = {}): VerdictState =>
  aVerdict(verdict, {
    goodSince: secondsOn(-60 * ago),
    lastOutage: { endedAt: secondsOn(-60 * ago), flaps: 0 },
    ...overrides,
  });

/** llama serves from azure-b at twice the price of aws-a, where it was driven from. */
function fleetWith(home: VerdictState, it: { workload?: WorkloadOverrides; displaced?: boolean } = {}): FleetSnapshot {
  const view = aView({ migration: { cooldown: minutes(0) }, ...it.workload }, [on('azure-b', 1)]);
  const displaced: readonly Displacement[] = [{ cluster: HOME, since: secondsOn(-3600) }];
  return aFleet({
    members: [
      { name: 'aws-a', verdict: home, offerings: [{ perAcceleratorHour: 2 }] },
      { name: 'azure-b', offerings: [{ perAcceleratorHour: 4, freeByNode: [7] }] },
    ],
    workloads: [it.displaced === false ? view : { ...view, displaced }],
  });
}

/** Where the plan puts it, why, and in how many minutes to plan again. */
function planned(fleet: FleetSnapshot): string {
  const keys = fleet.workloads.map(({ workload }) => workload.key);
  const [plan] = planFleet(barringReturns(fleet), { keys }).workloads;
  const where = plan?.placements.map(({ cluster }) => cluster).join() ?? '';
  const again = plan?.wakeAt ? ` again in ${(plan.wakeAt - fleet.at) / 60_000}` : '';
  return `${where} ${plan?.change ?? 'stays'}${again}`;
}
const manual: WorkloadOverrides = { failover: { failback: { mode: 'Manual' } } };

describe('barringReturns', () => {
  it('keeps a deployment from going back before the member has been well for its stabilization', () => {
    expect(planned(fleetWith(back(3)))).to.equal('azure-b stays again in 7');
    expect(planned(fleetWith(back(10)))).to.equal('aws-a Failback');
  });

  it('counts from the last doubt, not from the end of the outage', () => {
    expect(planned(fleetWith(back(30, 'Healthy', { goodSince: secondsOn(-60) })))).to.equal('azure-b stays again in 9');
  });

  it('counts from the end of the outage while the member is in doubt, and from now where neither is known', () => {
    expect(planned(fleetWith(back(3, 'Degraded', { goodSince: null })))).to.match(/^azure-b stays/);
    const unknown = fleetWith(back(3, 'Healthy', { goodSince: null, lastOutage: null }));
    expect(planned(unknown)).to.match(/^azure-b stays/);
  });

  it('never lets one whose failback is Manual go back by itself', () => {
    expect(planned(fleetWith(back(100_000), { workload: manual }))).to.equal('azure-b stays');
  });

  it('keeps everybody from a member that has just come back, also those that never were there', () => {
    expect(planned(fleetWith(back(3), { displaced: false }))).to.equal('azure-b stays again in 7');
    expect(planned(fleetWith(back(10), { displaced: false }))).to.equal('aws-a Price');
    expect(planned(fleetWith(back(3), { displaced: false, workload: manual }))).to.equal('azure-b stays again in 7');
    expect(planned(fleetWith(back(10), { displaced: false, workload: manual }))).to.equal('aws-a Price');
  });

  it('holds up nothing that has to be placed', () => {
    const scaled = fleetWith(back(3), { workload: { replicas: 2 } });
    expect(planned(scaled)).to.match(/^aws-a,azure-b Scale/);
    const fresh = { ...scaled, workloads: scaled.workloads.map((view) => ({ ...view, holdings: [] })) };
    expect(planned(fresh)).to.match(/^aws-a Initial/);
  });

  it('is the fleet itself where nothing was ever lost', () => {
    const fleet = fleetWith(aVerdict(), { displaced: false });
    expect(barringReturns(fleet)).to.equal(fleet);
    const longAgo = fleetWith(back(60), { displaced: false });
    expect(barringReturns(longAgo)).to.equal(longAgo);
  });
});

describe('displacedAfter', () => {
  const fleet = fleetWith(aVerdict());
  const [view] = fleet.workloads;
  const names = (placements: Parameters<typeof displacedAfter>[1], it = { ...view, displaced: [] } as typeof view) =>
    it && displacedAfter(it, placements, fleet).map(({ cluster }) => cluster);
  const stranded = aRecord({ phase: 'Stranded', since: secondsOn(0) });

  it('remembers what was given up, also once nothing of it is left', () => {
    expect(names([stranded])).to.deep.equal(['aws-a']);
    expect(names([aRecord({ phase: 'Releasing', replicas: 0 })], view)).to.deep.equal(['aws-a']);
    expect(names([], view)).to.deep.equal(['aws-a']);
  });

  it('forgets when the deployment is there again', () => {
    expect(names([aRecord({ phase: 'Starting' })], view)).to.deep.equal([]);
  });

  it('forgets a member that is no more', () => {
    const gone = { cluster: clusterName('aws-z'), since: secondsOn(0) };
    expect(view && displacedAfter({ ...view, displaced: [gone] }, [], fleet)).to.deep.equal([]);
  });

  it('keeps the time of the first, and no more than the latest sixteen', () => {
    const members = Array.from({ length: 20 }, (_, at) => ({ name: `m${at + 10}` }));
    const many = members.map(({ name }, at) => ({ cluster: clusterName(name), since: secondsOn(at) }));
    if (!view) throw new Error('no view');
    const kept = displacedAfter(
      { ...view, displaced: many },
      [aRecord({ ...stranded, cluster: 'm29', since: secondsOn(99) })],
      aFleet({ members }),
    );
    expect(kept.map(({ cluster }) => cluster)).to.deep.equal(members.slice(4).map(({ name }) => name));
    expect(kept.at(-1)?.since).to.equal(secondsOn(19));
  });

  it('tells those that were lost at the same instant by name', () => {
    const gone = [aRecord({ ...stranded, cluster: 'azure-b' }), stranded];
    const both = view && { ...view, displaced: [] };
    expect(both && displacedAfter(both, gone, fleet).map(({ cluster }) => cluster)).to.deep.equal(['aws-a', 'azure-b']);
  });

  it('begins where nothing is remembered yet', () => {
    const plain = aView({}, [on('azure-b', 1)]);
    expect(displacedAfter(plain, [stranded], fleet)).to.deep.equal([{ cluster: 'aws-a', since: stranded.since }]);
    expect(displacedAfter(plain, [aRecord({ cluster: 'azure-b', replicas: 0 })], fleet)).to.deep.equal([]);
  });
});
