import { expect } from 'chai';
import { after, instant, minutes } from '../../../operator/model/units.ts';
import type { MigrationState } from '../../../operator/model/workload.ts';
import type { MemberOverrides } from '../../support/fleet-members.ts';
import { aVerdict } from '../../support/fleet-members.ts';
import type { HoldingOverrides, WorkloadOverrides } from '../../support/fleet-workload.ts';
import { aTarget, aView, NOW } from '../../support/fleet-workload.ts';
import { placesOf, planOf } from '../../support/placement-plans.ts';

const A = 'aws-a/h100/a';
const B = 'azure-b/h100/a';

interface Case {
  readonly holdings?: readonly HoldingOverrides[];
  readonly workload?: WorkloadOverrides;
  readonly migration?: MigrationState;
  readonly here?: MemberOverrides;
  readonly there?: MemberOverrides;
  readonly frozen?: boolean;
}

/** What is held is on aws-a at $4 unless said otherwise; azure-b offers the same. */
const planned = ({ holdings = [{}], workload = {}, migration, here = {}, there = {}, frozen = false }: Case) =>
  planOf({
    members: [here, { name: 'azure-b', ...there }],
    workloads: [aView(workload, holdings, migration)],
    frozen,
  });

const until = after(NOW, minutes(5));
const backoff = { failures: 2, until, reason: 'Capacity', message: 'no H100 left' } as const;

describe('planFleet: what is held', () => {
  it('leaves a member that is down, for the reason Evacuation', () => {
    const plan = planned({ here: { verdict: 'Down' } });
    expect(placesOf(plan)).to.deep.equal({ [B]: 1 });
    expect(plan.change).to.equal('Evacuation');
  });

  it('stays on a member that looks down while the fleet is frozen', () => {
    expect(placesOf(planned({ here: { verdict: 'Down' }, frozen: true }))).to.deep.equal({ [A]: 1 });
  });

  it('goes elsewhere when its launch failed, and the plan wakes when that place may be tried again', () => {
    const plan = planned({
      holdings: [{ phase: 'Starting', observed: { bound: 0, ready: 0 } }],
      here: { offerings: [{ backoff, freeByNode: [] }] },
    });
    expect(placesOf(plan)).to.deep.equal({ [B]: 1 });
    expect(plan.change).to.equal('Capacity');
    expect(plan.wakeAt).to.equal(until);
  });

  it('keeps the pods that did start where others failed to launch', () => {
    const plan = planned({
      workload: { replicas: 2 },
      holdings: [{ replicas: 2, phase: 'Starting', observed: { bound: 1, ready: 0 } }],
      here: { offerings: [{ backoff, freeByNode: [] }] },
    });
    expect(placesOf(plan)).to.deep.equal({ [A]: 1, [B]: 1 });
  });

  it('does not wake for a backoff of accelerators that it has no use for', () => {
    const plan = planned({ here: { offerings: [{}, { pool: 'l40s', accelerator: 'L40S', backoff }] } });
    expect(plan.wakeAt).to.equal(null);
  });

  it('on an offering that is gone, or of a shape that is gone, counts for nothing', () => {
    expect(placesOf(planned({ holdings: [{ cluster: 'aws-z' }] }))).to.deep.equal({ [A]: 1 });
    const plan = planned({ workload: { shapes: [{ accelerator: 'L40S' }] } });
    expect(placesOf(plan)).to.deep.equal({});
    expect(plan.change).to.equal('Rules');
  });

  it('has to go when the specification forbids it', () => {
    const plan = planned({ workload: { placement: { providers: ['azure'] } } });
    expect(placesOf(plan)).to.deep.equal({ [B]: 1 });
    expect(plan.change).to.equal('Rules');
  });

  it('that nobody has seen still takes its room', () => {
    const unseen = [{ observed: null }, { cluster: 'azure-b', phase: 'Draining', observed: null }] as const;
    expect(placesOf(planned({ holdings: unseen }))).to.deep.equal({ [A]: 1 });
  });

  it('shrinks and grows for the reason Scale', () => {
    const less = planned({ workload: { replicas: 1 }, holdings: [{ replicas: 3 }] });
    expect(less.change).to.equal('Scale');
    expect(placesOf(less)).to.deep.equal({ [A]: 1 });
    expect(planned({ workload: { replicas: 3 } }).change).to.equal('Scale');
  });

  it('is nowhere once nothing is wanted, however many clusters it was to be on', () => {
    const holdings = [{ replicas: 1 }, { cluster: 'azure-b', replicas: 1 }] as const;
    const none = planned({ workload: { replicas: 0, placement: { minClusters: 2 } }, holdings });
    expect(placesOf(none)).to.deep.equal({});
    expect(none.change).to.equal('Scale');
  });

  it('moves to keep a rule again as soon as that can be, for the reason Rules', () => {
    const plan = planned({ workload: { replicas: 2, placement: { minClusters: 2 } }, holdings: [{ replicas: 2 }] });
    expect(placesOf(plan)).to.deep.equal({ [A]: 1, [B]: 1 });
    expect(plan.change).to.equal('Rules');
  });
});

describe('planFleet: a move under way', () => {
  const to = (cluster: string, replicas = 1): MigrationState => ({
    phase: 'Surging',
    reason: 'Price',
    startedAt: NOW,
    target: [aTarget(cluster, 'h100', 'a', replicas)],
    lastMoveAt: null,
  });

  it('is kept to its target, for its own reason', () => {
    const plan = planned({ migration: to('azure-b') });
    expect(placesOf(plan)).to.deep.equal({ [B]: 1 });
    expect(plan.change).to.equal('Price');
  });

  it('is given up when its target is out of reach, gone, or no longer enough', () => {
    expect(placesOf(planned({ migration: to('azure-b'), there: { cordoned: true } }))).to.deep.equal({ [A]: 1 });
    expect(placesOf(planned({ migration: to('aws-z') }))).to.deep.equal({ [A]: 1 });
    const more = planned({ migration: to('azure-b'), workload: { replicas: 2 }, holdings: [{ replicas: 2 }] });
    expect(placesOf(more)).to.deep.equal({ [A]: 2 });
  });

  it('is kept to a target that has begun to start there, unless its launch has failed', () => {
    const holdings: readonly HoldingOverrides[] = [
      {},
      { cluster: 'azure-b', phase: 'Starting', observed: { bound: 0, ready: 0 } },
    ];
    expect(placesOf(planned({ holdings, migration: to('azure-b') }))).to.deep.equal({ [B]: 1 });
    const failed = planned({ holdings, migration: to('azure-b'), there: { offerings: [{ backoff, freeByNode: [] }] } });
    expect(placesOf(failed)).to.deep.equal({ [A]: 1 });
  });
});

describe('planFleet: failback', () => {
  const replaced: readonly HoldingOverrides[] = [
    { phase: 'Stranded', replicas: 1, observed: null },
    { cluster: 'azure-b' },
  ];
  /** aws-a is back since so many minutes, and cheaper. */
  const back = (minutesAgo: number | null, mode: 'Automatic' | 'Manual' = 'Automatic') =>
    planned({
      holdings: replaced,
      workload: { failover: { failback: { mode, stabilization: minutes(10) } } },
      here: {
        verdict: aVerdict('Healthy', {
          goodSince: minutesAgo === null ? null : instant(NOW - minutes(minutesAgo)),
        }),
        offerings: [{ perAcceleratorHour: 1 }],
      },
    });

  it('waits until the member has been well for the stabilization time, and wakes then', () => {
    const plan = back(4);
    expect(placesOf(plan)).to.deep.equal({ [B]: 1 });
    expect(plan.wakeAt).to.equal(after(NOW, minutes(6)));
  });

  it('is made when it has', () => {
    const plan = back(11);
    expect(placesOf(plan)).to.deep.equal({ [A]: 1 });
    expect(plan.change).to.equal('Failback');
  });

  it('is not made by itself where it is Manual, nor while nobody knows since when the member is well', () => {
    expect(placesOf(back(60, 'Manual'))).to.deep.equal({ [B]: 1 });
    expect(placesOf(back(null))).to.deep.equal({ [B]: 1 });
  });
});
