import { expect } from 'chai';
import { acceleratorOf } from '../../../operator/model/accelerators.ts';
import { SKUS, skuOf } from '../../../operator/sandbox/cloud/sku-catalogue.ts';

describe('skuOf', () => {
  for (const [type, model, count, resource] of [
    ['p5.48xlarge', 'H100', 8, 'nvidia.com/gpu'],
    ['p4d.24xlarge', 'A100-40GB', 8, 'nvidia.com/gpu'],
    ['p4de.24xlarge', 'A100-80GB', 8, 'nvidia.com/gpu'],
    ['g6e.12xlarge', 'L40S', 4, 'nvidia.com/gpu'],
    ['g7e.2xlarge', 'RTX-PRO-6000', 1, 'nvidia.com/gpu'],
    ['trn1.32xlarge', 'Trainium', 16, 'aws.amazon.com/neuron'],
    ['Standard_NC48ads_A100_v4', 'A100-80GB', 2, 'nvidia.com/gpu'],
    ['Standard_ND96asr_v4', 'A100-40GB', 8, 'nvidia.com/gpu'],
    ['Standard_NC40ads_H100_v5', 'H100-NVL', 1, 'nvidia.com/gpu'],
    ['Standard_ND96isr_MI300X_v5', 'MI300X', 8, 'amd.com/gpu'],
    ['Standard_ND128isr_NDR_GB200_v6', 'GB200', 4, 'nvidia.com/gpu'],
    ['Standard_NV24ads_V710_v5', 'V710', 1, 'amd.com/gpu'],
  ] as const) {
    it(`knows ${count} ${model} of a ${type}`, () => {
      expect(skuOf(type)?.accelerator).to.deep.equal({ model, count, resource });
    });
  }

  it('promises no whole accelerator of a type that has a share of one, or an unknown number', () => {
    for (const type of [
      'g6f.xlarge',
      'Standard_NV6ads_A10_v5',
      'Standard_NV4ads_V710_v5',
      'Standard_NC132ds_xl_RTXPRO6000BSE_v6',
    ]) {
      expect(skuOf(type)).not.to.equal(null);
      expect(skuOf(type)?.accelerator, type).to.equal(null);
    }
  });

  it('does not know types that nobody sells, and is exact about names', () => {
    expect(skuOf('m5.large')).to.equal(null);
    expect(skuOf('standard_nc24ads_a100_v4')).to.equal(null);
  });

  it('gives every type cores and memory, and a model and resource that the operator knows', () => {
    expect(SKUS).to.have.length(128);
    for (const { instanceType, vcpu, memoryGiB, accelerator } of SKUS) {
      expect(vcpu, instanceType).to.be.above(0);
      expect(memoryGiB, instanceType).to.be.above(0);
      if (accelerator !== null)
        expect(acceleratorOf(accelerator.model)?.resource, instanceType).to.equal(accelerator.resource);
    }
  });
});
