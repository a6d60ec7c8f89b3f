import { expect } from 'chai';
import * as fc from 'fast-check';
import { usablePrice } from '../../operator/clouds/usable-price.ts';

describe('usablePrice', () => {
  it('takes decimal text and numbers as they come', () => {
    expect(usablePrice('12.3456')).to.equal(12.3456);
    expect(usablePrice('0.0000010000')).to.equal(0.000001);
    expect(usablePrice(98.32)).to.equal(98.32);
    expect(usablePrice(' 3 ')).to.equal(3);
  });

  const IMPOSSIBLE = [
    'NaN',
    'Infinity',
    '',
    ' ',
    '0',
    '0.0000000000',
    '-1',
    '1e3',
    '0x10',
    '12,5',
    '12.3 USD',
    '10001',
  ];
  for (const text of IMPOSSIBLE) {
    it(`leaves out the text "${text}"`, () => {
      expect(usablePrice(text)).to.equal(null);
    });
  }

  it('leaves out figures and things that cannot be a price', () => {
    for (const figure of [Number.NaN, Infinity, -Infinity, 0, -0, -3, 1e9, null, undefined, true, {}, [5]])
      expect(usablePrice(figure), JSON.stringify(figure)).to.equal(null);
  });

  it('never passes on anything but a positive finite number', () => {
    fc.assert(
      fc.property(fc.oneof(fc.double(), fc.string(), fc.integer().map(String), fc.anything()), (figure) => {
        const price = usablePrice(figure);
        expect(price === null || (Number.isFinite(price) && price > 0)).to.equal(true);
      }),
    );
  });
});
