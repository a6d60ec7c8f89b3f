import { expect } from 'chai';
import { vmSizeAccelerator } from '../../../operator/clouds/aks/vm-size-accelerators.ts';

describe('vmSizeAccelerator', () => {
  const SIZES: Readonly<Record<string, readonly [string, number | null]>> = {
    Standard_NC4as_T4_v3: ['T4', 1],
    Standard_NC64as_T4_v3: ['T4', 4],
    Standard_NV36ads_A10_v5: ['A10', 1],
    Standard_NV36adms_A10_v5: ['A10', 1],
    Standard_NV72ads_A10_v5: ['A10', 2],
    Standard_NC32ads_A10_v4: ['A10', 2],
    Standard_NC24ads_A100_v4: ['A100-80GB', 1],
    Standard_NC96ads_A100_v4: ['A100-80GB', 4],
    Standard_ND96asr_v4: ['A100-40GB', 8],
    Standard_ND96amsr_A100_v4: ['A100-80GB', 8],
    Standard_ND96ams_A100_v4: ['A100-80GB', 8],
    Standard_NC40ads_H100_v5: ['H100-NVL', 1],
    Standard_NC80adis_H100_v5: ['H100-NVL', 2],
    Standard_NCC40ads_H100_v5: ['H100-NVL', 1],
    Standard_ND96isr_H100_v5: ['H100', 8],
    Standard_ND96is_H100_v5: ['H100', 8],
    Standard_ND96is_flex_H100_v5: ['H100', 8],
    Standard_ND96is_noIB_H100_v5: ['H100', 8],
    Standard_ND96isrf_H100_v5: ['H100', 8],
    Standard_ND96isr_H200_v5: ['H200', 8],
    Standard_ND96isr_MI300X_v5: ['MI300X', 8],
    Standard_ND96is_MI300X_v5: ['MI300X', 8],
    Standard_ND128isr_NDR_GB200_v6: ['GB200', 4],
    Standard_NV28adms_V710_v5: ['V710', 1],
    Standard_NC128lds_xl_RTXPRO6000BSE_v6: ['RTX-PRO-6000', null],
  };
  for (const [size, [model, count]] of Object.entries(SIZES)) {
    it(`knows ${size} as ${count ?? 'some'} ${model}`, () => {
      expect(vmSizeAccelerator(size)).to.deep.equal({ model, count });
    });
  }

  it('knows a size in whatever case it is spelt', () => {
    expect(vmSizeAccelerator('standard_nc24ads_a100_v4')?.model).to.equal('A100-80GB');
  });

  it('leaves out fractions of a GPU, plain machines and what it has never heard of', () => {
    for (const size of ['Standard_NV6ads_A10_v5', 'Standard_NV18ads_A10_v5', 'Standard_NV4ads_V710_v5'])
      expect(vmSizeAccelerator(size), size).to.equal(null);
    for (const size of ['Standard_D8s_v5', 'Standard_ND96isr_X900_v9', ''])
      expect(vmSizeAccelerator(size)).to.equal(null);
  });
});
