/** The four kinds of patches, but for what is particular to applying. */
import { expect } from 'chai';
import { aConfigMap, aDeployment, aWidget } from '../../support/apiserver-objects.ts';
import type { Json } from '../../support/apiserver-fixture.ts';
import {
  bodyOf,
  checkArea,
  configMaps,
  deployments,
  refusal,
  versionOf,
  widgets,
  type Subject,
} from '../../support/conformance-check.ts';

async function aMap(subject: Subject, data: Record<string, string>): Promise<Json> {
  return bodyOf(await subject.http.post(configMaps(subject), aConfigMap('a', data)), 201);
}

export const PATCHES = checkArea('patches', {
  'JSON: adds, replaces, moves, removes and tests': async (subject) => {
    await aMap(subject, { a: '1', b: '2' });
    const patch = [
      { op: 'test', path: '/data/a', value: '1' },
      { op: 'replace', path: '/data/a', value: '3' },
      { op: 'add', path: '/data/c', value: '4' },
      { op: 'move', from: '/data/b', path: '/data/d' },
      { op: 'remove', path: '/data/c' },
    ];
    const patched = bodyOf(await subject.http.patch(`${configMaps(subject)}/a`, 'json', patch), 200);
    expect(patched['data']).to.deep.equal({ a: '3', d: '2' });
  },
  'JSON: a test that fails, and a path that is not there, change nothing': async (subject) => {
    await aMap(subject, { a: '1' });
    const path = `${configMaps(subject)}/a`;
    const failing = [
      { op: 'replace', path: '/data/a', value: '2' },
      { op: 'test', path: '/data/a', value: '9' },
    ];
    refusal(await subject.http.patch(path, 'json', failing), 422, 'Invalid');
    refusal(await subject.http.patch(path, 'json', [{ op: 'remove', path: '/data/none' }]), 422, 'Invalid');
    expect(bodyOf(await subject.http.get(path), 200)['data']).to.deep.equal({ a: '1' });
  },
  'merge: null removes, lists are replaced whole': async (subject) => {
    bodyOf(await subject.http.post(deployments(subject), aDeployment('d')), 201);
    const path = `${deployments(subject)}/d`;
    const two = {
      containers: [
        { name: 'x', image: 'i' },
        { name: 'y', image: 'i' },
      ],
    };
    const patched = bodyOf(
      await subject.http.patch(path, 'merge', { metadata: { labels: { k: 'v' } }, spec: { template: { spec: two } } }),
      200,
    );
    const containers = patched['spec']?.['template']?.['spec']?.['containers'] as unknown as readonly Json[];
    expect(containers.map((it) => it['name'])).to.deep.equal(['x', 'y']);
    const bare = bodyOf(await subject.http.patch(path, 'merge', { metadata: { labels: null } }), 200);
    expect(bare['metadata']?.['labels'] ?? null).to.equal(null);
  },
  'merge: a version in it must be the current one': async (subject) => {
    const made = await aMap(subject, {});
    const path = `${configMaps(subject)}/a`;
    const at = (version: string): object => ({ metadata: { resourceVersion: version }, data: { k: version } });
    bodyOf(await subject.http.patch(path, 'merge', at(versionOf(made))), 200);
    refusal(await subject.http.patch(path, 'merge', at(versionOf(made))), 409, 'Conflict');
  },
  'strategic: containers by name, environment by name': async (subject) => {
    const containers = [
      { name: 'main', image: 'i:1', env: [{ name: 'A', value: '1' }] },
      { name: 'side', image: 'i:1' },
    ];
    const template = { metadata: { labels: { app: 'd' } }, spec: { containers } };
    bodyOf(await subject.http.post(deployments(subject), aDeployment('d', { template })), 201);
    const change = {
      containers: [
        { name: 'main', env: [{ name: 'B', value: '2' }] },
        { name: 'side', $patch: 'delete' },
      ],
    };
    const patched = bodyOf(
      await subject.http.patch(`${deployments(subject)}/d`, 'strategic', { spec: { template: { spec: change } } }),
      200,
    );
    const left = patched['spec']?.['template']?.['spec']?.['containers'] as unknown as readonly Json[];
    expect(left.map((it) => [it['name'], it['image'], it['env']])).to.deep.equal([
      [
        'main',
        'i:1',
        [
          { name: 'B', value: '2' },
          { name: 'A', value: '1' },
        ],
      ],
    ]);
  },
  'strategic: not for custom resources': async (subject) => {
    bodyOf(await subject.http.post(widgets(subject), aWidget('w')), 201);
    refusal(
      await subject.http.patch(`${widgets(subject)}/w`, 'strategic', { spec: { color: 'red' } }),
      415,
      'UnsupportedMediaType',
    );
  },
  'custom resources: JSON and merge patches alike': async (subject) => {
    bodyOf(await subject.http.post(widgets(subject), aWidget('w')), 201);
    const path = `${widgets(subject)}/w`;
    bodyOf(await subject.http.patch(path, 'merge', { spec: { replicas: 2 } }), 200);
    const patched = bodyOf(
      await subject.http.patch(path, 'json', [{ op: 'replace', path: '/spec/replicas', value: 3 }]),
      200,
    );
    expect([patched['spec']?.['replicas'], patched['metadata']?.['generation']]).to.deep.equal([3, 3]);
  },
  'no other kind': async (subject) => {
    await aMap(subject, {});
    const answer = await subject.http.call('PATCH', `${configMaps(subject)}/a`, { body: '{}' });
    refusal(answer, 415, 'UnsupportedMediaType');
  },
  'a patch that makes the object wrong is refused whole': async (subject) => {
    bodyOf(await subject.http.post(deployments(subject), aDeployment('d')), 201);
    refusal(await subject.http.patch(`${deployments(subject)}/d`, 'merge', { spec: { replicas: -1 } }), 422, 'Invalid');
  },
});
