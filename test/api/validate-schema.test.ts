import { expect } from 'chai';
import * as fc from 'fast-check';
import { describeIssues } from '../../operator/api/issue.ts';
import { describeUnknownField } from '../../operator/api/unknown-field.ts';
import { validateSchema } from '../../operator/api/validate-schema.ts';
import { schemaOf, type WireSchema } from '../../operator/api/wire-schema.ts';
import { withCrdDefaults } from '../support/api-crd-schemas.ts';
import {
  aFleetPolicyObject,
  aKubeconfigMemberObject,
  aMemberClusterObject,
  anInferenceDeploymentObject,
  yamlFiles,
} from '../support/api-objects.ts';

const refuse = { path: 'spec', unknownFields: 'Refuse' } as const;
const issuesOf = (schema: WireSchema, value: unknown) => validateSchema(schema, value, refuse).issues;

describe('validateSchema', () => {
  const examples = yamlFiles('crds/examples')
    .flatMap((file) => file.documents)
    .filter((document) => document['kind'] !== 'Namespace');
  const bases = [
    anInferenceDeploymentObject(),
    aMemberClusterObject(),
    aKubeconfigMemberObject(),
    aFleetPolicyObject(),
  ];

  it('applies the defaults that the CRDs have', () => {
    for (const object of [...bases, ...examples]) {
      const kind = object['kind'] as Parameters<typeof schemaOf>[0];
      const { value, issues } = validateSchema(schemaOf(kind, 'spec'), object['spec'], refuse);
      expect(issues).to.deep.equal([]);
      expect(value).to.deep.equal(withCrdDefaults(object)['spec']);
    }
  });

  it('leaves what it is given alone', () => {
    const object = anInferenceDeploymentObject();
    const before = structuredClone(object);
    validateSchema(schemaOf('InferenceDeployment', 'spec'), object['spec'], refuse);
    expect(object).to.deep.equal(before);
  });

  it('defaults nothing further when it reads its own answer', () => {
    const schema = schemaOf('InferenceDeployment', 'spec');
    const once = validateSchema(schema, anInferenceDeploymentObject()['spec'], refuse).value;
    expect(validateSchema(schema, once, refuse)).to.deep.equal({ value: once, issues: [] });
  });

  it('takes an empty value for the default where there is one, as the API server does', () => {
    const object = anInferenceDeploymentObject({ '/spec/replicas': null, '/spec/placement': { spot: null } });
    const { value, issues } = validateSchema(schemaOf('InferenceDeployment', 'spec'), object['spec'], refuse);
    expect(issues).to.deep.equal([]);
    expect(value).to.deep.include({ replicas: 1 });
  });

  it('answers anything with issues instead of failing', () => {
    const schema = schemaOf('InferenceDeployment', 'spec');
    fc.assert(
      fc.property(fc.jsonValue(), (value) => {
        const { issues } = validateSchema(schema, value, refuse);
        expect(issues).to.not.deep.equal([]);
        for (const { path, message } of issues) {
          expect(path).to.match(/^spec/);
          expect(message).to.match(/^\S.*\S$/s);
        }
      }),
    );
  });

  it('drops unknown fields where a newer operator may have written them', () => {
    const status = { observedGeneration: 1, verdict: 'Healthy', moodOfTheMember: 'sunny' };
    const { value, issues } = validateSchema(schemaOf('MemberCluster', 'status'), status, {
      path: 'status',
      unknownFields: 'Drop',
    });
    expect(issues).to.deep.equal([]);
    expect(value).to.deep.equal({ observedGeneration: 1, verdict: 'Healthy' });
  });

  it('is not fooled by names that every object inherits', () => {
    const schema: WireSchema = { type: 'object', properties: { name: { type: 'string' } } };
    const hostile = JSON.parse('{"__proto__": {"name": "a"}, "constructor": 1, "toString": 2}') as unknown;
    expect(issuesOf(schema, hostile).map(({ path }) => path)).to.have.members([
      'spec.__proto__',
      'spec.constructor',
      'spec.toString',
    ]);
    const map: WireSchema = { type: 'object', additionalProperties: { type: 'string' } };
    expect(Object.getPrototypeOf(validateSchema(map, JSON.parse('{"__proto__": "a"}'), refuse).value)).to.equal(
      Object.prototype,
    );
  });

  it('counts characters, not the units that they are stored in', () => {
    const schema: WireSchema = { type: 'string', maxLength: 2 };
    expect(issuesOf(schema, '🚢🚢')).to.deep.equal([]);
    expect(issuesOf(schema, 'abc')).to.deep.equal([{ path: 'spec', message: 'must have at most 2 characters, not 3' }]);
  });

  it('says what is too long without repeating all of it', () => {
    const schema: WireSchema = { type: 'string', enum: ['a'] };
    const [issue] = issuesOf(schema, 'x'.repeat(10_000));
    expect(issue?.message.length).to.be.below(100);
  });

  it('says what a time has to look like', () => {
    const schema: WireSchema = { type: 'string', format: 'date-time' };
    expect(issuesOf(schema, 'yesterday')[0]?.message).to.include('must be a time such as 2026-01-31T12:00:00Z');
  });

  it('names the pattern where there are no words for it', () => {
    const schema: WireSchema = { type: 'string', pattern: '^a+$', minLength: 3 };
    expect(issuesOf(schema, 'b')[0]?.message).to.equal('must match ^a+$, not "b"');
    expect(issuesOf(schema, 'aa')[0]?.message).to.equal('must have at least 3 characters');
  });

  it('holds lists and maps to their size', () => {
    const list: WireSchema = { type: 'array', maxItems: 1, items: { type: 'string' } };
    expect(issuesOf(list, ['a', 'b'])[0]?.message).to.equal('must have at most 1 entries, not 2');
    const map: WireSchema = { type: 'object', maxProperties: 1, additionalProperties: { type: 'string' } };
    expect(issuesOf(map, { a: 'a', b: 'b' })[0]?.message).to.equal('must have at most 1 entries, not 2');
    expect(issuesOf({ type: 'array', minItems: 2 }, ['a'])[0]?.message).to.equal('must have at least 2 entries');
  });
});

describe('schemaOf', () => {
  it('knows the spec and the status of every kind', () => {
    for (const kind of ['InferenceDeployment', 'MemberCluster', 'FleetPolicy'] as const)
      for (const part of ['spec', 'status'] as const) expect(schemaOf(kind, part).type).to.equal('object');
  });
});

describe('describeUnknownField', () => {
  it('asks whether a neighbour was meant', () => {
    expect(describeUnknownField('replicsa', ['replicas', 'priority'])).to.equal(
      'unknown field; did you mean replicas?',
    );
    expect(describeUnknownField('MINREADY', ['minReady'])).to.equal('unknown field; did you mean minReady?');
  });

  it('does not take a harmful field for a misspelled harmless one', () => {
    expect(describeUnknownField('hostIP', ['hostIPs'])).to.include('would open a port');
  });

  it('lists what there is when nothing is near', () => {
    expect(describeUnknownField('x', ['port', 'dns'])).to.equal('unknown field; remove it or use one of port, dns');
    expect(describeUnknownField('x', [])).to.equal('unknown field; remove it');
  });
});

describe('describeIssues', () => {
  const issue = (path: string) => ({ path, message: 'is required; add it' });

  it('shows the first three and counts the rest', () => {
    expect(describeIssues([issue('a')])).to.equal('a: is required; add it');
    expect(describeIssues(['a', 'b', 'c', 'd', 'e'].map(issue))).to.match(/^a: .*; b: .*; c: .*; and 2 more$/);
    expect(describeIssues([{ path: '', message: 'must be a FleetPolicy' }])).to.equal('must be a FleetPolicy');
  });
});
