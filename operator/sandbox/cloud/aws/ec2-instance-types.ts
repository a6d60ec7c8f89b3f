/** DescribeInstanceTypes: what an instance type carries, in EC2's words and units. */
import { ServiceRefusal } from '../service-endpoint.ts';
import { SKUS, skuOf, type Sku } from '../sku-catalogue.ts';
import { filterParameters, listParameter, passes } from './query-parameters.ts';
import type { XmlNode } from './xml.ts';

const MIB = 1024;

const DEVICE_NAMES: Readonly<Record<string, string>> = {
  'rtx-pro-4500': 'RTX PRO Server 4500',
  'rtx-pro-server-6000': 'RTX PRO Server 6000',
  inferentia2: 'Inferentia2',
  trainium: 'Trainium',
  trainium2: 'Trainium2',
};

const deviceName = (sku: Sku): string => DEVICE_NAMES[sku.device.name] ?? sku.device.name.toUpperCase();

/** Families that are sold in capacity blocks or as spot, but not by the hour. */
const usageClasses = (sku: Sku): readonly string[] =>
  sku.onDemandUsdPerHour['us-east-1'] === null ? ['spot', 'capacity-block'] : ['on-demand', 'spot'];

function gpuInfo(sku: Sku): XmlNode | null {
  if (sku.device.manufacturer === 'aws') return null;
  const sizeInMiB = Math.round(sku.device.memoryGiB * MIB);
  // A share of a device: EC2 counts no whole GPU and one logical one.
  const shares = sku.accelerator === null ? { logicalGpuCount: 1, gpuPartitionSize: sku.device.memoryGiB / 22.35 } : {};
  const count = sku.accelerator?.count ?? 0;
  return {
    gpus: {
      item: {
        name: deviceName(sku),
        manufacturer: sku.device.manufacturer.toUpperCase(),
        count,
        ...shares,
        memoryInfo: { sizeInMiB },
      },
    },
    totalGpuMemoryInMiB: sizeInMiB * Math.max(count, 1),
  };
}

function neuronInfo(sku: Sku): XmlNode | null {
  if (sku.device.manufacturer !== 'aws') return null;
  const sizeInMiB = Math.round(sku.device.memoryGiB * MIB);
  const count = sku.accelerator?.count ?? 0;
  return {
    neuronDevices: {
      item: { count, name: deviceName(sku), coreInfo: { count: 2, version: 2 }, memoryInfo: { sizeInMiB } },
    },
    totalNeuronDeviceMemoryInMiB: sizeInMiB * count,
  };
}

const document = (sku: Sku): XmlNode => ({
  instanceType: sku.instanceType,
  currentGeneration: true,
  freeTierEligible: false,
  supportedUsageClasses: { item: usageClasses(sku) },
  supportedRootDeviceTypes: { item: ['ebs'] },
  supportedVirtualizationTypes: { item: ['hvm'] },
  bareMetal: false,
  hypervisor: 'nitro',
  processorInfo: { supportedArchitectures: { item: ['x86_64'] }, manufacturer: 'Intel' },
  vCpuInfo: { defaultVCpus: sku.vcpu },
  memoryInfo: { sizeInMiB: sku.memoryGiB * MIB },
  instanceStorageSupported: true,
  gpuInfo: gpuInfo(sku),
  neuronInfo: neuronInfo(sku),
});

const fieldsOf = (sku: Sku): Readonly<Record<string, string>> => ({
  'instance-type': sku.instanceType,
  'bare-metal': 'false',
  'current-generation': 'true',
  hypervisor: 'nitro',
  'supported-usage-class': usageClasses(sku).join(','),
  'processor-info.supported-architecture': 'x86_64',
  'vcpu-info.default-vcpus': String(sku.vcpu),
  'memory-info.size-in-mib': String(sku.memoryGiB * MIB),
});

/** The types asked for by name or by filter; a name that EC2 does not know refuses the whole request. */
export function instanceTypes(form: URLSearchParams): readonly XmlNode[] {
  const names = listParameter(form, 'InstanceType');
  const unknown = names.filter((name) => skuOf(name)?.provider !== 'aws');
  if (unknown.length > 0) {
    throw new ServiceRefusal(`The following supplied instance types do not exist: [${unknown.join(', ')}]`, {
      status: 400,
      code: 'InvalidInstanceType',
    });
  }
  if (names.length > 0 && form.has('MaxResults')) {
    throw new ServiceRefusal('The parameter MaxResults cannot be used with the parameter InstanceType', {
      status: 400,
      code: 'InvalidParameterCombination',
    });
  }
  const filters = filterParameters(form);
  const invalid = (name: string): ServiceRefusal =>
    new ServiceRefusal(`The filter '${name}' is invalid`, { status: 400, code: 'InvalidParameterValue' });
  return SKUS.filter(
    (sku) =>
      sku.provider === 'aws' &&
      (names.length === 0 || names.includes(sku.instanceType)) &&
      passes(fieldsOf(sku), filters, invalid),
  ).map(document);
}
