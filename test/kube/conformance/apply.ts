/** Server-side apply: who owns what, and what happens when two want the same. */
import { expect } from 'chai';
import { aConfigMap, aDeployment, aWidget } from '../../support/apiserver-objects.ts';
import { textOf, type HttpAnswer, type Json } from '../../support/apiserver-fixture.ts';
import {
  bodyOf,
  causesOf,
  checkArea,
  configMaps,
  deployments,
  managersOf,
  refusal,
  versionOf,
  widgets,
  type Subject,
} from '../../support/conformance-check.ts';

const applied = (subject: Subject, path: string, manager: string, object: object): Promise<HttpAnswer> =>
  subject.http.patch(`${path}?fieldManager=${manager}`, 'apply', object);

const forced = (subject: Subject, path: string, manager: string, object: object): Promise<HttpAnswer> =>
  subject.http.patch(`${path}?fieldManager=${manager}&force=true`, 'apply', object);

const ownedBy = (object: Json, manager: string): Json | null => {
  const entries = (object['metadata']?.['managedFields'] ?? []) as unknown as readonly Json[];
  return entries.find((it) => textOf(it['manager']) === manager)?.['fieldsV1'] ?? null;
};

export const APPLY = checkArea('server-side apply', {
  'creates what is not there, and records who owns what': async (subject) => {
    const path = `${configMaps(subject)}/a`;
    const made = bodyOf(await applied(subject, path, 'one', aConfigMap('a', { k: '1' })), 201);
    expect(managersOf(made)).to.deep.equal(['one Apply']);
    expect(ownedBy(made, 'one')).to.deep.equal({ 'f:data': { 'f:k': {} } });
  },
  'changes nothing when the same is applied again': async (subject) => {
    const path = `${configMaps(subject)}/a`;
    const made = bodyOf(await applied(subject, path, 'one', aConfigMap('a', { k: '1' })), 201);
    const again = bodyOf(await applied(subject, path, 'one', aConfigMap('a', { k: '1' })), 200);
    expect(again['metadata']).to.deep.equal(made['metadata']);
  },
  'lets nobody take a field of another without force': async (subject) => {
    const path = `${configMaps(subject)}/a`;
    bodyOf(await applied(subject, path, 'one', aConfigMap('a', { k: '1' })), 201);
    const conflict = refusal(await applied(subject, path, 'two', aConfigMap('a', { k: '2' })), 409, 'Conflict');
    expect(causesOf(conflict)).to.deep.equal(['FieldManagerConflict .data.k']);
    expect(textOf(conflict['message'])).to.contain('conflict with "one"');
    const taken = bodyOf(await forced(subject, path, 'two', aConfigMap('a', { k: '2' })), 200);
    expect([taken['data'], managersOf(taken)]).to.deep.equal([{ k: '2' }, ['two Apply']]);
  },
  'shares a field between two who want the same': async (subject) => {
    const path = `${configMaps(subject)}/a`;
    bodyOf(await applied(subject, path, 'one', aConfigMap('a', { k: '1' })), 201);
    bodyOf(await applied(subject, path, 'two', aConfigMap('a', { k: '1' })), 200);
    const left = bodyOf(await applied(subject, path, 'one', aConfigMap('a')), 200);
    expect([left['data'], ownedBy(left, 'two')]).to.deep.equal([{ k: '1' }, { 'f:data': { 'f:k': {} } }]);
  },
  'removes what its only owner applies no more': async (subject) => {
    const path = `${configMaps(subject)}/a`;
    bodyOf(await applied(subject, path, 'one', aConfigMap('a', { k: '1', l: '2' })), 201);
    const left = bodyOf(await applied(subject, path, 'one', aConfigMap('a', { l: '2' })), 200);
    expect(left['data']).to.deep.equal({ l: '2' });
  },
  'gives a field to whoever writes it by other means': async (subject) => {
    const path = `${configMaps(subject)}/a`;
    bodyOf(await applied(subject, path, 'one', aConfigMap('a', { k: '1' })), 201);
    const edited = bodyOf(await subject.http.patch(`${path}?fieldManager=editor`, 'merge', { data: { k: '2' } }), 200);
    expect(managersOf(edited)).to.deep.equal(['editor Update']);
    refusal(await applied(subject, path, 'one', aConfigMap('a', { k: '1' })), 409, 'Conflict');
    const back = bodyOf(await forced(subject, path, 'one', aConfigMap('a', { k: '1' })), 200);
    expect([back['data'], managersOf(back)]).to.deep.equal([{ k: '1' }, ['one Apply']]);
  },
  'names a manager after the client that names none': async (subject) => {
    const made = bodyOf(
      await subject.http.post(configMaps(subject), aConfigMap('a', { k: '1' }), { userAgent: 'somebody/1.0 (x)' }),
      201,
    );
    expect(managersOf(made)).to.deep.equal(['somebody Update']);
  },
  'keeps lists by their keys': async (subject) => {
    const path = `${deployments(subject)}/d`;
    const withEnv = (name: string): object => ({
      ...aDeployment('d'),
      spec: {
        selector: { matchLabels: { app: 'd' } },
        template: {
          metadata: { labels: { app: 'd' } },
          spec: { containers: [{ name: 'main', image: 'registry.test/app:1', env: [{ name, value: '1' }] }] },
        },
      },
    });
    bodyOf(await applied(subject, path, 'one', withEnv('A')), 201);
    const both = bodyOf(await applied(subject, path, 'two', withEnv('B')), 200);
    const container = both['spec']?.['template']?.['spec']?.['containers']?.['0'];
    expect(container?.['env']).to.deep.equal([
      { name: 'A', value: '1' },
      { name: 'B', value: '1' },
    ]);
    const left = bodyOf(await applied(subject, path, 'one', withEnv('C')), 200);
    const names = left['spec']?.['template']?.['spec']?.['containers']?.['0']?.['env'] as unknown as readonly Json[];
    expect(names.map((it) => textOf(it['name'])).toSorted()).to.deep.equal(['B', 'C']);
  },
  'keeps the status apart from the rest': async (subject) => {
    const path = `${widgets(subject)}/w`;
    bodyOf(await applied(subject, path, 'one', aWidget('w')), 201);
    const status = { apiVersion: 'example.test/v1', kind: 'Widget', metadata: { name: 'w' }, status: { phase: 'Up' } };
    const updated = bodyOf(await applied(subject, `${path}/status`, 'one', status), 200);
    expect(managersOf(updated)).to.deep.equal(['one Apply', 'one Apply status']);
    const again = bodyOf(await applied(subject, path, 'one', aWidget('w', { color: 'red' })), 200);
    expect(textOf(again['status']?.['phase'])).to.equal('Up');
  },
  'leaves replicas that nobody has applied to whoever scales': async (subject) => {
    const path = `${deployments(subject)}/d`;
    bodyOf(await applied(subject, path, 'one', aDeployment('d')), 201);
    const scaled = await subject.http.patch(`${path}/scale?fieldManager=scaler`, 'merge', { spec: { replicas: 4 } });
    bodyOf(scaled, 200);
    const again = bodyOf(await applied(subject, path, 'one', aDeployment('d')), 200);
    expect([again['spec']?.['replicas'], managersOf(again)]).to.deep.equal([4, ['one Apply']]);
  },
  'gives replicas that somebody has applied to whoever scales': async (subject) => {
    const path = `${deployments(subject)}/d`;
    bodyOf(await applied(subject, path, 'one', aDeployment('d', { replicas: 2 })), 201);
    const scaled = await subject.http.patch(`${path}/scale?fieldManager=scaler`, 'merge', { spec: { replicas: 4 } });
    bodyOf(scaled, 200);
    const now = bodyOf(await subject.http.get(path), 200);
    expect(managersOf(now)).to.deep.equal(['one Apply', 'scaler Update scale']);
    refusal(await applied(subject, path, 'one', aDeployment('d', { replicas: 2 })), 409, 'Conflict');
    const left = bodyOf(await applied(subject, path, 'one', aDeployment('d')), 200);
    expect(left['spec']?.['replicas']).to.equal(4);
  },
  'wants a manager, no version but the right one, no managed fields, no other uid': async (subject) => {
    const path = `${configMaps(subject)}/a`;
    refusal(await subject.http.patch(path, 'apply', aConfigMap('a')), 422, 'Invalid');
    const made = bodyOf(await applied(subject, path, 'one', aConfigMap('a')), 201);
    const mine = {
      managedFields: [{ manager: 'one', operation: 'Apply', apiVersion: 'v1', fieldsType: 'FieldsV1', fieldsV1: {} }],
    };
    refusal(await applied(subject, path, 'one', aConfigMap('a', {}, mine)), 400, 'BadRequest');
    refusal(
      await applied(subject, path, 'one', aConfigMap('a', { k: 'v' }, { resourceVersion: '1' })),
      409,
      'Conflict',
    );
    const stranger = { uid: '00000000-0000-0000-0000-000000000001' };
    const other = refusal(await applied(subject, path, 'one', aConfigMap('a', { k: 'v' }, stranger)), 422, 'Invalid');
    expect(causesOf(other)).to.deep.equal(['FieldValueInvalid metadata.uid']);
    refusal(await applied(subject, `${configMaps(subject)}/b`, 'one', aConfigMap('b', {}, stranger)), 409, 'Conflict');
    bodyOf(await applied(subject, path, 'one', aConfigMap('a', { k: 'v' }, { resourceVersion: versionOf(made) })), 200);
  },
  'refuses what the schema does not know, always': async (subject) => {
    const odd = { ...aDeployment('d'), spec: { ...(aDeployment('d')['spec'] as object), bogus: 1 } };
    const answer = await applied(subject, `${deployments(subject)}/d`, 'one', odd);
    refusal(answer, 500, '');
  },
  'gives up its record when it is replaced by an empty one': async (subject) => {
    const path = `${configMaps(subject)}/a`;
    const made = bodyOf(await applied(subject, path, 'one', aConfigMap('a', { k: '1' })), 201);
    const bare = { ...made, metadata: { ...made['metadata'], managedFields: [{}] } };
    const cleared = bodyOf(await subject.http.put(path, bare), 200);
    expect(managersOf(cleared)).to.deep.equal([]);
  },
  'counts what was before the first apply as somebody’s': async (subject) => {
    const path = `${configMaps(subject)}/a`;
    const made = bodyOf(await subject.http.post(configMaps(subject), aConfigMap('a', { k: '1' })), 201);
    const bare = { ...made, metadata: { ...made['metadata'], managedFields: [{}] } };
    bodyOf(await subject.http.put(path, bare), 200);
    const conflict = refusal(await applied(subject, path, 'one', aConfigMap('a', { k: '2' })), 409, 'Conflict');
    expect(textOf(conflict['message'])).to.contain('before-first-apply');
  },
});
