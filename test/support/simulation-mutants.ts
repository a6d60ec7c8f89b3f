/** Operators with one thing wrong each: an invariant that none of them breaks is too weak, and each must break one. */
import type { DecisionToRecord } from '../../operator/act/record-deployment.ts';
import type { FleetSnapshot, Holding, Member, Offering, WorkloadView } from '../../operator/model/fleet.ts';
import { fraction, hours, millis, seconds } from '../../operator/model/units.ts';
import type { PlacementRecord, Workload } from '../../operator/model/workload.ts';
import type { FaultKind } from './simulation-fault.ts';
import type { Flavour } from './simulation-scenario.ts';
import type { Tampering } from './simulation-operator-world.ts';

export interface Mutant {
  readonly does: string;
  readonly tampering: Tampering;
  /** Faults that bring it out; left out: any. */
  readonly theme?: FaultKind['kind'];
  readonly flavour?: Flavour;
  /** Below 40: one that it is known to be caught in; left out: the first. */
  readonly seed?: number;
  /** What it is to be caught by; any of these. */
  readonly breaks: readonly string[];
}

const eachMember =
  (change: (member: Member) => Member) =>
  (fleet: FleetSnapshot): FleetSnapshot => ({ ...fleet, members: fleet.members.map(change) });

const eachOffering = (change: (offering: Offering) => Offering) =>
  eachMember((member) => ({ ...member, offerings: member.offerings.map(change) }));

const eachView =
  (change: (view: WorkloadView, fleet: FleetSnapshot) => WorkloadView) =>
  (fleet: FleetSnapshot): FleetSnapshot => ({
    ...fleet,
    workloads: fleet.workloads.map((view) => change(view, fleet)),
  });

const eachWorkload = (change: (workload: Workload) => Workload) =>
  eachView((view) => ({ ...view, workload: change(view.workload) }));

const eachHolding = (change: (holding: Holding, member: Member | undefined) => Holding) =>
  eachView((view, { members }) => ({
    ...view,
    holdings: view.holdings.map((it) =>
      change(
        it,
        members.find(({ name }) => name === it.record.cluster),
      ),
    ),
  }));

const eachEntry =
  (change: (record: PlacementRecord, decision: DecisionToRecord) => PlacementRecord | null) =>
  (decision: DecisionToRecord): DecisionToRecord => {
    const placements = decision.intent.placements.flatMap((it) => change(it, decision) ?? []);
    return { ...decision, intent: { ...decision.intent, placements } };
  };

const trusted = (member: Member): Member => {
  const { verdict } = member;
  return {
    ...member,
    synced: true,
    verdict: { ...verdict, verdict: 'Healthy', unreachableSince: null, goodSince: verdict.since },
  };
};

const NOTHING = { present: false, replicas: 0, bound: 0, ready: 0, pendingSince: null };

export const MUTANTS: readonly Mutant[] = [
  {
    does: 'takes what cannot be read for empty',
    theme: 'Outage',
    tampering: {
      seen: (fleet) =>
        eachMember((it) => (it.verdict.unreachableSince === null ? it : trusted(it)))(
          eachHolding((it, member) =>
            member && member.verdict.unreachableSince !== null ? { ...it, observed: NOTHING } : it,
          )(fleet),
        ),
    },
    breaks: ['S3', 'no orphan'],
  },
  {
    does: 'takes a timeout for an outage at once',
    theme: 'Outage',
    tampering: {
      believed: (state, { evidence }, now) =>
        evidence.probe?.kind === 'Failed' && evidence.probe.failure === 'Timeout'
          ? { ...state, verdict: 'Down', reason: 'ApiUnreachable', unreachableSince: state.unreachableSince ?? now }
          : state,
    },
    breaks: ['S3'],
  },
  {
    does: 'evacuates members whose data path serves',
    tampering: {
      believed: (state) =>
        state.verdict === 'ControlPlaneLost' ? { ...state, verdict: 'Down', reason: 'ApiUnreachable' } : state,
    },
    breaks: ['S3'],
  },
  {
    does: 'takes refused credentials for an outage',
    theme: 'Credentials',
    tampering: {
      believed: (state, { evidence }, now) =>
        evidence.probe?.kind === 'Failed' &&
        evidence.probe.failure === 'Credentials' &&
        evidence.consecutiveFailures > 3
          ? { ...state, verdict: 'Down', reason: 'ApiUnreachable', unreachableSince: state.unreachableSince ?? now }
          : state,
    },
    breaks: ['S3'],
  },
  { does: 'never freezes', theme: 'Outage', tampering: { thawed: true }, breaks: ['S10'] },
  {
    does: 'moves on while the fleet is frozen',
    seed: 21,
    tampering: { seen: (fleet) => ({ ...fleet, frozen: false }) },
    breaks: ['S10', 'S3'],
  },
  {
    does: 'gives copies up before the others are ready',
    tampering: {
      decided: eachEntry((it) => (it.phase === 'Draining' ? { ...it, phase: 'Releasing', replicas: 0 } : it)),
    },
    breaks: ['S2', 'S3', 'S10'],
  },
  {
    does: 'believes that everything bound is ready',
    tampering: {
      seen: eachHolding((it) => (it.observed ? { ...it, observed: { ...it.observed, ready: it.observed.bound } } : it)),
    },
    breaks: ['S2'],
  },
  {
    does: 'moves as if no requests were led anywhere',
    tampering: { seen: eachView(({ traffic: _led, ...view }) => view) },
    breaks: ['traffic'],
  },
  {
    does: 'surges without a bound',
    seed: 3,
    tampering: { seen: eachWorkload((it) => ({ ...it, migration: { ...it.migration, maxSurge: 50 } })) },
    breaks: ['S2'],
  },
  {
    does: 'moves for every cent, as often as it likes',
    theme: 'Prices',
    tampering: {
      seen: eachWorkload((it) => ({
        ...it,
        migration: { ...it.migration, minSavings: fraction(0), payback: hours(10_000), cooldown: millis(0) },
      })),
    },
    breaks: ['S9', 'L1'],
  },
  {
    does: 'ignores what is promised to others',
    seed: 7,
    theme: 'Refusal',
    tampering: { alone: true },
    breaks: ['S1', 'L4', 'L1'],
  },
  {
    does: 'buys at any price, however old',
    seed: 17,
    theme: 'Prices',
    tampering: { seen: (fleet) => ({ ...fleet, policy: { ...fleet.policy, priceAgeLimit: hours(1000) } }) },
    breaks: ['S11'],
  },
  {
    does: 'takes a price of nothing for a bargain',
    seed: 3,
    theme: 'Prices',
    tampering: {
      seen: eachOffering((it) =>
        it.price && !(it.price.perNodeHour > 0)
          ? { ...it, price: { ...it.price, perNodeHour: 0.01 as typeof it.price.perNodeHour } }
          : it,
      ),
    },
    breaks: ['S11'],
  },
  {
    does: 'asks again and again where it was refused',
    seed: 22,
    theme: 'Refusal',
    tampering: { seen: eachOffering((it) => ({ ...it, backoff: null })) },
    breaks: ['L4'],
  },
  {
    does: 'places on members in doubt',
    tampering: {
      seen: eachMember((it) =>
        it.verdict.verdict === 'Suspect' || it.verdict.verdict === 'Recovering' ? trusted(it) : it,
      ),
    },
    breaks: ['S3'],
  },
  {
    does: 'places on cordoned members',
    theme: 'Cordon',
    tampering: { seen: eachMember((it) => ({ ...it, cordoned: false })) },
    breaks: ['rules'],
  },
  {
    does: 'makes as many moves at a time as it likes',
    seed: 19,
    theme: 'Prices',
    tampering: { seen: (fleet) => ({ ...fleet, policy: { ...fleet.policy, concurrentMoves: 99 } }) },
    breaks: ['S10'],
  },
  {
    does: 'evacuates everything at once',
    seed: 12,
    theme: 'Outage',
    tampering: { seen: (fleet) => ({ ...fleet, policy: { ...fleet.policy, evacuationParallelism: 99 } }) },
    breaks: ['S10'],
  },
  {
    does: 'does not wait for blindAfter',
    theme: 'Outage',
    tampering: { seen: eachWorkload((it) => ({ ...it, failover: { ...it.failover, blindAfter: seconds(0) } })) },
    breaks: ['S3'],
  },
  {
    does: 'forgets what it is deleting',
    tampering: { decided: eachEntry((it) => (it.phase === 'Releasing' ? null : it)) },
    breaks: ['no orphan', 'S15'],
  },
  {
    does: 'deletes nothing',
    tampering: { acts: (actions) => actions.filter(({ kind }) => kind !== 'DeletePlacement') },
    breaks: ['L1'],
  },
  {
    does: 'never evacuates',
    flavour: 'Single',
    tampering: {
      seen: eachMember((it) =>
        it.verdict.verdict === 'Down' ? { ...it, verdict: { ...it.verdict, verdict: 'Suspect' } } : it,
      ),
    },
    breaks: ['L2'],
  },
  {
    does: 'writes the same with another time',
    tampering: { decided: (decision) => eachEntry((it) => ({ ...it, since: decision.now }))(decision) },
    breaks: ['L4', 'S8', 'L1'],
  },
  {
    does: 'does not replace what is announced to go',
    theme: 'SpotWave',
    tampering: { seen: eachHolding((it) => (it.observed ? { ...it, observed: { ...it.observed, leaving: 0 } } : it)) },
    breaks: ['F12'],
  },
];
