/** Laws that server-side apply keeps whatever is applied. */
import { expect } from 'chai';
import * as fc from 'fast-check';
import type { ManagerEntry, Writer } from '../../../../operator/sandbox/apiserver/apply/managed-fields.ts';
import { applyConfiguration } from '../../../../operator/sandbox/apiserver/apply/server-side-apply.ts';
import { equalTrees } from '../../../../operator/sandbox/apiserver/objects/json-tree.ts';
import { SchemaNode } from '../../../../operator/sandbox/apiserver/schema/schema-node.ts';
import type { KubeDocument } from '../../../../operator/sandbox/kube-api.ts';

const SCHEMA = new SchemaNode(
  {
    type: 'object',
    properties: {
      apiVersion: { type: 'string' },
      kind: { type: 'string' },
      metadata: { type: 'object', properties: { name: { type: 'string' } } },
      spec: {
        type: 'object',
        properties: {
          plain: { type: 'integer' },
          map: { type: 'object', additionalProperties: { type: 'integer' } },
          whole: { type: 'array', items: { type: 'integer' } },
          set: { type: 'array', items: { type: 'string' }, 'x-kubernetes-list-type': 'set' },
          keyed: {
            type: 'array',
            'x-kubernetes-list-type': 'map',
            'x-kubernetes-list-map-keys': ['key'],
            items: {
              type: 'object',
              properties: { key: { type: 'string' }, a: { type: 'integer' }, b: { type: 'integer' } },
            },
          },
        },
      },
    },
  },
  () => ({}),
);

const figure = fc.integer({ min: 0, max: 2 });
const letter = fc.constantFrom('x', 'y', 'z');

const spec = fc.record(
  {
    plain: figure,
    map: fc.dictionary(letter, figure, { minKeys: 1, maxKeys: 3 }),
    whole: fc.array(figure, { minLength: 1, maxLength: 3 }),
    set: fc.uniqueArray(letter, { minLength: 1 }),
    keyed: fc.uniqueArray(fc.record({ key: letter, a: figure, b: figure }, { requiredKeys: ['key'] }), {
      selector: (item) => item.key,
      minLength: 1,
    }),
  },
  { requiredKeys: [] },
);

interface State {
  readonly object: KubeDocument;
  readonly managers: readonly ManagerEntry[];
}

const IDENTITY = { apiVersion: 'x.test/v1', kind: 'X', metadata: { name: 'n' } };
const EMPTY: State = { object: { ...IDENTITY }, managers: [] };

const apply = (state: State, manager: string, wanted: object): State => {
  const writer: Writer = { manager, operation: 'Apply', apiVersion: 'x.test/v1', subresource: '', time: 't' };
  const config = Object.keys(wanted).length === 0 ? { ...IDENTITY } : { ...IDENTITY, spec: wanted };
  const { object, managers } = applyConfiguration({
    live: state.object,
    config,
    schema: SCHEMA,
    managers: state.managers,
    writer,
    force: true,
  });
  return { object: object as KubeDocument, managers };
};

/** Order in lists with keys is nobody's property. */
const sorted = (object: KubeDocument): unknown => {
  const { set, keyed, ...rest } = (object['spec'] ?? {}) as { set?: string[]; keyed?: { key: string }[] };
  return {
    ...rest,
    set: set?.toSorted(),
    keyed: keyed?.toSorted((a, b) => a.key.localeCompare(b.key)),
  };
};
const expectSame = (a: State, b: State): void => {
  expect(equalTrees(sorted(a.object), sorted(b.object)), JSON.stringify([a.object, b.object])).to.equal(true);
};

describe('applyConfiguration', () => {
  it('changes nothing the second time', () => {
    fc.assert(
      fc.property(spec, spec, (first, second) => {
        const once = apply(apply(EMPTY, 'one', first), 'two', second);
        const twice = apply(once, 'two', second);
        expect(equalTrees(once.object, twice.object)).to.equal(true);
        expect(twice.managers.length).to.equal(once.managers.length);
      }),
    );
  });

  it('gives what was applied last to whoever applies alone, whatever was applied before', () => {
    fc.assert(
      fc.property(spec, spec, (before, wanted) => {
        expectSame(apply(apply(EMPTY, 'one', before), 'one', wanted), apply(EMPTY, 'one', wanted));
      }),
    );
  });

  it('leaves nothing of a manager that applies nothing any more, and all of the other', () => {
    fc.assert(
      fc.property(spec, spec, (mine, theirs) => {
        const both = apply(apply(EMPTY, 'one', mine), 'two', theirs);
        expectSame(apply(both, 'one', {}), apply(EMPTY, 'two', theirs));
      }),
    );
  });
});
