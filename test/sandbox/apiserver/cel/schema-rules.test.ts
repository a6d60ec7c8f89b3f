/** CEL rules of schemas, with the functions Kubernetes adds. */
import { expect } from 'chai';
import { compileRules } from '../../../../operator/sandbox/apiserver/cel/schema-rules.ts';
import { SchemaNode } from '../../../../operator/sandbox/apiserver/schema/schema-node.ts';

const PROPERTIES = {
  count: { type: 'integer' },
  ratio: { type: 'number' },
  name: { type: 'string' },
  missing: { type: 'string' },
  namespace: { type: 'string' },
  'dash-ed': { type: 'string' },
  when: { type: 'string', format: 'date-time' },
  wait: { type: 'string', format: 'duration' },
  port: { 'x-kubernetes-int-or-string': true },
  labels: { type: 'object', additionalProperties: { type: 'string' } },
  list: { type: 'array', items: { type: 'integer' } },
  words: { type: 'array', items: { type: 'string' } },
  parts: {
    type: 'array',
    'x-kubernetes-list-type': 'map',
    'x-kubernetes-list-map-keys': ['id'],
    items: { type: 'object', required: ['id'], properties: { id: { type: 'string' }, size: { type: 'integer' } } },
  },
  nested: { type: 'object', properties: { deep: { type: 'integer' } } },
  free: { type: 'object', 'x-kubernetes-preserve-unknown-fields': true },
};

const SPEC = {
  count: 3,
  ratio: 0.5,
  name: 'web-1',
  namespace: 'team',
  'dash-ed': 'd',
  when: '2026-01-01T00:00:00Z',
  wait: '90s',
  port: 8080,
  labels: { 'a/b': 'c' },
  list: [1, 2, 3],
  words: ['a', 'b'],
  parts: [
    { id: 'x', size: 1 },
    { id: 'y', size: 2 },
  ],
  nested: { deep: 7 },
  free: { any: { n: 4 } },
};

const object = (spec: object): never =>
  ({ apiVersion: 'x.test/v1', kind: 'X', metadata: { name: 'obj' }, spec }) as never;

const schemaWith = (rule: object, spec: object = {}): SchemaNode =>
  new SchemaNode(
    {
      type: 'object',
      properties: {
        spec: { type: 'object', properties: { ...PROPERTIES, ...spec }, 'x-kubernetes-validations': [rule] },
      },
    },
    () => ({}),
  );

/** Whether the rule holds for SPEC; the problem when it does not compile. */
const holds = (rule: string): boolean | string => {
  const { problems, check } = compileRules(schemaWith({ rule }));
  return problems[0]?.detail ?? check(object(SPEC), null).length === 0;
};

describe('compileRules', () => {
  it('knows the language and the library', () => {
    const rules = [
      'self.count == 3 && self.ratio < 1.0',
      'self.name.startsWith("web") && self.name.matches("^[a-z]+-[0-9]$")',
      '!has(self.missing) && has(self.name)',
      'self.__namespace__ == "team" && self.dash__dash__ed == "d"',
      'self.when > timestamp("2025-01-01T00:00:00Z")',
      'self.wait < duration("2m")',
      'self.port == 8080 || self.port == "http"',
      'self.labels.all(key, key.contains("/"))',
      '"a/b" in self.labels && self.labels["a/b"] == "c"',
      'self.list.sum() == 6 && self.list.isSorted() && self.list.max() == 3 && self.list.min() == 1',
      'self.list.indexOf(2) == 1 && self.list.lastIndexOf(4) == -1',
      'self.words.join("-") == "a-b" && size(self.words) == 2',
      'self.parts.map(part, part.id) == ["x", "y"] && self.parts.exists_one(part, part.size == 2)',
      'self.parts.filter(part, part.size > 1).size() == 1',
      'self.free.any.n == 4',
      'quantity("500m").isLessThan(quantity("1")) && quantity("1Gi") == quantity("1024Mi")',
      'quantity("2").add(quantity("500m")).sub(1).compareTo(quantity("1500m")) == 0 && quantity("3").asInteger() == 3',
      'isQuantity("5k") && !isQuantity("five") && quantity("-1").sign() == -1 && quantity("1").isInteger()',
      'url("https://host:8080/a?b=c").getHostname() == "host" && isURL("https://x") && !isURL("::")',
      'url("https://host:8080/a").getPort() == "8080" && url("https://h/p").getEscapedPath() == "/p"',
      'isIP("10.0.0.1") && isCIDR("10.0.0.0/8") && !isCIDR("10.0.0.0/99")',
      'sets.contains(self.list, [1]) && sets.intersects(self.list, [3, 9]) && sets.equivalent([1, 2], [2, 1])',
      '"a1b22".find("[0-9]+") == "1" && "a1b22".findAll("[0-9]+") == ["1", "22"]',
      '"%s has %d of %.1f".format(["x"]) == "x has %d of %.1f" && "abc".replace("b", "x") == "axc"',
      '"abc".charAt(1) == "b" && "abc".reverse() == "cba"',
      'self.?missing.orValue("none") == "none"',
      'type(self.count) == int',
    ];
    for (const rule of rules) expect(holds(rule), rule).to.equal(true);
    expect(holds('self.count == 4')).to.equal(false);
  });

  it('refuses what the schema does not know or types do not allow', () => {
    for (const rule of ['self.nothing == 1', 'self.count + self.name == ""', 'self.name', 'self.count ==']) {
      expect(holds(rule), rule).to.be.a('string');
    }
  });

  it('says what a rule says, or which rule failed', () => {
    const messageOf = (rule: object): unknown => compileRules(schemaWith(rule)).check(object(SPEC), null)[0];
    expect(messageOf({ rule: 'self.count > 5' })).to.deep.equal({
      type: 'FieldValueInvalid',
      field: 'spec',
      detail: 'Invalid value: failed rule: self.count > 5',
    });
    const computed = {
      rule: 'self.count > 5',
      messageExpression: '"count is " + string(self.count)',
      fieldPath: '.count',
    };
    expect(messageOf(computed)).to.deep.include({ field: 'spec.count', detail: 'Invalid value: count is 3' });
    const broken = { rule: 'self.count > 5', message: 'too few', messageExpression: 'self.missing' };
    expect(messageOf(broken)).to.deep.include({ detail: 'Invalid value: too few' });
    const table: readonly (readonly [string, string])[] = [
      ['FieldValueRequired', 'Required value: m'],
      ['FieldValueForbidden', 'Forbidden: m'],
      ['FieldValueDuplicate', 'Duplicate value: m'],
    ];
    for (const [reason, detail] of table) {
      expect(messageOf({ rule: 'false', message: 'm', reason })).to.deep.include({ type: reason, detail });
    }
    expect(messageOf({ rule: 'self.missing == ""', message: 'm' })).to.deep.include({
      detail: 'Invalid value: no such key: missing evaluating rule: m',
    });
  });

  it('shows the value a rule on a scalar refuses', () => {
    const name = { type: 'string', 'x-kubernetes-validations': [{ rule: 'self != "web-1"', message: 'taken' }] };
    const { check } = compileRules(schemaWith({ rule: 'true' }, { name }));
    expect(check(object(SPEC), null)).to.deep.equal([
      { type: 'FieldValueInvalid', field: 'spec.name', detail: 'Invalid value: "web-1": taken' },
    ]);
  });

  it('compares with the old value where there is one', () => {
    const { check } = compileRules(schemaWith({ rule: 'self.count >= oldSelf.count', message: 'only up' }));
    const at = (count: number): never => object({ ...SPEC, count });
    expect(check(at(1), null)).to.deep.equal([]);
    expect(check(at(4), at(3))).to.deep.equal([]);
    expect(check(at(2), at(3))[0]?.detail).to.contain('only up');
  });

  it('finds the old item of a keyed list by its keys', () => {
    const size = { type: 'integer', 'x-kubernetes-validations': [{ rule: 'self == oldSelf', message: 'fixed' }] };
    const items = { type: 'object', required: ['id'], properties: { id: { type: 'string' }, size } };
    const { problems, check } = compileRules(schemaWith({ rule: 'true' }, { parts: { ...PROPERTIES.parts, items } }));
    expect(problems).to.deep.equal([]);
    const parts = (...list: object[]): never => object({ ...SPEC, parts: list });
    const before = parts({ id: 'x', size: 1 }, { id: 'y', size: 2 });
    expect(check(parts({ id: 'y', size: 2 }, { id: 'new', size: 9 }), before)).to.deep.equal([]);
    expect(check(parts({ id: 'y', size: 3 }), before)[0]?.field).to.equal('spec.parts[0].size');
  });

  it('lets a rule see that there is no old value', () => {
    const rule = { rule: 'oldSelf.hasValue() || self.count == 0', optionalOldSelf: true, message: 'starts at 0' };
    const { check } = compileRules(schemaWith(rule));
    expect(check(object(SPEC), null)[0]?.detail).to.contain('starts at 0');
    expect(check(object(SPEC), object(SPEC))).to.deep.equal([]);
  });

  it('lets a rule at the root see the name', () => {
    const schema = new SchemaNode(
      { type: 'object', properties: {}, 'x-kubernetes-validations': [{ rule: "self.metadata.name == 'obj'" }] },
      () => ({}),
    );
    expect(compileRules(schema).check(object({}), null)).to.deep.equal([]);
  });
});
