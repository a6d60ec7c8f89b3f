/** Custom resources: registration, schemas, rules and subresources. */
import { expect } from 'chai';
import type { Json, TestServer } from '../../support/apiserver-fixture.ts';
import { startTestServer, textOf } from '../../support/apiserver-fixture.ts';
import { aWidget, DEFINITIONS, widgetDefinition, WIDGETS } from '../../support/apiserver-objects.ts';

const NAME = `${DEFINITIONS}/widgets.example.test`;

describe('custom resources', () => {
  let test: TestServer;
  beforeEach(async () => {
    test = await startTestServer();
    await test.client.post(DEFINITIONS, widgetDefinition());
  });
  afterEach(() => test.stop());

  const create = (name: string, spec: object = {}): Promise<{ status: number; body: Json }> =>
    test.client.post(WIDGETS, aWidget(name, { ...spec }));
  const refusal = async (spec: object): Promise<unknown> => (await create('w', spec)).body['message'];

  it('are served as soon as they are defined', async () => {
    const { body } = await test.client.get(NAME);
    const conditions = body['status']?.['conditions'] as unknown as Json[];
    expect(conditions.map(({ type, status }) => `${textOf(type)}=${textOf(status)}`)).to.deep.equal([
      'NamesAccepted=True',
      'Established=True',
    ]);
    expect(body['status']?.['acceptedNames']).to.include({ singular: 'widget', listKind: 'WidgetList' });
    expect((await create('w')).status).to.equal(201);
    expect((await test.client.get(WIDGETS)).body).to.include({ kind: 'WidgetList' });
  });

  it('are defaulted and pruned by their schema', async () => {
    const { body } = await create('w', { parts: [{ name: 'p' }], unknown: 1, free: { any: { thing: 1 } } });
    expect(body['spec']).to.deep.equal({
      color: 'red',
      replicas: 1,
      maxReplicas: 10,
      parts: [{ name: 'p', size: 3 }],
      free: { any: { thing: 1 } },
    });
    const strict = await test.client.post(`${WIDGETS}?fieldValidation=Strict`, aWidget('x', { unknown: 1 }));
    expect(strict.body['message']).to.equal(
      'Widget in version "v1" cannot be handled as a Widget: strict decoding error: unknown field "spec.unknown"',
    );
  });

  it('are refused with the words of Kubernetes', async () => {
    const prefix = 'Widget.example.test "w" is invalid: ';
    const table: readonly (readonly [object, string])[] = [
      [{ color: 'blue' }, 'spec.color: Unsupported value: "blue": supported values: "red", "green"'],
      [{ color: undefined }, 'spec.color: Required value'],
      [
        { replicas: 'two' },
        'spec.replicas: Invalid value: "string": spec.replicas in body must be of type integer: "string"',
      ],
      [
        { replicas: -1 },
        'spec.replicas: Invalid value: -1: spec.replicas in body should be greater than or equal to 0',
      ],
      [{ tags: ['a', 'a'] }, 'spec.tags[1]: Duplicate value: "a"'],
      [{ tags: ['toolong'] }, 'spec.tags[0]: Too long: may not be more than 5 bytes'],
      [{ tags: ['a', 'b', 'c', 'd'] }, 'spec.tags: Too many: 4: must have at most 3 items'],
      [{ parts: [{ name: 'p' }, { name: 'p' }] }, 'spec.parts[1]: Duplicate value: {"name":"p"}'],
      [{ port: 1.5 }, 'spec.port: Invalid value: "number": spec.port in body must be of type integer,string: "number"'],
      [{ replicas: 11 }, 'spec: Invalid value: replicas may not exceed maxReplicas'],
    ];
    const unasked =
      '<nil>: Invalid value: null: some validation rules were not checked because the object was invalid; correct the existing errors to complete validation';
    for (const [spec, message] of table) {
      const isBlocking = /: (Unsupported|Required|Too long|Too many|.* must be of type)/.test(message);
      expect(await refusal(spec)).to.equal(prefix + (isBlocking ? `[${message}, ${unasked}]` : message));
    }
    expect((await create('w', { port: 'http' })).status).to.equal(201);
  });

  it('are held to their transition rules', async () => {
    await create('w');
    const { status, body } = await test.client.patch(`${WIDGETS}/w`, 'merge', { spec: { color: 'green' } });
    expect([status, body['message']]).to.deep.equal([
      422,
      'Widget.example.test "w" is invalid: spec.color: Forbidden: color is immutable',
    ]);
    expect((await test.client.patch(`${WIDGETS}/w`, 'merge', { spec: { replicas: 2 } })).status).to.equal(200);
  });

  it('must carry their version in a replacement', async () => {
    const { body } = await create('w');
    const { status } = await test.client.put(`${WIDGETS}/w`, aWidget('w'));
    expect(status).to.equal(422);
    expect((await test.client.put(`${WIDGETS}/w`, body)).status).to.equal(200);
  });

  it('have a status apart from their spec, and generations of the spec alone', async () => {
    await test.client.post(WIDGETS, { ...aWidget('w'), status: { phase: 'Early' } });
    const status = { status: { phase: 'Ready' }, spec: { replicas: 5 }, metadata: { labels: { a: 'b' } } };
    const { body } = await test.client.patch(`${WIDGETS}/w/status`, 'merge', status);
    expect(body['status']).to.deep.equal({ phase: 'Ready' });
    expect(body['spec']).to.include({ replicas: 1 });
    expect(body['metadata']).to.include({ generation: 1 }).and.not.to.have.property('labels');
    const spec = await test.client.patch(`${WIDGETS}/w`, 'merge', { spec: { replicas: 2 }, status: { phase: 'Late' } });
    expect(spec.body['metadata']).to.include({ generation: 2 });
    expect(spec.body['status']).to.deep.equal({ phase: 'Ready' });
  });

  it('scale', async () => {
    await create('w', { replicas: 2 });
    await test.client.patch(`${WIDGETS}/w/status`, 'merge', { status: { replicas: 1, selector: 'app=w' } });
    const { body } = await test.client.get(`${WIDGETS}/w/scale`);
    expect(body).to.include({ kind: 'Scale', apiVersion: 'autoscaling/v1' });
    expect([body['spec'], body['status']]).to.deep.equal([{ replicas: 2 }, { replicas: 1, selector: 'app=w' }]);
    await test.client.put(`${WIDGETS}/w/scale`, { ...body, spec: { replicas: 4 } });
    await test.client.patch(`${WIDGETS}/w/scale`, 'merge', { spec: { replicas: 5 } });
    const widget = await test.client.get(`${WIDGETS}/w`);
    expect(widget.body['spec']).to.include({ replicas: 5 });
    expect(widget.body['metadata']).to.include({ generation: 3 });
    expect((await test.client.patch(`${WIDGETS}/w/scale`, 'merge', { spec: { replicas: 50 } })).status).to.equal(422);
  });

  it('are printed in their own columns and selected by their own fields', async () => {
    await create('w');
    await test.client.patch(`${WIDGETS}/w/status`, 'merge', {
      status: { conditions: [{ type: 'Ready', status: 'True' }] },
    });
    const table = await test.client.get(WIDGETS, { accept: 'application/json;as=Table;v=v1;g=meta.k8s.io' });
    expect(table.body['rows']?.['0']?.['cells']).to.deep.equal(['w', 'red', 'True']);
    const green = await test.client.get(`${WIDGETS}?fieldSelector=spec.color%3Dgreen`);
    expect(green.body['items']).to.deep.equal([]);
  });

  it('know no strategic merge', async () => {
    await create('w');
    expect((await test.client.patch(`${WIDGETS}/w`, 'strategic', {})).status).to.equal(415);
  });

  it('can be served in several versions', async () => {
    const first = widgetDefinition() as unknown as { spec: { versions: object[] } };
    const versions = [...first.spec.versions, { ...first.spec.versions[0], name: 'v2', storage: false }];
    await test.client.patch(NAME, 'merge', { spec: { versions } });
    await create('w');
    const { body } = await test.client.get('/apis/example.test/v2/namespaces/default/widgets/w');
    expect(body['apiVersion']).to.equal('example.test/v2');
    const list = await test.client.get('/apis/example.test/v2/widgets');
    expect(list.body['items']?.['0']?.['apiVersion']).to.equal('example.test/v2');
  });

  it('go when their definition goes', async () => {
    await create('w');
    await test.client.delete(NAME);
    expect((await test.client.get(NAME)).status).to.equal(404);
    expect((await test.client.get(WIDGETS)).status).to.equal(404);
    await test.client.post(DEFINITIONS, widgetDefinition());
    expect((await test.client.get(WIDGETS)).body['items']).to.deep.equal([]);
  });

  it('hold their definition back while one of them is held by a finalizer', async () => {
    await test.client.post(WIDGETS, aWidget('w', {}, { finalizers: ['x.test/hold'] }));
    await test.client.delete(NAME);
    expect((await test.client.get(NAME)).status).to.equal(200);
    await test.client.patch(`${WIDGETS}/w`, 'merge', { metadata: { finalizers: null } });
    expect((await test.client.get(NAME)).status).to.equal(404);
  });
});

describe('definitions of custom resources', () => {
  let test: TestServer;
  before(async () => {
    test = await startTestServer();
  });
  after(() => test.stop());

  const refusal = async (definition: object): Promise<unknown> => {
    const { status, body } = await test.client.post(DEFINITIONS, definition);
    return status === 422 ? body['message'] : status;
  };
  const withSpec = (spec: object): object => widgetDefinition({ spec: { type: 'object', ...spec } });
  const AT = 'spec.versions[0].schema.openAPIV3Schema.properties[spec]';

  it('are refused when their schema is not structural', async () => {
    const table: readonly (readonly [object, string])[] = [
      [
        { properties: { a: {} } },
        `${AT}.properties[a].type: Required value: must not be empty for specified object fields`,
      ],
      [{ properties: { a: { type: 'array' } } }, `${AT}.properties[a].items: Required value: must be specified`],
      [{ properties: { a: { type: 'text' } } }, `${AT}.properties[a].type: Unsupported value: "text"`],
      [
        { properties: { a: { type: 'string' } }, additionalProperties: { type: 'string' } },
        `${AT}.additionalProperties: Forbidden: additionalProperties and properties are mutual exclusive`,
      ],
      [
        { properties: { a: { type: 'integer', default: 'x' } } },
        `${AT}.properties[a].default: Invalid value: "string"`,
      ],
      [{ properties: { a: { type: 'string', pattern: '(' } } }, `${AT}.properties[a].pattern: Invalid value: "("`],
      [
        { properties: { a: { type: 'array', items: { type: 'object' }, 'x-kubernetes-list-type': 'map' } } },
        `${AT}.properties[a].x-kubernetes-list-map-keys: Required value`,
      ],
    ];
    for (const [spec, message] of table) expect(await refusal(withSpec(spec))).to.contain(message);
  });

  it('are refused when a rule does not compile', async () => {
    const rule = (text: string, more: object = {}): object =>
      withSpec({
        properties: { a: { type: 'integer' }, list: { type: 'array', items: { type: 'string' } } },
        'x-kubernetes-validations': [{ rule: text, ...more }],
      });
    expect(await refusal(rule('self.b > 1'))).to.contain(`${AT}.x-kubernetes-validations[0].rule: Invalid value:`);
    expect(await refusal(rule('self.a +'))).to.contain('compilation failed');
    expect(await refusal(rule('self.a'))).to.contain('must evaluate to a bool');
    expect(await refusal(rule('self.a > 1', { messageExpression: 'self.a' }))).to.contain('messageExpression');
    const onItem = { type: 'string', 'x-kubernetes-validations': [{ rule: 'self == oldSelf' }] };
    expect(await refusal(withSpec({ properties: { list: { type: 'array', items: onItem } } }))).to.contain(
      'oldSelf cannot be used on the uncorrelatable portion of the schema',
    );
  });

  it('are refused when their names do not fit together', async () => {
    const definition = widgetDefinition() as { metadata: object; spec: { versions: object[] } };
    expect(await refusal({ ...definition, metadata: { name: 'things.example.test' } })).to.contain(
      'metadata.name: Invalid value: "things.example.test": must be spec.names.plural+"."+spec.group',
    );
    const none = { ...definition, spec: { ...definition.spec, versions: [] } };
    expect(await refusal(none)).to.contain('must have exactly one version marked as storage version');
    expect(await refusal({ ...definition, spec: { ...definition.spec, scope: 'Galaxy' } })).to.contain('spec.scope');
  });
});
