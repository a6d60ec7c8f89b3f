import { expect } from 'chai';
import {
  array,
  assert,
  boolean,
  constant,
  constantFrom,
  integer,
  oneof,
  property,
  record,
  subarray,
  tuple,
  type Arbitrary,
  uniqueArray,
} from 'fast-check';
import { moveShare } from '../../../operator/decide/traffic/move-share.ts';
import { planTraffic, type TrafficInput } from '../../../operator/decide/traffic/plan-traffic.ts';
import { memberCapacities, type MemberCapacity } from '../../../operator/decide/traffic/member-capacity.ts';
import type { Verdict } from '../../../operator/model/fleet.ts';
import type { PlacementPhase } from '../../../operator/model/workload.ts';
import { movingIn } from '../../support/decide-moves.ts';
import { aTarget, idle, type HoldingOverrides } from '../../support/fleet-workload.ts';
import { aState, trafficInput } from '../../support/traffic-plans.ts';

const CLUSTERS = ['aws-a', 'aws-b', 'azure-c', 'azure-d'];

/** One entry an offering; a member is seen with all that it holds, or not at all. */
const holdings: Arbitrary<readonly HoldingOverrides[]> = tuple(
  uniqueArray(
    record({
      cluster: constantFrom(...CLUSTERS),
      pool: constantFrom('h100', 'spot'),
      replicas: integer({ min: 0, max: 5 }),
      phase: constantFrom<PlacementPhase[]>('Starting', 'Serving', 'Draining', 'Releasing', 'Stranded'),
      ready: integer({ min: 0, max: 5 }),
    }),
    { maxLength: 6, selector: ({ cluster, pool }) => `${cluster}/${pool}` },
  ),
  subarray(CLUSTERS),
).map(([held, unseen]) =>
  held.map(({ ready, ...it }) => ({ ...it, observed: unseen.includes(it.cluster) ? null : { ready } })),
);

const inputs: Arbitrary<TrafficInput> = record({
  holdings,
  verdicts: record(
    Object.fromEntries(
      CLUSTERS.map((it) => [
        it,
        constantFrom<Verdict[]>('Healthy', 'Suspect', 'ControlPlaneLost', 'Degraded', 'Down', 'Recovering'),
      ]),
    ),
  ),
  frozen: boolean(),
  unaddressed: array(constantFrom(...CLUSTERS), { maxLength: 2 }),
  given: record(Object.fromEntries(CLUSTERS.map((it) => [it, integer({ min: 0, max: 4000 })]))),
  replicas: integer({ min: 0, max: 8 }),
  migration: oneof(
    constant(idle),
    record({
      phase: constantFrom('Reserving', 'Surging', 'Verifying', 'Shifting', 'Draining', 'RollingBack'),
      percent: integer({ min: 0, max: 100 }),
      source: array(record({ cluster: constantFrom(...CLUSTERS), replicas: integer({ min: 1, max: 5 }) }), {
        maxLength: 3,
      }),
    }).map(({ phase, percent, source }) =>
      movingIn(phase, { percent, source: source.map((it) => aTarget(it.cluster, 'h100', 'a', it.replicas)) }),
    ),
  ),
  at: integer({ min: 0, max: 60_000 }),
}).map(({ given, replicas, ...rest }) => trafficInput({ ...rest, before: aState(given), workload: { replicas } }));

const total = (weights: readonly { readonly weight: number }[]): number =>
  weights.reduce((sum, it) => sum + it.weight, 0);

const capacitiesOf = (input: TrafficInput): readonly MemberCapacity[] =>
  memberCapacities({ ...input, move: moveShare(input.migration) });

describe('planTraffic, whatever happens', () => {
  it('never leads requests to nobody while somebody that can be reached is ready', () => {
    assert(
      property(inputs, (input) => {
        const { state } = planTraffic(input);
        const reachable = new Set(state.backends.map((it) => it.cluster));
        const ready = input.holdings.some((it) => reachable.has(it.record.cluster) && (it.observed?.ready ?? 0) > 0);
        const mixed = capacitiesOf(input).some((it) => !it.seen);
        if (ready && !mixed) expect(total(state.backends)).to.be.greaterThan(0);
      }),
    );
  });

  it('never gives a member that is seen more than is ready there', () => {
    assert(
      property(inputs, (input) => {
        const capacity = new Map(capacitiesOf(input).map((it) => [it.cluster, it]));
        for (const { cluster, weight } of planTraffic(input).state.backends) {
          const { staying = 0, arriving = 0, leaving = 0, lastResort = 0 } = capacity.get(cluster) ?? {};
          expect(weight).to.be.at.most(staying + arriving + leaving + lastResort);
        }
      }),
    );
  });

  it('comes to rest: asked again it changes nothing, but that who was believed for want of others is so no more', () => {
    assert(
      property(inputs, (input) => {
        const once = planTraffic(input);
        const again = planTraffic({ ...input, before: once.state });
        if (once.footing !== 'LastKnown') expect(again.state).to.deep.equal(once.state);
        expect(planTraffic({ ...input, before: again.state }).state).to.deep.equal(again.state);
      }),
    );
  });

  it('gives the same weights whatever the order of holdings', () => {
    assert(
      property(inputs, (input) => {
        const reversed = { ...input, holdings: [...input.holdings].reverse() };
        expect(planTraffic(reversed)).to.deep.equal(planTraffic(input));
      }),
    );
  });

  it('leads ever more requests to what is new, and ever fewer to what leaves, the further a move has come', () => {
    assert(
      property(inputs, integer({ min: 0, max: 99 }), (input, percent) => {
        if (input.migration.phase !== 'Shifting') return;
        const at = (much: number): ReadonlyMap<string, number> => {
          const migration = { ...input.migration, percent: much } as TrafficInput['migration'];
          return new Map(planTraffic({ ...input, migration }).state.backends.map((it) => [it.cluster, it.weight]));
        };
        const [less, more] = [at(percent), at(percent + 1)];
        for (const { cluster, seen, arriving, leaving } of capacitiesOf(input)) {
          const change = (more.get(cluster) ?? 0) - (less.get(cluster) ?? 0);
          if (seen && leaving === 0) expect(change).to.be.at.least(0);
          if (seen && arriving === 0) expect(change).to.be.at.most(0);
        }
      }),
    );
  });

  it('changes no other weight when one member gains or loses a replica, while nothing leaves', () => {
    assert(
      property(inputs, integer({ min: 0, max: 5 }), (input, ready) => {
        const settled = input.holdings.filter((it) => it.record.phase === 'Serving' && it.observed !== null);
        const [first, ...others] = settled;
        if (!first?.observed) return;
        const changed = { ...first, observed: { ...first.observed, ready } };
        const calm = { ...input, migration: idle };
        const before = planTraffic({ ...calm, holdings: settled }).state.backends;
        const after = planTraffic({ ...calm, holdings: [changed, ...others] }).state.backends;
        const isOther = (it: { cluster: string }): boolean => it.cluster !== first.record.cluster;
        const plain = (it: { cluster: string; weight: number }): [string, number] => [it.cluster, it.weight];
        expect(after.filter(isOther).map(plain)).to.deep.equal(before.filter(isOther).map(plain));
      }),
    );
  });
});
