/** Custom resources: defaults, pruning, validation, CEL, subresources, changes of the definition. */
import { expect } from 'chai';
import { aWidget, DEFINITIONS, widgetDefinition } from '../../support/apiserver-objects.ts';
import { textOf, type Json } from '../../support/apiserver-fixture.ts';
import {
  bodyOf,
  causesOf,
  checkArea,
  namesOf,
  refusal,
  versionOf,
  widgets,
  type Subject,
} from '../../support/conformance-check.ts';

async function make(subject: Subject, spec: Record<string, unknown> = {}): Promise<Json> {
  return bodyOf(await subject.http.post(widgets(subject), aWidget('w', spec)), 201);
}

const refused = async (subject: Subject, spec: Record<string, unknown>): Promise<readonly string[]> =>
  causesOf(refusal(await subject.http.post(widgets(subject), aWidget('w', spec)), 422, 'Invalid'));

const conditionsOf = (definition: Json): Readonly<Record<string, string>> =>
  Object.fromEntries(
    ((definition['status']?.['conditions'] ?? []) as unknown as readonly Json[]).map((it) => [
      textOf(it['type']),
      textOf(it['status']),
    ]),
  );

/** Of a group of its own, so that checks do not meet. */
function definition(group: string, spec: object): Json {
  const whole = widgetDefinition({
    spec: spec as Record<string, unknown>,
    version: { selectableFields: [] },
  });
  return {
    ...whole,
    metadata: { name: `widgets.${group}` },
    spec: { ...(whole['spec'] as object), group },
  } as unknown as Json;
}

async function define(subject: Subject, object: Json): Promise<void> {
  bodyOf(await subject.http.post(DEFINITIONS, object), 201);
  await established(subject, textOf(object['metadata']?.['name']));
}

async function established(subject: Subject, name: string): Promise<void> {
  const patience = AbortSignal.timeout(20_000);
  for (;;) {
    const found = bodyOf(await subject.http.get(`${DEFINITIONS}/${name}`), 200);
    if (conditionsOf(found)['Established'] === 'True') return;
    patience.throwIfAborted();
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

/** A moment after it is established, or changed, it is served so. */
async function eventually(isSo: () => Promise<boolean>): Promise<void> {
  const patience = AbortSignal.timeout(20_000);
  while (!(await isSo())) {
    patience.throwIfAborted();
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

const PLAIN = { type: 'object', properties: { size: { type: 'integer' } } };

export const CUSTOM_RESOURCES = checkArea('custom resources', {
  'fills in defaults, also within lists': async (subject) => {
    const made = await make(subject, { parts: [{ name: 'a' }, { name: 'b', size: 1 }] });
    expect(made['spec']).to.deep.equal({
      color: 'red',
      replicas: 1,
      maxReplicas: 10,
      parts: [
        { name: 'a', size: 3 },
        { name: 'b', size: 1 },
      ],
    });
  },
  'drops fields that the schema does not have, but where it keeps them': async (subject) => {
    const made = await make(subject, { bogus: 1, free: { any: { thing: 1 } }, port: 'http' });
    expect([made['spec']?.['bogus'] ?? null, made['spec']?.['free'], made['spec']?.['port']]).to.deep.equal([
      null,
      { any: { thing: 1 } },
      'http',
    ]);
  },
  'warns of unknown fields, or refuses them when asked to be strict': async (subject) => {
    const warned = await subject.http.post(`${widgets(subject)}?fieldValidation=Warn`, aWidget('w', { bogus: 1 }));
    bodyOf(warned, 201);
    expect(textOf(warned.headers['warning'])).to.contain('unknown field \\"spec.bogus\\"');
    const strict = await subject.http.post(`${widgets(subject)}?fieldValidation=Strict`, aWidget('v', { bogus: 1 }));
    expect(textOf(refusal(strict, 400, 'BadRequest')['message'])).to.contain('unknown field "spec.bogus"');
  },
  'names every field that does not fit the schema': async (subject) => {
    // That rules were not asked is told beside what does not fit.
    const unasked = 'FieldValueInvalid <nil>';
    expect(await refused(subject, { color: 'blue' })).to.deep.equal([unasked, 'FieldValueNotSupported spec.color']);
    expect(await refused(subject, { replicas: -1 })).to.include('FieldValueInvalid spec.replicas');
    expect(await refused(subject, { replicas: 'two' })).to.include('FieldValueTypeInvalid spec.replicas');
    expect(await refused(subject, { tags: ['toolong'] })).to.include('FieldValueTooLong spec.tags[0]');
    expect(await refused(subject, { tags: ['a', 'a'] })).to.include('FieldValueDuplicate spec.tags[1]');
    expect(await refused(subject, { tags: ['a', 'b', 'c', 'd'] })).to.include('FieldValueTooMany spec.tags');
    expect(await refused(subject, { parts: [{ size: 1 }] })).to.include('FieldValueRequired spec.parts[0].name');
    expect(await refused(subject, { parts: [{ name: 'a' }, { name: 'a' }] })).to.include(
      'FieldValueDuplicate spec.parts[1]',
    );
    const bare = { apiVersion: 'example.test/v1', kind: 'Widget', metadata: { name: 'w' }, spec: {} };
    const status = refusal(await subject.http.post(widgets(subject), bare), 422, 'Invalid');
    expect(causesOf(status)).to.include('FieldValueRequired spec.color');
  },
  'keeps CEL rules, with the message and the field that they name': async (subject) => {
    const answer = await subject.http.post(widgets(subject), aWidget('w', { replicas: 11 }));
    const status = refusal(answer, 422, 'Invalid');
    expect(causesOf(status)).to.deep.equal(['FieldValueInvalid spec']);
    expect(textOf(status['message'])).to.contain('replicas may not exceed maxReplicas');
  },
  'keeps CEL rules of changes': async (subject) => {
    await make(subject);
    const answer = await subject.http.patch(`${widgets(subject)}/w`, 'merge', { spec: { color: 'green' } });
    const status = refusal(answer, 422, 'Invalid');
    expect(causesOf(status)).to.deep.equal(['FieldValueForbidden spec.color']);
    expect(textOf(status['message'])).to.contain('color is immutable');
  },
  'writes the status by its subresource alone, and nothing else by that': async (subject) => {
    const made = await make(subject);
    const path = `${widgets(subject)}/w`;
    const ignored = bodyOf(await subject.http.patch(path, 'merge', { status: { phase: 'No' } }), 200);
    expect(ignored['status'] ?? null).to.equal(null);
    const change = { ...made, spec: { ...made['spec'], replicas: 9 }, status: { phase: 'Up' } };
    const updated = bodyOf(await subject.http.put(`${path}/status`, change), 200);
    expect([
      updated['spec']?.['replicas'],
      updated['status']?.['phase'],
      updated['metadata']?.['generation'],
    ]).to.deep.equal([1, 'Up', 1]);
    refusal(await subject.http.put(`${path}/status`, change), 409, 'Conflict');
  },
  'validates the status too': async (subject) => {
    await make(subject);
    const answer = await subject.http.patch(`${widgets(subject)}/w/status`, 'merge', { status: { replicas: 'x' } });
    refusal(answer, 422, 'Invalid');
  },
  scales: async (subject) => {
    await make(subject);
    const path = `${widgets(subject)}/w`;
    const status = { status: { replicas: 1, selector: 'app=w' } };
    bodyOf(await subject.http.patch(`${path}/status`, 'merge', status), 200);
    const scale = bodyOf(await subject.http.get(`${path}/scale`), 200);
    expect([scale['kind'], scale['apiVersion'], scale['spec'], scale['status']]).to.deep.equal([
      'Scale',
      'autoscaling/v1',
      { replicas: 1 },
      { replicas: 1, selector: 'app=w' },
    ]);
    bodyOf(await subject.http.put(`${path}/scale`, { ...scale, spec: { replicas: 3 } }), 200);
    bodyOf(await subject.http.patch(`${path}/scale`, 'merge', { spec: { replicas: 4 } }), 200);
    const scaled = bodyOf(await subject.http.get(path), 200);
    expect([scaled['spec']?.['replicas'], scaled['metadata']?.['generation']]).to.deep.equal([4, 3]);
    refusal(await subject.http.patch(`${path}/scale`, 'merge', { spec: { replicas: 99 } }), 422, 'Invalid');
  },
  'serves a definition once it is established, and names its short names': async (subject) => {
    const group = 'served.test';
    await define(subject, definition(group, PLAIN));
    const path = `/apis/${group}/v1/namespaces/${subject.namespace}/widgets`;
    await eventually(async () => (await subject.http.get(path)).status === 200);
    await eventually(async () => (await subject.http.get(`/apis/${group}/v1`)).status === 200);
    const resources = bodyOf(await subject.http.get(`/apis/${group}/v1`), 200)[
      'resources'
    ] as unknown as readonly Json[];
    expect(resources.map((it) => it['name'])).to.have.members(['widgets', 'widgets/status', 'widgets/scale']);
    expect(resources.find((it) => textOf(it['name']) === 'widgets')?.['shortNames']).to.deep.equal(['wd']);
  },
  'refuses definitions that are no structural schemas, and rules that do not compile': async (subject) => {
    const loose = definition('loose.test', { properties: { size: { type: 'integer' } } });
    refusal(await subject.http.post(DEFINITIONS, loose), 422, 'Invalid');
    const unselectable = widgetDefinition({ spec: PLAIN });
    refusal(
      await subject.http.post(DEFINITIONS, { ...unselectable, metadata: { name: 'widgets.example.test' } }),
      422,
      'Invalid',
    );
    const rule = definition('rule.test', { ...PLAIN, 'x-kubernetes-validations': [{ rule: 'self.nothing > 1' }] });
    refusal(await subject.http.post(DEFINITIONS, rule), 422, 'Invalid');
    const misnamed = { ...definition('name.test', PLAIN), metadata: { name: 'gadgets.name.test' } };
    refusal(await subject.http.post(DEFINITIONS, misnamed), 422, 'Invalid');
  },
  'keeps the defaults of a definition as they are written, empty ones too': async (subject) => {
    const group = 'empty.test';
    const properties = {
      list: { type: 'array', items: { type: 'string' }, default: [] },
      map: { type: 'object', additionalProperties: { type: 'string' }, default: {} },
    };
    await define(subject, definition(group, { type: 'object', properties }));
    const kept = bodyOf(await subject.http.get(`${DEFINITIONS}/widgets.${group}`), 200);
    const schema = kept['spec']?.['versions']?.['0']?.['schema']?.['openAPIV3Schema']?.['properties']?.['spec'];
    expect([schema?.['properties']?.['list']?.['default'], schema?.['properties']?.['map']?.['default']]).to.deep.equal(
      [[], {}],
    );
  },
  'reads stored objects by a changed definition': async (subject) => {
    const group = 'changed.test';
    await define(subject, definition(group, PLAIN));
    const path = `/apis/${group}/v1/namespaces/${subject.namespace}/widgets`;
    await eventually(async () => (await subject.http.get(path)).status === 200);
    const old = { ...aWidget('w'), apiVersion: `${group}/v1`, spec: { size: 1 } };
    const stored = bodyOf(await subject.http.post(path, old), 201);
    const grown = {
      type: 'object',
      properties: { size: { type: 'integer' }, mode: { type: 'string', default: 'Fast' } },
    };
    const current = bodyOf(await subject.http.get(`${DEFINITIONS}/widgets.${group}`), 200);
    const change = {
      ...current,
      spec: { ...current['spec'], versions: definition(group, grown)['spec']?.['versions'] },
    };
    bodyOf(await subject.http.put(`${DEFINITIONS}/widgets.${group}`, change), 200);
    await eventually(async () => textOf(bodyOf(await subject.http.get(`${path}/w`), 200)['spec']?.['mode']) === 'Fast');
    const read = bodyOf(await subject.http.get(`${path}/w`), 200);
    expect([versionOf(read), read['spec']]).to.deep.equal([versionOf(stored), { size: 1, mode: 'Fast' }]);
  },
  'removes a definition’s objects with it, and serves them no more': async (subject) => {
    const group = 'gone.test';
    await define(subject, definition(group, PLAIN));
    const path = `/apis/${group}/v1/namespaces/${subject.namespace}/widgets`;
    await eventually(async () => (await subject.http.get(path)).status === 200);
    bodyOf(await subject.http.post(path, { ...aWidget('w'), apiVersion: `${group}/v1` }), 201);
    bodyOf(await subject.http.delete(`${DEFINITIONS}/widgets.${group}`), 200);
    await eventually(async () => (await subject.http.get(`${DEFINITIONS}/widgets.${group}`)).status === 404);
    await eventually(async () => (await subject.http.get(path)).status === 404);
    const left = namesOf(bodyOf(await subject.http.get(DEFINITIONS), 200));
    expect(left).not.to.include(`widgets.${group}`);
  },
  'serves several versions of one object, and not those that it is told not to': async (subject) => {
    const group = 'versions.test';
    const whole = definition(group, PLAIN);
    const [first] = (whole['spec']?.['versions'] ?? []) as unknown as readonly Json[];
    const versions = [
      first,
      { ...first, name: 'v2', storage: false },
      { ...first, name: 'v0', storage: false, served: false },
    ];
    await define(subject, { ...whole, spec: { ...whole['spec'], versions } } as unknown as Json);
    const at = (version: string): string => `/apis/${group}/${version}/namespaces/${subject.namespace}/widgets`;
    await eventually(async () => (await subject.http.get(at('v2'))).status === 200);
    bodyOf(await subject.http.post(at('v1'), { ...aWidget('w'), apiVersion: `${group}/v1` }), 201);
    expect(bodyOf(await subject.http.get(`${at('v2')}/w`), 200)['apiVersion']).to.equal(`${group}/v2`);
    expect((await subject.http.get(at('v0'))).status).to.equal(404);
  },
});
