/**
 * The fleet as decisions shall see it while failures are rehearsed. Only what is seen is changed, never what is decided:
 * the planner, the moves and the traffic do what they would do if it were true.
 */
import { assertNever } from '../../model/assert-never.ts';
import type { ActiveFailure } from '../../model/drill.ts';
import type { FleetSnapshot, Holding, Member, Offering, VerdictState, WorkloadView } from '../../model/fleet.ts';
import { after, hours, instant, type Millis } from '../../model/units.ts';
import { isBelief, isHit, isPartial, isStruck } from './hit-by.ts';

/**
 * What a failure does to the view.
 * - Lost: the members are Down; what serves there is left alone, because nobody acts on a member that is Down.
 * - ApiLost: their APIs are gone while they serve.
 * - Leaving: what is hit has been announced to go, so that replacements start beside it and it stays until the end.
 * - Avoided: what is hit is not offered any more, so that replicas leave it, replacements first.
 * - Gone: the same, and what is there has stopped: it is given up at once.
 * - Closed: nothing new goes there.
 * - Refused: nothing can be had there.
 * - Unpriced: no price has been confirmed for too long.
 */
type Effect = 'Lost' | 'ApiLost' | 'Leaving' | 'Avoided' | 'Gone' | 'Closed' | 'Refused' | 'Unpriced';

function effectOf({ mode, failure }: ActiveFailure): Effect {
  const { scope } = failure;
  if (scope === 'ControlPlaneOnly') return 'ApiLost';
  if (scope === 'PriceFeed') return 'Unpriced';
  if (scope === 'CapacityError') return 'Refused';
  switch (mode) {
    case 'SignalOverride':
      return isPartial(scope) ? 'Leaving' : 'Lost';
    case 'EvictUngraceful':
      return isPartial(scope) ? 'Gone' : 'Lost';
    case 'DrainGraceful':
      return 'Avoided';
    case 'Cordon':
      return 'Closed';
    default:
      return assertNever(mode);
  }
}

/** The fleet under these failures; the very same object when there is none. */
export function underDrill(fleet: FleetSnapshot, failures: readonly ActiveFailure[]): FleetSnapshot {
  return failures.reduce((seen, failure) => underFailure(seen, failure), fleet);
}

function underFailure(fleet: FleetSnapshot, active: ActiveFailure): FleetSnapshot {
  const effect = effectOf(active);
  const limit = fleet.policy.priceAgeLimit;
  const members = fleet.members.map((member) =>
    active.clusters.includes(member.name)
      ? memberUnder(member, { effect, active, limit })
      : survivorUnder(member, active),
  );
  const workloads = fleet.workloads.map((view) => viewUnder(view, effect, active));
  return { ...fleet, members, workloads };
}

/** Some of what a survivor offers may be refused beside the failure: others look for the same capacity. */
function survivorUnder(member: Member, active: ActiveFailure): Member {
  const { refused = [] } = active;
  if (!member.offerings.some(({ id }) => refused.includes(id))) return member;
  const offerings = member.offerings.map((it) => (refused.includes(it.id) ? refusedBy(active, it) : it));
  return { ...member, offerings };
}

interface Under {
  readonly effect: Effect;
  readonly active: ActiveFailure;
  readonly limit: Millis;
}

function memberUnder(member: Member, under: Under): Member {
  const { effect, active } = under;
  if (effect === 'Lost') return { ...member, verdict: unreachable(member.verdict, 'Down', active) };
  if (effect === 'ApiLost') return { ...member, verdict: unreachable(member.verdict, 'ControlPlaneLost', active) };
  const cordoned = member.cordoned || (isWhole(active) && (effect === 'Closed' || effect === 'Avoided'));
  const isLeft = effect === 'Avoided' || effect === 'Gone';
  const offerings = isLeft
    ? member.offerings.filter((it) => !isHit(active, it))
    : member.offerings.map((it) => (isHit(active, it) ? offeringUnder(it, under) : it));
  return { ...member, cordoned, offerings };
}

const isWhole = ({ failure: { scope } }: ActiveFailure): boolean => !isPartial(scope) && !isBelief(scope);

/** A member that is in truth unreachable keeps its own verdict and clocks. */
function unreachable(held: VerdictState, verdict: 'Down' | 'ControlPlaneLost', active: ActiveFailure): VerdictState {
  if (held.unreachableSince !== null) return held;
  const { drill, since } = active;
  const message = `The drill ${drill} takes it for lost; wait for its end, or abort it.`;
  return { ...held, verdict, reason: 'DrillActive', message, since, unreachableSince: since, goodSince: null };
}

/** Longer than any drill. */
const REFUSAL_WINDOW = hours(100);

function refusedBy({ drill, since }: ActiveFailure, offering: Offering): Offering {
  const until = after(since, REFUSAL_WINDOW);
  const message = `the drill ${drill} refuses capacity`;
  const backoff = { until, reason: 'Capacity', failures: 1, message } as const;
  return { ...offering, freeByNode: [], growableNodes: 0, backoff };
}

function offeringUnder(offering: Offering, { effect, active, limit }: Under): Offering {
  const full = { ...offering, freeByNode: [], growableNodes: 0 };
  switch (effect) {
    case 'Closed':
      return isWhole(active) ? offering : full;
    case 'Leaving':
      return full;
    case 'Refused':
      return refusedBy(active, offering);
    case 'Unpriced': {
      const { price } = offering;
      const observedAt = instant(active.since - limit - 1);
      return price === null || price.observedAt < observedAt
        ? offering
        : { ...offering, price: { ...price, observedAt } };
    }
    case 'Lost':
    case 'ApiLost':
    case 'Avoided':
    case 'Gone':
      return offering;
    default:
      return assertNever(effect);
  }
}

function viewUnder(view: WorkloadView, effect: Effect, active: ActiveFailure): WorkloadView {
  if (!view.holdings.some((it) => isStruck(active, it))) return view;
  const holdings = view.holdings.map((it) => (isStruck(active, it) ? holdingUnder(it, effect) : it));
  return holdings.every((it, at) => it === view.holdings[at]) ? view : { ...view, holdings };
}

function holdingUnder(holding: Holding, effect: Effect): Holding {
  const { observed, record } = holding;
  if (observed === null) return holding;
  switch (effect) {
    case 'Lost':
    case 'ApiLost':
      return { ...holding, observed: null };
    case 'Leaving':
      return { ...holding, observed: { ...observed, leaving: record.replicas } };
    case 'Gone':
      return { ...holding, observed: { ...observed, bound: 0, ready: 0, pendingSince: null } };
    case 'Avoided':
    case 'Closed':
    case 'Refused':
    case 'Unpriced':
      return holding;
    default:
      return assertNever(effect);
  }
}
