import { expect } from 'chai';
import {
  array,
  assert,
  boolean,
  constant,
  constantFrom,
  integer,
  oneof,
  property,
  record,
  shuffledSubarray,
  type Arbitrary,
} from 'fast-check';
import { RoutedWorld } from '../../support/decide-routed-world.ts';
import { CLUSTERS, type Crash } from '../../support/decide-world.ts';

/** Something that happens, or a step of the operator. */
interface Act {
  readonly name: string;
  readonly play: (world: RoutedWorld) => void;
}

const MOST = 5;
const cluster = constantFrom(...CLUSTERS);
const reconcile = constantFrom<Crash[]>('none', 'before recording', 'before acting', 'half-way through acting').map(
  (crash): Act => ({ name: 'reconcile', play: (world) => void world.reconcile(crash) }),
);
const tick = constant<Act>({ name: 'tick', play: (world) => world.tick() });
const route = constant<Act>({ name: 'route', play: (world) => world.route() });
const prices = shuffledSubarray([...CLUSTERS], { minLength: 3, maxLength: 3 }).map((order): Act => {
  const play = (world: RoutedWorld): void => {
    world.prices = order;
  };
  return { name: `prices ${order.join()}`, play };
});
const silence = record({ name: cluster, silent: boolean() }).map(({ name, silent }): Act => {
  const play = (world: RoutedWorld): void => void (silent ? world.silent.add(name) : world.silent.delete(name));
  return { name: `${name} ${silent ? 'falls silent' : 'answers'}`, play };
});
const faults = oneof(
  record({ name: cluster, power: boolean() }).map(
    ({ name, power }): Act => ({ name: `${name} is lost`, play: (world) => world.lose(name, power) }),
  ),
  cluster.map((name): Act => ({ name: `${name} is back`, play: (world) => world.restore(name) })),
  record({ name: cluster, nodes: integer({ min: 0, max: MOST }) }).map(
    ({ name, nodes }): Act => ({ name: `${name} has ${nodes} nodes`, play: (world) => world.resize(name, nodes) }),
  ),
);
const calm: Arbitrary<Act> = oneof(
  { weight: 6, arbitrary: reconcile },
  { weight: 4, arbitrary: tick },
  { weight: 4, arbitrary: route },
  { weight: 1, arbitrary: prices },
  { weight: 1, arbitrary: silence },
);
const anything = oneof({ weight: 12, arbitrary: calm }, { weight: 1, arbitrary: faults });
const surges = integer({ min: 1, max: 3 });

const newWorld = (maxSurge: number): RoutedWorld => {
  const world = new RoutedWorld({ replicas: 3, migration: { maxSurge } }, MOST);
  run(world, 10);
  return world;
};

function run(world: RoutedWorld, ticks: number): void {
  for (let i = 0; i < ticks; i += 1) {
    world.reconcile();
    world.route();
    world.reconcile();
    world.tick();
  }
}

function heal(world: RoutedWorld, ticks: number): void {
  world.silent.clear();
  for (const name of CLUSTERS) {
    world.restore(name);
    world.resize(name, MOST);
  }
  run(world, ticks);
}

describe('moves of what is routed, whatever happens', function () {
  this.timeout(60_000);
  it('stop no copy that gets requests, while nothing fails', () => {
    assert(
      property(surges, array(calm, { minLength: 20, maxLength: 150 }), (maxSurge, story) => {
        const world = newWorld(maxSurge);
        for (const act of story) {
          const before = world.placements;
          act.play(world);
          const gone = before.filter(
            (it) => it.replicas > 0 && world.placements.find((now) => now.cluster === it.cluster)?.replicas === 0,
          );
          for (const it of gone) expect(world.weightOf(it.cluster)).to.equal(0);
        }
      }),
      { numRuns: 300 },
    );
  });

  it('lead requests to nobody who has not answered, while what served before does', () => {
    assert(
      property(surges, array(calm, { minLength: 20, maxLength: 150 }), (maxSurge, story) => {
        const world = newWorld(maxSurge);
        for (const name of CLUSTERS) if (world.weightOf(name) === 0) world.silent.add(name);
        const asleep = new Set(world.silent);
        for (const act of story) {
          act.play(world);
          for (const name of asleep) {
            if (!world.silent.has(name)) asleep.delete(name);
            else expect(world.weightOf(name), name).to.equal(0);
          }
        }
      }),
      { numRuns: 300 },
    );
  });

  it('never take ready replicas below the floor', () => {
    assert(
      property(surges, array(anything, { minLength: 20, maxLength: 150 }), (maxSurge, story) => {
        const world = newWorld(maxSurge);
        for (const act of story) {
          const before = world.ready();
          act.play(world);
          if (act.name === 'reconcile') expect(world.ready()).to.be.at.least(Math.min(before, world.workload.replicas));
        }
      }),
      { numRuns: 200 },
    );
  });

  it('end where the plan says once faults stop, and then write nothing', () => {
    assert(
      property(surges, array(anything, { minLength: 20, maxLength: 150 }), (maxSurge, story) => {
        const world = newWorld(maxSurge);
        for (const act of story) act.play(world);
        heal(world, 150);
        expect(world.migration.phase).to.equal('Idle');
        expect(world.placements.map((it) => [it.cluster, it.replicas, it.phase])).to.deep.equal(
          world.plan().placements.map((it) => [it.cluster, it.replicas, 'Serving']),
        );
        const shares = world.traffic.backends.filter((it) => it.weight > 0).map((it) => [it.cluster, it.weight]);
        expect(shares).to.deep.equal(world.placements.map((it) => [it.cluster, it.replicas * 1000]));
        const { writes } = world;
        heal(world, 10);
        expect(world.writes).to.equal(writes);
      }),
      { numRuns: 80 },
    );
  });

  it('go back from a data path that never answers, and forward once it does', () => {
    const world = newWorld(2);
    const [from = 'aws-a', to = 'azure-b'] = world.prices;
    world.silent.add(to);
    world.prices = [to, from, 'azure-c'];
    const phases = new Set<string>();
    for (let i = 0; i < 90; i += 1) {
      world.reconcile();
      phases.add(world.migration.phase);
      world.route();
      world.reconcile();
      phases.add(world.migration.phase);
      world.tick();
      expect([world.weightOf(from), world.weightOf(to)]).to.deep.equal([3000, 0]);
    }
    expect([...phases])
      .to.include.members(['Verifying', 'RollingBack'])
      .and.not.include('Shifting');
    heal(world, 120);
    expect(world.weightOf(to)).to.equal(3000);
  });
});
