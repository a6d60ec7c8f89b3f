/** The tables of the built-in resources that people look at most. */
import { expect } from 'chai';
import type { Json, TestServer } from '../../../support/apiserver-fixture.ts';
import { startTestServer, textOf } from '../../../support/apiserver-fixture.ts';
import { aConfigMap, aDeployment, aPod, CONFIG_MAPS, DEPLOYMENTS, PODS } from '../../../support/apiserver-objects.ts';

describe('tables of built-in resources', () => {
  let test: TestServer;
  before(async () => {
    test = await startTestServer();
  });
  after(() => test.stop());

  /** The cells of the named object, by column. */
  const row = async (path: string, name: string): Promise<Record<string, unknown>> => {
    const { body } = await test.client.get(path, { accept: 'application/json;as=Table;v=v1;g=meta.k8s.io' });
    const columns = (body['columnDefinitions'] as unknown as Json[]).map((column) => textOf(column['name']));
    const rows = body['rows'] as unknown as { cells: unknown[]; object: Json }[];
    const found = rows.find(({ object }) => textOf(object['metadata']?.['name']) === name);
    return Object.fromEntries(columns.map((column, index) => [column, found?.cells[index]]));
  };

  it('show a pod as it fares', async () => {
    await test.client.post(PODS, aPod('p', { spec: { nodeName: 'n1' } }));
    const status = {
      phase: 'Running',
      podIP: '10.0.0.9',
      containerStatuses: [
        { name: 'main', ready: true, restartCount: 2, image: 'a', imageID: '', state: { running: {} } },
      ],
    };
    await test.client.patch(`${PODS}/p/status`, 'merge', { status });
    expect(await row(PODS, 'p')).to.include({
      Ready: '1/1',
      Status: 'Running',
      Restarts: 2,
      IP: '10.0.0.9',
      Node: 'n1',
    });
    const [main] = status.containerStatuses;
    const waiting = {
      containerStatuses: [{ ...main, ready: false, state: { waiting: { reason: 'CrashLoopBackOff' } } }],
    };
    await test.client.patch(`${PODS}/p/status`, 'merge', { status: waiting });
    expect(await row(PODS, 'p')).to.include({ Ready: '0/1', Status: 'CrashLoopBackOff' });
    await test.client.delete(`${PODS}/p`);
    expect(await row(PODS, 'p')).to.include({ Status: 'Terminating' });
  });

  it('show a node as it fares', async () => {
    const node = {
      apiVersion: 'v1',
      kind: 'Node',
      metadata: { name: 'n1', labels: { 'node-role.kubernetes.io/gpu': '' } },
      spec: { unschedulable: true },
      status: {
        conditions: [{ type: 'Ready', status: 'True' }],
        addresses: [{ type: 'InternalIP', address: '10.1.0.1' }],
        nodeInfo: { kubeletVersion: 'v1.37.2' },
      },
    };
    await test.client.post('/api/v1/nodes', node);
    expect(await row('/api/v1/nodes', 'n1')).to.include({
      Status: 'Ready,SchedulingDisabled',
      Roles: 'gpu',
      Version: 'v1.37.2',
      'Internal-IP': '10.1.0.1',
      'External-IP': '<none>',
    });
  });

  it('show workloads, services and what holds data', async () => {
    await test.client.post(DEPLOYMENTS, aDeployment('web', { replicas: 3 }));
    await test.client.patch(`${DEPLOYMENTS}/web/status`, 'merge', {
      status: { replicas: 3, readyReplicas: 2, updatedReplicas: 3 },
    });
    expect(await row(DEPLOYMENTS, 'web')).to.include({
      Ready: '2/3',
      'Up-to-date': 3,
      Available: 0,
      Images: 'registry.test/app:1',
      Selector: 'app=web',
    });
    const services = '/api/v1/namespaces/default/services';
    const spec = { type: 'LoadBalancer', ports: [{ port: 80 }], selector: { app: 'web' } };
    await test.client.post(services, { apiVersion: 'v1', kind: 'Service', metadata: { name: 's' }, spec });
    expect(await row(services, 's')).to.include({
      'External-IP': '<pending>',
      'Port(s)': '80:30000/TCP',
      Selector: 'app=web',
    });
    await test.client.patch(`${services}/s/status`, 'merge', {
      status: { loadBalancer: { ingress: [{ ip: '1.2.3.4' }] } },
    });
    expect(await row(services, 's')).to.include({ 'External-IP': '1.2.3.4' });
    await test.client.post(CONFIG_MAPS, aConfigMap('c', { a: '1', b: '2' }));
    expect(await row(CONFIG_MAPS, 'c')).to.include({ Data: 2 });
    expect(await row('/api/v1/namespaces', 'default')).to.include({ Status: 'Active' });
  });

  it('show events with when and what', async () => {
    const event = {
      apiVersion: 'v1',
      kind: 'Event',
      metadata: { name: 'e' },
      involvedObject: { kind: 'Pod', name: 'p' },
      reason: 'Started',
      message: 'Started it',
      type: 'Normal',
      lastTimestamp: '2025-12-31T23:59:30Z',
    };
    await test.client.post('/api/v1/namespaces/default/events', event);
    expect(await row('/api/v1/namespaces/default/events', 'e')).to.include({
      'Last Seen': '30s',
      Type: 'Normal',
      Reason: 'Started',
      Object: 'pod/p',
      Message: 'Started it',
    });
  });
});
