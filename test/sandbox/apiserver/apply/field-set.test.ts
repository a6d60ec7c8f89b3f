/** Sets of field paths. */
import { expect } from 'chai';
import * as fc from 'fast-check';
import type { FieldSet } from '../../../../operator/sandbox/apiserver/apply/field-set.ts';
import {
  difference,
  equalSets,
  fieldSet,
  fromFieldsV1,
  intersection,
  isEmptySet,
  NO_FIELDS,
  pathsOf,
  THE_FIELD,
  toFieldsV1,
  union,
} from '../../../../operator/sandbox/apiserver/apply/field-set.ts';

const ELEMENTS = ['f:a', 'f:b', 'k:{"name":"x"}', 'v:"y"'];

/** Random sets, at most three levels deep. */
const sets = (depth = 3): fc.Arbitrary<FieldSet> =>
  depth === 0
    ? fc.constant(THE_FIELD)
    : fc
        .tuple(fc.boolean(), fc.dictionary(fc.constantFrom(...ELEMENTS), sets(depth - 1), { maxKeys: 3 }))
        .map(([member, children]) => fieldSet(member && depth < 3, Object.entries(children)));

const same = (a: FieldSet, b: FieldSet): void => {
  expect(equalSets(a, b), 'the sets are equal').to.equal(true);
};

describe('FieldSet', () => {
  it('obeys the laws of sets', () => {
    fc.assert(
      fc.property(sets(), sets(), (a, b) => {
        same(union(a, b), union(b, a));
        same(intersection(a, b), intersection(b, a));
        same(union(difference(a, b), intersection(a, b)), a);
        same(difference(a, a), NO_FIELDS);
        same(intersection(difference(a, b), b), NO_FIELDS);
        same(union(a, a), a);
      }),
    );
  });

  it('survives being written as FieldsV1', () => {
    fc.assert(fc.property(sets(), (set) => same(fromFieldsV1(toFieldsV1(set)), set)));
  });

  it('counts as many paths as its parts', () => {
    fc.assert(
      fc.property(sets(), sets(), (a, b) => {
        expect(pathsOf(union(a, b)).length).to.equal(pathsOf(a).length + pathsOf(difference(b, a)).length);
      }),
    );
  });

  it('shows paths as messages do', () => {
    const set = fromFieldsV1({
      'f:spec': { 'f:containers': { 'k:{"name":"web"}': { '.': {}, 'f:image': {} } }, 'f:tags': { 'v:"a"': {} } },
    });
    expect(pathsOf(set)).to.deep.equal([
      '.spec.containers[name="web"]',
      '.spec.containers[name="web"].image',
      '.spec.tags[="a"]',
    ]);
    expect(isEmptySet(set)).to.equal(false);
  });
});
