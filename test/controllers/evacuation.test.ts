import { setImmediate } from 'node:timers/promises';
import { expect } from 'chai';
import { FLEET_POLICIES } from '../../operator/api/resources.ts';
import type { KubeObject } from '../../operator/kube/kube-client.ts';
import { RetryableError } from '../../operator/model/errors.ts';
import { clusterName } from '../../operator/model/names.ts';
import { millis, minutes, seconds } from '../../operator/model/units.ts';
import { aFleetPolicyObject } from '../support/api-objects.ts';
import { ControllersRig } from '../support/controllers-rig.ts';

/** Of different importance, the most important last by name. */
const NAMES = ['a', 'b', 'c', 'd', 'e', 'f', 'g'];

describe('an evacuation', () => {
  let rig: ControllersRig;
  afterEach(() => rig.stop());

  /** All of them serve from aws-a, which is cut off; aws-b has room for all. Returns how their decisions were written. */
  async function evacuated(
    evacuationParallelism: number,
  ): Promise<{ readonly most: number; readonly order: string[] }> {
    rig = await ControllersRig.start((it) => {
      it.hubKube.put(
        FLEET_POLICIES,
        aFleetPolicyObject({ '/spec/evacuationParallelism': evacuationParallelism }) as never,
      );
      it.addMember('aws-a');
    });
    for (const [at, name] of NAMES.entries()) rig.deploy({ '/metadata/name': name, '/spec/priority': at });
    await rig.pass(seconds(5));
    rig.member('aws-a').runPods('node-1');
    rig.addMember('aws-b');
    rig.addMember('aws-c');
    await rig.pass(seconds(30));
    const written = countWrites(rig);
    lose(rig, 'aws-a');
    await rig.pass(minutes(2));
    for (const name of NAMES) expect(rig.recorded(name), name).to.include('aws-a/h100 1 Stranded');
    return written;
  }

  it('records as many replacements at a time as the policy admits, the most important first', async () => {
    const { most, order } = await evacuated(2);
    expect(most).to.equal(2);
    expect(order).to.deep.equal(NAMES.toReversed());
  });

  it('records them one by one where the policy says so, and all at once where it admits that many', async () => {
    expect((await evacuated(1)).most).to.equal(1);
    await rig.stop();
    expect((await evacuated(64)).most).to.equal(NAMES.length);
  });
});

describe('an evacuation during which another member is lost', () => {
  let rig: ControllersRig;
  afterEach(() => rig.stop());

  it('is decided anew as far as it is not on record, and sends nobody there any more', async () => {
    rig = await ControllersRig.start((it) => {
      it.hubKube.put(FLEET_POLICIES, aFleetPolicyObject({ '/spec/evacuationParallelism': 1 }) as never);
      it.addMember('aws-a');
    });
    for (const name of NAMES) rig.deploy({ '/metadata/name': name });
    await rig.pass(seconds(5));
    rig.member('aws-a').runPods('node-1');
    for (const name of ['aws-b', 'aws-c', 'aws-d', 'aws-e', 'aws-f']) rig.addMember(name);
    await rig.pass(seconds(30));

    const { held, release } = holdFirst(rig);
    lose(rig, 'aws-a');
    await rig.pass(minutes(2));
    const [refuge] = await held;
    expect(refuge).to.be.a('string');
    lose(rig, refuge ?? '');
    await rig.pass(minutes(2));
    expect(rig.beliefs.verdictOf(clusterName(refuge ?? '')).verdict).to.equal('Down');
    const chosen = placesWritten(rig);
    release();
    await rig.pass(minutes(1));
    expect(chosen).to.not.include(refuge);
    for (const name of NAMES) expect(rig.recorded(name).join(), name).to.match(/aws-[b-f]\/h100 1 (Starting|Serving)/);
  });
});

describe('telling that nobody knows how they fare', () => {
  let rig: ControllersRig;
  afterEach(() => rig.stop());

  it('makes way for a deployment that is asked for meanwhile, and goes on afterwards', async () => {
    const many = Array.from({ length: 12 }, (_, nth) => `held-${String(nth).padStart(2, '0')}`);
    rig = await ControllersRig.start((it) => it.addMember('aws-a'));
    for (const name of many) rig.deploy({ '/metadata/name': name });
    await rig.pass(seconds(5));
    rig.member('aws-a').runPods('node-1');
    rig.addMember('aws-b');
    await rig.pass(seconds(30));

    const { told, release } = holdTelling(rig);
    lose(rig, 'aws-a');
    await rig.pass(seconds(8));
    expect(rig.beliefs.verdictOf(clusterName('aws-a')).verdict).to.equal('Suspect');
    expect(told.length).to.be.within(1, many.length - 1);
    rig.deploy({ '/metadata/name': 'asked-for' });
    await rig.pass(millis(1));
    release();
    await rig.pass(minutes(2));
    expect(rig.recorded('asked-for').join()).to.match(/aws-b/);
    expect(told.indexOf('asked-for')).to.be.within(1, many.length - 1);
    expect(new Set(told).size).to.equal(many.length + 1);
  });
});

function lose(rig: ControllersRig, name: string): void {
  const member = rig.member(name);
  member.broken = new RetryableError('refused', { code: 'Unreachable' });
  member.fault = () => member.broken;
  member.cutWatches(member.broken);
}

/** The first write that begins an evacuation waits; `held` tells where it sends its deployment. */
function holdFirst({ hubKube }: ControllersRig): {
  readonly held: Promise<readonly string[]>;
  readonly release: () => void;
} {
  const [held, released] = [Promise.withResolvers<readonly string[]>(), Promise.withResolvers<void>()];
  const patch = hubKube.patch.bind(hubKube);
  let isFirst = true;
  hubKube.patch = async (type, change, signal): Promise<KubeObject> => {
    const { status } = change.body as StatusPatch;
    if (status?.migration?.reason !== 'Evacuation' || !isFirst) return patch(type, change, signal);
    isFirst = false;
    held.resolve(startingOf(status));
    await released.promise;
    return patch(type, change, signal);
  };
  return { held: held.promise, release: released.resolve };
}

/** Writes that say of a deployment that it cannot be seen wait; `told` are those begun, and those of others. */
function holdTelling({ hubKube }: ControllersRig): { readonly told: readonly string[]; readonly release: () => void } {
  const released = Promise.withResolvers<void>();
  const told: string[] = [];
  const patch = hubKube.patch.bind(hubKube);
  hubKube.patch = async (type, change, signal): Promise<KubeObject> => {
    const { status } = change.body as StatusPatch;
    const tells = status?.summary?.state === 'Unknown';
    if (tells || status?.placements?.some(({ phase }) => phase === 'Starting') === true) told.push(change.name);
    if (tells) await released.promise;
    return patch(type, change, signal);
  };
  return { told, release: released.resolve };
}

/** Where writes from now on send evacuated deployments; grows. */
function placesWritten({ hubKube }: ControllersRig): readonly string[] {
  const places: string[] = [];
  const patch = hubKube.patch.bind(hubKube);
  hubKube.patch = (type, change, signal): Promise<KubeObject> => {
    const { status } = change.body as StatusPatch;
    if (status?.migration?.reason === 'Evacuation') places.push(...startingOf(status));
    return patch(type, change, signal);
  };
  return places;
}

const startingOf = ({ placements = [] }: NonNullable<StatusPatch['status']>): readonly string[] =>
  placements.filter(({ phase }) => phase === 'Starting').map(({ cluster }) => cluster);

interface StatusPatch {
  readonly status?: {
    readonly migration?: { readonly reason?: string };
    readonly summary?: { readonly state?: string };
    readonly placements?: readonly { readonly cluster: string; readonly phase: string }[];
  };
}

/** Counts writes that begin an evacuation, and how many of them are on their way at a time. */
function countWrites({ hubKube }: ControllersRig): { readonly most: number; readonly order: string[] } {
  const seen = { most: 0, order: [] as string[] };
  let active = 0;
  const patch = hubKube.patch.bind(hubKube);
  hubKube.patch = async (type, change, signal): Promise<KubeObject> => {
    const begins = (change.body as StatusPatch).status?.migration?.reason === 'Evacuation';
    if (!begins || seen.order.includes(change.name)) return patch(type, change, signal);
    seen.order.push(change.name);
    active += 1;
    seen.most = Math.max(seen.most, active);
    await setImmediate();
    try {
      return await patch(type, change, signal);
    } finally {
      active -= 1;
    }
  };
  return seen;
}
