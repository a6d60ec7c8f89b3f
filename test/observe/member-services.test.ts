import { expect } from 'chai';
import { endpointOf } from '../../operator/observe/member-services.ts';
import { routeRefusal } from '../../operator/observe/route-refusal.ts';

const serviceWith = (ingress: readonly object[]) => ({
  metadata: { name: 'llama' },
  spec: { ports: [{ port: 8000 }] },
  status: { loadBalancer: { ingress } },
});

describe('endpointOf', () => {
  it('is where the load balancer answers, by IP address before name', () => {
    expect(endpointOf(serviceWith([{ ip: '192.0.2.1' }]))).to.deep.equal({ address: '192.0.2.1', port: 8000 });
    const both = [{ hostname: 'lb.example.com' }, { ip: '192.0.2.2' }, { ip: '192.0.2.1' }];
    expect(endpointOf(serviceWith(both))?.address).to.equal('192.0.2.1');
    expect(endpointOf(serviceWith([{ hostname: 'lb.example.com' }]))?.address).to.equal('lb.example.com');
  });

  it('is nothing while there is none', () => {
    expect(endpointOf(serviceWith([]))).to.equal(null);
    expect(endpointOf({ metadata: { name: 'x' } })).to.equal(null);
    expect(endpointOf({ ...serviceWith([{ ip: '192.0.2.1' }]), spec: {} })).to.equal(null);
  });
});

describe('routeRefusal', () => {
  const routeWith = (conditions: readonly object[]) => ({
    metadata: { name: 'r' },
    status: { parents: [{ conditions }] },
  });

  it('is what the first Gateway says that does not accept the route', () => {
    expect(routeRefusal(routeWith([{ type: 'Accepted', status: 'False', message: 'no' }]))).to.equal('no');
    expect(routeRefusal(routeWith([{ type: 'Accepted', status: 'False', reason: 'NoMatch' }]))).to.equal('NoMatch');
  });

  it('is nothing while nobody objects', () => {
    expect(routeRefusal(routeWith([{ type: 'Accepted', status: 'True', message: 'yes' }]))).to.equal(null);
    expect(routeRefusal({ metadata: { name: 'r' } })).to.equal(null);
  });
});
