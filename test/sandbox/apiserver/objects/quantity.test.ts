/** Kubernetes quantities. */
import { expect } from 'chai';
import * as fc from 'fast-check';
import {
  canonicalQuantity,
  formatQuantity,
  parseQuantity,
} from '../../../../operator/sandbox/apiserver/objects/quantity.ts';

describe('canonicalQuantity', () => {
  it('writes quantities as Kubernetes does', () => {
    const table: readonly (readonly [string | number, string | null])[] = [
      [1, '1'],
      [0.5, '500m'],
      ['1000m', '1'],
      ['1500m', '1500m'],
      ['2000', '2k'],
      ['1024Mi', '1Gi'],
      ['1.5Gi', '1536Mi'],
      ['0.5Ki', '512'],
      ['1e3', '1e3'],
      ['12e6', '12e6'],
      ['100e-3', '100m'],
      ['-1500m', '-1500m'],
      ['0', '0'],
      ['.5', '500m'],
      ['1u', '1u'],
      ['abc', null],
      ['1 Gi', null],
      ['', null],
    ];
    for (const [given, expected] of table) expect(canonicalQuantity(given), String(given)).to.equal(expected);
    expect(canonicalQuantity(null)).to.equal(null);
  });
});

describe('formatQuantity', () => {
  it('keeps the value, and is its own canonical form', () => {
    const suffixes = ['n', 'u', 'm', '', 'k', 'M', 'G', 'T', 'Ki', 'Mi', 'Gi', 'e3', 'e6'];
    fc.assert(
      fc.property(fc.integer({ min: -100_000, max: 100_000 }), fc.constantFrom(...suffixes), (figure, suffix) => {
        const parsed = parseQuantity(`${figure}${suffix}`);
        if (parsed === null) throw new Error('not parsed');
        const text = formatQuantity(parsed);
        expect(parseQuantity(text)?.nano).to.equal(parsed.nano);
        expect(canonicalQuantity(text)).to.equal(text);
      }),
    );
  });
});
