/** Waiting for something to show in the custom resources. */
import { expect } from 'chai';
import { deploymentOf } from '../../../operator/cli/demo/fleet-questions.ts';
import { FleetWatch } from '../../../operator/cli/demo/fleet-watch.ts';
import { INFERENCE_DEPLOYMENTS, MEMBER_CLUSTERS } from '../../../operator/api/resources.ts';
import { createSeededRandom } from '../../../operator/runtime/random.ts';
import { SILENT_LOG } from '../../../operator/runtime/silent-log.ts';
import { aDeployment, aMember } from '../../support/cli-fleet.ts';
import { unaborted } from '../../support/kube-client-fixture.ts';
import { MemoryKube } from '../../support/kube-memory-client.ts';
import { SteppedClock } from '../../support/stepped-clock.ts';

describe('FleetWatch', () => {
  let client: MemoryKube;
  let watch: FleetWatch;
  let stop: AbortController;
  let ended: Promise<void>;

  beforeEach(() => {
    client = new MemoryKube();
    stop = new AbortController();
    const clock = new SteppedClock();
    watch = new FleetWatch({ client, clock, random: createSeededRandom(1), log: SILENT_LOG });
    ended = watch.run(stop.signal);
  });
  afterEach(async () => {
    stop.abort(new Error('the test is over'));
    await ended;
  });

  it('sees every state on the way, not only the last', async () => {
    const seen: number[] = [];
    const unsubscribe = watch.subscribe((report) => seen.push(deploymentOf(report, 'chat-70b')?.ready ?? -1));
    await client.create(INFERENCE_DEPLOYMENTS, aDeployment({ ready: 4 }), unaborted());
    for (const ready of [3, 4]) {
      const name = { namespace: 'ml-prod', name: 'chat-70b', subresource: 'status' } as const;
      await client.patch(INFERENCE_DEPLOYMENTS, { ...name, body: { status: { readyReplicas: ready } } }, unaborted());
    }
    await watch.until((report) => seen.length >= 3 && report.deployments[0]?.ready === 4, unaborted());
    unsubscribe();
    expect(seen.slice(-3)).to.deep.equal([4, 3, 4]);
  });

  it('answers at once what holds already', async () => {
    await client.create(MEMBER_CLUSTERS, aMember(), unaborted());
    await watch.until(({ members }) => members.length === 1, unaborted());
    const report = await watch.until(({ members }) => members[0]?.verdict === 'Healthy', unaborted());
    expect(report.members).to.have.length(1);
  });

  it('gives up with the reason of the signal', async () => {
    const limit = new AbortController();
    const outcome = watch.until(() => false, limit.signal).catch((error: unknown) => error);
    const reason = new Error('too late');
    limit.abort(reason);
    expect(await outcome).to.equal(reason);
  });
});
