import type { Nodegroup } from '@aws-sdk/client-eks';
import { expect } from 'chai';
import { type GroupFacts, nodeGroupPool } from '../../../operator/clouds/eks/node-group-pool.ts';
import { acceleratorOf } from '../../../operator/model/accelerators.ts';
import { zoneName } from '../../../operator/model/names.ts';
import { aNodeGroup } from '../../support/clouds-eks-answers.ts';

const whole = (model: string, count: number) => {
  const known = acceleratorOf(model);
  if (known === null) throw new Error(`no such model: ${model}`);
  return { model: known.model, count };
};
const facts = (overrides: Partial<GroupFacts> = {}): GroupFacts => ({
  instanceTypes: ['p5.48xlarge'],
  accelerators: [whole('H100', 8)],
  zones: [zoneName('us-east-1a'), zoneName('us-east-1b')],
  ...overrides,
});
const poolOf = (overrides: Readonly<Record<string, unknown>> = {}, its = facts()) =>
  nodeGroupPool(aNodeGroup(overrides) as Nodegroup, its);

describe('nodeGroupPool', () => {
  it('reads a group as EKS describes it', () => {
    expect(poolOf()).to.deep.equal({
      name: 'h100-spot',
      capacityType: 'spot',
      instanceType: 'p5.48xlarge',
      accelerator: { model: 'H100', count: 8 },
      zones: ['us-east-1a', 'us-east-1b'],
      minNodes: 0,
      maxNodes: 10,
      desiredNodes: 2,
      autoscaled: false,
      usable: true,
      updating: false,
      nodeSelector: { 'eks.amazonaws.com/nodegroup': 'h100-spot' },
      taints: [{ key: 'nvidia.com/gpu', value: 'true', effect: 'NoSchedule' }],
      problems: [],
    });
  });

  it('spells taint effects as Kubernetes does', () => {
    const effects = ['NO_SCHEDULE', 'NO_EXECUTE', 'PREFER_NO_SCHEDULE'];
    const taints = poolOf({ taints: effects.map((effect) => ({ key: 'k', effect })) })?.taints;
    expect(taints?.map((taint) => taint.effect)).to.deep.equal(['NoSchedule', 'NoExecute', 'PreferNoSchedule']);
    expect(taints?.[0]?.value).to.equal('');
  });

  it('holds on-demand groups and capacity blocks to be on-demand', () => {
    expect(poolOf({ capacityType: 'ON_DEMAND' })?.capacityType).to.equal('on-demand');
    expect(poolOf({ capacityType: 'CAPACITY_BLOCK' })?.capacityType).to.equal('on-demand');
  });

  it('learns from a tag or a label that Cluster Autoscaler owns the size', () => {
    const key = 'k8s.io/cluster-autoscaler/enabled';
    expect(poolOf({ tags: { [key]: 'true' } })?.autoscaled).to.equal(true);
    expect(poolOf({ labels: { [key]: '' } })?.autoscaled).to.equal(true);
    expect(poolOf({ tags: { [key]: 'False' } })?.autoscaled).to.equal(false);
  });

  it('is usable while it updates or is degraded, and not while it is made or broken', () => {
    const states = ['ACTIVE', 'UPDATING', 'DEGRADED', 'CREATING', 'CREATE_FAILED', 'DELETE_FAILED'];
    const usable = states.map((status) => poolOf({ status })?.usable);
    expect(usable).to.deep.equal([true, true, true, false, false, false]);
    expect(poolOf({ status: 'UPDATING' })?.updating).to.equal(true);
  });

  it('leaves out groups that are being deleted and groups without accelerators', () => {
    expect(poolOf({ status: 'DELETING' })).to.equal(null);
    expect(poolOf({}, facts({ accelerators: [null] }))).to.equal(null);
    expect(poolOf({}, facts({ instanceTypes: [], accelerators: [] }))).to.equal(null);
  });

  it('takes several types that differ in everything but the accelerator', () => {
    const its = facts({ instanceTypes: ['g6.xlarge', 'g6.2xlarge'], accelerators: [whole('L4', 1), whole('L4', 1)] });
    expect(poolOf({}, its)).to.deep.include({ instanceType: 'g6.xlarge', usable: true, problems: [] });
  });

  it('does not guess what a node of a group with different accelerators will be', () => {
    const its = facts({ instanceTypes: ['g6.xlarge', 'g5.xlarge'], accelerators: [whole('L4', 1), whole('A10G', 1)] });
    const pool = poolOf({}, its);
    expect(pool?.usable).to.equal(false);
    expect(pool?.problems.map((it) => it.code)).to.deep.equal(['MixedAccelerators']);
  });

  it('has one nameless zone when its subnets are not told', () => {
    expect(poolOf({}, facts({ zones: [] }))?.zones).to.deep.equal(['']);
  });
});

describe('nodeGroupProblems', () => {
  /** Code, EC2's text as Auto Scaling passes it on, kind. */
  const ISSUES: readonly (readonly [string, string, string])[] = [
    [
      'AsgInstanceLaunchFailures',
      'Could not launch Spot Instances. UnfulfillableCapacity - Unable to fulfill capacity due to your request configuration. Launching EC2 instance failed.',
      'Capacity',
    ],
    [
      'AsgInstanceLaunchFailures',
      'We currently do not have sufficient p5.48xlarge capacity in the Availability Zone you requested (us-east-1a). Launching EC2 instance failed.',
      'Capacity',
    ],
    [
      'AsgInstanceLaunchFailures',
      'Could not launch On-Demand Instances. InsufficientInstanceCapacity - none',
      'Capacity',
    ],
    ['AsgInstanceLaunchFailures', 'There is no Spot capacity available that matches your request.', 'Capacity'],
    [
      'AsgInstanceLaunchFailures',
      'Could not launch On-Demand Instances. VcpuLimitExceeded - You have requested more vCPU capacity than your current vCPU limit of 64 allows for the instance bucket.',
      'Quota',
    ],
    [
      'AsgInstanceLaunchFailures',
      'Could not launch Spot Instances. MaxSpotInstanceCountExceeded - Max spot instance count exceeded',
      'Quota',
    ],
    ['AsgInstanceLaunchFailures', 'The image id [ami-1] does not exist', 'Other'],
    ['InstanceLimitExceeded', 'Your request for accessing resources in this region is being validated', 'Quota'],
    ['LimitExceeded', 'limit', 'Quota'],
    ['InsufficientFreeAddresses', 'no free addresses in subnet-a', 'Capacity'],
    ['NodeCreationFailure', 'Instances failed to join the kubernetes cluster', 'Other'],
    ['IamLimitExceeded', 'role quota exceeded', 'Other'],
    ['AccessDenied', 'insufficient capacity to care', 'Other'],
  ];
  for (const [code, message, kind] of ISSUES) {
    it(`holds ${code} "${message.slice(0, 60)}" to be ${kind}`, () => {
      const issues = [{ code, message, resourceIds: ['eks-h100-spot-x'] }];
      expect(poolOf({ status: 'DEGRADED', health: { issues } })?.problems).to.deep.equal([{ kind, code, message }]);
    });
  }

  it('copes with an issue without a code or text', () => {
    expect(poolOf({ health: { issues: [{}] } })?.problems).to.deep.equal([
      { kind: 'Other', code: 'Unknown', message: '' },
    ]);
  });
});
