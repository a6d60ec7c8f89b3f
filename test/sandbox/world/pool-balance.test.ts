import { expect } from 'chai';
import { array, assert, constantFrom, nat, property, record, tuple } from 'fast-check';
import { instant } from '../../../operator/model/units.ts';
import { skuOf } from '../../../operator/sandbox/cloud/sku-catalogue.ts';
import type { SandboxPool } from '../../../operator/sandbox/cloud-state.ts';
import type { Machine, MachineState } from '../../../operator/sandbox/world/machine.ts';
import type { Balance, BalanceInput } from '../../../operator/sandbox/world/pool-balance.ts';
import { balancePool } from '../../../operator/sandbox/world/pool-balance.ts';
import { aCluster, aPool } from '../../support/world-builders.ts';

const RUNNING: MachineState = { phase: 'Running' };
const PROVISIONING: MachineState = { phase: 'Provisioning', joinsAt: instant(1) };
const NOTICED: MachineState = { phase: 'Noticed', diesAt: instant(1), announced: true };
const LOST: MachineState = { phase: 'Lost', since: instant(0), marked: false };

function machines(pool: SandboxPool, ...specs: readonly (readonly [zone: string, state: MachineState])[]): Machine[] {
  const sku = skuOf(pool.instanceType);
  if (sku === null) throw new Error(`no ${pool.instanceType}`);
  const cluster = aCluster({ pools: [pool] });
  return specs.map(([zone, state], ordinal) => ({
    name: `m${ordinal}`,
    plan: { cluster, pool, zone, sku, ordinal, seed: 1 },
    healthyAccelerators: null,
    state,
  }));
}

function balance(
  pool: SandboxPool,
  list: readonly Machine[],
  overrides: Partial<BalanceInput> = {},
): Record<keyof Balance, unknown> {
  const result = balancePool({
    provider: 'aws',
    pool,
    machines: list,
    scaleIn: 'as-cloud',
    isIdle: () => true,
    ...overrides,
  });
  const names = (chosen: readonly Machine[]): readonly string[] => chosen.map((it) => it.name);
  return {
    ...result,
    cancel: names(result.cancel),
    retire: names(result.retire),
    reclaim: names(result.reclaim),
  };
}

const TWO_ZONES = ['us-east-1a', 'us-east-1b'] as const;
const NOTHING = { launch: [], cancel: [], retire: [], reclaim: [], shortage: null };

describe('balancePool', () => {
  it('leaves a pool alone that is as large as asked', () => {
    const pool = aPool({ desiredNodes: 1 });
    expect(balance(pool, machines(pool, ['us-east-1a', RUNNING]))).to.deep.equal(NOTHING);
  });

  it('spreads new machines over the zones, the emptiest first', () => {
    const pool = aPool({ zones: TWO_ZONES, desiredNodes: 4 });
    const { launch } = balance(pool, machines(pool, ['us-east-1a', RUNNING]));
    // a has 1: b, then a tie that the order of zones settles for a, then b.
    expect(launch).to.deep.equal(['us-east-1b', 'us-east-1a', 'us-east-1b']);
  });

  it('goes to the other zone when one has no capacity, and tells of a shortage when none has', () => {
    const pool = aPool({ zones: TWO_ZONES, desiredNodes: 3, capacityByZone: new Map([['us-east-1a', 0]]) });
    expect(balance(pool, []).launch).to.deep.equal(['us-east-1b', 'us-east-1b', 'us-east-1b']);
    pool.capacityByZone.set('us-east-1b', 2);
    expect(balance(pool, [])).to.deep.equal({
      ...NOTHING,
      launch: ['us-east-1b', 'us-east-1b'],
      shortage: 'us-east-1a',
    });
  });

  it('replaces a machine that is lost, and not yet one that is only under notice', () => {
    const pool = aPool({ desiredNodes: 2 });
    const { launch } = balance(pool, machines(pool, ['us-east-1a', LOST], ['us-east-1a', NOTICED]));
    expect(launch).to.deep.equal(['us-east-1a']);
  });

  it('takes back requests before it ends machines', () => {
    const pool = aPool({ desiredNodes: 1 });
    const list = machines(pool, ['us-east-1a', RUNNING], ['us-east-1a', RUNNING], ['us-east-1a', PROVISIONING]);
    expect(balance(pool, list)).to.deep.equal({ ...NOTHING, cancel: ['m2'], retire: ['m0'] });
  });

  it('counts a machine under notice as the one that goes', () => {
    const pool = aPool({ desiredNodes: 1 });
    const list = machines(pool, ['us-east-1a', RUNNING], ['us-east-1a', NOTICED]);
    expect(balance(pool, list)).to.deep.equal(NOTHING);
  });

  it('ends the oldest machine of the fullest zone on AWS and the one with the highest number on Azure', () => {
    const pool = aPool({ zones: TWO_ZONES, desiredNodes: 2 });
    const list = machines(pool, ['us-east-1a', RUNNING], ['us-east-1b', RUNNING], ['us-east-1b', RUNNING]);
    expect(balance(pool, list).retire).to.deep.equal(['m1']);
    expect(balance(pool, list, { provider: 'azure' }).retire).to.deep.equal(['m2']);
  });

  it('ends an idle machine first where the scenario asks for that', () => {
    const pool = aPool({ desiredNodes: 1 });
    const list = machines(pool, ['us-east-1a', RUNNING], ['us-east-1a', RUNNING]);
    const isIdle = (machine: Machine): boolean => machine.name === 'm1';
    expect(balance(pool, list, { isIdle }).retire).to.deep.equal(['m0']);
    expect(balance(pool, list, { isIdle, scaleIn: 'idle-first' }).retire).to.deep.equal(['m1']);
  });

  it('takes the youngest spot machines back when the cloud has less, and never on-demand ones', () => {
    const capacityByZone = new Map([['us-east-1a', 1]]);
    const spot = aPool({ desiredNodes: 3, capacityByZone });
    const three = [
      ['us-east-1a', RUNNING],
      ['us-east-1a', RUNNING],
      ['us-east-1a', RUNNING],
    ] as const;
    expect(balance(spot, machines(spot, ...three)).reclaim).to.deep.equal(['m2', 'm1']);
    const onDemand = aPool({ desiredNodes: 3, capacityByZone, capacityType: 'on-demand' });
    expect(balance(onDemand, machines(onDemand, ...three))).to.deep.equal(NOTHING);
  });

  it('does not take back more when the surplus is already under notice', () => {
    const pool = aPool({ desiredNodes: 2, capacityByZone: new Map([['us-east-1a', 1]]) });
    const list = machines(pool, ['us-east-1a', RUNNING], ['us-east-1a', NOTICED]);
    expect(balance(pool, list).reclaim).to.deep.equal([]);
  });

  it('never launches beyond what is asked or what a zone can give, whatever stands there', () => {
    const state = constantFrom(RUNNING, PROVISIONING, NOTICED, LOST);
    const zone = constantFrom(...TWO_ZONES);
    assert(
      property(
        nat(8),
        array(tuple(zone, state), { maxLength: 8 }),
        record({ a: nat(6), b: nat(6) }),
        (desiredNodes, specs, { a, b }) => {
          const capacityByZone = new Map([
            ['us-east-1a', a],
            ['us-east-1b', b],
          ]);
          const pool = aPool({ zones: TWO_ZONES, desiredNodes, capacityByZone });
          const list = machines(pool, ...specs);
          const { launch, cancel } = balance(pool, list) as { launch: readonly string[]; cancel: readonly string[] };
          const kept = list.filter((it) => it.state.phase !== 'Lost').length - cancel.length;
          if (launch.length > 0) expect(kept + launch.length).to.be.at.most(desiredNodes);
          for (const [name, capacity] of capacityByZone) {
            const started = launch.filter((it) => it === name).length;
            const there = list.filter((it) => it.plan.zone === name && it.state.phase !== 'Lost').length;
            if (started > 0) expect(there + started).to.be.at.most(capacity);
          }
        },
      ),
    );
  });
});
