import { expect } from 'chai';
import { array, assert, constantFrom, integer, property, record } from 'fast-check';
import { assessFailover } from '../../../operator/decide/failover/assess-failover.ts';
import { planFleet } from '../../../operator/decide/placement/plan-fleet.ts';
import type { FleetSnapshot } from '../../../operator/model/fleet.ts';
import { fraction, usdPerHour } from '../../../operator/model/units.ts';
import { on } from '../../support/decide-moves.ts';
import { aFleet, aPolicy, aVerdict, type FleetOverrides, type MemberOverrides } from '../../support/fleet-members.ts';
import { aView, aWorkload, type WorkloadOverrides } from '../../support/fleet-workload.ts';

/** What is said of each deployment once all are planned where they are, as `name: Covered` or `name: 2 Room on aws-a`. */
function outlooks(
  fleet: FleetSnapshot,
  asked = fleet.workloads.map(({ workload }) => workload.key),
): readonly string[] {
  const plans = planFleet(fleet, { keys: asked }).workloads;
  return [...assessFailover(fleet, plans)].map(([key, it]) => {
    const name = key.slice(key.indexOf('/') + 1);
    if (it === null) return `${name}: nothing`;
    if (it.kind === 'Short') return `${name}: ${it.missing / 1000} ${it.lacks} on ${it.worst}`;
    return `${name}: ${it.kind === 'Covered' ? 'Covered' : `only ${it.only}`}`;
  });
}

/** aws-a is full of what runs there; azure-b has so many free accelerators. */
const pair = (free: number, more: MemberOverrides = {}): readonly MemberOverrides[] => [
  { name: 'aws-a', offerings: [{ freeByNode: [] }] },
  { name: 'azure-b', offerings: [{ freeByNode: [free] }], ...more },
];

/** One deployment of three units that all run on aws-a. */
const onA = (workload: WorkloadOverrides = {}, more: FleetOverrides = {}): FleetSnapshot =>
  aFleet({ members: pair(8), workloads: [aView({ replicas: 3, ...workload }, [on('aws-a', 3)])], ...more });

describe('assessFailover', () => {
  it('says that a loss is covered where the others have the room, also by nodes that can be opened', () => {
    expect(outlooks(onA())).to.deep.equal(['llama: Covered']);
    const growing = pair(0, { offerings: [{ freeByNode: [], growableNodes: 1 }] });
    expect(outlooks(onA({}, { members: growing }))).to.deep.equal(['llama: Covered']);
  });

  it('says how much finds no room', () => {
    expect(outlooks(onA({}, { members: pair(2) }))).to.deep.equal(['llama: 1 Room on aws-a']);
  });

  it('packs nodes: a replica never spans two', () => {
    const members = pair(0, { offerings: [{ freeByNode: [3, 3, 3] }] });
    expect(outlooks(onA({ shapes: [{ count: 4 }] }, { members }))).to.deep.equal(['llama: 3 Room on aws-a']);
    expect(outlooks(onA({ shapes: [{ count: 2 }] }, { members }))).to.deep.equal(['llama: Covered']);
  });

  it('looks at the member that holds most units, and asks only for what runs there', () => {
    const spread = aView({ replicas: 3 }, [on('aws-a', 2), on('azure-b', 1)]);
    expect(outlooks(aFleet({ members: pair(1), workloads: [spread] }))).to.deep.equal(['llama: 1 Room on aws-a']);
    expect(outlooks(aFleet({ members: pair(2), workloads: [spread] }))).to.deep.equal(['llama: Covered']);
  });

  it('gives the same room to one deployment only, the more important one first', () => {
    const workloads = [
      aView({ name: 'batch', replicas: 2 }, [on('aws-a', 2)]),
      aView({ name: 'chat', replicas: 2, priority: 10 }, [on('aws-a', 2)]),
    ];
    expect(outlooks(aFleet({ members: pair(3), workloads }))).to.deep.equal([
      'batch: 1 Room on aws-a',
      'chat: Covered',
    ]);
  });

  it('counts what others hold on the member though only one is asked about', () => {
    const workloads = [
      aView({ name: 'chat', replicas: 2, priority: 10 }, [on('aws-a', 2)]),
      aView({ name: 'batch', replicas: 2 }, [on('aws-a', 2)]),
    ];
    const fleet = aFleet({ members: pair(3), workloads });
    const batch = fleet.workloads.filter(({ workload }) => workload.name === 'batch').map((it) => it.workload.key);
    expect(outlooks(fleet, batch)).to.deep.equal(['batch: 1 Room on aws-a']);
  });

  it('leaves promised room alone', () => {
    const promised = aView({ name: 'phi', replicas: 6 }, [
      on('azure-b', 6, { phase: 'Starting', observed: { bound: 0 } }),
    ]);
    const workloads = [aView({ replicas: 3 }, [on('aws-a', 3)]), promised];
    expect(outlooks(aFleet({ members: pair(8), workloads }))[0]).to.equal('llama: 1 Room on aws-a');
  });

  it('does not count members that get nothing new, and gives one that is slow the benefit of the doubt', () => {
    const said = (more: MemberOverrides): readonly string[] => outlooks(onA({}, { members: pair(8, more) }));
    expect(said({ cordoned: true })).to.deep.equal(['llama: 3 Room on aws-a']);
    expect(said({ verdict: 'Down' })).to.deep.equal(['llama: 3 Room on aws-a']);
    expect(said({ verdict: aVerdict('Suspect', { reason: 'ProbeSlow' }) })).to.deep.equal(['llama: Covered']);
    expect(said({ verdict: aVerdict('Suspect', { reason: 'NotYetProbed' }) })).to.deep.equal([
      'llama: 3 Room on aws-a',
    ]);
  });

  it('knows a deployment that may be nowhere else', () => {
    const placement = { providers: ['aws'] as const };
    expect(outlooks(onA({ placement }))).to.deep.equal(['llama: only aws-a']);
  });

  describe('budgets', () => {
    const dear = pair(8, { offerings: [{ perAcceleratorHour: 8 }] });
    it('of the deployment admit as many replacements as they can pay once the lost ones are not paid', () => {
      expect(outlooks(onA({ maxHourly: 24 }, { members: dear }))).to.deep.equal(['llama: Covered']);
      expect(outlooks(onA({ maxHourly: 20 }, { members: dear }))).to.deep.equal(['llama: 1 Budget on aws-a']);
    });

    it('of the namespace and of the fleet count what others spend', () => {
      const other = aView({ name: 'phi', replicas: 1 }, [on('azure-b', 1)]);
      const workloads = [aView({ replicas: 3 }, [on('aws-a', 3)]), other];
      const said = (policy: FleetOverrides['policy']) =>
        outlooks(aFleet({ members: dear, workloads, policy: aPolicy(policy) }))[0];
      expect(said({ fleetBudget: usdPerHour(32) })).to.equal('llama: Covered');
      expect(said({ fleetBudget: usdPerHour(30) })).to.equal('llama: 1 Budget on aws-a');
      const namespaceBudgets = { 'ml-prod': usdPerHour(24) } as Record<string, ReturnType<typeof usdPerHour>>;
      expect(said({ namespaceBudgets })).to.equal('llama: 1 Budget on aws-a');
    });
  });

  describe('rules', () => {
    const rules = { maxPerCluster: fraction(0.67), whenUnsatisfiable: 'Hold' } as const;
    const view = (placement: WorkloadOverrides['placement']) =>
      aView({ replicas: 3, ...(placement ? { placement } : {}) }, [on('aws-a', 2), on('azure-b', 1)]);

    it('that are held keep replacements out, and those that relax do not', () => {
      const said = (placement: WorkloadOverrides['placement']) =>
        outlooks(aFleet({ members: pair(8), workloads: [view(placement)] }));
      expect(said({ ...rules, maxPerCluster: fraction(0.5) })).to.deep.equal(['llama: 1 Rules on aws-a']);
      expect(said({ maxPerCluster: fraction(0.5) })).to.deep.equal(['llama: Covered']);
      expect(said({ minClusters: 2, whenUnsatisfiable: 'Hold' })).to.deep.equal(['llama: 2 Rules on aws-a']);
      expect(said({ maxPerProvider: fraction(0.5), whenUnsatisfiable: 'Hold' })).to.deep.equal([
        'llama: 1 Rules on aws-a',
      ]);
    });

    it('on spot keep the on-demand base', () => {
      const members = pair(8, { offerings: [{ capacityType: 'spot' }] });
      const workload = { replicas: 3, placement: { onDemandBase: 1, whenUnsatisfiable: 'Hold' as const } };
      const fleet = aFleet({ members, workloads: [aView(workload, [on('aws-a', 3)])] });
      expect(outlooks(fleet)).to.deep.equal(['llama: 1 Rules on aws-a']);
    });
  });

  it('says nothing of a deployment that has no place', () => {
    const workload = aWorkload({ shapes: [{ accelerator: 'MI300X' }] });
    expect(outlooks(aFleet({ workloads: [workload] }))).to.deep.equal(['llama: nothing']);
  });

  it('plays a loss through once for all that hold something there, and for one that has just been planned', () => {
    const fresh = aView({ name: 'phi', replicas: 1, placement: { clusterSelector: null, providers: ['aws'] } });
    const members = [
      { name: 'aws-a', offerings: [{ freeByNode: [4] }] },
      { name: 'azure-b', offerings: [{ freeByNode: [4] }] },
    ];
    const both = aFleet({ members, workloads: [aView({ replicas: 2 }, [on('aws-a', 2)]), fresh] });
    expect(outlooks(both)).to.deep.equal(['llama: Covered', 'phi: only aws-a']);
  });

  it('takes a replica on accelerators that the deployment no longer names for a whole unit', () => {
    const changed = onA({ shapes: [{ accelerator: 'A100-80GB' }], replicas: 3 });
    expect(outlooks(changed)).to.deep.equal(['llama: nothing']);
    const members = [...pair(0), { name: 'azure-c', offerings: [{ pool: 'gone', freeByNode: [8] }] }];
    const elsewhere = aView({ replicas: 3 }, [on('aws-a', 2), on('aws-a', 1, { pool: 'removed' })]);
    expect(outlooks(aFleet({ members, workloads: [elsewhere] }))).to.deep.equal(['llama: Covered']);
  });

  it('does not count a price that is not known against a budget', () => {
    const unpriced = pair(8, { offerings: [{ freeByNode: [8], price: null }] });
    expect(outlooks(onA({}, { members: unpriced, policy: { fleetBudget: usdPerHour(100) } }))).to.deep.equal([
      'llama: 3 Room on aws-a',
    ]);
  });

  it('promises no more than there is: what is covered on one member fits into what the other has', () => {
    const size = integer({ min: 1, max: 4 });
    const deployments = array(record({ replicas: size, count: constantFrom(1, 2, 4), priority: size }), {
      maxLength: 6,
    });
    assert(
      property(deployments, array(integer({ min: 0, max: 8 }), { maxLength: 4 }), (all, freeByNode) => {
        const workloads = all.map(({ count, ...it }, at) =>
          aView({ ...it, name: `m${at}`, shapes: [{ count }] }, [on('aws-a', it.replicas)]),
        );
        const members = pair(0, { offerings: [{ freeByNode: freeByNode.toSorted((a, b) => b - a) }] });
        const said = outlooks(aFleet({ members, workloads }));
        const needed = all
          .filter((_, at) => said.includes(`m${at}: Covered`))
          .reduce((sum, { replicas, count }) => sum + replicas * count, 0);
        expect(needed).to.be.at.most(freeByNode.reduce((sum, free) => sum + free, 0));
      }),
      { numRuns: 50 },
    );
  });
});
