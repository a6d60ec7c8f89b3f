import {
  DescribeAvailabilityZonesCommand,
  DescribeInstanceTypeOfferingsCommand,
  DescribeInstanceTypesCommand,
  DescribeSpotPriceHistoryCommand,
  DescribeSubnetsCommand,
  DescribeVpcsCommand,
  paginateDescribeInstanceTypes,
  paginateDescribeSpotPriceHistory,
  type DescribeSpotPriceHistoryCommandInput,
  type LocationType,
  type RIProductDescription,
  type SpotPrice,
  type _InstanceType,
} from '@aws-sdk/client-ec2';
import { DescribeNodegroupCommand } from '@aws-sdk/client-eks';
import { expect } from 'chai';
import { hours, minutes } from '../../../../operator/model/units.ts';
import { failureOf, startCloudSandbox, type CloudSandbox } from '../../../support/cloud-sandbox.ts';

const LINUX: RIProductDescription[] = ['Linux/UNIX'];

describe('ec2Endpoint', () => {
  let sandbox: CloudSandbox;

  before(async () => {
    sandbox = await startCloudSandbox();
  });
  after(() => sandbox.stop());

  const spot = async (input: DescribeSpotPriceHistoryCommandInput, region = 'us-east-1'): Promise<SpotPrice[]> => {
    const rows: SpotPrice[] = [];
    for await (const page of paginateDescribeSpotPriceHistory({ client: sandbox.ec2({ region }) }, input)) {
      rows.push(...(page.SpotPriceHistory ?? []));
    }
    return rows;
  };
  const now = (): Date => new Date(sandbox.clock.now());
  const current = (type: string, region?: string): Promise<SpotPrice[]> =>
    spot({ InstanceTypes: [type as _InstanceType], ProductDescriptions: LINUX, StartTime: now() }, region);

  describe('DescribeSpotPriceHistory', () => {
    it('answers the one price in force of each zone when the history starts now', async () => {
      const rows = await current('p4d.24xlarge');
      const prices = Object.fromEntries(rows.map((row) => [row.AvailabilityZone, Number(row.SpotPrice)]));
      // data/gpu-skus.json: use1-az1, az2, az4 and az6.
      expect(prices).to.deep.equal({
        'us-east-1a': 2.4655,
        'us-east-1b': 8.1915,
        'us-east-1d': 8.1203,
        'us-east-1f': 7.8799,
      });
      expect(rows.every((row) => (row.Timestamp?.getTime() ?? 0) <= sandbox.clock.now())).to.equal(true);
      expect(rows.find((row) => row.AvailabilityZone === 'us-east-1d')?.AvailabilityZoneId).to.equal('use1-az4');
    });

    it('tells of each change after the start of the history, and of the price it began with', async () => {
      const place = {
        region: 'us-west-2',
        zone: 'us-west-2a',
        instanceType: 'p4d.24xlarge',
        capacityType: 'spot',
      } as const;
      const at = sandbox.clock.now();
      sandbox.state.priceOverrides.push({ ...place, usdPerHour: 9, at: at + minutes(10) });
      sandbox.state.priceOverrides.push({ ...place, usdPerHour: 12, at: at + minutes(20) });
      sandbox.state.priceOverrides.push({ ...place, usdPerHour: 99, at: at + hours(5) });
      await sandbox.clock.advance(minutes(30));
      const rows = await spot(
        {
          InstanceTypes: ['p4d.24xlarge'],
          ProductDescriptions: LINUX,
          AvailabilityZone: 'us-west-2a',
          StartTime: new Date(at + minutes(15)),
        },
        'us-west-2',
      );
      expect(rows.map((row) => Number(row.SpotPrice))).to.deep.equal([12, 9]);
      expect(rows[0]?.Timestamp?.getTime()).to.equal(at + minutes(20));
      const early = { StartTime: new Date(at + minutes(5)), EndTime: new Date(at + minutes(15)) };
      const ended = await spot(
        { InstanceTypes: ['p4d.24xlarge'], AvailabilityZoneId: 'usw2-az1', ...early },
        'us-west-2',
      );
      expect(
        ended.filter((row) => row.ProductDescription === 'Linux/UNIX').map((row) => Number(row.SpotPrice)),
      ).to.deep.equal([9, 7.9992]);
    });

    it('has rows of other systems, which cost more, unless one is asked for', async () => {
      const rows = await spot({ InstanceTypes: ['g6e.xlarge'], AvailabilityZone: 'us-east-1a', StartTime: now() });
      expect(rows.map((row) => row.ProductDescription)).to.have.members([
        'Linux/UNIX',
        'Red Hat Enterprise Linux',
        'Windows',
      ]);
      const prices = Object.fromEntries(rows.map((row) => [row.ProductDescription, Number(row.SpotPrice)]));
      expect(prices['Windows']).to.be.above(prices['Linux/UNIX'] ?? Number.NaN);
      const older = await spot({
        InstanceTypes: ['g6e.xlarge'],
        ProductDescriptions: ['Linux/UNIX (Amazon VPC)'],
        AvailabilityZone: 'us-east-1a',
        StartTime: now(),
      });
      expect(older.length).to.equal(1);
    });

    it('pages, and keeps to the length asked for', async () => {
      const client = sandbox.ec2();
      const sizes: number[] = [];
      // The paginator writes its token into the input.
      const input = () => ({ ProductDescriptions: LINUX, StartTime: now() });
      for await (const page of paginateDescribeSpotPriceHistory({ client, pageSize: 100 }, input())) {
        sizes.push(page.SpotPriceHistory?.length ?? 0);
      }
      expect(sizes.length).to.be.above(2);
      expect(sizes.slice(0, -1).every((size) => size === 100)).to.equal(true);
      expect((await spot(input())).length).to.equal(sizes.reduce((sum, size) => sum + size, 0));
    });

    it('gives the same answer when asked again, and none for a type nobody sells', async () => {
      expect(await current('g5.xlarge')).to.deep.equal(await current('g5.xlarge'));
      expect(await current('m5.large')).to.deep.equal([]);
    });

    it('filters by its named filters and refuses others', async () => {
      const rows = await spot({
        Filters: [
          { Name: 'instance-type', Values: ['p4d.*', 'p4de.24xlarge'] },
          { Name: 'availability-zone', Values: ['us-east-1f'] },
        ],
        ProductDescriptions: LINUX,
        StartTime: now(),
      });
      expect(rows.map((row) => row.InstanceType)).to.have.members(['p4d.24xlarge', 'p4de.24xlarge']);
      const failure = await failureOf(spot({ Filters: [{ Name: 'colour', Values: ['red'] }] }));
      expect(failure.name).to.equal('InvalidParameterValue');
    });

    for (const [what, input, code] of [
      [
        'a zone by name and by id',
        { AvailabilityZone: 'us-east-1a', AvailabilityZoneId: 'use1-az1' },
        'InvalidParameterCombination',
      ],
      ['a page of nothing', { MaxResults: 0 }, 'InvalidParameterValue'],
      ['a token that it never gave', { NextToken: 'b2Zmc2V0Og' }, 'InvalidParameterValue'],
    ] as const) {
      it(`refuses ${what}`, async () => {
        const failure = await failureOf(sandbox.ec2().send(new DescribeSpotPriceHistoryCommand(input)));
        expect(failure.name).to.equal(code);
      });
    }
  });

  describe('DescribeInstanceTypes', () => {
    const describeTypes = async (...types: string[]) => {
      const command = new DescribeInstanceTypesCommand({ InstanceTypes: types as _InstanceType[] });
      return (await sandbox.ec2().send(command)).InstanceTypes ?? [];
    };

    it('tells GPUs, their number and their memory', async () => {
      const [type] = await describeTypes('p5.48xlarge');
      expect(type?.VCpuInfo?.DefaultVCpus).to.equal(192);
      expect(type?.GpuInfo?.Gpus).to.deep.equal([
        { Name: 'H100', Manufacturer: 'NVIDIA', Count: 8, MemoryInfo: { SizeInMiB: 81920 } },
      ]);
      expect(type?.GpuInfo?.TotalGpuMemoryInMiB).to.equal(8 * 81920);
      expect(type?.SupportedUsageClasses).to.deep.equal(['on-demand', 'spot']);
    });

    it('tells Neuron devices, and no GPU beside them', async () => {
      const [type] = await describeTypes('trn1.32xlarge');
      expect(type?.NeuronInfo?.NeuronDevices?.[0]).to.deep.include({ Name: 'Trainium', Count: 16 });
      expect(type?.GpuInfo).to.equal(undefined);
    });

    it('counts no whole GPU where a type has a share of one', async () => {
      const [type] = await describeTypes('g6f.4xlarge');
      expect(type?.GpuInfo?.Gpus?.[0]).to.include({ Count: 0, LogicalGpuCount: 1 });
      expect(type?.GpuInfo?.Gpus?.[0]?.GpuPartitionSize).to.be.closeTo(0.5, 0.01);
    });

    it('says that types are sold in capacity blocks when they have no price by the hour', async () => {
      const [type] = await describeTypes('trn2.48xlarge');
      expect(type?.SupportedUsageClasses).to.deep.equal(['spot', 'capacity-block']);
    });

    it('refuses the whole request for one type that it does not know', async () => {
      const failure = await failureOf(describeTypes('p5.48xlarge', 'p99.huge'));
      expect(failure.name).to.equal('InvalidInstanceType');
      expect(failure.message).to.contain('[p99.huge]');
    });

    it('pages through all types, and filters', async () => {
      const names: string[] = [];
      const client = sandbox.ec2();
      for await (const page of paginateDescribeInstanceTypes({ client, pageSize: 20 }, {})) {
        names.push(...(page.InstanceTypes ?? []).map((type) => type.InstanceType ?? ''));
      }
      expect(new Set(names).size).to.equal(64);
      const command = new DescribeInstanceTypesCommand({ Filters: [{ Name: 'instance-type', Values: ['p5*'] }] });
      const filtered = (await client.send(command)).InstanceTypes?.map((type) => type.InstanceType);
      expect(filtered).to.have.members(['p5.48xlarge', 'p5.4xlarge', 'p5e.48xlarge', 'p5en.48xlarge']);
    });

    it('refuses a page length beside names', async () => {
      const command = new DescribeInstanceTypesCommand({ InstanceTypes: ['p5.48xlarge'], MaxResults: 10 });
      expect((await failureOf(sandbox.ec2().send(command))).name).to.equal('InvalidParameterCombination');
    });
  });

  describe('DescribeInstanceTypeOfferings', () => {
    const offerings = async (locationType: string, type: string) => {
      const command = new DescribeInstanceTypeOfferingsCommand({
        LocationType: locationType as LocationType,
        Filters: [{ Name: 'instance-type', Values: [type] }],
      });
      return (await sandbox.ec2().send(command)).InstanceTypeOfferings?.map(({ Location }) => Location);
    };

    it('names the zones that offer the type, by name, by id or by region', async () => {
      expect(await offerings('availability-zone', 'p5en.48xlarge')).to.deep.equal(['us-east-1b', 'us-east-1f']);
      expect(await offerings('availability-zone-id', 'p5en.48xlarge')).to.deep.equal(['use1-az2', 'use1-az6']);
      expect(await offerings('region', 'p5en.48xlarge')).to.deep.equal(['us-east-1']);
      expect(await offerings('availability-zone', 'g5.xlarge')).to.have.length(6);
    });

    it('refuses a kind of place that there is not', async () => {
      expect((await failureOf(offerings('planet', 'g5.xlarge'))).name).to.equal('InvalidParameterValue');
    });
  });

  describe('DescribeSubnets', () => {
    it('tells the zones of the subnets that a node group names', async () => {
      const command = new DescribeNodegroupCommand({ clusterName: 'aws-east', nodegroupName: 'spot-h100' });
      const { nodegroup } = await sandbox.eks().send(command);
      const { Subnets } = await sandbox.ec2().send(new DescribeSubnetsCommand({ SubnetIds: nodegroup?.subnets ?? [] }));
      expect(Subnets?.map(({ AvailabilityZone }) => AvailabilityZone)).to.deep.equal(['us-east-1a']);
      expect(Subnets?.[0]).to.include({ AvailabilityZoneId: 'use1-az1', State: 'available' });
    });

    it('does not know other subnets', async () => {
      const failure = await failureOf(sandbox.ec2().send(new DescribeSubnetsCommand({ SubnetIds: ['subnet-1'] })));
      expect(failure.name).to.equal('InvalidSubnetID.NotFound');
    });
  });

  it('lists the zones of the region that the signature names', async () => {
    const { AvailabilityZones } = await sandbox
      .ec2({ region: 'us-west-1' })
      .send(new DescribeAvailabilityZonesCommand({}));
    expect(AvailabilityZones?.map(({ ZoneName, ZoneId }) => [ZoneName, ZoneId])).to.deep.equal([
      ['us-west-1a', 'usw1-az1'],
      ['us-west-1c', 'usw1-az3'],
    ]);
  });

  it('words failures of authentication and unknown actions as EC2 does', async () => {
    const { accessKeyId } = sandbox.server.endpoints.aws.credentials;
    const zones = (credentials: { accessKeyId: string; secretAccessKey: string }) =>
      failureOf(sandbox.ec2({ credentials }).send(new DescribeAvailabilityZonesCommand({})));
    const unknown = await zones({ accessKeyId: 'AKIASOMEBODY', secretAccessKey: 'x' });
    expect([unknown.name, unknown.$metadata?.httpStatusCode]).to.deep.equal(['AuthFailure', 401]);
    const wrong = await zones({ accessKeyId, secretAccessKey: 'x' });
    expect([wrong.name, wrong.$metadata?.httpStatusCode]).to.deep.equal(['SignatureDoesNotMatch', 403]);
    expect((await failureOf(sandbox.ec2().send(new DescribeVpcsCommand({})))).name).to.equal('InvalidAction');
  });
});
