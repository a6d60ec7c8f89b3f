import { expect } from 'chai';
import type { Cloud, CloudPool, Quote, QuoteRequest } from '../../operator/clouds/cloud.ts';
import { RetryableError } from '../../operator/model/errors.ts';
import { regionName } from '../../operator/model/names.ts';
import { hours, minutes, seconds } from '../../operator/model/units.ts';
import { MemberMarket } from '../../operator/observe/member-market.ts';
import { SILENT_LOG } from '../../operator/runtime/silent-log.ts';
import { aCloudPool, aQuote } from '../support/observe-objects.ts';
import { SteppedClock } from '../support/stepped-clock.ts';

/** A cloud that answers from fields which a test may change, and remembers what prices it was asked for. */
class ScriptedCloud implements Cloud {
  readonly provider = 'azure' as const;
  pools: readonly CloudPool[] = [aCloudPool()];
  prices: readonly Quote[] = [aQuote()];
  failure: Error | null = null;
  readonly asked: QuoteRequest[] = [];
  listings = 0;

  async describeCluster() {
    return { region: regionName('eastus'), kubernetesVersion: '1.34', available: true, state: 'Succeeded' };
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

  it('looks at the pools at once when something was just asked of them', () =>
    observed(async ({ cloud, clock, market }) => {
      const listings = cloud.listings;
      market.lookAgain();
      await clock.advance(seconds(1));
      expect(cloud.listings).to.equal(listings + 1);
    }));

  it('keeps a price that is missing today, with the age it has', () =>
    observed(async ({ cloud, clock, market }) => {
      cloud.prices = [aQuote({ capacityType: 'spot', usd: 20 })];
      await clock.advance(hours(1.1));
      expect(market.quotes.map((quote) => quote.capacityType).sort()).to.deep.equal(['on-demand', 'spot']);
    }));
});
