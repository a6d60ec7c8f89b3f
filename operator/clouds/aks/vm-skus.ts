/** What the subscription's SKU list says of the VM sizes with GPUs: how many, and whether they may be used at all. */
import type { ComputeManagementClient, ResourceSku } from '@azure/arm-compute';
import type { Region } from '../../model/names.ts';
import { noAnswer } from '../failure-of.ts';

export interface VmSku {
  readonly gpus: number;
  /** Whether it is sold as spot; a restriction of spot shows nowhere else. */
  readonly spotCapable: boolean;
  /** Azure's reason why this subscription cannot have it anywhere in the region; null: it can. */
  readonly refused: string | null;
}

/** By lower-case size. */
export type VmSkus = ReadonlyMap<string, VmSku>;

/** The list has every size of the region and is several megabytes: ask rarely. */
export async function listVmSkus(
  compute: ComputeManagementClient,
  region: Region,
  abortSignal: AbortSignal,
): Promise<VmSkus> {
  const skus = new Map<string, VmSku>();
  let sizes = 0;
  for await (const sku of compute.resourceSkus.list({ filter: `location eq '${region}'`, abortSignal })) {
    if (sku.resourceType !== 'virtualMachines' || sku.name === undefined) continue;
    sizes += 1;
    const gpus = Number(capability(sku, 'GPUs') ?? 0);
    if (Number.isInteger(gpus) && gpus > 0) skus.set(sku.name.toLowerCase(), vmSku(sku, gpus));
  }
  // Every region sells virtual machines: an empty list is a broken answer, and would be remembered for hours.
  if (sizes === 0) throw noAnswer(`list VM sizes of ${region}`);
  return skus;
}

const vmSku = (sku: ResourceSku, gpus: number): VmSku => ({
  gpus,
  spotCapable: capability(sku, 'LowPriorityCapable')?.toLowerCase() !== 'false',
  refused: sku.restrictions?.find((it) => it.type === 'Location')?.reasonCode ?? null,
});

const capability = (sku: ResourceSku, name: string): string | undefined =>
  sku.capabilities?.find((it) => it.name === name)?.value;
