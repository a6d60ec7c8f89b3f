import { expect } from 'chai';
import { createQueues } from '../../operator/controllers/create-queues.ts';
import { Wakes, type Queues } from '../../operator/controllers/wakes.ts';
import type { WorkQueue } from '../../operator/kube/work-queue.ts';
import { clusterName, namespaceName, workloadKey } from '../../operator/model/names.ts';
import { millis, seconds } from '../../operator/model/units.ts';
import { HubObserver, type HubDeployment } from '../../operator/observe/hub-observer.ts';
import { createMetrics } from '../../operator/runtime/metrics.ts';
import { createSeededRandom } from '../../operator/runtime/random.ts';
import { anInferenceDeploymentObject } from '../support/api-objects.ts';
import { ServerKube } from '../support/controllers-kube.ts';
import { recordedLog } from '../support/kube-log.ts';
import { SteppedClock } from '../support/stepped-clock.ts';

const AWS_A = clusterName('aws-a');
const keyOf = (name: string) => workloadKey(namespaceName('ml-prod'), name);
const HELD = {
  cluster: 'aws-a',
  pool: 'h100',
  zone: 'us-east-1a',
  capacityType: 'on-demand',
  accelerator: 'H100',
  replicas: 1,
  phase: 'Serving',
  since: '2026-09-01T12:00:00Z',
};

describe('Wakes', () => {
  let clock: SteppedClock;
  let hub: HubObserver;
  let queues: Queues;
  let wakes: Wakes;

  beforeEach(() => {
    clock = new SteppedClock();
    const deps = { clock, random: createSeededRandom(1), metrics: createMetrics(), log: recordedLog() };
    hub = new HubObserver({ ...deps, client: new ServerKube() });
    queues = createQueues(deps);
    wakes = new Wakes({ queues, hub, clock });
    const deployment = (name: string, status: object) =>
      anInferenceDeploymentObject({ '/metadata/name': name, '/metadata/uid': `uid-${name}`, '/status': status });
    const objects = [deployment('held', { placements: [HELD] }), deployment('new', {})];
    hub.deployments.replace(objects as never, '1');
  });
  afterEach(() => {
    for (const queue of Object.values(queues) as readonly WorkQueue<string>[]) queue.close();
  });

  const deployment = (name: string): HubDeployment => hub.deployment(keyOf(name)) as HubDeployment;
  /** All that is ready now, taken off the queue. */
  async function taken<K extends string>(queue: WorkQueue<K>): Promise<readonly string[]> {
    if (queue.depth === 0) return [];
    const keys = await queue.takeBatch({ debounce: millis(0), max: 100 }, new AbortController().signal);
    for (const key of keys) queue.done(key);
    return [...keys].sort();
  }

  it('plans a deployment that changed, and acts on the members that hold it', async () => {
    wakes.deploymentChanged(deployment('held'), null);
    expect(await taken(queues.planning)).to.deep.equal(['ml-prod/held']);
    expect(await taken(queues.placing)).to.deep.equal(['aws-a|ml-prod/held']);
    await clock.advance(seconds(1));
    expect(await taken(queues.sizing)).to.deep.equal(['pools']);
  });

  it('takes for urgent what somebody wants and what a verdict changes, but not what the operator itself recorded', async () => {
    const held = deployment('held');
    const urgent = (value: HubDeployment, previous: HubDeployment | null): boolean => {
      wakes.deploymentChanged(value, previous);
      return queues.planning.urgent;
    };
    const later = { ...held, object: { ...held.object, metadata: { ...held.object.metadata, generation: 2 } } };
    expect(urgent(held, held)).to.equal(false);
    expect(urgent(later, held)).to.equal(true);
    await taken(queues.planning);
    expect(urgent({ ...held, deleting: true }, held)).to.equal(true);
    await taken(queues.planning);
    expect(urgent(held, null)).to.equal(true);
    await taken(queues.planning);
    wakes.verdictChanged(AWS_A);
    expect(queues.planning.urgent).to.equal(true);
  });

  it('offers to everybody, a little later, what a deployment held that is gone', async () => {
    const gone = deployment('held');
    hub.deployments.apply({ type: 'Deleted', object: gone.object });
    wakes.deploymentChanged(null, gone);
    expect(await taken(queues.planning)).to.deep.equal([]);
    await clock.advance(seconds(1));
    expect(await taken(queues.planning)).to.deep.equal(['ml-prod/new']);
  });

  it('does nothing about nothing', async () => {
    wakes.deploymentChanged(null, null);
    await clock.advance(seconds(60));
    for (const queue of Object.values(queues) as readonly WorkQueue<string>[]) expect(queue.depth).to.equal(0);
  });

  it('plans at once what a member holds whose verdict changed, and everything a little later', async () => {
    wakes.verdictChanged(AWS_A);
    expect(await taken(queues.planning)).to.deep.equal(['ml-prod/held']);
    expect(await taken(queues.placing)).to.deep.equal(['aws-a|ml-prod/held']);
    await clock.advance(seconds(1));
    expect(await taken(queues.planning)).to.deep.equal(['ml-prod/held', 'ml-prod/new']);
  });

  it('looks at everything again when the fleet changed', async () => {
    wakes.fleetChanged();
    expect(await taken(queues.policy)).to.deep.equal(['default']);
    await clock.advance(seconds(1));
    expect(await taken(queues.planning)).to.deep.equal(['ml-prod/held', 'ml-prod/new']);
    expect(await taken(queues.sizing)).to.deep.equal(['pools']);
  });

  it('judges a member at once when there is evidence', async () => {
    wakes.listener(AWS_A).evidence();
    expect(await taken(queues.judging)).to.deep.equal(['aws-a']);
    await clock.advance(seconds(60));
    expect(await taken(queues.planning)).to.deep.equal([]);
  });

  it('plans those that want something soon after a change of prices, and the others later', async () => {
    wakes.wants(keyOf('new'), true);
    wakes.listener(AWS_A).market();
    expect(await taken(queues.judging)).to.deep.equal(['aws-a']);
    await clock.advance(seconds(1));
    expect(await taken(queues.planning)).to.deep.equal(['ml-prod/new']);
    await clock.advance(seconds(9));
    expect(await taken(queues.planning)).to.include('ml-prod/held');
  });

  it('has nobody jump the queue who wants nothing any more', async () => {
    wakes.wants(keyOf('new'), true);
    wakes.wants(keyOf('new'), false);
    wakes.listener(AWS_A).market();
    await clock.advance(seconds(9));
    expect(await taken(queues.planning)).to.deep.equal([]);
    await clock.advance(seconds(1));
    expect(await taken(queues.planning)).to.deep.equal(['ml-prod/held', 'ml-prod/new']);
  });

  it('plans a workload whose replicas changed, and nobody else when no room did', async () => {
    wakes.listener(AWS_A).inventory({ room: false, workloads: new Set([keyOf('held')]) });
    expect(await taken(queues.planning)).to.deep.equal(['ml-prod/held']);
    expect(await taken(queues.placing)).to.deep.equal(['aws-a|ml-prod/held']);
    await clock.advance(seconds(60));
    expect(await taken(queues.planning)).to.deep.equal([]);
    expect(await taken(queues.judging)).to.deep.equal([]);
  });

  it('judges, sizes and plans anew when room changed', async () => {
    wakes.wants(keyOf('new'), true);
    wakes.listener(AWS_A).inventory({ room: true, workloads: new Set() });
    expect(await taken(queues.judging)).to.deep.equal(['aws-a']);
    await clock.advance(seconds(1));
    expect(await taken(queues.sizing)).to.deep.equal(['pools']);
    expect(await taken(queues.planning)).to.deep.equal(['ml-prod/new']);
    await clock.advance(seconds(9));
    expect(await taken(queues.planning)).to.include('ml-prod/held');
  });

  it('knows a deployment no longer that is gone', async () => {
    wakes.wants(keyOf('held'), true);
    const gone = deployment('held');
    hub.deployments.apply({ type: 'Deleted', object: gone.object });
    wakes.deploymentChanged(null, gone);
    await clock.advance(seconds(1));
    await taken(queues.planning);
    wakes.listener(AWS_A).market();
    await clock.advance(seconds(1));
    expect(await taken(queues.planning)).to.deep.equal([]);
  });

  it('looks at drills and at the schedule that created one, and shows drills under way what changes', async () => {
    wakes.drillChanged('weekly');
    expect(await taken(queues.drills)).to.deep.equal(['drills']);
    expect(await taken(queues.schedules)).to.deep.equal(['weekly']);
    wakes.verdictChanged(AWS_A);
    await clock.advance(seconds(1));
    expect(await taken(queues.drills), 'no drill is under way').to.deep.equal([]);
    wakes = new Wakes({ queues, hub, clock, drillUnderWay: () => true });
    wakes.verdictChanged(AWS_A);
    await clock.advance(seconds(1));
    expect(await taken(queues.drills)).to.deep.equal(['drills']);
  });

  it('judges and plans at once what a drill takes for lost, or gives back', async () => {
    wakes.failuresChanged([AWS_A]);
    expect(await taken(queues.judging)).to.deep.equal(['aws-a']);
    expect(await taken(queues.planning)).to.deep.equal(['ml-prod/held']);
    expect(await taken(queues.routing)).to.deep.equal(['ml-prod/held']);
  });
});
