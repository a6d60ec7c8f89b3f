import { expect } from 'chai';
import * as fc from 'fast-check';
import { assertNever } from '../../../operator/model/assert-never.ts';
import { CLUSTERS, World, type Cluster, type Crash } from '../../support/decide-world.ts';

/** One event of the world, or a step of the operator. */
type Event =
  | { readonly kind: 'reconcile'; readonly crash: Crash }
  | { readonly kind: 'arrive' }
  | { readonly kind: 'tick' }
  | { readonly kind: 'prices'; readonly order: readonly Cluster[] }
  | { readonly kind: 'scale'; readonly replicas: number }
  | { readonly kind: 'lose'; readonly cluster: Cluster; readonly power: boolean }
  | { readonly kind: 'restore'; readonly cluster: Cluster }
  | { readonly kind: 'resize'; readonly cluster: Cluster; readonly nodes: number };

const MOST = 5;
const cluster = fc.constantFrom(...CLUSTERS);
const prices = fc.record({
  kind: fc.constant('prices' as const),
  order: fc.shuffledSubarray([...CLUSTERS], { minLength: 3, maxLength: 3 }),
});
const reconcile = fc.record({
  kind: fc.constant('reconcile' as const),
  crash: fc.constantFrom<Crash>('none', 'before recording', 'before acting', 'half-way through acting'),
});
const tick = fc.constant({ kind: 'tick' as const });
const anything: fc.Arbitrary<Event> = fc.oneof(
  { weight: 6, arbitrary: reconcile },
  { weight: 6, arbitrary: tick },
  { weight: 2, arbitrary: prices },
  {
    weight: 1,
    arbitrary: fc.record({ kind: fc.constant('scale' as const), replicas: fc.integer({ min: 0, max: MOST }) }),
  },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('lose' as const), cluster, power: fc.boolean() }) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('restore' as const), cluster }) },
  {
    weight: 1,
    arbitrary: fc.record({ kind: fc.constant('resize' as const), cluster, nodes: fc.integer({ min: 0, max: MOST }) }),
  },
);
const late = fc.constantFrom<Event>({ kind: 'reconcile', crash: 'acting late' }, { kind: 'arrive' });
const lateStories = fc.array(fc.oneof({ weight: 3, arbitrary: anything }, { weight: 1, arbitrary: late }), {
  minLength: 20,
  maxLength: 120,
});
const stories = fc.array(anything, { minLength: 20, maxLength: 120 });

function play(world: World, event: Event): void {
  switch (event.kind) {
    case 'reconcile':
      world.reconcile(event.crash);
      return;
    case 'arrive':
      world.arrive();
      return;
    case 'tick':
      world.tick();
      return;
    case 'prices':
      world.prices = event.order;
      return;
    case 'scale':
      world.scale(event.replicas);
      return;
    case 'lose':
      world.lose(event.cluster, event.power);
      return;
    case 'restore':
      world.restore(event.cluster);
      return;
    case 'resize':
      world.resize(event.cluster, event.nodes);
      return;
    default:
      assertNever(event);
  }
}

const newWorld = (maxSurge: number): World => new World({ replicas: 3, migration: { maxSurge } }, MOST);
const surges = fc.integer({ min: 1, max: 3 });

/** All faults stop, and the operator runs on; every second look without time passing. */
function heal(world: World, ticks: number): void {
  for (const name of CLUSTERS) {
    world.restore(name);
    world.resize(name, MOST);
  }
  world.arrive();
  for (let i = 0; i < ticks; i += 1) {
    world.reconcile();
    world.reconcile();
    world.tick();
  }
}

const expectConverged = (world: World): void => {
  const plan = world.plan();
  expect(world.migration.phase).to.equal('Idle');
  expect(world.placements.map((it) => [it.cluster, it.replicas, it.phase])).to.deep.equal(
    plan.placements.map((it) => [it.cluster, it.replicas, 'Serving']),
  );
  expect(world.ready()).to.equal(world.workload.replicas);
};

describe('moves, whatever happens', () => {
  it('never take ready replicas below the floor, nor the last one', () => {
    fc.assert(
      fc.property(surges, stories, (maxSurge, story) => {
        const world = newWorld(maxSurge);
        for (const event of story) {
          const before = world.ready();
          play(world, event);
          if (event.kind !== 'reconcile') continue;
          expect(world.ready()).to.be.at.least(Math.min(before, world.workload.replicas));
        }
      }),
      { numRuns: 400 },
    );
  });

  it('never forget what runs somewhere', () => {
    fc.assert(
      fc.property(surges, stories, (maxSurge, story) => {
        const world = newWorld(maxSurge);
        for (const event of story) {
          play(world, event);
          expect(world.leaks()).to.deep.equal([]);
        }
      }),
      { numRuns: 200 },
    );
  });

  it('end where the plan says even when requests arrive long after they were sent', () => {
    fc.assert(
      fc.property(surges, lateStories, (maxSurge, story) => {
        const world = newWorld(maxSurge);
        for (const event of story) play(world, event);
        heal(world, 60);
        expectConverged(world);
        expect(world.leaks()).to.deep.equal([]);
      }),
      { numRuns: 200 },
    );
  });

  it('end where the plan says after the hub was restored without its status, and keep what serves', () => {
    fc.assert(
      fc.property(surges, stories, (maxSurge, story) => {
        const world = newWorld(maxSurge);
        for (const event of story) play(world, event);
        heal(world, 60);
        const before = world.ready();
        world.placements = [];
        world.migration = { phase: 'Idle', lastMoveAt: null };
        world.reconcile();
        expect(world.ready()).to.equal(before);
        heal(world, 20);
        expectConverged(world);
      }),
      { numRuns: 100 },
    );
  });

  it('end where the plan says once faults stop, and then write nothing', () => {
    fc.assert(
      fc.property(surges, stories, (maxSurge, story) => {
        const world = newWorld(maxSurge);
        for (const event of story) play(world, event);
        heal(world, 60);
        expectConverged(world);
        const { writes } = world;
        heal(world, 10);
        expect(world.writes).to.equal(writes);
      }),
      { numRuns: 300 },
    );
  });

  it('end in the same state with and without crashes', () => {
    fc.assert(
      fc.property(surges, stories, (maxSurge, story) => {
        const ends = [true, false].map((crashing) => {
          const world = newWorld(maxSurge);
          for (const event of story) {
            play(world, event.kind === 'reconcile' && !crashing ? { ...event, crash: 'none' } : event);
          }
          heal(world, 60);
          return world.placements.map((it) => [it.cluster, it.replicas, it.phase]);
        });
        expect(ends[0]).to.deep.equal(ends[1]);
      }),
      { numRuns: 150 },
    );
  });

  it('hold at most maxSurge replicas too many while nothing fails', () => {
    fc.assert(
      fc.property(surges, fc.array(fc.oneof(reconcile, tick, prices), { maxLength: 120 }), (maxSurge, story) => {
        const world = newWorld(maxSurge);
        for (const event of story) {
          play(world, event);
          const held = world.placements.reduce((sum, it) => sum + it.replicas, 0);
          expect(held).to.be.at.most(world.workload.replicas + maxSurge);
        }
      }),
      { numRuns: 300 },
    );
  });

  it('cancel no replica that was started, however often the prices turn', () => {
    fc.assert(
      fc.property(surges, fc.array(fc.oneof(reconcile, tick, prices), { maxLength: 200 }), (maxSurge, story) => {
        const world = newWorld(maxSurge);
        for (const event of story) play(world, event);
        expect(world.wasted).to.equal(0);
      }),
      { numRuns: 300 },
    );
  });

  it('finish one move before the next when prices turn at every look', () => {
    const world = newWorld(1);
    heal(world, 10);
    let moves = 0;
    for (let i = 0; i < 200; i += 1) {
      world.prices = i % 2 === 0 ? ['azure-b', 'azure-c', 'aws-a'] : ['aws-a', 'azure-b', 'azure-c'];
      const idle = world.migration.phase === 'Idle';
      world.reconcile();
      if (idle && world.migration.phase !== 'Idle') moves += 1;
      world.tick();
    }
    // Three replicas, one at a time, three ticks each to load: a move takes at least nine looks.
    expect(moves).to.be.within(1, 200 / 9);
  });

  it('replace a lost member in the step that gives it up', () => {
    const world = newWorld(1);
    world.reconcile();
    heal(world, 10);
    world.lose('aws-a', true);
    for (let i = 0; i < 6; i += 1) {
      world.tick();
      world.reconcile();
    }
    expect(world.placements.map((it) => `${it.cluster} ${it.phase} ${it.replicas}`)).to.deep.equal([
      'aws-a Stranded 3',
      'azure-b Starting 3',
    ]);
  });
});

describe('the end of a deployment, whatever happened before', () => {
  it('leaves nothing behind and forgets nothing that does', () => {
    fc.assert(
      fc.property(surges, stories, stories, (maxSurge, before, during) => {
        const world = newWorld(maxSurge);
        for (const event of before) play(world, event);
        world.deleted = true;
        for (const event of during) {
          play(world, event);
          expect(world.leaks()).to.deep.equal([]);
        }
        heal(world, 10);
        expect(world.placements).to.deep.equal([]);
        expect(CLUSTERS.filter((name) => world.sites[name].pods)).to.deep.equal([]);
      }),
      { numRuns: 200 },
    );
  });
});
