import { setImmediate } from 'node:timers/promises';
import { expect } from 'chai';
import { FLEET_POLICIES } from '../../operator/api/resources.ts';
import type { KubeObject } from '../../operator/kube/kube-client.ts';
import { RetryableError } from '../../operator/model/errors.ts';
import { minutes, seconds } from '../../operator/model/units.ts';
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
    const lost = rig.member('aws-a');
    lost.broken = new RetryableError('refused', { code: 'Unreachable' });
    lost.fault = () => lost.broken;
    lost.cutWatches(lost.broken);
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

interface StatusPatch {
  readonly status?: { readonly migration?: { readonly reason?: string } };
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
