import { expect } from 'chai';
import { podRequests, roomOn, usedBy, whyNot as reasonsAgainst } from '../../../operator/sandbox/world/fits.ts';
import type { NodeDocument, PodDocument, PodSpec } from '../../../operator/sandbox/world/kube-documents.ts';

const pod = (spec: Partial<PodSpec> = {}, status: object = {}): PodDocument => ({
  apiVersion: 'v1',
  kind: 'Pod',
  metadata: { name: 'p' },
  spec: { containers: [{ name: 'c', resources: { limits: { 'nvidia.com/gpu': '4' } } }], ...spec },
  status,
});

const node = (spec: object = {}, labels: Record<string, string> = { zone: 'a', size: '8' }): NodeDocument => ({
  apiVersion: 'v1',
  kind: 'Node',
  metadata: { name: 'n', labels },
  spec,
  status: { allocatable: { cpu: '2', memory: '4Gi', pods: '10', 'nvidia.com/gpu': '8' } },
});

const affinity = (key: string, operator: string, values?: readonly string[]): Partial<PodSpec> =>
  ({
    affinity: {
      nodeAffinity: {
        requiredDuringSchedulingIgnoredDuringExecution: {
          nodeSelectorTerms: [{ matchExpressions: [{ key, operator, ...(values ? { values } : {}) }] }],
        },
      },
    },
  }) as Partial<PodSpec>;

const whyNot = (it: PodDocument, on: NodeDocument, used: Record<string, number>): readonly string[] =>
  reasonsAgainst(it, podRequests(it.spec), { ...roomOn(on, []), used });

describe('podRequests', () => {
  it('adds up containers, takes limits for requests that are not given, and counts the pod', () => {
    const containers = [
      { name: 'a', resources: { requests: { cpu: '500m' }, limits: { cpu: '2', 'nvidia.com/gpu': 1 } } },
      { name: 'b', resources: { requests: { cpu: '1', memory: '1Gi' } } },
    ];
    expect(podRequests({ containers })).to.deep.equal({
      cpu: 1.5,
      memory: 2 ** 30,
      'nvidia.com/gpu': 1,
      pods: 1,
    });
  });

  it('needs at least what its largest init container needs', () => {
    const containers = [{ name: 'a', resources: { requests: { cpu: '1' } } }];
    const initContainers = [{ name: 'i', resources: { requests: { cpu: '4' } } }];
    expect(podRequests({ containers, initContainers })['cpu']).to.equal(4);
  });
});

describe('usedBy', () => {
  it('counts pods that run and not those that have ended', () => {
    expect(usedBy([pod(), pod(), pod({}, { phase: 'Failed' })])).to.deep.equal({ 'nvidia.com/gpu': 8, pods: 2 });
  });
});

describe('whyNot', () => {
  it('lets a pod onto a node with room', () => {
    expect(whyNot(pod(), node(), { 'nvidia.com/gpu': 4 })).to.deep.equal([]);
  });

  it('names every resource that is short', () => {
    expect(whyNot(pod(), node(), { 'nvidia.com/gpu': 5, pods: 10 })).to.deep.equal([
      'Insufficient nvidia.com/gpu',
      'Too many pods',
    ]);
  });

  it('honours a node selector', () => {
    const reason = "node(s) didn't match Pod's node affinity/selector";
    expect(whyNot(pod({ nodeSelector: { zone: 'b' } }), node(), {})).to.deep.equal([reason]);
    expect(whyNot(pod({ nodeSelector: { zone: 'a' } }), node(), {})).to.deep.equal([]);
  });

  for (const [key, operator, values, fits] of [
    ['zone', 'In', ['a', 'b'], true],
    ['zone', 'In', ['b'], false],
    ['zone', 'NotIn', ['b'], true],
    ['zone', 'NotIn', ['a'], false],
    ['zone', 'Exists', undefined, true],
    ['rack', 'Exists', undefined, false],
    ['rack', 'DoesNotExist', undefined, true],
    ['size', 'Gt', ['4'], true],
    ['size', 'Lt', ['4'], false],
  ] as const) {
    it(`${fits ? 'fits' : 'does not fit'} required affinity ${key} ${operator} ${values?.join(',') ?? ''}`, () => {
      expect(whyNot(pod(affinity(key, operator, values)), node(), {}).length === 0).to.equal(fits);
    });
  }

  it('keeps off a taint that is not tolerated, and goes where it is', () => {
    const tainted = node({ taints: [{ key: 'sku', value: 'gpu', effect: 'NoSchedule' }] });
    expect(whyNot(pod(), tainted, {})).to.deep.equal(['node(s) had untolerated taint {sku: gpu}']);
    for (const toleration of [
      { key: 'sku', operator: 'Exists' },
      { key: 'sku', value: 'gpu', effect: 'NoSchedule' },
      { operator: 'Exists' },
    ] as const) {
      expect(whyNot(pod({ tolerations: [toleration] }), tainted, {}), JSON.stringify(toleration)).to.deep.equal([]);
    }
    expect(whyNot(pod({ tolerations: [{ key: 'sku', value: 'cpu' }] }), tainted, {})).to.have.length(1);
  });

  it('does not mind a taint that only prefers', () => {
    expect(whyNot(pod(), node({ taints: [{ key: 'sku', effect: 'PreferNoSchedule' }] }), {})).to.deep.equal([]);
  });

  it('keeps off a cordoned node', () => {
    expect(whyNot(pod(), node({ unschedulable: true }), {})).to.deep.equal(['node(s) were unschedulable']);
  });
});
