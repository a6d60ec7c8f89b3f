import { expect } from 'chai';
import { SERVICES } from '../../operator/kube/builtin-resources.ts';
import type { ResourceType } from '../../operator/kube/kube-client.ts';
import { RetryableError } from '../../operator/model/errors.ts';
import { seconds } from '../../operator/model/units.ts';
import { namespaceName, workloadKey } from '../../operator/model/names.ts';
import { HubRoutes } from '../../operator/observe/hub-routes.ts';
import { createMetrics } from '../../operator/runtime/metrics.ts';
import { createSeededRandom } from '../../operator/runtime/random.ts';
import { recordedLog } from '../support/kube-log.ts';
import { MemoryKube } from '../support/kube-memory-client.ts';
import { settle, SteppedClock } from '../support/stepped-clock.ts';

const LLAMA = workloadKey(namespaceName('ml'), 'llama');
const ROUTES: ResourceType = {
  group: 'gateway.networking.k8s.io',
  version: 'v1',
  plural: 'httproutes',
  kind: 'HTTPRoute',
  namespaced: true,
};
const ours = (name: string) => ({
  metadata: { name, namespace: 'ml', annotations: { 'tradewind.dev/owner': LLAMA } },
});

class DiscoveryKube extends MemoryKube {
  answer: { status: number; body: string } | Error = { status: 404, body: '' };
  asked = 0;

  override async raw(): Promise<{ status: number; body: string }> {
    this.asked += 1;
    if (this.answer instanceof Error) throw this.answer;
    return this.answer;
  }
}

describe('HubRoutes', () => {
  let hub: DiscoveryKube;
  let clock: SteppedClock;
  let told: (string | null)[];
  let routes: HubRoutes;
  let stop: AbortController;
  let running: Promise<void>;
  let log: ReturnType<typeof recordedLog>;
  beforeEach(() => {
    log = recordedLog();
    hub = new DiscoveryKube();
    clock = new SteppedClock();
    told = [];
    stop = new AbortController();
    const rest = { random: createSeededRandom(1), metrics: createMetrics(), log };
    routes = new HubRoutes({ client: hub, clock, ...rest, onChange: (key) => told.push(key) });
    running = routes.run(stop.signal);
  });
  afterEach(async () => {
    stop.abort(new Error('done'));
    await running;
  });

  it('watches nothing before somebody asks', async () => {
    await settle();
    expect(routes.ownedBy(SERVICES, LLAMA)).to.deep.equal([]);
    expect(hub.calls).to.deep.equal([]);
  });

  it('knows objects by their workload once they are listed, and tells of changes', async () => {
    hub.put(SERVICES, ours('llama'));
    expect(routes.availability(SERVICES)).to.equal('Unknown');
    await settle();
    expect(routes.availability(SERVICES)).to.equal('Synced');
    expect(routes.ownedBy(SERVICES, LLAMA).map((it) => it.metadata.name)).to.deep.equal(['llama']);
    told.length = 0;
    hub.remove(SERVICES, { name: 'llama', namespace: 'ml' });
    await settle();
    expect(told).to.deep.equal([LLAMA]);
  });

  it('knows a resource that the hub does not serve, says so once, and notices when it does', async () => {
    routes.availability(ROUTES);
    await settle();
    expect(routes.availability(ROUTES)).to.equal('Missing');
    for (let look = 0; look < 5; look += 1) await clock.advance(seconds(10));
    expect(log.lines.filter(({ level }) => level === 'debug')).to.have.lengthOf(1);
    expect(hub.asked).to.be.at.most(7);
    expect(hub.calls).to.deep.equal([]);
    hub.answer = { status: 200, body: '{"resources":[{"name":"httproutes"}]}' };
    await clock.advance(seconds(10));
    await settle();
    expect(routes.availability(ROUTES)).to.equal('Synced');
    expect(told).to.include(null);
  });

  it('does not take a hub that does not answer for one without the resource', async () => {
    hub.answer = new RetryableError('refused', { code: 'Unreachable' });
    hub.fault = () => new RetryableError('refused', { code: 'Unreachable' });
    routes.availability(ROUTES);
    await settle();
    expect(routes.availability(ROUTES)).to.equal('Unknown');
  });
});
