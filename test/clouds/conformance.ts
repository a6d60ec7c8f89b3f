/** The contract of Cloud as a suite: every adapter runs it over its sandboxed cloud. A new cloud brings a rig. */
import { expect } from 'chai';
import type { CloudPool, Quote } from '../../operator/clouds/cloud.ts';
import { poolName, regionName } from '../../operator/model/names.ts';
import { minutes, seconds } from '../../operator/model/units.ts';
import type { SandboxPool } from '../../operator/sandbox/cloud-state.ts';
import { expectFailure, noAbort } from '../support/clouds-endpoints.ts';
import { type CloudRig, manyPools } from '../support/clouds-sandbox-rig.ts';
import { settle } from '../support/stepped-clock.ts';

/** Longer than any adapter remembers pools. */
const NEXT_POLL = seconds(60);

/** Runs the suite; `make` gives a fresh cloud for each test. */
export function conformance(name: string, make: () => Promise<CloudRig>): void {
  describe(`Cloud contract: ${name}`, () => {
    let rig: CloudRig;
    beforeEach(async () => {
      rig = await make();
    });
    afterEach(() => rig.close());

    /** The calls that ask about the cluster. */
    const controlCalls = (): Readonly<Record<string, () => Promise<unknown>>> => ({
      describeCluster: () => rig.cloud.describeCluster(rig.cluster, noAbort()),
      access: () => rig.cloud.access(rig.cluster, noAbort()),
      listPools: () => rig.cloud.listPools(rig.cluster, noAbort()),
      resizePool: () => resize('spot', 3),
    });
    const pools = async (): Promise<Readonly<Record<string, CloudPool>>> => {
      const list = await rig.cloud.listPools(rig.cluster, noAbort());
      return Object.fromEntries(list.map((pool) => [pool.name, pool]));
    };
    const resize = (pool: string, nodes: number): Promise<void> =>
      rig.cloud.resizePool({ cluster: rig.cluster, pool: poolName(pool), nodes }, noAbort());
    const quotes = async (): Promise<readonly Quote[]> => {
      const { region } = await rig.cloud.describeCluster(rig.cluster, noAbort());
      return rig.cloud.quotes({ region, instanceTypes: [rig.pools.spot.instanceType] }, noAbort());
    };
    const spotPrices = async (): Promise<readonly number[]> =>
      (await quotes()).filter((quote) => quote.capacityType === 'spot').map((quote) => quote.perNodeHour);

    describe('describeCluster', () => {
      it('tells where the cluster is, its version, and that it works', async () => {
        const description = await rig.cloud.describeCluster(rig.cluster, noAbort());
        expect(description).to.deep.include({ region: rig.truth.region, available: true });
        expect(description.kubernetesVersion.startsWith(rig.truth.kubernetesVersion)).to.equal(true);
        expect(description.state).to.not.equal('');
      });

      it('tells a cluster that is updated from one that failed', async () => {
        rig.truth.state = 'updating';
        expect((await rig.cloud.describeCluster(rig.cluster, noAbort())).available).to.equal(true);
        rig.truth.state = 'failed';
        expect((await rig.cloud.describeCluster(rig.cluster, noAbort())).available).to.equal(false);
      });
    });

    describe('access', () => {
      const token = async (): Promise<string> => {
        const { auth } = await rig.cloud.access(rig.cluster, noAbort());
        return auth.kind === 'token' ? auth.token : '';
      };

      it('leads to the API server with a credential that it takes', async () => {
        const access = await rig.cloud.access(rig.cluster, noAbort());
        expect(access).to.include({ server: rig.truth.server, caPem: rig.truth.caPem });
        expect(rig.accepts(await token())).to.equal(true);
      });

      it('is cheap to call again', async () => {
        await token();
        const before = rig.requests();
        await token();
        expect(rig.requests()).to.equal(before);
      });

      it('always gives a credential that is still good, however long it has been', async () => {
        for (let passed = 0; passed < 8; passed += 1) {
          expect(rig.accepts(await token())).to.equal(true);
          await rig.clock.advance(minutes(9));
        }
      });

      it('gives a new one after the server has refused the old', async () => {
        await token();
        await rig.clock.advance(minutes(2));
        const before = rig.requests();
        rig.cloud.invalidateAccess(rig.cluster);
        expect(rig.accepts(await token())).to.equal(true);
        expect(rig.requests()).to.be.above(before);
      });

      it('does not ask the cloud at the pace of a server that refuses everything', async () => {
        await token();
        const before = rig.requests();
        for (let refusals = 0; refusals < 5; refusals += 1) {
          rig.cloud.invalidateAccess(rig.cluster);
          await token();
        }
        expect(rig.requests()).to.equal(before);
      });

      it('goes on while the cloud cannot be asked', async () => {
        await token();
        await rig.clock.advance(minutes(30));
        rig.breakControl({ kind: 'error', status: 503 });
        expect(rig.accepts(await token())).to.equal(true);
      });
    });

    describe('listPools', () => {
      it('tells all pools, by name, as they are', async () => {
        const list = await rig.cloud.listPools(rig.cluster, noAbort());
        expect(list.map((pool) => pool.name)).to.deep.equal(['demand', 'scaled', 'spot']);
        const { spot, scaled, demand } = await pools();
        expect(spot).to.deep.include({
          capacityType: 'spot',
          instanceType: rig.pools.spot.instanceType,
          accelerator: { model: 'H100', count: 8 },
          zones: rig.pools.spot.zones,
          desiredNodes: 2,
          autoscaled: false,
          usable: true,
          updating: false,
          problems: [],
        });
        expect(spot?.taints).to.deep.include({ key: 'gpu', value: 'yes', effect: 'NoSchedule' });
        expect(scaled).to.include({ autoscaled: true, minNodes: 0, maxNodes: 5 });
        expect(demand?.capacityType).to.equal('on-demand');
      });

      it('pins pods to one pool by labels that differ from pool to pool', async () => {
        const selectors = Object.values(await pools()).map((pool) => JSON.stringify(pool.nodeSelector));
        expect(new Set(selectors).size).to.equal(3);
        expect(selectors).to.not.include('{}');
      });

      it('follows pages to the end', async () => {
        const many = manyPools(rig.pools.demand);
        rig.truth.pools.push(...many);
        expect(Object.keys(await pools())).to.have.length(3 + many.length);
      });

      it('leaves out pools without accelerators', async () => {
        const plain: SandboxPool = { ...rig.pools.demand, name: 'plain', instanceType: 'no-such-gpu-type' };
        rig.truth.pools.push(plain);
        expect(await pools()).to.not.have.property('plain');
      });

      it('tells a shortage from a quota, and forgets both when they are over', async () => {
        for (const kind of ['capacity', 'quota'] as const) {
          for (const pool of [rig.pools.spot, rig.pools.demand]) {
            pool.trouble = { kind, zone: pool.zones[0] ?? '', at: rig.clock.now() };
            const told = (await pools())[pool.name]?.problems ?? [];
            expect(told.map((problem) => problem.kind)).to.deep.equal([kind === 'capacity' ? 'Capacity' : 'Quota']);
            expect(told[0]?.code).to.match(/^\w+$/);
            expect(told[0]?.message).to.not.equal('');
            pool.trouble = null;
            await rig.clock.advance(NEXT_POLL);
          }
        }
        expect((await pools())['spot']?.problems).to.deep.equal([]);
      });

      it('sees changes made by others at the next poll', async () => {
        await pools();
        rig.pools.spot.desiredNodes = 7;
        await rig.clock.advance(NEXT_POLL);
        expect((await pools())['spot']?.desiredNodes).to.equal(7);
      });
    });

    describe('quotes', () => {
      it('gives positive prices of the asked types, as of now, in zones that pools have', async () => {
        const given = await quotes();
        const zones = [null, ...rig.pools.spot.zones] as readonly (string | null)[];
        for (const capacityType of ['spot', 'on-demand'] as const) {
          const some = given.filter((quote) => quote.capacityType === capacityType);
          expect(some, capacityType).to.not.have.length(0);
          for (const quote of some) {
            expect(quote.perNodeHour).to.be.above(0);
            expect(quote.instanceType).to.equal(rig.pools.spot.instanceType);
            expect(quote.observedAt).to.equal(rig.clock.now());
          }
        }
        const spotZones = given.filter((quote) => quote.capacityType === 'spot').map((quote) => quote.zone);
        if (rig.zonalSpotPrices) expect(spotZones).to.include.members(rig.pools.spot.zones);
        else expect(spotZones.every((zone) => zones.includes(zone))).to.equal(true);
      });

      it('gives one price for each type, zone and capacity type', async () => {
        const keys = (await quotes()).map((quote) => `${quote.instanceType} ${quote.zone ?? ''} ${quote.capacityType}`);
        expect(new Set(keys).size).to.equal(keys.length);
      });

      it('asks for nothing when nothing is wanted', async () => {
        const request = { region: regionName(rig.truth.region), instanceTypes: [] };
        expect(await rig.cloud.quotes(request, noAbort())).to.deep.equal([]);
      });

      it('follows the market', async () => {
        rig.setSpotPrice(12.5);
        await rig.clock.advance(minutes(1));
        expect(new Set(await spotPrices())).to.deep.equal(new Set([12.5]));
        rig.setSpotPrice(9.75);
        await rig.clock.advance(minutes(60));
        expect(new Set(await spotPrices())).to.deep.equal(new Set([9.75]));
      });

      it('has no quote for a type that is not sold there, and that is no error', async () => {
        const { region } = await rig.cloud.describeCluster(rig.cluster, noAbort());
        const request = { region, instanceTypes: ['no-such-type'], capacityTypes: ['on-demand'] as const };
        expect(await rig.cloud.quotes(request, noAbort())).to.deep.equal([]);
      });

      it('never passes on a figure that cannot be right', async () => {
        for (const value of ['NaN', '0', '-1'] as const) {
          rig.breakPrices({ kind: 'bad-prices', value });
          expect(await quotes(), value).to.deep.equal([]);
          await rig.clock.advance(minutes(24 * 60));
        }
        rig.breakPrices({ kind: 'bad-prices', value: 'stale' });
        expect(await spotPrices()).to.deep.equal([]);
      });

      it('never takes a failed read for "no price"', async () => {
        const { region } = await rig.cloud.describeCluster(rig.cluster, noAbort());
        for (const capacityType of ['spot', 'on-demand'] as const) {
          const ask = () =>
            rig.cloud.quotes(
              { region, instanceTypes: [rig.pools.spot.instanceType], capacityTypes: [capacityType] },
              noAbort(),
            );
          rig.breakPrices({ kind: 'html' });
          await expectFailure(ask(), 'ServerError');
          rig.breakPrices({ kind: 'throttle', retryAfterSeconds: 7 });
          expect(await expectFailure(ask(), 'Throttled')).to.have.property('retryAfter', 7_000);
          rig.breakPrices(null);
          expect(await ask()).to.not.have.length(0);
          await rig.clock.advance(minutes(24 * 60));
        }
      });
    });

    describe('resizePool', () => {
      it('asks for the nodes, which the next listing shows', async () => {
        await pools();
        await resize('spot', 5);
        expect(rig.pools.spot.desiredNodes).to.equal(5);
        expect((await pools())['spot']).to.include({ desiredNodes: 5, updating: true });
      });

      it('changes nothing else of the pool', async () => {
        const { desiredNodes: _before, ...before } = (await pools())['spot'] ?? {};
        await resize('spot', 5);
        await rig.clock.advance(minutes(5));
        const { desiredNodes: _after, ...after } = (await pools())['spot'] ?? {};
        expect(after).to.deep.equal(before);
      });

      it('is success without a write when the pool already has that size', async () => {
        const { revision } = rig.pools.spot;
        await resize('spot', 2);
        expect(rig.pools.spot.revision).to.equal(revision);
      });

      it('grows and shrinks to the bounds and never beyond', async () => {
        const { maxNodes = 0, minNodes = 0 } = (await pools())['spot'] ?? {};
        await expectFailure(resize('spot', maxNodes + 1), 'Invalid');
        await expectFailure(resize('spot', minNodes - 1), 'Invalid');
        await expectFailure(resize('spot', 2.5), 'Invalid');
        expect(rig.pools.spot.desiredNodes).to.equal(2);
        await resize('spot', minNodes);
        expect(rig.pools.spot.desiredNodes).to.equal(minNodes);
      });

      it('leaves a pool alone that an autoscaler owns', async () => {
        await expectFailure(resize('scaled', 3), 'Invalid');
        expect(rig.pools.scaled.desiredNodes).to.equal(1);
      });

      it('is Busy while another operation runs, and not after it', async () => {
        await resize('spot', 3);
        await expectFailure(resize('spot', 4), 'Busy');
        expect(rig.pools.spot.desiredNodes).to.equal(3);
        await rig.clock.advance(minutes(5));
        await resize('spot', 4);
        expect(rig.pools.spot.desiredNodes).to.equal(4);
      });

      it('says NotFound for a pool that is not there', async () => {
        await expectFailure(resize('nope', 1), 'NotFound');
      });

      it('goes through while the pool is in trouble', async () => {
        rig.pools.spot.trouble = { kind: 'capacity', zone: rig.pools.spot.zones[0] ?? '', at: rig.clock.now() };
        await resize('spot', 1);
        expect(rig.pools.spot.desiredNodes).to.equal(1);
      });
    });

    describe('failures', () => {
      it('say NotFound for a cluster that is not there', async () => {
        const { cloud, absent } = rig;
        const pool = poolName('spot');
        await expectFailure(cloud.describeCluster(absent, noAbort()), 'NotFound');
        await expectFailure(cloud.access(absent, noAbort()), 'NotFound');
        await expectFailure(cloud.listPools(absent, noAbort()), 'NotFound');
        await expectFailure(cloud.resizePool({ cluster: absent, pool, nodes: 1 }, noAbort()), 'NotFound');
      });

      it('say Credentials when the cloud does not know the operator', async () => {
        rig.breakControl({ kind: 'unauthorized' });
        for (const call of Object.values(controlCalls())) await expectFailure(call(), 'Credentials');
      });

      it('say Throttled, with how long to wait', async () => {
        rig.breakControl({ kind: 'throttle', retryAfterSeconds: 9 });
        for (const call of Object.values(controlCalls()))
          expect(await expectFailure(call(), 'Throttled')).to.have.property('retryAfter', 9_000);
      });

      it('say ServerError when the service fails or a page comes instead of an answer', async () => {
        for (const fault of [
          { kind: 'error', status: 500 },
          { kind: 'error', status: 503 },
          { kind: 'html' },
        ] as const) {
          rig.breakControl(fault);
          for (const call of Object.values(controlCalls())) await expectFailure(call(), 'ServerError');
        }
        expect(rig.pools.spot.desiredNodes).to.equal(2);
      });

      it('say Timeout when nothing is answered', async () => {
        rig.breakControl({ kind: 'hang' });
        for (const call of Object.values(controlCalls())) {
          const waiting = expectFailure(call(), 'Timeout');
          await settle();
          await rig.clock.advance(minutes(2));
          await waiting;
        }
      });

      it("are the caller's own reason when the caller aborts", async () => {
        rig.breakControl({ kind: 'hang' });
        const reason = new Error('lost the lease');
        const controller = new AbortController();
        const waiting = rig.cloud.listPools(rig.cluster, controller.signal).catch((error: unknown) => error);
        await settle();
        controller.abort(reason);
        expect(await waiting).to.equal(reason);
      });

      it('are over when the fault is', async () => {
        rig.breakControl({ kind: 'html' });
        await expectFailure(rig.cloud.listPools(rig.cluster, noAbort()), 'ServerError');
        rig.breakControl(null);
        expect(Object.keys(await pools())).to.have.length(3);
      });

      it('end what is under way when the adapter closes', async () => {
        rig.breakControl({ kind: 'hang' });
        const waiting = expectFailure(rig.cloud.listPools(rig.cluster, noAbort()), 'Unreachable');
        await settle();
        rig.cloud.close();
        await waiting;
      });
    });
  });
}
