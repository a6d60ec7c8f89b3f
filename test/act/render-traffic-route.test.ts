import { expect } from 'chai';
import { seconds } from '../../operator/model/units.ts';
import { viaGateway, viaService } from '../support/traffic-plans.ts';
import { aBackend, aRoute, specOf } from '../support/traffic-routes.ts';

const viaDns = { port: 8000, via: { kind: 'Dns', hostname: 'llama.example.com', ttl: seconds(30) } } as const;

const namesOf = (objects: ReturnType<typeof aRoute>): readonly string[] =>
  objects.map(({ type, object }) => `${type.kind} ${object.metadata.name}`);

describe('renderRoute', () => {
  it('renders what is referred to before what refers to it', () => {
    const kinds = aRoute().map(({ type }) => type.kind);
    expect(kinds).to.deep.equal(['Service', 'EndpointSlice', 'Service', 'EndpointSlice', 'HTTPRoute']);
  });

  it('weighs the Services that stand for members on an HTTPRoute of the Gateway', () => {
    const { parentRefs, hostnames, rules } = specOf(aRoute(), 'HTTPRoute');
    expect(parentRefs).to.deep.equal([
      { group: 'gateway.networking.k8s.io', kind: 'Gateway', name: 'public', namespace: 'gateways' },
    ]);
    expect(hostnames).to.deep.equal(['llama.example.com']);
    const [{ backendRefs }] = rules as [{ backendRefs: readonly { name: string; weight: number }[] }];
    expect(backendRefs.map((it) => it.weight)).to.deep.equal([2000, 1000]);
    const services = aRoute().filter(({ type }) => type.kind === 'Service');
    expect(backendRefs.map((it) => it.name)).to.deep.equal(services.map(({ object }) => object.metadata.name));
  });

  it('takes the namespace of the workload for a Gateway without one, and its listener when told', () => {
    const via = { kind: 'Gateway', name: 'own', namespace: null, sectionName: 'https', hostnames: [] } as const;
    const spec = specOf(aRoute({ routing: { port: 8000, via } }), 'HTTPRoute');
    expect(spec['parentRefs']).to.deep.include.members([
      { group: 'gateway.networking.k8s.io', kind: 'Gateway', name: 'own', namespace: 'ml-prod', sectionName: 'https' },
    ]);
    expect(spec).to.not.have.property('hostnames');
  });

  it('keeps weights within what a route may carry, and none of what serves at 0', () => {
    const [{ backendRefs }] = specOf(aRoute({ backends: [aBackend('a', 4_000_000), aBackend('b', 1)] }), 'HTTPRoute')[
      'rules'
    ] as [{ backendRefs: readonly { weight: number }[] }];
    expect(backendRefs.map((it) => it.weight)).to.deep.equal([1_000_000, 1]);
  });

  it('keeps the endpoints of an idle member, so that requests under way end in peace', () => {
    const slices = aRoute({ backends: [aBackend('aws-a', 0)] }).filter(({ type }) => type.kind === 'EndpointSlice');
    expect(slices[0]?.object['endpoints']).to.deep.equal([{ addresses: ['203.0.113.7'], conditions: { ready: true } }]);
  });

  it('renders a route without backends for nobody', () => {
    expect(specOf(aRoute({ backends: [] }), 'HTTPRoute')['rules']).to.deep.equal([{}]);
  });

  it('is one Service with a slice for each member, in or out, without gateway and dns', () => {
    const objects = aRoute({ routing: viaService, backends: [aBackend('aws-a', 2000), aBackend('azure-b', 0)] });
    expect(namesOf(objects)[0]).to.equal('Service llama');
    const slices = objects.filter(({ type }) => type.kind === 'EndpointSlice').map((it) => it.object);
    expect(slices.map((it) => it.metadata.labels?.['kubernetes.io/service-name'])).to.deep.equal(['llama', 'llama']);
    const ready = slices.map((it) => (it['endpoints'] as { conditions: { ready: boolean } }[])[0]?.conditions.ready);
    expect(ready).to.deep.equal([true, false]);
  });

  it('puts one family of addresses into a slice, sorted, IPv4 where there is any', () => {
    const sliceOf = (addresses: readonly string[]) => {
      const objects = aRoute({ routing: viaService, backends: [aBackend('aws-a', 1, { addresses })] });
      const slice = objects.find(({ type }) => type.kind === 'EndpointSlice')?.object;
      const endpoints = slice?.['endpoints'] as { addresses: string[] }[];
      return [slice?.['addressType'], ...endpoints.flatMap((it) => it.addresses)];
    };
    expect(sliceOf(['192.0.2.9', '2001:db8::1', '192.0.2.1'])).to.deep.equal(['IPv4', '192.0.2.1', '192.0.2.9']);
    expect(sliceOf(['2001:db8::1'])).to.deep.equal(['IPv6', '2001:db8::1']);
  });

  it('is weighted records of external-dns, of the kind of each address', () => {
    const at = (address: string) => ({ endpoint: { address, port: 8000 } });
    const backends = [
      aBackend('a', 2000, at('192.0.2.1')),
      aBackend('b', 1000, at('lb.elb.amazonaws.com')),
      aBackend('c', 0, at('2001:db8::1')),
    ];
    const { endpoints } = specOf(aRoute({ routing: viaDns, backends }), 'DNSEndpoint') as {
      endpoints: readonly { recordType: string; recordTTL: number; providerSpecific: readonly { value: string }[] }[];
    };
    expect(endpoints.map((it) => it.recordType)).to.deep.equal(['A', 'CNAME', 'AAAA']);
    expect(endpoints.map((it) => it.providerSpecific[0]?.value)).to.deep.equal(['255', '128', '0']);
    expect(endpoints[0]?.recordTTL).to.equal(30);
  });

  it('marks everything as ours, and as the InferenceDeployment’s', () => {
    for (const routing of [viaGateway, viaService, viaDns])
      for (const { object } of aRoute({ routing })) {
        expect(object.metadata.labels).to.include({ 'tradewind.dev/owner-uid': 'uid-ml-prod-llama' });
        expect(object.metadata.ownerReferences?.[0]).to.include({ kind: 'InferenceDeployment', name: 'llama' });
        expect(object.metadata.namespace).to.equal('ml-prod');
      }
  });

  it('gives the same bytes for the same backends, and valid names for long ones', () => {
    expect(JSON.stringify(aRoute())).to.equal(JSON.stringify(aRoute()));
    const workload = {
      ...aRoute()[0]?.object.metadata,
      name: `${'a.'.repeat(60)}z`,
      uid: 'u',
      key: 'k',
      namespace: 'n',
    };
    for (const { object, type } of aRoute({ workload: workload as never }))
      if (type.kind === 'Service') expect(object.metadata.name).to.match(/^[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])$/);
  });
});
