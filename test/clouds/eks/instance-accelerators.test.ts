import { expect } from 'chai';
import { instanceAccelerator } from '../../../operator/clouds/eks/instance-accelerators.ts';

const gpu = (Name: string, Count: number, SizeInMiB: number, extra: object = {}) => ({
  GpuInfo: { Gpus: [{ Name, Count, Manufacturer: 'NVIDIA', MemoryInfo: { SizeInMiB }, ...extra }] },
});
const neuron = (Name: string, Count: number, SizeInMiB: number) => ({
  NeuronInfo: { NeuronDevices: [{ Name, Count, MemoryInfo: { SizeInMiB } }] },
});

describe('instanceAccelerator', () => {
  /** Type, what DescribeInstanceTypes says, model, count. */
  const TYPES: readonly (readonly [string, object, string, number])[] = [
    ['g4dn.12xlarge', gpu('T4', 4, 16384), 'T4', 4],
    ['g5.xlarge', gpu('A10G', 1, 22888), 'A10G', 1],
    ['g6.48xlarge', gpu('L4', 8, 22888), 'L4', 8],
    ['g6e.xlarge', gpu('L40S', 1, 45776), 'L40S', 1],
    ['g7e.2xlarge', gpu('RTX PRO Server 6000', 1, 98304), 'RTX-PRO-6000', 1],
    ['p4d.24xlarge', gpu('A100', 8, 40960), 'A100-40GB', 8],
    ['p4de.24xlarge', gpu('A100', 8, 81920), 'A100-80GB', 8],
    ['p5.48xlarge', gpu('H100', 8, 81920), 'H100', 8],
    ['p5en.48xlarge', gpu('H200', 8, 144384), 'H200', 8],
    ['p6-b200.48xlarge', gpu('B200', 8, 183359), 'B200', 8],
    ['p6-b300.48xlarge', gpu('B300', 8, 275040), 'B300', 8],
    ['p3dn.24xlarge', gpu('V100', 8, 32768), 'V100', 8],
    ['inf2.48xlarge', neuron('Inferentia2', 12, 32768), 'Inferentia2', 12],
    ['trn1.32xlarge', neuron('Trainium', 16, 32768), 'Trainium', 16],
    ['trn2.48xlarge', neuron('Trainium2', 16, 98304), 'Trainium2', 16],
  ];
  for (const [type, info, model, count] of TYPES) {
    it(`reads ${type} as ${count} ${model}`, () => {
      expect(instanceAccelerator(info)).to.deep.equal({ model, count });
    });
  }

  it('does not take a fraction of a GPU for a whole one, nor for none by its Count of 0', () => {
    const eighth = { LogicalGpuCount: 1, GpuPartitionSize: 0.125 };
    expect(instanceAccelerator(gpu('L4', 0, 2861, eighth))).to.equal(null);
    expect(instanceAccelerator(gpu('L4', 0, 22888, { LogicalGpuCount: 1, GpuPartitionSize: 1 }))).to.deep.equal({
      model: 'L4',
      count: 1,
    });
  });

  it('knows no accelerator in a plain type, an unknown device, or one of unknown memory', () => {
    expect(instanceAccelerator({})).to.equal(null);
    expect(instanceAccelerator(gpu('Radeon Pro V520', 1, 8192))).to.equal(null);
    expect(instanceAccelerator(gpu('T4g', 1, 16384))).to.equal(null);
    expect(instanceAccelerator({ GpuInfo: { Gpus: [{ Name: 'A100', Count: 8 }] } })).to.equal(null);
  });
});
