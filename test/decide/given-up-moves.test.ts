import { expect } from 'chai';
import { planFleet } from '../../operator/decide/placement/plan-fleet.ts';
import { hours, minutes } from '../../operator/model/units.ts';
import type { WorkloadPlan } from '../../operator/model/plan.ts';
import type { PlacementRules } from '../../operator/model/workload.ts';
import { World, type Cluster } from '../support/decide-world.ts';

const TICKS_A_MINUTE = 6;

interface Run {
  /** Minutes after the beginning at which replicas were started beyond those that serve. */
  readonly attempts: readonly number[];
  /** The fewest ready replicas. */
  readonly lowest: number;
  /** Why nothing happens, as the plans of the quiet time say of azure-b. */
  readonly reasons: ReadonlySet<string>;
}

/** Three replicas serve on aws-a; what starts on azure-b never gets ready, and nobody else has room. */
class Stuck {
  readonly world = new World({ replicas: 3, migration: { maxSurge: 3, cooldown: minutes(20) } }, 5);
  #plan: WorkloadPlan | null = null;

  constructor() {
    const { world } = this;
    world.planner = (fleet) => {
      this.#plan = planFleet(fleet, { keys: [world.workload.key] }).workloads[0] as WorkloadPlan;
      return this.#plan;
    };
    world.resize('azure-b', 0);
    world.resize('azure-c', 0);
    this.run(minutes(3));
    expect(world.ready()).to.equal(3);
    world.sites['azure-b'].broken = true;
    world.resize('azure-b', 5);
  }

  rule(placement: Partial<PlacementRules>): void {
    const { workload } = this.world;
    this.world.workload = { ...workload, placement: { ...workload.placement, ...placement } };
  }

  run(time: number): Run {
    const { world } = this;
    const attempts: number[] = [];
    const reasons = new Set<string>();
    let lowest = Number.POSITIVE_INFINITY;
    const startedAt = world.now;
    for (let tick = 0; tick < (time / minutes(1)) * TICKS_A_MINUTE; tick += 1) {
      const before = this.heldOn('azure-b');
      world.reconcile();
      if (before === 0 && this.heldOn('azure-b') > 0) attempts.push(Math.round((world.now - startedAt) / minutes(1)));
      lowest = Math.min(lowest, world.ready());
      const fare = this.#plan?.candidates.find((it) => it.cluster.startsWith('azure-b'));
      if (world.migration.phase === 'Idle' && fare?.rule === 'Backoff') reasons.add(fare.reason);
      world.tick();
    }
    return { attempts, lowest, reasons };
  }

  heldOn(cluster: Cluster): number {
    return this.world.placements.find((it) => it.cluster === cluster)?.replicas ?? 0;
  }

  serving(): readonly string[] {
    return this.world.placements.map((it) => `${it.cluster} ${it.phase} ${it.replicas}`);
  }
}

const azureOnly = { providers: ['azure' as const] };

describe('a move that was given up', function () {
  this.timeout(60_000);

  it('because a rule asks for it, is tried ever less often: 30 minutes each, with pauses of 20, 40, 80, 160', () => {
    const stuck = new Stuck();
    stuck.rule(azureOnly);
    const { attempts, lowest, reasons } = stuck.run(hours(8));
    // 30 + 20, 30 + 40, 30 + 80, 30 + 160 minutes; the way back takes a look or two each time.
    expect(attempts).to.deep.equal([0, 50, 120, 231, 421]);
    expect(lowest).to.equal(3);
    expect([...reasons][0]).to.match(
      /^the last move there was given up \(Surging took longer than it may: .*\); tried again at 2026-09-01T\d\d:\d\d:\d\dZ, or when the spec changes$/,
    );
  });

  it('because it was to pay, backs off in the same way', () => {
    const stuck = new Stuck();
    stuck.world.prices = ['azure-b', 'aws-a', 'azure-c'];
    const { attempts, lowest } = stuck.run(hours(8));
    expect(attempts).to.deep.equal([0, 50, 121, 231, 421]);
    expect(lowest).to.equal(3);
  });

  it('goes elsewhere at once where the rule leaves another place', () => {
    const stuck = new Stuck();
    stuck.rule(azureOnly);
    stuck.run(minutes(10));
    expect(stuck.serving()).to.deep.equal(['aws-a Draining 3', 'azure-b Starting 3']);
    stuck.world.resize('azure-c', 5);
    expect(stuck.run(minutes(30)).lowest).to.equal(3);
    expect(stuck.serving()).to.deep.equal(['azure-c Serving 3']);
  });

  it('is made as soon as its time has come and nothing is in the way', () => {
    const stuck = new Stuck();
    stuck.rule(azureOnly);
    stuck.run(minutes(35));
    stuck.world.sites['azure-b'].broken = false;
    stuck.run(minutes(14));
    expect(stuck.serving()).to.deep.equal(['aws-a Serving 3']);
    stuck.run(minutes(5));
    expect(stuck.serving()).to.deep.equal(['azure-b Serving 3']);
    expect(stuck.world.migration).to.not.have.property('setbacks');
  });

  it('is made at once with another spec, and not with another size', () => {
    const stuck = new Stuck();
    stuck.rule(azureOnly);
    stuck.run(minutes(35));
    stuck.world.scale(2);
    expect(stuck.run(minutes(5)).attempts).to.deep.equal([]);
    stuck.world.sites['azure-b'].broken = false;
    stuck.world.workload = { ...stuck.world.workload, template: { spec: { containers: [{ name: 'mended' }] } } };
    stuck.run(minutes(5));
    expect(stuck.serving()).to.deep.equal(['azure-b Serving 2']);
  });

  it('bars nothing from what is lost: a copy that may serve there is better than none', () => {
    const stuck = new Stuck();
    stuck.world.prices = ['azure-b', 'aws-a', 'azure-c'];
    stuck.run(minutes(40));
    expect(stuck.serving()).to.deep.equal(['aws-a Serving 3']);
    stuck.world.sites['azure-b'].broken = false;
    stuck.world.lose('aws-a', true);
    stuck.run(minutes(5));
    expect(stuck.serving()).to.deep.equal(['aws-a Stranded 3', 'azure-b Serving 3']);
  });

  it('is remembered by the operator that comes after: nothing but what is recorded is asked', () => {
    const stuck = new Stuck();
    stuck.rule(azureOnly);
    stuck.run(minutes(35));
    const { migration } = stuck.world;
    stuck.world.migration = JSON.parse(JSON.stringify(migration)) as typeof migration;
    expect(stuck.run(minutes(14)).attempts).to.deep.equal([]);
  });

  it('writes nothing while it waits', () => {
    const stuck = new Stuck();
    stuck.rule(azureOnly);
    stuck.run(minutes(33));
    const { writes } = stuck.world;
    stuck.run(minutes(15));
    expect(stuck.world.writes).to.equal(writes);
  });
});
