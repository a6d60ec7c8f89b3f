import { expect } from 'chai';
import type { OfferingId } from '../../operator/model/names.ts';
import { clusterName, zoneName } from '../../operator/model/names.ts';
import type { OfferingRoute } from '../../operator/model/route.ts';
import { hashOf, renderDeployment } from '../../operator/act/render-deployment.ts';
import { aShape, aWorkload } from '../support/fleet-workload.ts';

const route: OfferingRoute = {
  offering: 'aks-eus/a100/eastus-1' as OfferingId,
  cluster: clusterName('aks-eus'),
  resource: 'nvidia.com/gpu',
  nodeSelector: { 'kubernetes.azure.com/agentpool': 'a100' },
  zone: zoneName('eastus-1'),
  podLabels: { queue: 'gpu' },
  tolerations: [
    { key: 'kubernetes.azure.com/scalesetpriority', operator: 'Equal', value: 'spot', effect: 'NoSchedule' },
  ],
};

const server = {
  name: 'server',
  image: 'vllm:1',
  args: ['--a'],
  env: [
    { name: 'X', value: '1' },
    { name: 'Y', value: '2' },
  ],
};
const sidecar = { name: 'proxy', image: 'proxy:1' };
const workload = aWorkload({
  template: { metadata: { labels: { team: 'ml' } }, spec: { containers: [server, sidecar] } },
});

interface Rendered {
  readonly replicas: number;
  readonly selector: { readonly matchLabels: Record<string, string> };
  readonly template: {
    readonly metadata: { readonly labels: Record<string, string> };
    readonly spec: Record<string, unknown> & { readonly containers: Record<string, unknown>[] };
  };
}

const render = (overrides: Partial<Parameters<typeof renderDeployment>[0]> = {}) => {
  const manifest = renderDeployment({
    workload,
    shape: aShape({ accelerator: 'A100-80GB', count: 4 }),
    route,
    replicas: 2,
    ...overrides,
  });
  return { manifest, spec: manifest['spec'] as Rendered };
};

describe('renderDeployment', () => {
  it('asks for the accelerators on the first container, request equal to limit', () => {
    const [first, second] = render().spec.template.spec.containers;
    expect(first?.['resources']).to.deep.equal({
      requests: { 'nvidia.com/gpu': '4' },
      limits: { 'nvidia.com/gpu': '4' },
    });
    expect(second?.['resources']).to.equal(undefined);
  });

  it('pins pods to pool and zone and tolerates its taints', () => {
    const pod = render().spec.template.spec;
    const terms = [
      {
        matchExpressions: [
          { key: 'kubernetes.azure.com/agentpool', operator: 'In', values: ['a100'] },
          { key: 'topology.kubernetes.io/zone', operator: 'In', values: ['eastus-1'] },
        ],
      },
    ];
    expect(pod['affinity']).to.deep.equal({
      nodeAffinity: { requiredDuringSchedulingIgnoredDuringExecution: { nodeSelectorTerms: terms } },
    });
    expect(pod['tolerations']).to.deep.equal(route.tolerations);
  });

  it("applies the shape's args, image and env over the template's", () => {
    const overrides = { args: ['--b'], image: 'vllm:2', env: [{ name: 'Y', value: '9' }] };
    const shape = aShape({ accelerator: 'A100-80GB', count: 4, overrides });
    const [first] = render({ shape }).spec.template.spec.containers;
    expect(first).to.deep.include({
      args: ['--b'],
      image: 'vllm:2',
      env: [
        { name: 'X', value: '1' },
        { name: 'Y', value: '9' },
      ],
    });
  });

  it('restricts every container and mounts no service account token', () => {
    const pod = render().spec.template.spec;
    expect(pod['automountServiceAccountToken']).to.equal(false);
    expect(pod['securityContext']).to.deep.include({ runAsNonRoot: true });
    for (const container of pod.containers) {
      expect(container['securityContext']).to.deep.include({
        allowPrivilegeEscalation: false,
        capabilities: { drop: ['ALL'] },
      });
    }
  });

  it('selects its own pods alone, whatever labels the template brings', () => {
    const { spec } = render();
    expect(spec.template.metadata.labels).to.include({ team: 'ml', queue: 'gpu', ...spec.selector.matchLabels });
    const elsewhere = render({ route: { ...route, offering: 'aks-eus/a100/eastus-2' as OfferingId } });
    expect(elsewhere.spec.selector.matchLabels).not.to.deep.equal(spec.selector.matchLabels);
  });

  it('gives the same manifest the same hash, and another number of replicas another', () => {
    expect(hashOf(render().manifest)).to.equal(hashOf(render().manifest));
    expect(hashOf(render({ replicas: 3 }).manifest)).not.to.equal(hashOf(render().manifest));
  });

  it('keeps names short enough for pods of very long names', () => {
    const long = aWorkload({ name: 'a'.repeat(200) });
    expect(render({ workload: long }).manifest.metadata.name.length).to.be.at.most(52);
  });

  it('puts no zone in the affinity where the pool has none', () => {
    const pod = render({
      route: { ...route, zone: zoneName(''), resource: 'amd.com/gpu' },
      shape: aShape({ accelerator: 'MI300X' }),
    }).spec.template.spec;
    expect(JSON.stringify(pod['affinity'])).not.to.include('topology.kubernetes.io/zone');
    expect(JSON.stringify(pod.containers[0])).to.include('amd.com/gpu');
  });
});
