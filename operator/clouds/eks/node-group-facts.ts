/** What a node group's description leaves out: its types' accelerators, its subnets' zones, its template's type. */
import {
  DescribeInstanceTypesCommand,
  DescribeLaunchTemplateVersionsCommand,
  DescribeSubnetsCommand,
  type EC2Client,
  type _InstanceType,
} from '@aws-sdk/client-ec2';
import type { LaunchTemplateSpecification, Nodegroup } from '@aws-sdk/client-eks';
import { type ErrorCode, failureCode } from '../../model/errors.ts';
import { compareText, type Zone, zoneName } from '../../model/names.ts';
import { type CallBounds, callWithin } from '../call-within.ts';
import { noAnswer } from '../failure-of.ts';
import { INSTANCE_TYPES_PERIOD } from '../poll-periods.ts';
import { Remembered } from '../remembered.ts';
import type { AwsScope } from './aws-clients.ts';
import { type InstanceAccelerator, instanceAccelerator } from './instance-accelerators.ts';

type Bounds = Omit<CallBounds, 'doing' | 'signal'>;

interface FactsDeps {
  readonly ec2: (scope: AwsScope) => EC2Client;
  readonly bounds: Bounds;
  readonly closing: AbortSignal;
}

/** Facts that never change under the same name, asked for once in a long while. */
export class NodeGroupFacts {
  readonly #deps: FactsDeps;
  readonly #accelerators: Remembered<InstanceAccelerator | null>;
  readonly #zones: Remembered<readonly Zone[]>;
  readonly #templateTypes: Remembered<string | null>;

  constructor(deps: FactsDeps) {
    const options = { clock: deps.bounds.clock, ttl: INSTANCE_TYPES_PERIOD, closing: deps.closing };
    this.#deps = deps;
    this.#accelerators = new Remembered(options);
    this.#zones = new Remembered(options);
    this.#templateTypes = new Remembered(options);
  }

  /** The group's instance types, from its launch template when the group itself names none; [] when unknown. */
  async instanceTypes(scope: AwsScope, group: Nodegroup, signal: AbortSignal): Promise<readonly string[]> {
    if (group.instanceTypes !== undefined && group.instanceTypes.length > 0) return group.instanceTypes;
    const template = group.launchTemplate;
    if (template === undefined) return [];
    const key = [scope.region, scope.roleArn, template.id ?? template.name, template.version].join(' ');
    const load = (closing: AbortSignal) => this.#templateType(scope, template, closing).catch(nullIf('NotFound'));
    const { value } = await this.#templateTypes.get(key, load, signal);
    return value === null ? [] : [value];
  }

  /** null: no accelerator that the table knows, or no such type. */
  async accelerator(scope: AwsScope, type: string, signal: AbortSignal): Promise<InstanceAccelerator | null> {
    // Invalid: the service knows no such type, so the group can hold no node of it and is no pool.
    const load = (closing: AbortSignal) => this.#accelerator(scope, type, closing).catch(nullIf('Invalid'));
    return (await this.#accelerators.get(`${scope.region} ${type}`, load, signal)).value;
  }

  /** The zones of these subnets, sorted, each once. */
  async zones(scope: AwsScope, subnets: readonly string[], signal: AbortSignal): Promise<readonly Zone[]> {
    if (subnets.length === 0) return [];
    const key = [scope.region, scope.roleArn, ...subnets.toSorted(compareText)].join(' ');
    return (await this.#zones.get(key, (closing) => this.#subnetZones(scope, subnets, closing), signal)).value;
  }

  #ask<T>(doing: string, closing: AbortSignal, operation: (signal: AbortSignal) => Promise<T>): Promise<T> {
    return callWithin(operation, { ...this.#deps.bounds, doing, signal: closing });
  }

  #accelerator(scope: AwsScope, type: string, closing: AbortSignal): Promise<InstanceAccelerator | null> {
    const doing = `describe instance type ${type}`;
    return this.#ask(doing, closing, async (abortSignal) => {
      const command = new DescribeInstanceTypesCommand({ InstanceTypes: [type as _InstanceType] });
      const { InstanceTypes } = await this.#deps.ec2(scope).send(command, { abortSignal });
      if (InstanceTypes === undefined) throw noAnswer(doing);
      const info = InstanceTypes.find((it) => it.InstanceType === type);
      return info === undefined ? null : instanceAccelerator(info);
    });
  }

  #subnetZones(scope: AwsScope, subnets: readonly string[], closing: AbortSignal): Promise<readonly Zone[]> {
    const doing = 'describe subnets';
    return this.#ask(doing, closing, async (abortSignal) => {
      // By filter, not by id: one subnet that was deleted must not hide the others.
      const command = new DescribeSubnetsCommand({ Filters: [{ Name: 'subnet-id', Values: [...subnets] }] });
      const { Subnets } = await this.#deps.ec2(scope).send(command, { abortSignal });
      if (Subnets === undefined) throw noAnswer(doing);
      const zones = Subnets.flatMap(({ AvailabilityZone }) => AvailabilityZone ?? []);
      return [...new Set(zones)].toSorted(compareText).map(zoneName);
    });
  }

  #templateType(scope: AwsScope, template: LaunchTemplateSpecification, closing: AbortSignal): Promise<string | null> {
    const doing = 'describe launch template';
    return this.#ask(doing, closing, async (abortSignal) => {
      const command = new DescribeLaunchTemplateVersionsCommand({
        ...(template.id === undefined ? { LaunchTemplateName: template.name } : { LaunchTemplateId: template.id }),
        Versions: [template.version ?? '$Default'],
      });
      const { LaunchTemplateVersions } = await this.#deps.ec2(scope).send(command, { abortSignal });
      if (LaunchTemplateVersions === undefined) throw noAnswer(doing);
      return LaunchTemplateVersions[0]?.LaunchTemplateData?.InstanceType ?? null;
    });
  }
}

/** For a "no" about one thing, which must not read as a "no" about the cluster. */
const nullIf =
  (code: ErrorCode) =>
  (error: unknown): null => {
    if (failureCode(error) === code) return null;
    throw error;
  };
