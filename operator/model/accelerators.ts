/** The one table of accelerator models: which extended resource a model is requested by, and what clouds call it. */
import type { AcceleratorModel } from './names.ts';

/** The device plugin's name of the resource on a node. */
export type AcceleratorResource = 'nvidia.com/gpu' | 'amd.com/gpu' | 'aws.amazon.com/neuron';

export interface Accelerator {
  readonly model: AcceleratorModel;
  readonly resource: AcceleratorResource;
  readonly memoryGiB: number;
}

const table = {
  T4: ['nvidia.com/gpu', 16],
  A10: ['nvidia.com/gpu', 24],
  A10G: ['nvidia.com/gpu', 24],
  L4: ['nvidia.com/gpu', 24],
  L40S: ['nvidia.com/gpu', 48],
  'RTX-PRO-4500': ['nvidia.com/gpu', 32],
  'RTX-PRO-6000': ['nvidia.com/gpu', 96],
  V100: ['nvidia.com/gpu', 16],
  'A100-40GB': ['nvidia.com/gpu', 40],
  'A100-80GB': ['nvidia.com/gpu', 80],
  H100: ['nvidia.com/gpu', 80],
  'H100-NVL': ['nvidia.com/gpu', 94],
  H200: ['nvidia.com/gpu', 141],
  B200: ['nvidia.com/gpu', 180],
  B300: ['nvidia.com/gpu', 270],
  GB200: ['nvidia.com/gpu', 186],
  MI300X: ['amd.com/gpu', 192],
  V710: ['amd.com/gpu', 28],
  Inferentia2: ['aws.amazon.com/neuron', 32],
  Trainium: ['aws.amazon.com/neuron', 32],
  Trainium2: ['aws.amazon.com/neuron', 96],
} as const satisfies Record<string, readonly [AcceleratorResource, number]>;

/** Every known accelerator, in the table's order. */
export const ACCELERATORS: readonly Accelerator[] = Object.entries(table).map(([model, [resource, memoryGiB]]) => ({
  model: model as AcceleratorModel,
  resource,
  memoryGiB,
}));

const byModel = new Map<string, Accelerator>(ACCELERATORS.map((accelerator) => [accelerator.model, accelerator]));

/** The accelerator of that model, or null when the table does not know it. */
export const acceleratorOf = (model: string): Accelerator | null => byModel.get(model) ?? null;

/** The distinct extended resources, for reading nodes and pods. */
export const ACCELERATOR_RESOURCES: readonly AcceleratorResource[] = [
  'nvidia.com/gpu',
  'amd.com/gpu',
  'aws.amazon.com/neuron',
];
