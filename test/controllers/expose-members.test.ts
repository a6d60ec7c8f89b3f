import { expect } from 'chai';
import { INFERENCE_POOLS } from '../../operator/act/apply-inference-pool.ts';
import { parseInferenceDeployment } from '../../operator/api/parse-inference-deployment.ts';
import { exposeMember, type ExposingDeps } from '../../operator/controllers/expose-members.ts';
import { placementKey } from '../../operator/controllers/place-deployments.ts';
import { PoolTroubles } from '../../operator/controllers/pool-troubles.ts';
import { resourceName } from '../../operator/kube/api-path.ts';
import { SERVICES } from '../../operator/kube/builtin-resources.ts';
import type { KubeObject } from '../../operator/kube/kube-client.ts';
import { TerminalError } from '../../operator/model/errors.ts';
import { clusterName, namespaceName, workloadKey } from '../../operator/model/names.ts';
import { anInferenceDeploymentObject } from '../support/api-objects.ts';
import { aVerdict } from '../support/fleet-members.ts';
import { deploymentView, type DeploymentView } from '../../operator/observe/deployment-view.ts';
import { aDeployment } from '../support/observe-objects.ts';
import { recordedLog } from '../support/kube-log.ts';
import { MemoryKube } from '../support/kube-memory-client.ts';

const { signal } = new AbortController();
const A = clusterName('aws-a');
const LLAMA = workloadKey(namespaceName('ml-prod'), 'llama');
const picker = { endpointPicker: { name: 'llama-epp', port: 9002 } };
const placement = {
  cluster: 'aws-a',
  pool: 'h100',
  zone: 'a',
  capacityType: 'spot',
  accelerator: 'H100',
  replicas: 1,
  phase: 'Serving',
  since: '2026-09-01T11:00:00Z',
};

/** One member, and a deployment that holds a replica there. */
class World {
  readonly member = new MemoryKube();
  readonly troubles = new PoolTroubles();
  readonly woken: string[] = [];
  traffic: object | null = { port: 8000 };
  placements: readonly object[] = [placement];
  /** null: the hub has none of that name. */
  uid: string | null = 'uid-1';
  readonly deployments = new Map<string, DeploymentView>();

  expose() {
    const object = anInferenceDeploymentObject({
      '/metadata/uid': this.uid ?? undefined,
      '/spec/traffic': this.traffic ?? undefined,
      '/status': { observedGeneration: 1, placements: this.placements },
    }) as unknown as KubeObject;
    const deps: ExposingDeps = {
      log: recordedLog(),
      fleet: {
        roster: {
          member: () => ({
            spec: { name: A, serviceAnnotations: {} },
            observer: { client: this.member, inventory: { deployments: this.deployments } },
          }),
        },
        hub: {
          deployment: (key) =>
            this.uid === null ? null : { key, object, parsed: parseInferenceDeployment(object), deleting: false },
        },
      },
      beliefs: { verdictOf: () => aVerdict('Healthy') },
      services: { follows: () => true, service: () => this.service(), taker: () => () => {} },
      pools: this.troubles,
      queues: { routing: { add: (key) => void this.woken.push(key) } },
      leads: () => true,
    };
    return exposeMember(placementKey(A, LLAMA), deps, signal);
  }

  service(): KubeObject | null {
    return this.member.all(SERVICES)[0] ?? null;
  }
}

describe('exposeMember', () => {
  it('gives a member that holds any of it a Service, and takes it away after', async () => {
    const world = new World();
    await world.expose();
    expect(world.service()?.metadata.annotations).to.include({ 'tradewind.dev/member-cluster': 'aws-a' });
    world.placements = [];
    await world.expose();
    expect(world.service()).to.equal(null);
  });

  for (const [what, uid] of [
    ['is another object now', 'uid-2'],
    ['is not back yet', null],
  ] as const)
    it(`leaves the way to what an earlier hub runs while its InferenceDeployment ${what}`, async () => {
      const world = new World();
      await world.expose();
      world.deployments.set('llama', deploymentView(aDeployment({ ownerUid: 'uid-1' })));
      world.uid = uid;
      world.placements = [];
      await world.expose();
      expect(world.service()?.metadata.labels).to.include({ 'tradewind.dev/owner-uid': 'uid-1' });
      world.deployments.clear();
      await world.expose();
      expect(world.service()).to.equal(null);
    });

  it('leaves the Service of another MemberCluster that stands for the same cluster', async () => {
    const world = new World();
    await world.expose();
    const service = world.service();
    const annotations = { ...service?.metadata.annotations, 'tradewind.dev/member-cluster': 'aws-too' };
    if (service) world.member.put(SERVICES, { ...service, metadata: { ...service.metadata, annotations } });
    world.placements = [];
    await world.expose();
    expect(world.service()).to.not.equal(null);
  });

  it('puts an InferencePool beside it while one is asked for', async () => {
    const world = new World();
    world.traffic = { port: 8000, inferencePool: picker };
    expect(await world.expose()).to.deep.equal({ kind: 'AwaitChange' });
    expect(world.member.all(INFERENCE_POOLS)).to.have.lengthOf(1);
    expect(world.service()?.metadata.annotations).to.include({ 'tradewind.dev/inference-pool': 'llama' });
    world.traffic = { port: 8000 };
    await world.expose();
    expect(world.member.all(INFERENCE_POOLS)).to.deep.equal([]);
    expect(world.service()?.metadata.annotations).to.not.have.property('tradewind.dev/inference-pool');
    expect(world.woken).to.deep.equal([]);
  });

  it('tells once that the member has no such resource, looks again, and tells that it has', async () => {
    const world = new World();
    world.traffic = { port: 8000, inferencePool: picker };
    world.member.fault = (verb, type) =>
      verb === 'apply' && type === resourceName(INFERENCE_POOLS) ? new TerminalError('no', { code: 'NotFound' }) : null;
    for (let i = 0; i < 2; i += 1) expect(await world.expose()).to.have.property('kind', 'RequeueAfter');
    expect(world.troubles.of(LLAMA, 'Missing', [A])).to.deep.equal([A]);
    expect(world.woken).to.deep.equal([LLAMA]);
    world.member.fault = () => null;
    await world.expose();
    expect(world.woken).to.deep.equal([LLAMA, LLAMA]);
  });
});
