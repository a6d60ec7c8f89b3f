import { expect } from 'chai';
import { assert, integer, property } from 'fast-check';
import type { Reached } from '../../../operator/decide/placement/fleet-planner.ts';
import { FleetPlanner } from '../../../operator/decide/placement/fleet-planner.ts';
import type { FleetSnapshot, Member, WorkloadView } from '../../../operator/model/fleet.ts';
import { compareText } from '../../../operator/model/names.ts';
import { usd } from '../../../operator/model/units.ts';
import { reachedBy, violationsOf } from '../../support/fleet-judge.ts';
import { aLargeFleet } from '../../support/fleet-large.ts';
import { aFleet, aMember, aPrice, aVerdict } from '../../support/fleet-members.ts';
import { aRandomFleet, Dice } from '../../support/fleet-random.ts';
import { aView, aWorkload } from '../../support/fleet-workload.ts';
import { placesByName, planAll } from '../../support/placement-plans.ts';

const keysOf = (fleet: FleetSnapshot) => fleet.workloads.map(({ workload }) => workload.key);

const withMember = (fleet: FleetSnapshot, member: Member): FleetSnapshot => ({
  ...fleet,
  members: fleet.members.map((each) => (each.name === member.name ? member : each)),
});

const withViews = (fleet: FleetSnapshot, ...views: readonly WorkloadView[]): FleetSnapshot => {
  const keys = new Set(views.map(({ workload }) => workload.key));
  const all = [...fleet.workloads.filter(({ workload }) => !keys.has(workload.key)), ...views];
  return { ...fleet, workloads: all.sort((a, b) => compareText(a.workload.key, b.workload.key)) };
};

/** A fleet with a planner that follows it. */
class Followed {
  fleet: FleetSnapshot;
  readonly planner: FleetPlanner;

  constructor(fleet: FleetSnapshot) {
    this.fleet = fleet;
    this.planner = new FleetPlanner(fleet);
  }

  member(name: string, change: (member: Member) => Member): readonly string[] {
    const member = this.fleet.members.find((each) => each.name === name) as Member;
    this.fleet = withMember(this.fleet, change(member));
    return this.planner.change({ fleet: this.fleet, workloads: [], members: [member.name] });
  }

  workload(...views: readonly WorkloadView[]): readonly string[] {
    this.fleet = withViews(this.fleet, ...views);
    const workloads = views.map(({ workload }) => workload.key);
    return this.planner.change({ fleet: this.fleet, workloads, members: [] });
  }

  remove(key: string): readonly string[] {
    const gone = this.fleet.workloads
      .filter(({ workload }) => workload.key === key)
      .map(({ workload }) => workload.key);
    this.fleet = { ...this.fleet, workloads: this.fleet.workloads.filter(({ workload }) => workload.key !== key) };
    return this.planner.change({ fleet: this.fleet, workloads: gone, members: [] });
  }

  /** Short in all, from the plan; no offering may be given more than it has. A plan of hundreds is not judged further. */
  counted(): number {
    const { workloads } = this.planner.plan(keysOf(this.fleet));
    const taken = new Map<string, number>();
    for (const { key, placements } of workloads) {
      const shapes = this.fleet.workloads.find(({ workload }) => workload.key === key)?.workload.shapes ?? [];
      for (const { offering, accelerator, replicas } of placements) {
        const count = shapes.find((shape) => shape.accelerator === accelerator)?.count ?? 0;
        taken.set(offering, (taken.get(offering) ?? 0) + replicas * count);
      }
    }
    for (const { id, freeByNode, growableNodes, acceleratorsPerNode } of this.fleet.members.flatMap(
      ({ offerings }) => offerings,
    )) {
      expect(taken.get(id) ?? 0, id).to.be.at.most(sum(freeByNode) + growableNodes * acceleratorsPerNode);
    }
    const short = sum(workloads.map(({ unplaced }) => (unplaced?.units ?? 0) / 1000));
    expect(sum(this.planner.reached.short)).to.be.closeTo(short, 1e-6);
    return short;
  }

  places() {
    return placesByName(this.planner.plan(keysOf(this.fleet)));
  }

  /** What it reaches, judged from the plan alone; the planner's own account must agree. */
  judged(): Reached {
    const plan = this.planner.plan(keysOf(this.fleet));
    expect(violationsOf(this.fleet, plan)).to.deep.equal([]);
    const judged = reachedBy(this.fleet, plan);
    const { short, relaxed, cost } = this.planner.reached;
    expect(sum(short) * 1000).to.be.closeTo(sum(judged.short), 1);
    expect(relaxed * 1000).to.be.closeTo(judged.relaxed, 1);
    expect(cost).to.be.closeTo(judged.cost, 1e-3);
    return { short, relaxed, cost };
  }
}

const sum = (values: readonly number[]): number => values.reduce((total, value) => total + value, 0);
const down = (member: Member): Member => ({ ...member, verdict: aVerdict('Down') });
const up = (member: Member): Member => ({ ...member, verdict: aVerdict('Healthy') });

/** $1 on aws-a, $2 on azure-b, room for 8 on each. */
const two = (workloads: readonly WorkloadView[] = [aView({ name: 'llama', replicas: 4 })]) =>
  new Followed(
    aFleet({
      members: [
        { name: 'aws-a', offerings: [{ perAcceleratorHour: 1 }] },
        { name: 'azure-b', offerings: [{ perAcceleratorHour: 2 }] },
      ],
      workloads,
    }),
  );

const A = 'aws-a/h100/a';
const B = 'azure-b/h100/a';

describe('FleetPlanner', () => {
  it('plans a fleet as planFleet does', () => {
    const fleet = aRandomFleet(5, { deployments: 8, members: 4, pools: 4, tight: true });
    expect(reachedBy(fleet, new FleetPlanner(fleet).plan(keysOf(fleet)))).to.deep.equal(
      reachedBy(fleet, planAll(fleet)),
    );
  });

  it('follows a workload that grows, shrinks and goes', () => {
    const followed = two();
    expect(followed.workload(aView({ name: 'llama', replicas: 10 }))).to.deep.equal(['ml-prod/llama']);
    expect(followed.places()).to.deep.equal({ llama: { [A]: 8, [B]: 2 } });
    followed.workload(aView({ name: 'llama', replicas: 3 }));
    expect(followed.places()).to.deep.equal({ llama: { [A]: 3 } });
    followed.remove('ml-prod/llama');
    expect(followed.places()).to.deep.equal({});
    expect(followed.planner.reached.cost).to.equal(0);
  });

  it('takes in workloads of a priority and a namespace that were not there before', () => {
    const followed = two();
    followed.workload(aView({ name: 'first', namespace: 'other', priority: 7, replicas: 8 }));
    expect(followed.judged()).to.deep.equal({ short: [0, 0], relaxed: 0, cost: 16 });
  });

  it('leaves a lost member, and uses it again when it is back', () => {
    const followed = two();
    followed.member('aws-a', down);
    expect(followed.places()).to.deep.equal({ llama: { [B]: 4 } });
    followed.member('aws-a', up);
    expect(followed.places()).to.deep.equal({ llama: { [A]: 4 } });
  });

  it('counts room that comes and goes, and prices that change', () => {
    const followed = two();
    followed.member('aws-a', (member) =>
      aMember({ ...member, offerings: [{ perAcceleratorHour: 1, freeByNode: [3] }] }),
    );
    expect(followed.places()).to.deep.equal({ llama: { [A]: 3, [B]: 1 } });
    followed.member('azure-b', (member) => aMember({ ...member, offerings: [{ price: aPrice(4) }] }));
    expect(followed.places()).to.deep.equal({ llama: { [B]: 4 } });
  });

  it('keeps what runs where it is when a cheaper place appears: only planFleet weighs moves that nothing forces', () => {
    const followed = two([aView({ name: 'llama', replicas: 2 }, [{ cluster: 'azure-b', replicas: 2 }])]);
    expect(followed.places()).to.deep.equal({ llama: { [B]: 2 } });
  });

  it('compiles the fleet anew for another policy', () => {
    const followed = two();
    const fleet = { ...followed.fleet, policy: { ...followed.fleet.policy, fleetBudget: usd(2) as never } };
    followed.planner.change({ fleet, workloads: [], members: [] });
    expect(followed.places()).to.deep.equal({ llama: { [A]: 2 } });
  });

  it('leaves out workloads that it is asked for and does not have', () => {
    expect(two().planner.plan([aWorkload({ name: 'nobody' }).key]).workloads).to.deep.equal([]);
  });

  it('reaches after changes what a plan from nothing reaches, on small fleets: units, rules, and cost within 1 %', () => {
    assert(
      property(integer({ min: 1, max: 100_000 }), (seed) => {
        const dice = new Dice(seed);
        const followed = new Followed(aRandomFleet(seed, { deployments: 6, members: 4, pools: 3, tight: true }));
        for (let change = 0; change < 5; change += 1) randomChange(followed, dice);
        const { short, relaxed, cost } = followed.judged();
        const fresh = new FleetPlanner(followed.fleet).reached;
        expect({ short, relaxed }).to.deep.equal({ short: fresh.short, relaxed: fresh.relaxed });
        expect(cost).to.be.at.most(fresh.cost * 1.01 + 1e-6);
      }),
      { numRuns: 25, seed: 3, endOnFailure: true },
    );
  }).timeout(60_000);
});

function randomChange(followed: Followed, dice: Dice): void {
  const { members, workloads } = followed.fleet;
  const member = dice.oneOf(members);
  const { workload } = dice.oneOf(workloads);
  if (dice.chance(0.3)) followed.member(member.name, member.verdict.verdict === 'Down' ? up : down);
  else followed.workload(aView({ ...workload, replicas: dice.between(1, 10) }));
}

describe('FleetPlanner at scale', function () {
  this.timeout(120_000);

  const size = { deployments: 400, members: 20, offerings: 120, kinds: 30, room: 0.9 };

  it('is never made worse by a slice of improvement, and much better by many', () => {
    const { planner } = new Followed(aLargeFleet(3, size));
    const first = planner.reached;
    let last = first;
    for (let slice = 0; slice < 300; slice += 1) {
      planner.improve();
      expect(rank(planner.reached, last)).to.be.at.most(0);
      last = planner.reached;
    }
    expect(rank(last, first)).to.be.below(0);
  });

  it('keeps account through 60 changes, and once it has caught up is no worse than a plan from nothing', () => {
    const followed = new Followed(aLargeFleet(4, size));
    for (let slice = 0; slice < 200; slice += 1) followed.planner.improve();
    const dice = new Dice(4);
    for (let change = 0; change < 60; change += 1) {
      randomChange(followed, dice);
      for (let slice = 0; slice < 4; slice += 1) followed.planner.improve();
    }
    followed.counted();
    for (let slice = 0; slice < 400; slice += 1) followed.planner.improve();
    followed.counted();
    expect(rank(followed.planner.reached, new FleetPlanner(followed.fleet).reached)).to.be.at.most(0);
  });

  it('improves a fleet in which no two workloads are alike', () => {
    const { planner } = new Followed(
      aLargeFleet(9, { ...size, deployments: 150, members: 10, offerings: 90, kinds: 0 }),
    );
    const first = planner.reached;
    for (let slice = 0; slice < 250; slice += 1) planner.improve();
    expect(rank(planner.reached, first)).to.be.at.most(0);
  });

  it('gives the same plans for the same calls', () => {
    const run = (): unknown => {
      const followed = new Followed(aLargeFleet(5, { ...size, deployments: 150, members: 10, offerings: 60 }));
      const dice = new Dice(5);
      for (let change = 0; change < 10; change += 1) randomChange(followed, dice);
      for (let slice = 0; slice < 20; slice += 1) followed.planner.improve();
      return followed.places();
    };
    expect(run()).to.deep.equal(run());
  });

  it('plans anew only what a change touches', () => {
    const followed = new Followed(aLargeFleet(6, { ...size, room: 3 }));
    const before = followed.places();
    const [view] = followed.fleet.workloads as readonly [WorkloadView];
    const told = new Set(followed.workload(aView({ ...view.workload, replicas: view.workload.replicas + 1 })));
    const after = followed.places();
    for (const { workload } of followed.fleet.workloads) {
      if (!told.has(workload.key)) expect(after[workload.name]).to.deep.equal(before[workload.name]);
    }
    expect(told.size).to.be.below(200);
  });

  it('takes in new workloads and sizes, and takes over what is placed when it has to compile anew', () => {
    const followed = new Followed(aLargeFleet(7, { ...size, room: 2 }));
    const { reached } = followed.planner;
    const [first] = followed.fleet.workloads as readonly [WorkloadView];
    followed.workload(aView({ ...first.workload, name: 'zz-new', key: 'team-0/zz-new' as never }));
    followed.remove('team-0/zz-new');
    followed.workload(aView({ name: 'odd', namespace: 'team-0', shapes: [{ count: 3 }], priority: 100 }));
    followed.counted();
    followed.remove('team-0/odd');
    expect(followed.counted()).to.be.at.most(sum(reached.short));
  });

  it('sees room that waits for what is no longer wanted', () => {
    const followed = new Followed(aLargeFleet(8, size));
    const { workload } = followed.fleet.workloads[0] as WorkloadView;
    const offering = followed.fleet.members[0]?.offerings[0];
    const waiting = aView(workload, [
      {
        cluster: 'aws-000',
        pool: offering?.pool ?? '',
        zone: offering?.zone ?? '',
        accelerator: offering?.accelerator ?? '',
        replicas: 2,
        phase: 'Draining',
        observed: { bound: 0, ready: 0 },
      },
    ]);
    followed.workload(waiting);
    const fresh = sum(new FleetPlanner(followed.fleet).reached.short);
    expect(followed.counted()).to.be.at.most(fresh + 2);
  });
});

/** Below 0: `one` is better in the order of goals. */
function rank(one: Reached, other: Reached): number {
  const [a, b] = [one, other].map(({ short, relaxed, cost }) => [...short, relaxed, cost]);
  const first = (a ?? []).findIndex((value, at) => Math.abs(value - (b?.[at] ?? 0)) > 1e-9);
  return first < 0 ? 0 : (a?.[first] ?? 0) - (b?.[first] ?? 0);
}
