/** Which accelerator an Azure VM size has. No Azure API says the model or its memory, so this table does. */
import { acceleratorOf } from '../../model/accelerators.ts';
import type { AcceleratorModel } from '../../model/names.ts';

export interface VmSizeAccelerator {
  readonly model: AcceleratorModel;
  /** Of one VM, where it is known without asking; null: only the SKU list tells. */
  readonly count: number | null;
}

/**
 * Sizes by pattern of their lower-case name, with the model and the count of each size that has been seen. Sizes with
 * a fraction of a GPU (NV6ads_A10_v5 and the like) are left out on purpose: a replica cannot have the whole device.
 */
const SIZES: readonly (readonly [RegExp, string, Readonly<Record<string, number>>])[] = [
  [/^standard_nc(4|8|16|64)as_t4_v3$/, 'T4', { 4: 1, 8: 1, 16: 1, 64: 4 }],
  [/^standard_nv(36|72)adm?s_a10_v5$/, 'A10', { 36: 1, 72: 2 }],
  [/^standard_nc(8|16|32)ads_a10_v4$/, 'A10', { 8: 1, 16: 1, 32: 2 }],
  [/^standard_nd(40)rs_v2$/, 'V100', { 40: 8 }],
  [/^standard_nc(24|48|96)ads_a100_v4$/, 'A100-80GB', { 24: 1, 48: 2, 96: 4 }],
  [/^standard_nd(96)amsr?_a100_v4$/, 'A100-80GB', { 96: 8 }],
  [/^standard_nd(96)asr(?:_a100)?_v4$/, 'A100-40GB', { 96: 8 }],
  [/^standard_ncc?(40|80)a(?:d|di)s_h100_v5$/, 'H100-NVL', { 40: 1, 80: 2 }],
  [/^standard_nd(96)is[a-z]*(?:_flex|_noib)?_h100_v5$/, 'H100', { 96: 8 }],
  [/^standard_nd(96)is[a-z]*_h200_v5$/, 'H200', { 96: 8 }],
  [/^standard_nd(96)is[a-z]*_mi300x_v5$/, 'MI300X', { 96: 8 }],
  [/^standard_nd(128)isr_ndr_gb200_v6$/, 'GB200', { 128: 4 }],
  [/^standard_nv(24|28)adm?s_v710_v5$/, 'V710', { 24: 1, 28: 1 }],
  [/^standard_nc(\d+)l?ds_xl_rtxpro6000bse_v6$/, 'RTX-PRO-6000', {}],
];

/** The size's accelerator, in whatever case the name is spelt; null for none and for sizes that are not known. */
export function vmSizeAccelerator(vmSize: string): VmSizeAccelerator | null {
  const name = vmSize.toLowerCase();
  for (const [pattern, modelName, counts] of SIZES) {
    const vcpus = pattern.exec(name)?.[1];
    const model = acceleratorOf(modelName)?.model;
    if (vcpus !== undefined && model !== undefined) return { model, count: counts[vcpus] ?? null };
  }
  return null;
}
