import { expect } from 'chai';
import { planFleet } from '../../../operator/decide/placement/plan-fleet.ts';
import { after, minutes, seconds } from '../../../operator/model/units.ts';
import type { WorkloadPlan } from '../../../operator/model/plan.ts';
import type { MovePhaseName } from '../../../operator/model/workload.ts';
import { RoutedWorld } from '../../support/decide-routed-world.ts';
import { CLUSTERS, type Cluster } from '../../support/decide-world.ts';

/** A move of three replicas from aws-a to azure-b, all at once, planned by the real planner; azure-c has room too. */
class DisturbedMove {
  readonly world = new RoutedWorld({ replicas: 3, migration: { maxSurge: 3, cooldown: minutes(20) } }, 5);
  /** Ready replicas may be taken down to here from now on. */
  floor = 3;

  constructor() {
    this.world.planner = (fleet) => planFleet(fleet, { keys: [this.world.workload.key] }).workloads[0] as WorkloadPlan;
    this.look(20);
    this.world.prices = ['azure-b', 'aws-a', 'azure-c'];
  }

  /** Goes on until the move is in that phase, and stops there. */
  until(phase: MovePhaseName): void {
    const { world } = this;
    for (let look = 0; look < 60; look += 1) {
      world.reconcile();
      world.route();
      if (world.migration.phase === phase) return;
      if (phase === 'RollingBack' && world.migration.phase === 'Shifting') world.silent.add('azure-b');
      // Requests are led and drained faster than pods come and go.
      if (world.migration.phase === 'Shifting') world.now = after(world.now, seconds(5));
      else world.tick();
    }
    throw new Error(`the move never was in ${phase}`);
  }

  /** One round: two steps of the operator, requests that follow, and ten seconds. */
  look(rounds = 1): void {
    const { world } = this;
    for (let round = 0; round < rounds; round += 1) {
      this.#step();
      world.route();
      this.#step();
      this.#expectServed();
      world.tick();
    }
  }

  /** Until no move is under way and nothing has changed for five minutes; at most two hours. */
  settle(): void {
    let still = 0;
    for (let round = 0; round < 720 && still < 30; round += 1) {
      const { writes } = this.world;
      this.look();
      still = this.world.writes === writes && this.world.migration.phase === 'Idle' ? still + 1 : 0;
    }
    expect(still, 'it comes to rest').to.equal(30);
  }

  #step(): void {
    const { world } = this;
    const before = world.ready();
    world.reconcile();
    expect(world.ready(), 'no copy that is needed is taken away').to.be.at.least(Math.min(before, this.floor));
    const { migration } = world;
    if (migration.phase === 'Idle') return;
    expect(migration.waitingFor, migration.phase).to.match(/[a-z]/);
    expect(migration.next, migration.phase).to.be.a('string');
    if (['Price', 'Rules', 'Failback'].includes(migration.reason))
      expect(migration, migration.phase).to.have.property('deadline');
  }

  /** Somebody gets requests while somebody is ready that is not being deleted. */
  #expectServed(): void {
    const { world } = this;
    const ready = world.ready();
    const weight = world.traffic.backends.reduce((sum, it) => sum + it.weight, 0);
    if (ready > 0) expect(weight, 'requests go somewhere').to.be.above(0);
  }

  lines(): readonly string[] {
    return this.world.placements.map((it) => `${it.cluster} ${it.phase} ${it.replicas}`);
  }
}

interface Disturbance {
  readonly name: string;
  readonly strike: (move: DisturbedMove) => void;
  /** Replicas that are ready in the end; left out: three. */
  readonly ready?: number;
}

const scaled = (replicas: number): Disturbance => ({
  name: `is scaled to ${replicas}`,
  ready: replicas,
  strike: (move) => {
    move.world.scale(replicas);
    move.floor = Math.min(3, replicas);
  },
});

const DISTURBANCES: readonly Disturbance[] = [
  scaled(0),
  scaled(1),
  scaled(5),
  { name: 'loses the API of its target for ever', strike: ({ world }) => world.lose('azure-b', false) },
  { name: 'loses its target for ever', strike: ({ world }) => world.lose('azure-b', true) },
  {
    name: 'loses the API of its target for two minutes',
    strike: (move) => {
      move.world.lose('azure-b', false);
      move.look(12);
      move.world.restore('azure-b');
    },
  },
  { name: 'loses the API of what it leaves for ever', strike: ({ world }) => world.lose('aws-a', false) },
  { name: 'loses what it leaves for ever', strike: ({ world }) => world.lose('aws-a', true) },
  {
    name: 'loses both for a while',
    strike: (move) => {
      move.world.lose('aws-a', true);
      move.world.lose('azure-b', true);
      move.look(12);
      move.world.restore('aws-a');
      move.world.restore('azure-b');
    },
  },
  { name: 'loses the nodes of its target', strike: ({ world }) => world.resize('azure-b', 0) },
  { name: 'loses the nodes of what it leaves', strike: ({ world }) => world.resize('aws-a', 0) },
  { name: 'has a target whose pods fail for ever', strike: ({ world }) => void (world.sites['azure-b'].broken = true) },
  {
    name: 'has a target whose data path falls silent for ever',
    strike: ({ world }) => void world.silent.add('azure-b'),
  },
  { name: 'has a target that leaves the fleet', strike: ({ world }) => void world.removed.add('azure-b') },
  {
    name: 'leaves a member that leaves the fleet',
    strike: (move) => {
      move.world.removed.add('aws-a');
      move.floor = 0; // what runs there is nobody's any more
    },
  },
  {
    name: 'is no longer worth while',
    strike: ({ world }) => void (world.prices = ['aws-a', 'azure-c', 'azure-b']),
  },
  {
    name: 'would be better made elsewhere',
    strike: ({ world }) => void (world.prices = ['azure-c', 'aws-a', 'azure-b']),
  },
  {
    name: 'is forbidden by another spec',
    strike: ({ world }) => {
      const { workload } = world;
      world.workload = { ...workload, placement: { ...workload.placement, providers: ['aws'] } };
    },
  },
  {
    name: 'is seen by an operator that suspects itself for ten minutes',
    strike: (move) => {
      move.world.frozen = true;
      move.look(60);
      move.world.frozen = false;
    },
  },
];

const PHASES = ['Reserving', 'Surging', 'Verifying', 'Shifting', 'Draining', 'RollingBack'] as const;

describe('a voluntary move in the middle of which something happens', function () {
  this.timeout(60_000);
  for (const phase of PHASES)
    for (const { name, strike, ready = 3 } of DISTURBANCES)
      it(`${phase}: it ${name}`, () => {
        const move = new DisturbedMove();
        move.until(phase);
        strike(move);
        move.settle();
        const { world } = move;
        expect(world.migration.phase, move.lines().join(', ')).to.equal('Idle');
        expect(world.ready(), move.lines().join(', ')).to.equal(ready);
        expect(world.leaks().filter((it) => !world.removed.has(it as Cluster))).to.deep.equal([]);
      });

  for (const phase of PHASES)
    for (const lost of [null, 'aws-a', 'azure-b'] as const)
      it(`${phase}: it is deleted${lost === null ? '' : ` while ${lost} cannot be reached`}`, () => {
        const move = new DisturbedMove();
        move.until(phase);
        const { world } = move;
        if (lost !== null) world.lose(lost, false);
        world.deleted = true;
        for (let tick = 0; tick < 30; tick += 1) {
          world.reconcile();
          expect(world.leaks()).to.deep.equal([]);
          world.tick();
        }
        expect(world.placements.every((it) => it.phase === 'Releasing' && it.cluster === lost)).to.equal(true);
        if (lost !== null) world.restore(lost);
        for (let tick = 0; tick < 5; tick += 1) {
          world.reconcile();
          world.tick();
        }
        expect(world.placements).to.deep.equal([]);
        expect(CLUSTERS.filter((it) => world.sites[it].pods)).to.deep.equal([]);
      });
});
