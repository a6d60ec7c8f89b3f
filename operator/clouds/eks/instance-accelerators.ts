/** Which accelerator an EC2 instance type has, from what DescribeInstanceTypes says of its devices. */
import type { InstanceTypeInfo } from '@aws-sdk/client-ec2';
import { type Accelerator, acceleratorOf } from '../../model/accelerators.ts';
import type { AcceleratorModel } from '../../model/names.ts';

export interface InstanceAccelerator {
  readonly model: AcceleratorModel;
  /** Whole devices of one instance. */
  readonly count: number;
}

/** EC2's device names, lower-case letters and digits only, and the models that bear them; memory tells those apart. */
const MODELS_BY_DEVICE: Readonly<Record<string, readonly string[]>> = {
  t4: ['T4'],
  a10g: ['A10G'],
  l4: ['L4'],
  l40s: ['L40S'],
  rtxproserver4500: ['RTX-PRO-4500'],
  rtxpro4500: ['RTX-PRO-4500'],
  rtxproserver6000: ['RTX-PRO-6000'],
  rtxpro6000: ['RTX-PRO-6000'],
  v100: ['V100'],
  a100: ['A100-40GB', 'A100-80GB'],
  h100: ['H100'],
  h200: ['H200'],
  b200: ['B200'],
  b300: ['B300'],
  gb200: ['GB200'],
  inferentia2: ['Inferentia2'],
  trainium: ['Trainium'],
  trainium2: ['Trainium2'],
};

const MIB_PER_GIB = 1024;
/** EC2 counts usable memory: an L40S of 48 GiB shows 44.7, an A10G of 24 shows 22.35. */
const LEAST_SHARE_OF_NOMINAL_MEMORY = 0.85;

interface Device {
  readonly name: string | undefined;
  readonly count: number;
  readonly memoryMiB: number | undefined;
}

/** The type's accelerator; null for none, for one that the table does not know, and for a fraction of a device. */
export function instanceAccelerator(info: InstanceTypeInfo): InstanceAccelerator | null {
  const device = deviceOf(info);
  if (device === null || device.count < 1) return null;
  const model = modelOf(device);
  return model === null ? null : { model, count: device.count };
}

function deviceOf(info: InstanceTypeInfo): Device | null {
  const gpu = info.GpuInfo?.Gpus?.[0];
  if (gpu !== undefined) {
    // Types with a fraction of a GPU have Count 0 and say how many fractions in LogicalGpuCount; their memory, being
    // that of the fraction, then fits no model.
    const count = gpu.Count !== undefined && gpu.Count > 0 ? gpu.Count : (gpu.LogicalGpuCount ?? 0);
    return { name: gpu.Name, count, memoryMiB: gpu.MemoryInfo?.SizeInMiB };
  }
  const neuron = info.NeuronInfo?.NeuronDevices?.[0];
  if (neuron === undefined) return null;
  return { name: neuron.Name, count: neuron.Count ?? 0, memoryMiB: neuron.MemoryInfo?.SizeInMiB };
}

/** The largest model of that name whose memory the device has; null without a memory to judge by. */
function modelOf({ name, memoryMiB }: Device): AcceleratorModel | null {
  const names = MODELS_BY_DEVICE[(name ?? '').toLowerCase().replace(/[^a-z0-9]/g, '')] ?? [];
  const fits = ({ memoryGiB }: Accelerator): boolean =>
    memoryMiB !== undefined && memoryMiB >= memoryGiB * MIB_PER_GIB * LEAST_SHARE_OF_NOMINAL_MEMORY;
  const fitting = names
    .map(acceleratorOf)
    .filter((known) => known !== null)
    .filter(fits)
    .toSorted((a, b) => b.memoryGiB - a.memoryGiB);
  return fitting[0]?.model ?? null;
}
