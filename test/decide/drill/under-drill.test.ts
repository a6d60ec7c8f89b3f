import { expect } from 'chai';
import { isHit } from '../../../operator/decide/drill/hit-by.ts';
import { underDrill } from '../../../operator/decide/drill/under-drill.ts';
import type { ActiveFailure, Drill, DrillFailure } from '../../../operator/model/drill.ts';
import type { FleetSnapshot, Member } from '../../../operator/model/fleet.ts';
import { clusterName, zoneName } from '../../../operator/model/names.ts';
import { after, instant, milliUnits, minutes, seconds } from '../../../operator/model/units.ts';
import { aFleet, aVerdict } from '../../support/fleet-members.ts';
import { aView, NOW } from '../../support/fleet-workload.ts';
import { aDrill, aDrillState } from '../../support/drill-states.ts';
import { DrillWorld } from '../../support/drill-world.ts';

const A = clusterName('aws-a');
const clusters = [A];

const active = (mode: ActiveFailure['mode'], failure: DrillFailure): ActiveFailure => ({
  drill: 'rehearsal',
  mode,
  failure,
  clusters,
  since: NOW,
});

const whole: DrillFailure = { scope: 'Cluster', clusters, selector: null };
const zoneB: DrillFailure = { scope: 'Zone', clusters, zones: [zoneName('b')] };
const spot: DrillFailure = { scope: 'SpotReclaim', clusters };

/** aws-a with an on-demand zone a, an on-demand zone b and a spot zone c; azure-b beside it; one workload on all of aws-a. */
const theFleet = (): FleetSnapshot =>
  aFleet({
    members: [
      { offerings: [{}, { zone: 'b' }, { pool: 'spot', zone: 'c', capacityType: 'spot', growableNodes: 3 }] },
      { name: 'azure-b' },
    ],
    workloads: [
      aView({ replicas: 3 }, [{}, { zone: 'b' }, { pool: 'spot', zone: 'c', capacityType: 'spot' }]),
      aView({ name: 'other' }, [{ cluster: 'azure-b' }]),
    ],
  });

const memberIn = (fleet: FleetSnapshot, name: string = A): Member =>
  fleet.members.find((it) => it.name === name) as Member;
const under = (mode: ActiveFailure['mode'], failure: DrillFailure) => underDrill(theFleet(), [active(mode, failure)]);
const holdingsOf = (fleet: FleetSnapshot) =>
  fleet.workloads.find(({ workload }) => workload.name === 'llama')?.holdings ?? [];
const zonesOf = (member: Member) => member.offerings.map(({ zone }) => zone).sort();

describe('underDrill', () => {
  it('is the very same fleet while nothing is in force', () => {
    const fleet = theFleet();
    expect(underDrill(fleet, [])).to.equal(fleet);
  });

  it('takes lost members for Down since the failure began, and what is there for unknown', () => {
    for (const mode of ['SignalOverride', 'EvictUngraceful'] as const) {
      const fleet = under(mode, whole);
      const { verdict } = memberIn(fleet);
      expect(verdict).to.include({ verdict: 'Down', reason: 'DrillActive', since: NOW, unreachableSince: NOW });
      expect(holdingsOf(fleet).map(({ observed }) => observed)).to.deep.equal([null, null, null]);
    }
  });

  it('leaves everybody else as they are', () => {
    const before = theFleet();
    const fleet = underDrill(before, [active('SignalOverride', whole)]);
    expect(memberIn(fleet, 'azure-b')).to.equal(memberIn(before, 'azure-b'));
    const other = (it: FleetSnapshot) => it.workloads.find(({ workload }) => workload.name === 'other');
    expect(other(fleet)).to.equal(other(before));
  });

  it('leaves a member that is in truth unreachable its own clocks', () => {
    const verdict = aVerdict('Down', { unreachableSince: instant(NOW - minutes(5)) });
    const fleet = aFleet({ members: [{ verdict }], workloads: [aView({}, [{ observed: null }])] });
    expect(memberIn(underDrill(fleet, [active('SignalOverride', whole)])).verdict).to.equal(verdict);
  });

  it('takes the API of a member for lost and not its replicas', () => {
    const fleet = under('SignalOverride', { scope: 'ControlPlaneOnly', clusters });
    expect(memberIn(fleet).verdict).to.include({
      verdict: 'ControlPlaneLost',
      reason: 'DrillActive',
      unreachableSince: NOW,
    });
  });

  it('announces what is in a zone to go, and lets nothing new in', () => {
    const fleet = under('SignalOverride', zoneB);
    expect(holdingsOf(fleet).map(({ observed }) => observed?.leaving ?? 0)).to.deep.equal([0, 1, 0]);
    const full = memberIn(fleet).offerings.map(({ zone, freeByNode }) => `${zone}:${freeByNode.length}`);
    expect(full).to.have.members(['a:1', 'b:0', 'c:1']);
    expect(memberIn(fleet).verdict.verdict).to.equal('Healthy');
  });

  it('announces every spot replica to go', () => {
    const fleet = under('SignalOverride', spot);
    expect(holdingsOf(fleet).map(({ observed }) => observed?.leaving ?? 0)).to.deep.equal([0, 0, 1]);
    expect(memberIn(fleet).offerings.find(({ zone }) => zone === 'c')).to.include({ growableNodes: 0 });
  });

  it('cordons members, and closes parts of them', () => {
    const cordoned = memberIn(under('Cordon', whole));
    expect(cordoned.cordoned).to.equal(true);
    expect(cordoned.offerings).to.deep.equal(memberIn(theFleet()).offerings);
    const part = memberIn(under('Cordon', zoneB));
    expect(part.cordoned).to.equal(false);
    expect(part.offerings.find(({ zone }) => zone === 'b')?.freeByNode).to.deep.equal([]);
  });

  it('does not offer what is to be left', () => {
    const drained = memberIn(under('DrainGraceful', whole));
    expect([drained.cordoned, drained.offerings]).to.deep.equal([true, []]);
    expect(holdingsOf(under('DrainGraceful', whole))).to.deep.equal(holdingsOf(theFleet()));
    expect(zonesOf(memberIn(under('DrainGraceful', zoneB)))).to.deep.equal(['a', 'c']);
  });

  it('takes what was evicted from a part for stopped', () => {
    const fleet = under('EvictUngraceful', zoneB);
    expect(zonesOf(memberIn(fleet))).to.deep.equal(['a', 'c']);
    expect(holdingsOf(fleet).map(({ observed }) => observed?.ready)).to.deep.equal([1, 0, 1]);
  });

  it('refuses capacity of one type or of both', () => {
    const refused = (capacityType: 'spot' | null) =>
      memberIn(under('SignalOverride', { scope: 'CapacityError', clusters, capacityType }))
        .offerings.filter(({ backoff }) => backoff?.reason === 'Capacity')
        .map(({ zone, freeByNode, growableNodes }) => `${zone} ${freeByNode.length} ${growableNodes}`);
    expect(refused('spot')).to.deep.equal(['c 0 0']);
    expect(refused(null)).to.have.members(['a 0 0', 'b 0 0', 'c 0 0']);
  });

  it('takes prices for too old, and keeps them for what is held', () => {
    const fleet = under('SignalOverride', { scope: 'PriceFeed', clusters });
    for (const { price } of memberIn(fleet).offerings) {
      expect(NOW - (price?.observedAt ?? 0)).to.be.greaterThan(fleet.policy.priceAgeLimit);
      expect(price?.perNodeHour).to.equal(32);
    }
    const old = aFleet({ members: [{ offerings: [{ price: null }] }] });
    expect(
      memberIn(underDrill(old, [active('SignalOverride', { scope: 'PriceFeed', clusters })])).offerings[0]?.price,
    ).to.equal(null);
  });

  it('leaves what is not seen unknown', () => {
    const fleet = aFleet({ workloads: [aView({}, [{ observed: null }])] });
    const seen = underDrill(fleet, [active('EvictUngraceful', { scope: 'Zone', clusters, zones: [zoneName('a')] })]);
    expect(seen.workloads[0]).to.equal(fleet.workloads[0]);
  });

  it('hits only what the failure is about', () => {
    const place = { cluster: A, zone: 'b', capacityType: 'on-demand' } as const;
    expect(isHit({ failure: whole, clusters }, { ...place, cluster: clusterName('azure-b') })).to.equal(false);
    expect(isHit({ failure: zoneB, clusters }, place)).to.equal(true);
    expect(isHit({ failure: spot, clusters }, place)).to.equal(false);
  });
});

/** The drill behind the failure that is in force in that world. */
function evicting(world: DrillWorld): Drill {
  const { failure, workload, now } = world;
  if (failure === null) throw new Error('nothing is in force');
  const spec = { ...aDrill({ '/spec/duration': '1h' }).spec, mode: failure.mode, failure: failure.failure };
  const targets = [{ cluster: A, deployment: workload.key, uid: workload.uid, unitsBefore: milliUnits(3000) }];
  const state = aDrillState({ phase: 'Observing', since: now, clusters: failure.clusters, targets, restored: false });
  return { ...aDrill(), spec, state };
}

/** Three units on aws-a, the cheapest, with room for three on each member. */
function settledWorld(replicas = 3): DrillWorld {
  const world = new DrillWorld(
    { replicas, minReady: replicas, migration: { maxSurge: 3 }, failover: { blindAfter: seconds(10) } },
    4,
  );
  world.run(10);
  expect(world.serving('aws-a')).to.equal(replicas);
  return world;
}

describe('the operator under a drill', () => {
  it('replaces what is taken for lost, and never deletes what serves there', () => {
    const world = settledWorld();
    world.strike('SignalOverride', 'Cluster', 'aws-a');
    world.run(10, () => expect(world.serving('aws-a')).to.equal(3));
    expect(world.placements.map(({ cluster, phase }) => `${cluster} ${phase}`)).to.deep.equal([
      'aws-a Stranded',
      'azure-b Serving',
    ]);
    expect(world.serving('azure-b')).to.equal(3);
  });

  it('settles on one full set of copies when the failure is lifted, without a moment of less', () => {
    const world = settledWorld();
    world.strike('SignalOverride', 'Cluster', 'aws-a');
    world.run(10);
    world.failure = null;
    world.run(20, () => expect(world.ready()).to.be.at.least(3));
    expect(world.placements.every(({ phase }) => phase === 'Serving')).to.equal(true);
    expect(world.placements.reduce((sum, { replicas }) => sum + replicas, 0)).to.equal(3);
    expect(world.leaks()).to.deep.equal([]);
  });

  it('replaces what is announced to go beside it', () => {
    const world = settledWorld();
    world.strike('SignalOverride', 'Zone', 'aws-a');
    world.run(10, () => expect(world.serving('aws-a')).to.equal(3));
    expect(world.serving('azure-b')).to.equal(3);
    world.failure = null;
    world.run(20, () => expect(world.ready()).to.be.at.least(3));
    expect(world.serving('aws-a') + world.serving('azure-b') + world.serving('azure-c')).to.equal(3);
  });

  for (const scope of ['Cluster', 'Zone'] as const) {
    it(`leaves a drained ${scope} with replacements first`, () => {
      const world = settledWorld();
      world.strike('DrainGraceful', scope, 'aws-a');
      world.run(20, () => expect(world.ready()).to.be.at.least(3));
      expect(world.serving('aws-a')).to.equal(0);
      expect(world.serving('azure-b')).to.equal(3);
      expect(world.leaks()).to.deep.equal([]);
    });
  }

  it('drains nothing that has no other place', () => {
    const world = settledWorld();
    world.resize('azure-b', 1);
    world.resize('azure-c', 0);
    world.strike('DrainGraceful', 'Cluster', 'aws-a');
    world.run(20, () => expect(world.ready()).to.be.at.least(3));
    expect(world.serving('azure-b')).to.equal(1);
  });

  it('gives up at once what was stopped in a zone, and starts it elsewhere', () => {
    const world = settledWorld();
    world.strike('EvictUngraceful', 'Zone', 'aws-a');
    world.run(1);
    expect(world.serving('aws-a')).to.equal(0);
    world.run(10);
    expect(world.serving('azure-b')).to.equal(3);
    expect(world.serving('aws-a')).to.equal(0);
  });

  it('starts elsewhere what was evicted from a member, and leaves nothing behind when the failure is lifted', () => {
    const world = settledWorld();
    world.strike('EvictUngraceful', 'Cluster', 'aws-a');
    const drill = evicting(world);
    world.evict(drill);
    expect(world.serving('aws-a')).to.equal(0);
    world.run(10, () => world.evict(drill));
    expect([world.serving('aws-a'), world.serving('azure-b')]).to.deep.equal([0, 3]);
    world.failure = null;
    world.run(60, () => expect(world.ready()).to.be.at.least(3));
    expect(world.placements.every(({ phase }) => phase === 'Serving')).to.equal(true);
    expect(world.placements.reduce((sum, { replicas }) => sum + replicas, 0)).to.equal(3);
    expect(world.leaks()).to.deep.equal([]);
  });

  it('starts again what was evicted and had no other place, when the failure is lifted', () => {
    for (const scope of ['Cluster', 'Zone'] as const) {
      const world = settledWorld();
      world.resize('azure-b', 0);
      world.resize('azure-c', 0);
      world.strike('EvictUngraceful', scope, 'aws-a');
      const drill = evicting(world);
      world.run(5, () => world.evict(drill));
      expect(world.serving('aws-a')).to.equal(0);
      world.failure = null;
      world.run(10);
      expect(world.serving('aws-a'), scope).to.equal(3);
    }
  });

  for (const scope of ['ControlPlaneOnly', 'PriceFeed', 'CapacityError'] as const) {
    it(`moves nothing for ${scope}`, () => {
      const world = settledWorld();
      world.strike('SignalOverride', scope, 'aws-a');
      const [before, writes] = [world.placements, world.writes];
      world.run(30);
      expect(world.placements).to.deep.equal(before);
      expect(world.writes).to.equal(writes);
    });
  }

  it('puts nothing new on a cordoned member and moves nothing', () => {
    const world = settledWorld();
    world.strike('Cordon', 'Cluster', 'aws-a');
    world.run(10, () => expect(world.serving('aws-a')).to.equal(3));
    world.scale(4);
    world.run(10);
    expect([world.serving('aws-a'), world.serving('azure-b')]).to.deep.equal([3, 1]);
  });

  it('waits for blindAfter, as for a real loss', () => {
    const world = new DrillWorld({ replicas: 1, failover: { blindAfter: minutes(1) } }, 4);
    world.run(10);
    world.strike('SignalOverride', 'Cluster', 'aws-a');
    const struckAt = world.now;
    world.run(4);
    expect(world.placements.map(({ phase }) => phase)).to.not.include('Stranded');
    world.run(5);
    expect(world.placements.map(({ phase }) => phase)).to.include('Stranded');
    expect(world.now).to.be.greaterThan(after(struckAt, minutes(1)));
  });
});
