/** The rules of single built-in kinds: defaults, allocations and refusals. */
import { expect } from 'chai';
import type { Json, TestServer } from '../../../support/apiserver-fixture.ts';
import { startTestServer, textOf } from '../../../support/apiserver-fixture.ts';
import { aConfigMap, aDeployment, aPod, CONFIG_MAPS, PODS } from '../../../support/apiserver-objects.ts';

const template = { metadata: { labels: { app: 'x' } }, spec: { containers: [{ name: 'main', image: 'a:1' }] } };
const selector = { matchLabels: { app: 'x' } };

describe('built-in kinds', () => {
  let test: TestServer;
  before(async () => {
    test = await startTestServer();
  });
  after(() => test.stop());

  const create = async (path: string, kind: string, name: string, rest: object): Promise<Json> => {
    const [, root = '', group = '', version = ''] = path.split('/');
    const apiVersion = root === 'api' ? 'v1' : `${group}/${version}`;
    const { body } = await test.client.post(path, { apiVersion, kind, metadata: { name }, ...rest });
    return body;
  };
  const apps = (plural: string): string => `/apis/apps/v1/namespaces/default/${plural}`;
  const core = (plural: string): string => `/api/v1/namespaces/default/${plural}`;

  it('default the workloads', async () => {
    const replicaSet = await create(apps('replicasets'), 'ReplicaSet', 'a', { spec: { selector, template } });
    expect(replicaSet['spec']).to.include({ replicas: 1 });
    const set = await create(apps('statefulsets'), 'StatefulSet', 'a', {
      spec: { serviceName: 's', selector, template },
    });
    expect(set['spec']).to.deep.include({
      replicas: 1,
      podManagementPolicy: 'OrderedReady',
      updateStrategy: { type: 'RollingUpdate', rollingUpdate: { partition: 0 } },
    });
    const daemon = await create(apps('daemonsets'), 'DaemonSet', 'a', { spec: { selector, template } });
    expect(daemon['spec']?.['updateStrategy']?.['type']).to.equal('RollingUpdate');
    const spec = {
      schedule: '@daily',
      jobTemplate: { spec: { template: { spec: { ...template.spec, restartPolicy: 'Never' } } } },
    };
    const cron = await create('/apis/batch/v1/namespaces/default/cronjobs', 'CronJob', 'a', { spec });
    expect(cron['spec']).to.include({ concurrencyPolicy: 'Allow', suspend: false, successfulJobsHistoryLimit: 3 });
    const job = await create('/apis/batch/v1/namespaces/default/jobs', 'Job', 'a', { spec: { template } });
    expect(job['spec']).to.include({ backoffLimit: 6, completions: 1, parallelism: 1 });
    expect(job['spec']?.['selector']?.['matchLabels']).to.deep.equal({
      'batch.kubernetes.io/controller-uid': job['metadata']?.['uid'],
    });
  });

  it('default what pods leave out, probes, volumes and environment included', async () => {
    const { body } = await test.client.post(
      PODS,
      aPod('full', {
        spec: {
          containers: [
            {
              name: 'main',
              image: 'repo/app',
              ports: [{ containerPort: 80 }],
              readinessProbe: { httpGet: { port: 80 } },
              env: [{ name: 'NODE', valueFrom: { fieldRef: { fieldPath: 'spec.nodeName' } } }],
            },
          ],
          volumes: [
            { name: 'scratch' },
            { name: 'config', configMap: { name: 'c' } },
            { name: 'host', hostPath: { path: '/x' } },
            { name: 'token', projected: { sources: [{ serviceAccountToken: { path: 't' } }] } },
          ],
        },
      }),
    );
    const container = body['spec']?.['containers']?.['0'];
    expect(container).to.deep.include({
      imagePullPolicy: 'Always',
      ports: [{ containerPort: 80, protocol: 'TCP' }],
      env: [{ name: 'NODE', valueFrom: { fieldRef: { apiVersion: 'v1', fieldPath: 'spec.nodeName' } } }],
    });
    expect(container?.['readinessProbe']).to.deep.equal({
      httpGet: { path: '/', port: 80, scheme: 'HTTP' },
      timeoutSeconds: 1,
      periodSeconds: 10,
      successThreshold: 1,
      failureThreshold: 3,
    });
    expect(body['spec']?.['volumes']).to.deep.equal([
      { name: 'scratch', emptyDir: {} },
      { name: 'config', configMap: { name: 'c', defaultMode: 420 } },
      { name: 'host', hostPath: { path: '/x', type: '' } },
      {
        name: 'token',
        projected: { defaultMode: 420, sources: [{ serviceAccountToken: { path: 't', expirationSeconds: 3600 } }] },
      },
    ]);
    expect(body['status']).to.deep.equal({ phase: 'Pending', qosClass: 'BestEffort' });
  });

  it('tell how a pod fares when memory runs out', async () => {
    const withResources = async (name: string, resources: object): Promise<unknown> => {
      const spec = { containers: [{ name: 'main', image: 'a', resources }] };
      return (await test.client.post(PODS, aPod(name, { spec }))).body['status']?.['qosClass'];
    };
    expect(await withResources('q1', { limits: { cpu: '1', memory: '1Gi' } })).to.equal('Guaranteed');
    expect(await withResources('q2', { requests: { cpu: '1' } })).to.equal('Burstable');
  });

  it('refuse pods and templates without containers, images or distinct names', async () => {
    const messageOf = async (spec: Record<string, unknown>): Promise<unknown> =>
      (await test.client.post(PODS, aPod('bad', { spec }))).body['message'];
    expect(await messageOf({ containers: [] })).to.contain('spec.containers: Required value');
    expect(await messageOf({ containers: [{ name: 'a' }] })).to.contain('spec.containers[0].image: Required value');
    const twice = [
      { name: 'a', image: 'x' },
      { name: 'a', image: 'x' },
    ];
    expect(await messageOf({ containers: twice })).to.contain('spec.containers[1].name: Duplicate value: "a"');
    const bare = aDeployment('bare', {
      selector,
      template: { metadata: template.metadata, spec: { containers: [{ name: 'a' }] } },
    });
    const { body } = await test.client.post(apps('deployments'), bare);
    expect(body['message']).to.contain('spec.template.spec.containers[0].image: Required value');
  });

  it('let a pod change its image and little else', async () => {
    await test.client.post(PODS, aPod('fixed'));
    const image = await test.client.patch(`${PODS}/fixed`, 'strategic', {
      spec: { containers: [{ name: 'main', image: 'other' }] },
    });
    expect(image.status).to.equal(200);
    const other = await test.client.patch(`${PODS}/fixed`, 'merge', { spec: { nodeSelector: { a: 'b' } } });
    expect(other.body['message']).to.contain('spec: Forbidden: pod updates may not change fields other than');
  });

  it('give node ports out, and keep addresses when the type changes', async () => {
    const service = await create(core('services'), 'Service', 'np', {
      spec: { type: 'NodePort', ports: [{ port: 80 }] },
    });
    expect(service['spec']?.['ports']?.['0']).to.deep.equal({
      port: 80,
      targetPort: 80,
      protocol: 'TCP',
      nodePort: 30000,
    });
    const balanced = await test.client.patch(`${core('services')}/np`, 'merge', { spec: { type: 'LoadBalancer' } });
    expect(balanced.body['spec']).to.include({
      allocateLoadBalancerNodePorts: true,
      clusterIP: textOf(service['spec']?.['clusterIP']),
    });
    const moved = await test.client.patch(`${core('services')}/np`, 'merge', { spec: { clusterIP: '10.96.9.9' } });
    expect(moved.body['message']).to.contain('may not change once set');
    const external = await create(core('services'), 'Service', 'ext', {
      spec: { type: 'ExternalName', externalName: 'a.test' },
    });
    expect(external['spec']).not.to.have.property('clusterIP');
    expect((await create(core('services'), 'Service', 'none', { spec: {} }))['message']).to.contain(
      'spec.ports: Required',
    );
  });

  it('keep immutable config maps and secrets as they are', async () => {
    await test.client.post(CONFIG_MAPS, { ...aConfigMap('im', { a: 'b' }), immutable: true });
    const { status, body } = await test.client.patch(`${CONFIG_MAPS}/im`, 'merge', { data: { a: 'c' } });
    expect([status, body['message']]).to.deep.equal([
      422,
      'ConfigMap "im" is invalid: data: Forbidden: field is immutable when `immutable` is set',
    ]);
    await create(core('secrets'), 'Secret', 'typed', { type: 'Opaque' });
    const retyped = await test.client.patch(`${core('secrets')}/typed`, 'merge', { type: 'other' });
    expect(retyped.body['message']).to.contain('type: Invalid value: "other": field is immutable');
  });

  it('let nodes register with their status', async () => {
    const status = { capacity: { cpu: '8', 'nvidia.com/gpu': 4 } };
    const node = await create('/api/v1/nodes', 'Node', 'n1', { status });
    expect(node['status']?.['allocatable']).to.deep.equal({ cpu: '8', 'nvidia.com/gpu': '4' });
  });

  it('convert autoscalers between their versions', async () => {
    const scaleTargetRef = { apiVersion: 'apps/v1', kind: 'Deployment', name: 'web' };
    const path = (version: string): string =>
      `/apis/autoscaling/${version}/namespaces/default/horizontalpodautoscalers`;
    const spec = { scaleTargetRef, maxReplicas: 5, targetCPUUtilizationPercentage: 70 };
    await create(path('v1'), 'HorizontalPodAutoscaler', 'h', { spec });
    const second = await test.client.get(`${path('v2')}/h`);
    expect(second.body['spec']).to.deep.equal({
      scaleTargetRef,
      minReplicas: 1,
      maxReplicas: 5,
      metrics: [
        { type: 'Resource', resource: { name: 'cpu', target: { type: 'Utilization', averageUtilization: 70 } } },
      ],
    });
    const first = await test.client.get(`${path('v1')}/h`);
    expect(first.body['spec']).to.deep.include({ targetCPUUtilizationPercentage: 70, minReplicas: 1 });
  });

  it('need the version to replace a lease, and a positive duration', async () => {
    const path = '/apis/coordination.k8s.io/v1/namespaces/default/leases';
    const lease = await create(path, 'Lease', 'l', {
      spec: { holderIdentity: 'a', renewTime: '2026-01-01T00:00:00.5Z' },
    });
    expect(lease['spec']?.['renewTime']).to.equal('2026-01-01T00:00:00.500000Z');
    const blind = await test.client.put(`${path}/l`, {
      apiVersion: 'coordination.k8s.io/v1',
      kind: 'Lease',
      metadata: { name: 'l' },
    });
    expect(blind.status).to.equal(422);
    const negative = await create(path, 'Lease', 'm', { spec: { leaseDurationSeconds: 0 } });
    expect(negative['message']).to.contain('spec.leaseDurationSeconds: Invalid value: 0: must be greater than 0');
  });

  it('let no binding change its role', async () => {
    const path = '/apis/rbac.authorization.k8s.io/v1/clusterrolebindings';
    const subjects = [{ kind: 'User', name: 'alice' }];
    const roleRef = { kind: 'ClusterRole', name: 'admin' };
    const binding = await create(path, 'ClusterRoleBinding', 'system:b', { subjects, roleRef });
    expect(binding['roleRef']).to.deep.equal({ ...roleRef, apiGroup: 'rbac.authorization.k8s.io' });
    const changed = await test.client.patch(`${path}/system:b`, 'merge', { roleRef: { name: 'view' } });
    expect(changed.body['message']).to.contain('cannot change roleRef');
  });

  it('refuse bad labels, annotations and owner references', async () => {
    const messageOf = async (metadata: object): Promise<unknown> =>
      (await test.client.post(CONFIG_MAPS, aConfigMap('meta', {}, { ...metadata }))).body['message'];
    expect(await messageOf({ labels: { 'bad key': 'x' } })).to.contain('metadata.labels: Invalid value: "bad key"');
    expect(await messageOf({ labels: { a: 'bad value' } })).to.contain('metadata.labels: Invalid value: "bad value"');
    expect(await messageOf({ labels: { a: 'x'.repeat(64) } })).to.contain('must be no more than 63 bytes');
    expect(await messageOf({ annotations: { '/x': '' } })).to.contain('metadata.annotations: Invalid value: "/x"');
    expect(await messageOf({ annotations: { a: 'x'.repeat(300_000) } })).to.contain('metadata.annotations: Too long');
    expect(await messageOf({ finalizers: ['not ok'] })).to.contain('metadata.finalizers: Invalid value: "not ok"');
    const owner = { apiVersion: 'v1', kind: 'ConfigMap', name: 'o', uid: '', controller: true };
    expect(await messageOf({ ownerReferences: [owner] })).to.contain('ownerReferences[0].uid');
    expect(await messageOf({ ownerReferences: [owner, owner] })).to.contain('Only one reference can have Controller');
  });
});
