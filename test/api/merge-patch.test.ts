import { expect } from 'chai';
import * as fc from 'fast-check';
import { mergePatch } from '../../operator/api/merge-patch.ts';

type Fields = Record<string, unknown>;

const isFields = (value: unknown): value is Fields =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** RFC 7396, word by word. */
function applyPatch(target: unknown, patch: unknown): unknown {
  if (!isFields(patch)) return patch;
  const result: Fields = isFields(target) ? { ...target } : {};
  for (const [name, value] of Object.entries(patch)) {
    if (value === null) delete result[name];
    else result[name] = applyPatch(result[name], value);
  }
  return result;
}

/** Objects as statuses are: no nulls, which a merge patch cannot write. */
const { status } = fc.letrec<{ status: Fields; value: unknown }>((tie) => ({
  status: fc.dictionary(fc.constantFrom('a', 'b', 'c'), tie('value'), { maxKeys: 3 }),
  value: fc.oneof({ maxDepth: 3 }, fc.boolean(), fc.nat(2), fc.array(fc.nat(1), { maxLength: 2 }), tie('status')),
}));

describe('mergePatch', () => {
  it('turns the one into the other', () => {
    fc.assert(
      fc.property(status, status, (before, after) => {
        expect(applyPatch(before, mergePatch(before, after) ?? {})).to.deep.equal(after);
      }),
    );
  });

  it('is nothing when nothing changed', () => {
    fc.assert(fc.property(status, (it) => mergePatch(it, structuredClone(it)) === null));
    expect(mergePatch({ a: { b: 1, c: 2 } }, { a: { c: 2, b: 1 } })).to.equal(null);
    expect(mergePatch({}, { a: undefined })).to.equal(null);
  });

  it('writes only what changed', () => {
    const before = { ready: 1, summary: { state: 'Starting', gpus: 4 }, unreachableSince: 'x', pools: [1, 2] };
    const after = { ready: 1, summary: { state: 'Serving', gpus: 4 }, pools: [1, 3] };
    expect(mergePatch(before, after)).to.deep.equal({
      summary: { state: 'Serving' },
      unreachableSince: null,
      pools: [1, 3],
    });
    expect(mergePatch(null, { ready: 1 })).to.deep.equal({ ready: 1 });
  });
});
