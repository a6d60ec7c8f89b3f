import { expect } from 'chai';
import type { Cloud, CloudPool, ClusterDescription, Quote, QuoteRequest } from '../../operator/clouds/cloud.ts';
import { RetryableError, TerminalError } from '../../operator/model/errors.ts';
import { regionName } from '../../operator/model/names.ts';
import { hours, minutes, seconds } from '../../operator/model/units.ts';
import { MemberMarket } from '../../operator/observe/member-market.ts';
import { SILENT_LOG } from '../../operator/runtime/silent-log.ts';
import { aCloudPool, aQuote } from '../support/observe-objects.ts';
import { SteppedClock } from '../support/stepped-clock.ts';

const DESCRIBED = { region: regionName('eastus'), kubernetesVersion: '1.34', available: true, state: 'Succeeded' };

/** A cloud that answers from fields which a test may change, and remembers what prices it was asked for. */
class ScriptedCloud implements Cloud {
  readonly provider = 'azure' as const;
  pools: readonly CloudPool[] = [aCloudPool()];
  prices: readonly Quote[] = [aQuote()];
  failure: Error | null = null;
  /** What describing the cluster meets. */
  described: ClusterDescription | Error = DESCRIBED;
  descriptions = 0;
  readonly asked: QuoteRequest[] = [];
  listings = 0;

  async describeCluster() {
    this.descriptions += 1;
    if (this.described instanceof Error) throw this.described;
    return this.described;
  }
  async listPools() {
    this.listings += 1;
    if (this.failure) throw this.failure;
    return this.pools;
  }
  async quotes(request: QuoteRequest) {
    this.asked.push(request);
    return this.prices;
  }
  async access(): Promise<never> {
    throw new Error('not asked for here');
  }
  async resizePool() {}
  invalidateAccess() {}
}

const cluster = { kind: 'aks', subscriptionId: 's', resourceGroup: 'g', name: 'aks-eus' } as const;
const periods = { describe: minutes(5), pools: seconds(60), quotes: hours(1) };

async function observed(
  scenario: (world: {
    cloud: ScriptedCloud;
    clock: SteppedClock;
    market: MemberMarket;
    changes: () => number;
  }) => Promise<void>,
) {
  const clock = new SteppedClock();
  const cloud = new ScriptedCloud();
  let changes = 0;
  const market = new MemberMarket({ cloud, cluster, periods, clock, log: SILENT_LOG, onChange: () => (changes += 1) });
  const stop = new AbortController();
  const running = market.run(stop.signal).catch(() => {});
  await clock.advance(seconds(0));
  try {
    await scenario({ cloud, clock, market, changes: () => changes });
  } finally {
    stop.abort();
    await running;
  }
}

describe('MemberMarket', () => {
  it('asks for prices as soon as region and pools are known', () =>
    observed(async ({ cloud, market }) => {
      expect(market.quotes).to.deep.equal([aQuote()]);
      const asked = cloud.asked.map(({ region, instanceTypes, capacityTypes }) => [
        region,
        instanceTypes,
        capacityTypes,
      ]);
      expect(asked).to.deep.include(['eastus', ['p5.48xlarge'], ['spot']]);
      expect(asked).to.deep.include(['eastus', ['p5.48xlarge'], ['on-demand']]);
    }));

  it('asks for prices again when a pool of another type appears, before the period is over', () =>
    observed(async ({ cloud, clock }) => {
      cloud.pools = [aCloudPool(), aCloudPool({ name: 'a100', instanceType: 'p4de.24xlarge' })];
      await clock.advance(seconds(61));
      expect(cloud.asked.at(-1)?.instanceTypes).to.deep.equal(['p4de.24xlarge', 'p5.48xlarge']);
    }));

  it('keeps what it knew through a failed poll, and waits as long as it was told', () =>
    observed(async ({ cloud, clock, market }) => {
      cloud.failure = new RetryableError('slow down', { code: 'Throttled', retryAfter: minutes(3) });
      await clock.advance(seconds(61));
      const listings = cloud.listings;
      await clock.advance(minutes(2));
      expect([market.pools?.length, cloud.listings]).to.deep.equal([1, listings]);
      cloud.failure = null;
      await clock.advance(minutes(2));
      expect(cloud.listings).to.be.greaterThan(listings);
    }));

  it('is changed by nothing while the cloud says the same', () =>
    observed(async ({ clock, market, changes }) => {
      const told = changes();
      await clock.advance(minutes(10));
      await clock.advance(minutes(10));
      expect([market.pools?.length, changes()]).to.deep.equal([1, told]);
    }));

  it('says what the cloud says of the cluster, and when it was asked', () =>
    observed(async ({ cloud, clock, market }) => {
      const first = market.cloudStatus;
      expect(first).to.deep.include({ state: 'Succeeded', says: 'Works', problems: [] });
      await clock.advance(minutes(5));
      expect(market.cloudStatus?.at).to.equal((first?.at ?? 0) + minutes(5));
      cloud.described = { ...DESCRIBED, available: false, state: 'Failed', problems: ['KmsKeyDisabled: k'] };
      await clock.advance(minutes(5));
      expect(market.cloudStatus).to.deep.include({
        state: 'Failed',
        says: 'Impaired',
        problems: ['KmsKeyDisabled: k'],
      });
    }));

  it('asks how the cluster is as soon as it is in doubt, then twice a minute, and once in a while when it is not', () =>
    observed(async ({ cloud, clock, market }) => {
      expect(cloud.descriptions).to.equal(1);
      market.doubt(true);
      await clock.advance(seconds(1));
      expect(cloud.descriptions).to.equal(2);
      market.doubt(true);
      await clock.advance(minutes(1));
      expect(cloud.descriptions).to.equal(4);
      market.doubt(false);
      await clock.advance(seconds(31));
      const settled = cloud.descriptions;
      await clock.advance(minutes(4));
      expect(cloud.descriptions).to.equal(settled);
    }));

  it('goes on asking while the cloud says that the cluster does not work, and takes "no such cluster" for an answer', () =>
    observed(async ({ cloud, clock, market }) => {
      cloud.described = new TerminalError('no such cluster', { code: 'NotFound' });
      await clock.advance(minutes(5));
      expect(market.cloudStatus).to.deep.include({ state: 'NotFound', says: 'Ended' });
      cloud.described = new RetryableError('a moment', { code: 'ServerError' });
      await clock.advance(minutes(1));
      expect(market.cloudStatus).to.deep.include({ state: 'NotFound', says: 'Ended' });
      cloud.described = DESCRIBED;
      await clock.advance(minutes(1));
      expect(market.cloudStatus).to.deep.include({ says: 'Works' });
    }));

  it('looks at the pools soon after nodes went, once for many, and once more for what was remembered', () =>
    observed(async ({ cloud, clock, market }) => {
      await clock.advance(seconds(1));
      const listings = cloud.listings;
      for (let node = 0; node < 3; node += 1) market.nodeWent();
      await clock.advance(seconds(4));
      market.nodeWent();
      expect(cloud.listings).to.equal(listings);
      await clock.advance(seconds(2));
      expect(cloud.listings).to.equal(listings + 1);
      await clock.advance(seconds(20));
      expect(cloud.listings).to.equal(listings + 2);
    }));

  it('looks at the pools at once when something was just asked of them', () =>
    observed(async ({ cloud, clock, market }) => {
      const listings = cloud.listings;
      market.lookAgain();
      await clock.advance(seconds(1));
      expect(cloud.listings).to.equal(listings + 1);
    }));

  it('is changed by the same prices after a long silence of the feed: meanwhile nothing was bought at them', () =>
    observed(async ({ cloud, clock, changes }) => {
      const spot = (): readonly Quote[] => [aQuote({ capacityType: 'spot', observedAt: clock.now() })];
      cloud.prices = spot();
      await clock.advance(hours(1.1));
      cloud.prices = [];
      for (let hour = 0; hour < 3; hour += 1) await clock.advance(hours(1));
      const told = changes();
      cloud.prices = spot();
      await clock.advance(hours(1));
      expect(changes()).to.be.greaterThan(told);
    }));

  it('keeps a price that is missing today, with the age it has', () =>
    observed(async ({ cloud, clock, market }) => {
      cloud.prices = [aQuote({ capacityType: 'spot', usd: 20 })];
      await clock.advance(hours(1.1));
      expect(market.quotes.map((quote) => quote.capacityType).sort()).to.deep.equal(['on-demand', 'spot']);
    }));
});
