import { expect } from 'chai';
import { instant, millis, seconds } from '../../../operator/model/units.ts';
import type { Fault } from '../../../operator/sandbox/apiserver/http/faults.ts';
import type { CloudState } from '../../../operator/sandbox/cloud-state.ts';
import { applyEvent } from '../../../operator/sandbox/scenario/apply-event.ts';
import { cloudStateOf } from '../../../operator/sandbox/scenario/cloud-state-of.ts';
import { playTimeline } from '../../../operator/sandbox/scenario/play-timeline.ts';
import { readScenario } from '../../../operator/sandbox/scenario/read-scenario.ts';
import type { ScenarioEvent } from '../../../operator/sandbox/scenario/scenario.ts';
import type { World } from '../../../operator/sandbox/world/start-world.ts';
import { SteppedClock } from '../../support/stepped-clock.ts';
import { scenarioText } from '../../support/world-scenarios.ts';

/** A world that only remembers what it was told. */
function aRecordingWorld(): { readonly world: World; readonly told: unknown[] } {
  const told: unknown[] = [];
  const note =
    (what: string) =>
    (...details: unknown[]): readonly string[] => {
      told.push([what, ...details]);
      return [];
    };
  const world = {
    reclaim: note('reclaim'),
    kill: note('kill'),
    setAccelerators: note('setAccelerators'),
    setStuck: note('setStuck'),
    setShortage: note('setShortage'),
    kick: note('kick'),
    idle: true,
    ended: Promise.resolve(),
  };
  return { world, told };
}

function aStage(): {
  readonly state: CloudState;
  readonly told: unknown[];
  readonly faults: Map<string, Fault | null>;
  readonly apply: (event: ScenarioEvent) => Promise<void>;
} {
  const scenario = readScenario(scenarioText({ top: { prices: [price(5)] } }), 'test');
  const state = cloudStateOf(scenario, instant(1000));
  const { world, told } = aRecordingWorld();
  const faults = new Map<string, Fault | null>();
  const stage = {
    now: () => instant(2000),
    state,
    worlds: new Map([
      ['aws-east', world],
      ['azure-east', world],
    ]),
    setApiFault: async (cluster: string, fault: Fault | null): Promise<void> => void faults.set(cluster, fault),
  };
  return { state, told, faults, apply: (event) => applyEvent(stage, event) };
}

const price = (usdPerHour: number): { cluster: string; pool: string; usdPerHour: number } => ({
  cluster: 'azure-east',
  pool: 'spot',
  usdPerHour,
});

describe('cloudStateOf', () => {
  it("starts with the scenario's pools and prices, and identities of its seed", () => {
    const { state } = aStage();
    expect(state.clusters.map((it) => it.name)).to.deep.equal(['aws-east', 'azure-east']);
    expect(state.clusters[0]?.pools[0]).to.deep.include({ desiredNodes: 1, trouble: null, updatingUntil: 0 });
    expect(state.priceOverrides).to.deep.equal([
      {
        region: 'eastus',
        zone: '',
        instanceType: 'Standard_NC96ads_A100_v4',
        capacityType: 'spot',
        usdPerHour: 5,
        at: 1000,
      },
    ]);
    expect(state.identities.aws.accessKeyId).to.match(/^AKIA[A-Z0-9]{16}$/);
    expect(state.identities.azure.tenantId).to.match(
      /^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-8[0-9a-f]{3}-[0-9a-f]{12}$/,
    );
  });
});

describe('applyEvent', () => {
  it('sets a price from now on', async () => {
    const { state, apply } = aStage();
    await apply({ action: 'price', zone: '', ...price(9) });
    expect(state.priceOverrides.at(-1)).to.include({ usdPerHour: 9, at: 2000 });
  });

  it('sets and lifts the capacity of every zone of a pool', async () => {
    const { state, told, apply } = aStage();
    const pool = state.clusters[0]?.pools[0];
    await apply({ action: 'capacity', cluster: 'aws-east', pool: 'spot', zone: null, nodes: 0, as: 'quota' });
    expect([...(pool?.capacityByZone ?? [])]).to.deep.equal([
      ['us-east-1a', 0],
      ['us-east-1b', 0],
    ]);
    expect(told).to.deep.include(['setShortage', 'spot', 'us-east-1b', 'quota']);
    await apply({
      action: 'capacity',
      cluster: 'aws-east',
      pool: 'spot',
      zone: 'us-east-1a',
      nodes: null,
      as: 'capacity',
    });
    expect([...(pool?.capacityByZone.keys() ?? [])]).to.deep.equal(['us-east-1b']);
    expect(pool?.revision).to.equal(3);
  });

  it('tells the world what to take, kill, spoil and hold up', async () => {
    const { told, apply } = aStage();
    await apply({ action: 'reclaim', cluster: 'aws-east', machines: { pool: 'spot' }, notice: seconds(120) });
    await apply({ action: 'kill-nodes', cluster: 'azure-east', machines: {} });
    await apply({ action: 'accelerators', cluster: 'aws-east', machines: { pool: 'spot' }, healthy: 4 });
    await apply({ action: 'stuck-pods', cluster: 'aws-east', pool: 'spot', stuck: true });
    expect(told).to.deep.equal([
      ['reclaim', { pool: 'spot' }, 120_000],
      ['kill', {}],
      ['setAccelerators', { pool: 'spot' }, 4],
      ['setStuck', 'spot', true],
    ]);
  });

  it('resizes a pool as somebody else would, and changes what the cloud says of a control plane', async () => {
    const { state, told, apply } = aStage();
    await apply({ action: 'resize', cluster: 'aws-east', pool: 'spot', nodes: 3 });
    await apply({ action: 'control-plane', cluster: 'aws-east', state: 'failed' });
    expect(state.clusters[0]).to.include({ state: 'failed' });
    expect(state.clusters[0]?.pools[0]).to.include({ desiredNodes: 3, revision: 2 });
    expect(told).to.deep.equal([['kick']]);
  });

  it('breaks API servers and cloud services, and heals one or all of them', async () => {
    const { state, faults, apply } = aStage();
    const broken = { kind: 'refuse' } as const;
    await apply({ action: 'api', cluster: 'hub', fault: broken });
    await apply({ action: 'api', cluster: 'aws-east', fault: broken });
    await apply({ action: 'cloud', service: 'ec2', fault: { kind: 'hang' } });
    await apply({ action: 'cloud', service: 'arm', fault: { kind: 'hang' } });
    await apply({ action: 'heal', cluster: 'aws-east', service: null });
    await apply({ action: 'heal', cluster: null, service: 'ec2' });
    expect([...faults]).to.deep.equal([
      ['hub', broken],
      ['aws-east', null],
    ]);
    expect([...state.faults.keys()]).to.deep.equal(['arm']);
    await apply({ action: 'heal', cluster: null, service: null });
    expect(faults.get('hub')).to.equal(null);
    expect(state.faults.size).to.equal(0);
  });

  it('refuses what is not there', async () => {
    const { apply } = aStage();
    expect(await apply({ action: 'kill-nodes', cluster: 'gcp', machines: {} }).catch(String)).to.contain(
      'no cluster "gcp"',
    );
    expect(await apply({ action: 'control-plane', cluster: 'gcp', state: 'failed' }).catch(String)).to.contain(
      'no cluster "gcp"',
    );
    expect(await apply({ action: 'resize', cluster: 'aws-east', pool: 'od', nodes: 1 }).catch(String)).to.contain(
      'no pool "od"',
    );
  });
});

describe('playTimeline', () => {
  const heal = (cluster: string): ScenarioEvent => ({ action: 'heal', cluster, service: null });
  const timeline = [
    { at: millis(0), event: heal('a') },
    { at: seconds(10), event: heal('b') },
    { at: seconds(30), event: heal('c') },
  ];

  it('plays each event at its time', async () => {
    const clock = new SteppedClock();
    const played: unknown[] = [];
    const apply = async (event: ScenarioEvent): Promise<void> =>
      void played.push('cluster' in event ? event.cluster : null);
    const options = { clock, startedAt: clock.now(), timeline, apply };
    const playing = playTimeline(options, new AbortController().signal);
    await clock.advance(seconds(9));
    expect(played).to.deep.equal(['a']);
    await clock.advance(seconds(1));
    expect(played).to.deep.equal(['a', 'b']);
    await clock.advance(seconds(20));
    await playing;
    expect(played).to.deep.equal(['a', 'b', 'c']);
  });

  it('ends when told to, and plays nothing more', async () => {
    const clock = new SteppedClock();
    const stopping = new AbortController();
    const played: ScenarioEvent[] = [];
    const options = {
      clock,
      startedAt: clock.now(),
      timeline,
      apply: async (event: ScenarioEvent): Promise<void> => void played.push(event),
    };
    const playing = playTimeline(options, stopping.signal);
    await clock.advance(seconds(1));
    stopping.abort();
    await playing;
    expect(played).to.have.length(1);
    expect(clock.pendingSleeps).to.equal(0);
  });
});
