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
  type Arbitrary,
} from 'fast-check';
import { planTraffic, SHIFT_STEPS, type TrafficInput } from '../../../operator/decide/traffic/plan-traffic.ts';
import { memberCapacities } from '../../../operator/decide/traffic/member-capacity.ts';
import type { Verdict } from '../../../operator/model/fleet.ts';
import type { PlacementPhase } from '../../../operator/model/workload.ts';
import type { HoldingOverrides } from '../../support/fleet-workload.ts';
import { aState, trafficInput } from '../../support/traffic-plans.ts';

const CLUSTERS = ['aws-a', 'aws-b', 'azure-c', 'azure-d'];

const holdings: Arbitrary<readonly HoldingOverrides[]> = array(
  record({
    cluster: constantFrom(...CLUSTERS),
    pool: constantFrom('h100', 'spot'),
    replicas: integer({ min: 0, max: 5 }),
    phase: constantFrom<PlacementPhase[]>('Starting', 'Serving', 'Draining', 'Releasing', 'Stranded'),
    observed: oneof(
      integer({ min: 0, max: 5 }).map((ready) => ({ ready })),
      constant(null),
    ),
  }),
  { maxLength: 6 },
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
  at: integer({ min: 0, max: 60_000 }),
}).map(({ given, replicas, ...rest }) => trafficInput({ ...rest, before: aState(given), workload: { replicas } }));

const total = (weights: readonly { readonly weight: number }[]): number =>
  weights.reduce((sum, it) => sum + it.weight, 0);

describe('planTraffic, whatever happens', () => {
  it('never leads requests to nobody while somebody that can be reached is ready', () => {
    assert(
      property(inputs, (input) => {
        const { state } = planTraffic(input);
        const reachable = new Set(state.backends.map((it) => it.cluster));
        const ready = input.holdings.some((it) => reachable.has(it.record.cluster) && (it.observed?.ready ?? 0) > 0);
        const mixed = memberCapacities(input).some((it) => !it.seen);
        if (ready && !mixed) expect(total(state.backends)).to.be.greaterThan(0);
      }),
    );
  });

  it('never gives a member that is seen more than is ready there', () => {
    assert(
      property(inputs, (input) => {
        const capacity = new Map(memberCapacities(input).map((it) => [it.cluster, it]));
        for (const { cluster, weight } of planTraffic(input).state.backends) {
          const { staying = 0, leaving = 0, lastResort = 0 } = capacity.get(cluster) ?? {};
          expect(weight).to.be.at.most(staying + leaving + lastResort);
        }
      }),
    );
  });

  it('changes nothing when it is asked again', () => {
    assert(
      property(inputs, (input) => {
        const once = planTraffic(input);
        expect(planTraffic({ ...input, before: once.state }).state).to.deep.equal(once.state);
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

  it('ends every shift within its steps, and only ever lowers what leaves', () => {
    assert(
      property(inputs, (input) => {
        let plan = planTraffic(input);
        let steps = 1;
        for (; plan.wakeAt !== null; steps += 1) {
          expect(steps).to.be.at.most(SHIFT_STEPS);
          const next = planTraffic({ ...input, before: plan.state, now: plan.wakeAt });
          expect(total(next.state.backends)).to.be.lessThan(total(plan.state.backends));
          plan = next;
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
        const before = planTraffic({ ...input, holdings: settled }).state.backends;
        const after = planTraffic({ ...input, holdings: [changed, ...others] }).state.backends;
        const isOther = (it: { cluster: string }): boolean => it.cluster !== first.record.cluster;
        const plain = (it: { cluster: string; weight: number }): [string, number] => [it.cluster, it.weight];
        expect(after.filter(isOther).map(plain)).to.deep.equal(before.filter(isOther).map(plain));
      }),
    );
  });
});
