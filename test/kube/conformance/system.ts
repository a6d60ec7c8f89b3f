/** What clients ask a server before anything else: version, discovery, OpenAPI, who they are. */
import { expect } from 'chai';
import { aDeployment, aPod } from '../../support/apiserver-objects.ts';
import { textOf, type Json } from '../../support/apiserver-fixture.ts';
import { bodyOf, checkArea, deployments, pods, refusal } from '../../support/conformance-check.ts';

const AGGREGATED = 'application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList';

const items = (object: Json, field: string): readonly Json[] => object[field] as unknown as readonly Json[];

export const SYSTEM = checkArea('discovery and more', {
  'tells its version': async (subject) => {
    const version = bodyOf(await subject.http.get('/version'), 200);
    expect([version['major'], textOf(version['gitVersion'])]).to.satisfy(
      ([major, git]: [string, string]) => major === '1' && /^v1\.\d+\.\d+/.test(git),
    );
  },
  'tells that it is well': async (subject) => {
    for (const path of ['/healthz', '/livez', '/readyz']) {
      const answer = await subject.http.get(path);
      expect([path, answer.status, answer.text]).to.deep.equal([path, 200, 'ok']);
    }
  },
  'tells its groups, versions and resources': async (subject) => {
    const core = bodyOf(await subject.http.get('/api'), 200);
    const groups = bodyOf(await subject.http.get('/apis'), 200);
    expect([core['kind'], core['versions'], groups['kind']]).to.deep.equal(['APIVersions', ['v1'], 'APIGroupList']);
    expect(items(groups, 'groups').map((it) => it['name'])).to.include.members([
      'apps',
      'coordination.k8s.io',
      'apiextensions.k8s.io',
      'example.test',
    ]);
    const resources = items(bodyOf(await subject.http.get('/apis/apps/v1'), 200), 'resources');
    const deployment = resources.find((it) => textOf(it['name']) === 'deployments');
    expect([deployment?.['kind'], deployment?.['namespaced'], deployment?.['shortNames']]).to.deep.equal([
      'Deployment',
      true,
      ['deploy'],
    ]);
    expect(resources.map((it) => it['name'])).to.include.members(['deployments/scale', 'deployments/status']);
  },
  'tells all of it in one answer to those who ask so': async (subject) => {
    const all = bodyOf(await subject.http.get('/apis', { accept: AGGREGATED }), 200);
    expect(all['kind']).to.equal('APIGroupDiscoveryList');
    const group = items(all, 'items').find((it) => textOf(it['metadata']?.['name']) === 'example.test');
    const widget = group?.['versions']?.['0']?.['resources']?.['0'];
    expect([widget?.['resource'], widget?.['scope'], widget?.['responseKind']?.['kind']]).to.deep.equal([
      'widgets',
      'Namespaced',
      'Widget',
    ]);
  },
  'describes its kinds, custom ones too, in OpenAPI v3': async (subject) => {
    // The index calls itself plain text.
    const index = JSON.parse((await subject.http.get('/openapi/v3')).text) as Json;
    expect(Object.keys(index['paths'] ?? {})).to.include.members(['api/v1', 'apis/apps/v1', 'apis/example.test/v1']);
    const address = textOf(index['paths']?.['apis/example.test/v1']?.['serverRelativeURL']);
    const document = bodyOf(await subject.http.get(address), 200);
    const schemas = Object.entries(document['components']?.['schemas'] ?? {});
    const widget = schemas.find(([name]) => name.endsWith('.Widget'))?.[1];
    expect(widget?.['x-kubernetes-group-version-kind']?.['0']).to.deep.equal({
      group: 'example.test',
      kind: 'Widget',
      version: 'v1',
    });
    expect(widget?.['properties']?.['spec']?.['required']).to.deep.equal(['color']);
    expect(Object.keys(document['paths'] ?? {})).to.include(
      '/apis/example.test/v1/namespaces/{namespace}/widgets/{name}',
    );
  },
  'says who is asking, and what they may': async (subject) => {
    const review = { apiVersion: 'authentication.k8s.io/v1', kind: 'SelfSubjectReview' };
    const who = bodyOf(await subject.http.post('/apis/authentication.k8s.io/v1/selfsubjectreviews', review), 201);
    expect(who['status']?.['userInfo']?.['username']).to.equal('admin');
    const may = {
      apiVersion: 'authorization.k8s.io/v1',
      kind: 'SelfSubjectAccessReview',
      spec: { resourceAttributes: { verb: 'create', group: 'apps', resource: 'deployments' } },
    };
    const access = bodyOf(await subject.http.post('/apis/authorization.k8s.io/v1/selfsubjectaccessreviews', may), 201);
    expect(access['status']?.['allowed']).to.equal(true);
  },
  'gives out tokens of service accounts, and knows whose they are': async (subject) => {
    const path = '/api/v1/namespaces/default/serviceaccounts/default/token';
    const request = { apiVersion: 'authentication.k8s.io/v1', kind: 'TokenRequest', spec: { expirationSeconds: 3600 } };
    const made = bodyOf(await subject.http.post(path, request), 201);
    expect(textOf(made['status']?.['token']).split('.')).to.have.length(3);
    expect(textOf(made['status']?.['expirationTimestamp'])).to.match(/Z$/);
    const review = {
      apiVersion: 'authentication.k8s.io/v1',
      kind: 'TokenReview',
      spec: { token: made['status']?.['token'] },
    };
    const whose = bodyOf(await subject.http.post('/apis/authentication.k8s.io/v1/tokenreviews', review), 201);
    expect(whose['status']?.['authenticated']).to.equal(true);
    expect(whose['status']?.['user']?.['username']).to.equal('system:serviceaccount:default:default');
  },
  'scales and binds its own kinds': async (subject) => {
    bodyOf(await subject.http.post(deployments(subject), aDeployment('d', { replicas: 2 })), 201);
    const scale = bodyOf(await subject.http.get(`${deployments(subject)}/d/scale`), 200);
    expect([scale['spec'], scale['status']?.['selector']]).to.deep.equal([{ replicas: 2 }, 'app=d']);
    bodyOf(await subject.http.post(pods(subject), aPod('p')), 201);
    const binding = {
      apiVersion: 'v1',
      kind: 'Binding',
      metadata: { name: 'p' },
      target: { apiVersion: 'v1', kind: 'Node', name: 'n' },
    };
    bodyOf(await subject.http.post(`${pods(subject)}/p/binding`, binding), 201);
    expect(bodyOf(await subject.http.get(`${pods(subject)}/p`), 200)['spec']?.['nodeName']).to.equal('n');
    refusal(await subject.http.post(`${pods(subject)}/p/binding`, binding), 409, 'Conflict');
    bodyOf(await subject.http.delete(`${pods(subject)}/p`, { gracePeriodSeconds: 0 }), 200);
  },
  evicts: async (subject) => {
    bodyOf(await subject.http.post(pods(subject), aPod('p')), 201);
    const eviction = { apiVersion: 'policy/v1', kind: 'Eviction', metadata: { name: 'p' } };
    bodyOf(await subject.http.post(`${pods(subject)}/p/eviction`, eviction), 201);
    refusal(await subject.http.get(`${pods(subject)}/p`), 404, 'NotFound');
  },
  'fills in a Deployment as the operator compares it': async (subject) => {
    const made = bodyOf(await subject.http.post(deployments(subject), aDeployment('d')), 201);
    expect([
      made['spec']?.['replicas'],
      made['spec']?.['strategy'],
      made['spec']?.['progressDeadlineSeconds'],
      made['spec']?.['revisionHistoryLimit'],
      made['spec']?.['template']?.['spec'],
    ]).to.deep.equal([
      1,
      { type: 'RollingUpdate', rollingUpdate: { maxUnavailable: '25%', maxSurge: '25%' } },
      600,
      10,
      {
        containers: [
          {
            name: 'main',
            image: 'registry.test/app:1',
            resources: {},
            terminationMessagePath: '/dev/termination-log',
            terminationMessagePolicy: 'File',
            imagePullPolicy: 'IfNotPresent',
          },
        ],
        restartPolicy: 'Always',
        terminationGracePeriodSeconds: 30,
        dnsPolicy: 'ClusterFirst',
        securityContext: {},
        schedulerName: 'default-scheduler',
      },
    ]);
  },
  'fills in a pod with probes and a GPU': async (subject) => {
    const container = {
      name: 'main',
      image: 'registry.test/app',
      ports: [{ containerPort: 8000 }],
      readinessProbe: { httpGet: { path: '/health', port: 8000 } },
      resources: { limits: { 'nvidia.com/gpu': '1', memory: '1024Mi' } },
    };
    const made = bodyOf(await subject.http.post(pods(subject), aPod('p', { spec: { containers: [container] } })), 201);
    const main = made['spec']?.['containers']?.['0'];
    expect([main?.['ports'], main?.['readinessProbe'], main?.['resources'], main?.['imagePullPolicy']]).to.deep.equal([
      [{ containerPort: 8000, protocol: 'TCP' }],
      {
        httpGet: { path: '/health', port: 8000, scheme: 'HTTP' },
        timeoutSeconds: 1,
        periodSeconds: 10,
        successThreshold: 1,
        failureThreshold: 3,
      },
      { limits: { 'nvidia.com/gpu': '1', memory: '1Gi' }, requests: { 'nvidia.com/gpu': '1', memory: '1Gi' } },
      'Always',
    ]);
    expect([made['status']?.['phase'], made['status']?.['qosClass'], made['spec']?.['priority']]).to.deep.equal([
      'Pending',
      'Burstable',
      0,
    ]);
  },
});
