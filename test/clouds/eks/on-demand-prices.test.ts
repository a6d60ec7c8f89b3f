import { expect } from 'chai';
import { priceOf } from '../../../operator/clouds/eks/on-demand-prices.ts';
import { productText } from '../../support/clouds-eks-answers.ts';

describe('priceOf', () => {
  it('reads the price out of the JSON text', () => {
    expect(priceOf([productText('55.0400000000')], 'p5.48xlarge')).to.equal(55.04);
  });

  it('passes over the zero prices of reservations and blocks', () => {
    expect(priceOf([productText('0.0000000000'), productText('55.04')], 'p5.48xlarge')).to.equal(55.04);
    expect(priceOf([productText('0.0000000000')], 'p5.48xlarge')).to.equal(null);
  });

  it('takes the dearer of two, so that a wrong row never looks like a bargain', () => {
    expect(priceOf([productText('5.04'), productText('55.04'), productText('50')], 'p5.48xlarge')).to.equal(55.04);
  });

  it('passes over other types, units and currencies, and broken texts', () => {
    const texts = [
      productText('1', { instanceType: 'p5.4xlarge' }),
      productText('1', { unit: 'Quantity' }),
      productText('1', { currency: 'CNY' }),
      productText('NaN'),
      productText('-1'),
      '{"product":',
      'null',
      '{}',
    ];
    expect(priceOf(texts, 'p5.48xlarge')).to.equal(null);
  });
});
