/** Writes: names, versions, conflicts, what is refused and how. */
import { expect } from 'chai';
import { aConfigMap, aDeployment, aPod, aWidget } from '../../support/apiserver-objects.ts';
import { textOf, type Json } from '../../support/apiserver-fixture.ts';
import {
  bodyOf,
  causesOf,
  checkArea,
  configMaps,
  deployments,
  pods,
  refusal,
  versionOf,
  widgets,
} from '../../support/conformance-check.ts';

const withMetadata = (object: Json, metadata: object): object => ({
  ...object,
  metadata: { ...object['metadata'], ...metadata },
});

export const WRITES = checkArea('writes', {
  'gives an object its uid, version, time and, where it has a spec, its generation': async (subject) => {
    const map = bodyOf(await subject.http.post(configMaps(subject), aConfigMap('a')), 201);
    const pod = bodyOf(await subject.http.post(pods(subject), aPod('p')), 201);
    const deployment = bodyOf(await subject.http.post(deployments(subject), aDeployment('d')), 201);
    const generations = [map, pod, deployment].map((it) => it['metadata']?.['generation'] ?? null);
    expect(generations).to.deep.equal([null, 1, 1]);
    expect(textOf(map['metadata']?.['uid'])).to.match(/^[0-9a-f-]{36}$/);
    expect(textOf(map['metadata']?.['creationTimestamp'])).to.match(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/);
  },
  'makes names up from a prefix': async (subject) => {
    const made = bodyOf(
      await subject.http.post(configMaps(subject), {
        apiVersion: 'v1',
        kind: 'ConfigMap',
        metadata: { generateName: 'm-' },
      }),
      201,
    );
    expect(textOf(made['metadata']?.['name'])).to.match(/^m-[a-z0-9]{5}$/);
  },
  'refuses a second object of the name': async (subject) => {
    bodyOf(await subject.http.post(configMaps(subject), aConfigMap('a')), 201);
    refusal(await subject.http.post(configMaps(subject), aConfigMap('a')), 409, 'AlreadyExists');
  },
  'refuses names and namespaces that do not fit': async (subject) => {
    const bad = refusal(await subject.http.post(configMaps(subject), aConfigMap('Not_A_Name')), 422, 'Invalid');
    expect(causesOf(bad)).to.deep.equal(['FieldValueInvalid metadata.name']);
    const elsewhere = aConfigMap('a', {}, { namespace: 'elsewhere' });
    refusal(await subject.http.post(configMaps(subject), elsewhere), 400, 'BadRequest');
    const nowhere = `/api/v1/namespaces/nowhere-at-all/configmaps`;
    refusal(await subject.http.post(nowhere, aConfigMap('a')), 404, 'NotFound');
    const other = await subject.http.put(`${configMaps(subject)}/b`, aConfigMap('a'));
    refusal(other, 400, 'BadRequest');
  },
  'refuses to create at a version': async (subject) => {
    const answer = await subject.http.post(configMaps(subject), aConfigMap('a', {}, { resourceVersion: '12' }));
    refusal(answer, 500, '');
  },
  'refuses to replace what has changed since': async (subject) => {
    const before = bodyOf(await subject.http.post(configMaps(subject), aConfigMap('a')), 201);
    bodyOf(await subject.http.patch(`${configMaps(subject)}/a`, 'merge', { data: { k: 'v' } }), 200);
    refusal(await subject.http.put(`${configMaps(subject)}/a`, before), 409, 'Conflict');
  },
  'replaces its own kinds without a version, and custom resources with one only': async (subject) => {
    bodyOf(await subject.http.post(configMaps(subject), aConfigMap('a')), 201);
    bodyOf(await subject.http.put(`${configMaps(subject)}/a`, aConfigMap('a', { k: 'v' })), 200);
    bodyOf(await subject.http.post(widgets(subject), aWidget('w')), 201);
    const refused = refusal(await subject.http.put(`${widgets(subject)}/w`, aWidget('w')), 422, 'Invalid');
    expect(causesOf(refused)).to.deep.equal(['FieldValueInvalid metadata.resourceVersion']);
  },
  'refuses to replace another object of the name': async (subject) => {
    const made = bodyOf(await subject.http.post(configMaps(subject), aConfigMap('a')), 201);
    const other = withMetadata(made, { uid: '00000000-0000-0000-0000-000000000001' });
    refusal(await subject.http.put(`${configMaps(subject)}/a`, other), 409, 'Conflict');
  },
  'refuses to replace or patch what is not there': async (subject) => {
    refusal(await subject.http.patch(`${configMaps(subject)}/a`, 'merge', {}), 404, 'NotFound');
    refusal(await subject.http.put(`${deployments(subject)}/d`, aDeployment('d')), 404, 'NotFound');
  },
  'leaves an object alone that a write does not change': async (subject) => {
    const made = bodyOf(await subject.http.post(configMaps(subject), aConfigMap('a', { k: 'v' })), 201);
    const same = bodyOf(await subject.http.put(`${configMaps(subject)}/a`, made), 200);
    const patched = bodyOf(await subject.http.patch(`${configMaps(subject)}/a`, 'merge', { data: { k: 'v' } }), 200);
    expect([versionOf(same), versionOf(patched)]).to.deep.equal([versionOf(made), versionOf(made)]);
  },
  'counts a generation for each change of spec, and for nothing else': async (subject) => {
    bodyOf(await subject.http.post(deployments(subject), aDeployment('d')), 201);
    const path = `${deployments(subject)}/d`;
    const generations: unknown[] = [];
    const patches = [{ metadata: { labels: { a: 'b' } } }, { spec: { replicas: 3 } }, { spec: { replicas: 3 } }];
    for (const patch of patches)
      generations.push(bodyOf(await subject.http.patch(path, 'merge', patch), 200)['metadata']?.['generation']);
    const status = bodyOf(await subject.http.patch(`${path}/status`, 'merge', { status: { collisionCount: 1 } }), 200);
    expect([...generations, status['metadata']?.['generation']]).to.deep.equal([1, 2, 2, 2]);
  },
  'keeps what may not change': async (subject) => {
    const made = bodyOf(await subject.http.post(deployments(subject), aDeployment('d')), 201);
    const patch = { spec: { selector: { matchLabels: { app: 'other' } } } };
    const refused = refusal(await subject.http.patch(`${deployments(subject)}/d`, 'merge', patch), 422, 'Invalid');
    expect(causesOf(refused)).to.include('FieldValueInvalid spec.selector');
    const renamed = bodyOf(
      await subject.http.patch(`${deployments(subject)}/d`, 'merge', {
        metadata: { creationTimestamp: null, selfLink: 'x' },
      }),
      200,
    );
    expect(renamed['metadata']?.['creationTimestamp']).to.equal(made['metadata']?.['creationTimestamp']);
  },
  'names every field that is wrong': async (subject) => {
    const pod = {
      ...aPod('p'),
      spec: { containers: [{ name: 'A', image: 'x' }, { name: 'b' }], restartPolicy: 'Maybe' },
    };
    const refused = refusal(await subject.http.post(pods(subject), pod), 422, 'Invalid');
    expect(causesOf(refused)).to.deep.equal([
      'FieldValueInvalid spec.containers[0].name',
      'FieldValueNotSupported spec.restartPolicy',
      'FieldValueRequired spec.containers[1].image',
    ]);
    expect([refused['details']?.['kind'], refused['details']?.['name']]).to.deep.equal(['Pod', 'p']);
  },
  'warns of fields that it does not know, or refuses them when asked to be strict': async (subject) => {
    const odd = { ...aDeployment('d'), bogus: 1 };
    const warned = await subject.http.post(`${deployments(subject)}?fieldValidation=Warn`, odd);
    bodyOf(warned, 201);
    expect(textOf(warned.headers['warning'])).to.contain('unknown field \\"bogus\\"');
    const strict = await subject.http.post(`${deployments(subject)}?fieldValidation=Strict`, {
      ...aDeployment('e'),
      bogus: 1,
    });
    expect(textOf(refusal(strict, 400, 'BadRequest')['message'])).to.contain('unknown field "bogus"');
  },
  'tries a write without doing it': async (subject) => {
    const tried = bodyOf(await subject.http.post(`${configMaps(subject)}?dryRun=All`, aConfigMap('a')), 201);
    expect(textOf(tried['metadata']?.['uid'])).not.to.equal('undefined');
    refusal(await subject.http.get(`${configMaps(subject)}/a`), 404, 'NotFound');
    refusal(await subject.http.post(`${configMaps(subject)}?dryRun=Some`, aConfigMap('a')), 422, 'Invalid');
  },
  'refuses bodies that are not what they say': async (subject) => {
    const broken = await subject.http.call('POST', configMaps(subject), { body: '{"kind":' });
    refusal(broken, 400, 'BadRequest');
    const wrong = await subject.http.post(configMaps(subject), { ...aConfigMap('a'), kind: 'Secret' });
    refusal(wrong, 400, 'BadRequest');
    const typed = await subject.http.post(deployments(subject), aDeployment('d', { replicas: 'many' }));
    refusal(typed, 400, 'BadRequest');
    const media = await subject.http.call('POST', configMaps(subject), { body: 'x', contentType: 'text/plain' });
    refusal(media, 415, 'UnsupportedMediaType');
  },
  'reads YAML': async (subject) => {
    const body = 'apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a}\ndata: {k: "v"}\n';
    const made = bodyOf(
      await subject.http.call('POST', configMaps(subject), { body, contentType: 'application/yaml' }),
      201,
    );
    expect(made['data']).to.deep.equal({ k: 'v' });
  },
  'answers 404 where nothing is, and 405 where that cannot be done': async (subject) => {
    const nothing = await subject.http.get('/apis/nothing.test/v1/things');
    expect([nothing.status, nothing.text.trim()]).to.deep.equal([404, '404 page not found']);
    refusal(await subject.http.get(`${configMaps(subject)}/a`), 404, 'NotFound');
    refusal(
      await subject.http.call('POST', `${configMaps(subject)}/a`, { body: aConfigMap('a') }),
      405,
      'MethodNotAllowed',
    );
  },
  'keeps a Lease to the microsecond, and gives it to one of two': async (subject) => {
    const leases = `/apis/coordination.k8s.io/v1/namespaces/${subject.namespace}/leases`;
    const lease = {
      apiVersion: 'coordination.k8s.io/v1',
      kind: 'Lease',
      metadata: { name: 'l' },
      spec: { holderIdentity: 'one', leaseDurationSeconds: 15, renewTime: '2026-01-05T09:00:00.123456Z' },
    };
    const held = bodyOf(await subject.http.post(leases, lease), 201);
    expect(held['spec']?.['renewTime']).to.equal('2026-01-05T09:00:00.123456Z');
    const take = (holderIdentity: string): object => ({ ...held, spec: { ...held['spec'], holderIdentity } });
    bodyOf(await subject.http.put(`${leases}/l`, take('two')), 200);
    refusal(await subject.http.put(`${leases}/l`, take('three')), 409, 'Conflict');
  },
});
