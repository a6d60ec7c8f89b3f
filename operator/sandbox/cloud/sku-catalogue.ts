/** The instance types that the sandbox's clouds sell, read from data/gpu-skus.json; enter at skuOf. */
import catalogue from '../data/gpu-skus.json' with { type: 'json' };
import type { SandboxProvider } from '../cloud-state.ts';

/** A row of data/gpu-skus.json, as far as it is read. */
interface SkuRow {
  readonly cloud: SandboxProvider;
  readonly instanceType: string;
  readonly vcpu: number;
  readonly memoryGiB: number | null;
  readonly accelerator: {
    readonly name: string;
    readonly manufacturer: string;
    readonly count: number | null;
    readonly fraction?: number | null;
    readonly memoryGiBEach: number | null;
  };
  readonly k8sResource: string;
  readonly onDemandUsdPerHour: Readonly<Record<string, number | null>>;
  readonly spotUsdPerHourByAzId?: Readonly<Record<string, number>>;
  readonly spotUsdPerHourByRegion?: Readonly<Record<string, number>>;
  readonly quotaFamily?: string | null;
}

/** An instance type with what its nodes carry and what it costs. */
export interface Sku {
  readonly provider: SandboxProvider;
  readonly instanceType: string;
  readonly vcpu: number;
  readonly memoryGiB: number;
  /** What a node of this type offers to pods; null for shares of a device and for types whose count is not known. */
  readonly accelerator: SkuAccelerator | null;
  /** As the vendor writes it, for the clouds' own answers. */
  readonly device: {
    readonly name: string;
    readonly manufacturer: string;
    readonly memoryGiB: number;
    /** Devices that a node sees, shares counted as one each; null: not known. */
    readonly count: number | null;
  };
  /** By region; absent or null: not sold there. AWS has us-east-1 only. */
  readonly onDemandUsdPerHour: Readonly<Record<string, number | null>>;
  /** By availability zone id on AWS, by region on Azure. */
  readonly spotUsdPerHour: Readonly<Record<string, number>>;
  /** Azure only. */
  readonly quotaFamily: string | null;
}

export interface SkuAccelerator {
  /** In the operator's spelling, for instance "H100" or "A100-80GB". */
  readonly model: string;
  readonly count: number;
  /** The extended resource on the node, for instance nvidia.com/gpu. */
  readonly resource: string;
}

const MODEL_BY_DEVICE: Readonly<Record<string, string>> = {
  t4: 'T4',
  a10: 'A10',
  a10g: 'A10G',
  l4: 'L4',
  l40s: 'L40S',
  'rtx-pro-4500': 'RTX-PRO-4500',
  'rtx-pro-server-6000': 'RTX-PRO-6000',
  'rtx pro 6000 blackwell se': 'RTX-PRO-6000',
  h100: 'H100',
  'h100 nvl': 'H100-NVL',
  h200: 'H200',
  b200: 'B200',
  b300: 'B300',
  'gb200 (b200)': 'GB200',
  mi300x: 'MI300X',
  'radeon pro v710': 'V710',
  inferentia2: 'Inferentia2',
  trainium: 'Trainium',
  trainium2: 'Trainium2',
};

/** The data does not say which share of a V710 a size has; these have all of it. */
const WHOLE_V710_SIZES: ReadonlySet<string> = new Set(['Standard_NV24ads_V710_v5', 'Standard_NV28adms_V710_v5']);

/** Memory of types whose source does not give it: a sandbox figure, so that their nodes can hold pods. */
const GIB_PER_VCPU_WHEN_UNKNOWN = 8;

function modelOf(device: string, memoryGiB: number | null): string | null {
  if (device === 'a100') return memoryGiB === 40 ? 'A100-40GB' : 'A100-80GB';
  return MODEL_BY_DEVICE[device] ?? null;
}

function acceleratorOf(row: SkuRow): SkuAccelerator | null {
  const { name, count, fraction, memoryGiBEach } = row.accelerator;
  const whole = fraction === undefined || fraction === 1 || WHOLE_V710_SIZES.has(row.instanceType);
  const model = modelOf(name.toLowerCase(), memoryGiBEach);
  return !whole || !count || model === null ? null : { model, count, resource: row.k8sResource };
}

const fromRow = (row: SkuRow): Sku => ({
  provider: row.cloud,
  instanceType: row.instanceType,
  vcpu: row.vcpu,
  memoryGiB: row.memoryGiB ?? row.vcpu * GIB_PER_VCPU_WHEN_UNKNOWN,
  accelerator: acceleratorOf(row),
  device: {
    name: row.accelerator.name,
    manufacturer: row.accelerator.manufacturer,
    memoryGiB: row.accelerator.memoryGiBEach ?? 0,
    count: row.accelerator.count,
  },
  onDemandUsdPerHour: row.onDemandUsdPerHour,
  spotUsdPerHour: row.spotUsdPerHourByAzId ?? row.spotUsdPerHourByRegion ?? {},
  quotaFamily: row.quotaFamily ?? null,
});

/** Every instance type of the data file, in its order. */
export const SKUS: readonly Sku[] = (catalogue.skus as unknown as readonly SkuRow[]).map(fromRow);

const byInstanceType: ReadonlyMap<string, Sku> = new Map(SKUS.map((sku) => [sku.instanceType, sku]));

/** The type of that exact name, or null when no cloud of the sandbox sells it. */
export const skuOf = (instanceType: string): Sku | null => byInstanceType.get(instanceType) ?? null;
