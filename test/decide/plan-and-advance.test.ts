import { expect } from 'chai';
import * as fc from 'fast-check';
import { planFleet } from '../../operator/decide/placement/plan-fleet.ts';
import { minutes } from '../../operator/model/units.ts';
import type { WorkloadPlan } from '../../operator/model/plan.ts';
import { CLUSTERS, World, type Cluster } from '../support/decide-world.ts';

/** Here the planner itself decides; test/decide/migration has the same world under a planner that changes its mind. */
function newWorld(): World {
  const world = new World(
    {
      replicas: 3,
      migration: { maxSurge: 1, cooldown: minutes(2) },
      failover: { failback: { stabilization: minutes(1) } },
    },
    5,
  );
  world.planner = (fleet) => planFleet(fleet, { keys: [world.workload.key] }).workloads[0] as WorkloadPlan;
  return world;
}

function run(world: World, ticks: number): void {
  for (let i = 0; i < ticks; i += 1) {
    world.reconcile();
    world.tick();
  }
}

type Trouble =
  | { readonly kind: 'prices'; readonly order: readonly Cluster[] }
  | { readonly kind: 'scale'; readonly replicas: number }
  | { readonly kind: 'lose'; readonly cluster: Cluster; readonly power: boolean }
  | { readonly kind: 'restore'; readonly cluster: Cluster }
  | { readonly kind: 'resize'; readonly cluster: Cluster; readonly nodes: number }
  | { readonly kind: 'run'; readonly ticks: number };

const cluster = fc.constantFrom(...CLUSTERS);
const trouble: fc.Arbitrary<Trouble> = fc.oneof(
  { weight: 4, arbitrary: fc.record({ kind: fc.constant('run' as const), ticks: fc.integer({ min: 1, max: 8 }) }) },
  fc.record({ kind: fc.constant('prices' as const), order: fc.shuffledSubarray([...CLUSTERS], { minLength: 3 }) }),
  fc.record({ kind: fc.constant('scale' as const), replicas: fc.integer({ min: 1, max: 5 }) }),
  fc.record({ kind: fc.constant('lose' as const), cluster, power: fc.boolean() }),
  fc.record({ kind: fc.constant('restore' as const), cluster }),
  fc.record({ kind: fc.constant('resize' as const), cluster, nodes: fc.integer({ min: 0, max: 5 }) }),
);

function suffer(world: World, it: Trouble): void {
  if (it.kind === 'prices') world.prices = it.order;
  if (it.kind === 'scale') world.scale(it.replicas);
  if (it.kind === 'lose') world.lose(it.cluster, it.power);
  if (it.kind === 'restore') world.restore(it.cluster);
  if (it.kind === 'resize') world.resize(it.cluster, it.nodes);
  if (it.kind === 'run') run(world, it.ticks);
}

const linesOf = (world: World): readonly string[] =>
  world.placements.map((it) => `${it.cluster} ${it.phase} ${it.replicas}`);

describe('planning and moving together', () => {
  it('come to rest with everything serving, and write nothing from then on', () => {
    fc.assert(
      fc.property(fc.array(trouble, { maxLength: 16 }), (story) => {
        const world = newWorld();
        for (const it of story) suffer(world, it);
        for (const name of CLUSTERS) {
          world.restore(name);
          world.resize(name, 5);
        }
        run(world, 60);
        expect(world.migration.phase).to.equal('Idle');
        expect(world.placements.map((it) => it.phase)).to.deep.equal(world.placements.map(() => 'Serving'));
        expect(world.ready()).to.equal(world.workload.replicas);
        const { writes } = world;
        run(world, 15);
        expect(world.writes).to.equal(writes);
      }),
      { numRuns: 4 },
    );
  }).timeout(60_000);

  it('fail over and keep what took over when the member returns', () => {
    const world = newWorld();
    run(world, 10);
    expect(linesOf(world)).to.deep.equal(['aws-a Serving 3']);
    world.lose('aws-a', false);
    run(world, 20);
    expect(linesOf(world)).to.deep.equal(['aws-a Stranded 3', 'azure-b Serving 3']);
    world.restore('aws-a');
    run(world, 3);
    expect(linesOf(world)).to.deep.equal(['azure-b Serving 3']);
  });

  it('withdraw a failover that has not served yet when the member returns with its replicas', () => {
    const world = newWorld();
    run(world, 10);
    world.lose('aws-a', false);
    run(world, 8); // given up after a minute
    expect(linesOf(world)).to.deep.equal(['aws-a Stranded 3', 'azure-b Starting 3']);
    world.restore('aws-a');
    run(world, 3);
    expect(world.ready()).to.equal(3);
    run(world, 60);
    expect(linesOf(world)).to.have.length(1);
    expect(world.ready()).to.equal(3);
  });

  it('move once when prices turn, not with every turn', () => {
    const world = newWorld();
    run(world, 10);
    let moves = 0;
    for (let i = 0; i < 120; i += 1) {
      world.prices = i % 2 === 0 ? ['azure-b', 'azure-c', 'aws-a'] : ['aws-a', 'azure-b', 'azure-c'];
      const idle = world.migration.phase === 'Idle';
      run(world, 1);
      if (idle && world.migration.phase !== 'Idle') moves += 1;
    }
    // 20 minutes: one move and its cooldown take at least 2 + 1.5 minutes, the first has no cooldown before it.
    expect(moves).to.be.within(1, 6);
    expect(world.wasted).to.equal(0);
  });
});
