import { expect } from 'chai';
import { performRoute } from '../../operator/act/perform-traffic-route.ts';
import { HTTP_ROUTES } from '../../operator/act/route-resources.ts';
import { ENDPOINT_SLICES, SERVICES } from '../../operator/kube/builtin-resources.ts';
import { RetryableError } from '../../operator/model/errors.ts';
import { aWorkload } from '../support/fleet-workload.ts';
import { MemoryKube } from '../support/kube-memory-client.ts';
import { aBackend, aRoute, routeTarget } from '../support/traffic-routes.ts';

const { signal } = new AbortController();
const { key: workload, uid } = aWorkload();

describe('performRoute', () => {
  let hub: MemoryKube;
  beforeEach(() => {
    hub = new MemoryKube();
  });
  const perform = (objects: ReturnType<typeof aRoute>) =>
    performRoute({ workload, uid, objects }, routeTarget(hub), signal);

  it('applies everything, and nothing again', async () => {
    expect(await perform(aRoute())).to.deep.equal({ kind: 'Done', writes: 5 });
    expect(await perform(aRoute())).to.deep.equal({ kind: 'Done', writes: 0 });
  });

  it('writes what changed and nothing else', async () => {
    await perform(aRoute());
    const shifted = aRoute({ backends: [aBackend('aws-a', 1500), aBackend('azure-b', 1000)] });
    expect(await perform(shifted)).to.deep.equal({ kind: 'Done', writes: 1 });
  });

  it('deletes what stood for a member that is gone, after the route has left it', async () => {
    await perform(aRoute());
    hub.calls.length = 0;
    await perform(aRoute({ backends: [aBackend('azure-b', 1000)] }));
    expect(hub.all(SERVICES)).to.have.lengthOf(1);
    const writes = hub.calls.filter((it) => !it.startsWith('get'));
    expect(writes[0]).to.equal('apply httproutes.gateway.networking.k8s.io');
    expect(writes.slice(1).every((it) => it.startsWith('delete'))).to.equal(true);
  });

  it('takes everything away when nothing is to be led anywhere', async () => {
    await perform(aRoute());
    await perform([]);
    expect([SERVICES, ENDPOINT_SLICES, HTTP_ROUTES].flatMap((it) => hub.all(it))).to.deep.equal([]);
  });

  it("leaves somebody else's object of the same name alone, and says so", async () => {
    hub.put(HTTP_ROUTES, { metadata: { name: 'llama', namespace: 'ml-prod', labels: { app: 'theirs' } } });
    expect(await perform(aRoute())).to.deep.equal({ kind: 'NameTaken', object: 'HTTPRoute llama' });
    expect(hub.peek(HTTP_ROUTES, { name: 'llama', namespace: 'ml-prod' })?.metadata.labels).to.deep.equal({
      app: 'theirs',
    });
  });

  it('does not take the Service of a member for a route, where the hub is a member too', async () => {
    const { name } = aRoute()[0]?.object.metadata ?? { name: '' };
    const labels = { 'tradewind.dev/owner-uid': uid, 'tradewind.dev/traffic': 'endpoint' };
    hub.put(SERVICES, { metadata: { name, namespace: 'ml-prod', labels } });
    expect(await perform(aRoute())).to.have.property('kind', 'NameTaken');
  });

  it('goes on where a failure stopped it', async () => {
    hub.fault = (verb, subject) =>
      verb === 'apply' && subject.startsWith('httproutes') ? new RetryableError('no', { code: 'Unreachable' }) : null;
    const failure = await perform(aRoute()).catch((error: unknown) => error);
    expect(failure).to.be.instanceOf(RetryableError);
    hub.fault = () => null;
    expect(await perform(aRoute())).to.deep.equal({ kind: 'Done', writes: 1 });
  });
});
