/**
 * What one decision may do, given what was seen. Every rule is worked out from the snapshot and the two lists of entries,
 * before and after, and from nothing that the decision itself was worked out with.
 */
import type { DecisionToRecord } from '../../operator/act/record-deployment.ts';
import type { FleetSnapshot, Holding, Member } from '../../operator/model/fleet.ts';
import { clusterName, offeringId, poolName, zoneName, type OfferingId } from '../../operator/model/names.ts';
import { after, unitsToMilli } from '../../operator/model/units.ts';
import type { MoveReason, PlacementRecord, Workload } from '../../operator/model/workload.ts';
import type { Violated } from './simulation-decisions.ts';

const TRUSTED: ReadonlySet<string> = new Set(['Healthy', 'Degraded', 'Recovering']);
const OPEN_TO_NEW: ReadonlySet<string> = new Set(['Healthy', 'Degraded']);
const INTENDED: ReadonlySet<string> = new Set(['Starting', 'Serving']);
const VOLUNTARY: ReadonlySet<MoveReason> = new Set(['Price', 'Rules', 'Failback']);
/** More than any of these fleets has offerings. */
const MOST_ENTRIES = 20;
const MOST_DISPLACED = 16;
const MOST_MEMORY = 16_000;

export const offeringOf = ({ cluster, pool, zone }: PlacementRecord): OfferingId =>
  offeringId(clusterName(cluster), poolName(pool), zoneName(zone));

export const capacityOn = ({ shapes }: Workload, accelerator: string): number =>
  shapes.find((it) => it.accelerator === accelerator)?.capacity ?? Math.min(...shapes.map((it) => it.capacity));

export const isVoluntary = (reason: MoveReason): boolean => VOLUNTARY.has(reason);

interface Case {
  readonly decision: DecisionToRecord;
  readonly fleet: FleetSnapshot;
  readonly members: ReadonlyMap<string, Member>;
  readonly next: ReadonlyMap<OfferingId, PlacementRecord>;
  readonly violated: Violated;
}

export function checkDecision(decision: DecisionToRecord, fleet: FleetSnapshot, violated: Violated): void {
  const { view, intent } = decision;
  const members = new Map(fleet.members.map((member) => [member.name as string, member]));
  const next = new Map(intent.placements.map((it) => [offeringOf(it), it]));
  const named: Violated = (invariant, what) => violated(invariant, `${view.workload.name}: ${what}`);
  const it: Case = { decision, fleet, members, next, violated: named };
  if (next.size < intent.placements.length) named('one entry', 'an offering has two entries');
  checkBounds(it);
  for (const holding of view.holdings) checkHolding(holding, it);
  for (const record of intent.placements) checkRaise(record, it);
  if (decision.plan === null) return;
  checkFloor(it);
  checkCeiling(it);
  checkNotices(it);
  checkMove(it);
  checkRequests(it);
}

function checkBounds({ decision, violated }: Case): void {
  const { intent, displaced = [], hedging = null } = decision;
  if (intent.placements.length > MOST_ENTRIES) violated('bounded', `${intent.placements.length} entries`);
  if (displaced.length > MOST_DISPLACED) violated('bounded', `${displaced.length} members that it was driven from`);
  const { length } = JSON.stringify(hedging);
  if (length > MOST_MEMORY) violated('bounded', `${length} characters of memory`);
}

/** Whether nothing that is read there may be believed. */
const isInDoubt = (member: Member, { observed }: Pick<Holding, 'observed'>): boolean =>
  !member.synced ||
  member.verdict.unreachableSince !== null ||
  !TRUSTED.has(member.verdict.verdict) ||
  observed === null;

function isLost(member: Member, { decision, fleet }: Case): boolean {
  const { verdict, unreachableSince } = member.verdict;
  if (verdict !== 'Down' || unreachableSince === null || fleet.frozen) return false;
  return decision.now >= after(unreachableSince, decision.view.workload.failover.blindAfter);
}

/** S3 and S10: what is not known is left as it is, and while the fleet is frozen so is everything else. */
function checkHolding(holding: Holding, it: Case): void {
  const { record, offering, observed } = holding;
  const member = it.members.get(record.cluster);
  const deleting = it.decision.plan === null;
  if (!member) return;
  const next = it.next.get(offering) ?? null;
  const said = `${offering} was ${record.replicas} ${record.phase} and is ${next ? `${next.replicas} ${next.phase}` : 'forgotten'}`;
  if (next === null) {
    const isGone =
      record.phase === 'Releasing' && observed !== null && !observed.present && !isInDoubt(member, holding);
    if (!isGone) it.violated('no orphan', `${said} while it is not known to be gone`);
    return;
  }
  if (deleting) {
    if (next.phase !== 'Releasing') it.violated('S15', `${said} while it is being deleted`);
    return;
  }
  const kept =
    next.replicas === record.replicas &&
    (next.phase === record.phase || (INTENDED.has(record.phase) && next.phase === 'Draining'));
  if (isInDoubt(member, holding)) {
    const givenUp = isLost(member, it) && next.replicas === record.replicas && next.phase === 'Stranded';
    if (!kept && !givenUp)
      it.violated('S3', `${said} while ${record.cluster} is ${member.verdict.verdict} for ${member.verdict.reason}`);
  } else if (
    it.fleet.frozen &&
    (next.replicas < record.replicas || next.phase === 'Stranded') &&
    record.phase !== 'Stranded'
  )
    it.violated('S10', `${said} while the fleet is frozen`);
}

/** S1, S3 and S11: new replicas only where all is well, on offerings that exist, at a price that is known. */
function checkRaise(record: PlacementRecord, it: Case): void {
  const { decision, fleet, members } = it;
  const offering = offeringOf(record);
  const held = decision.view.holdings.find((holding) => holding.offering === offering);
  // What runs there beyond what is on record is taken up, not raised.
  const before = Math.max(held?.record.replicas ?? 0, held?.observed?.bound ?? 0);
  if (record.replicas <= before) return;
  const said = `${offering} is raised from ${before} to ${record.replicas}`;
  const member = members.get(record.cluster);
  const offered = member?.offerings.find(({ id }) => id === offering);
  if (!member || !offered) return it.violated('S1', `${said}, and is not offered`);
  if (!OPEN_TO_NEW.has(member.verdict.verdict) || !member.synced)
    it.violated('S3', `${said} while it is ${member.verdict.verdict}`);
  if (member.cordoned) it.violated('rules', `${said} while it is cordoned`);
  const { price } = offered;
  if (price === null || !(price.perNodeHour > 0) || !Number.isFinite(price.perNodeHour))
    it.violated('S11', `${said} at no price`);
  else if (decision.now - price.observedAt > fleet.policy.priceAgeLimit) it.violated('S11', `${said} at an old price`);
  const { placement } = decision.view.workload;
  if (placement.providers !== null && !placement.providers.includes(member.provider))
    it.violated('rules', `${said} against its providers`);
  if (placement.spot === 'Never' && offered.capacityType === 'spot') it.violated('rules', `${said}, which is spot`);
}

/** Units that are seen to serve and are meant to. */
function readyUnits(it: Case, replicasOf: (holding: Holding) => number): number {
  const { workload, holdings } = it.decision.view;
  return holdings.reduce((sum, holding) => {
    const member = it.members.get(holding.record.cluster);
    if (!member || isInDoubt(member, holding)) return sum;
    const ready = Math.min(holding.observed?.ready ?? 0, replicasOf(holding));
    return sum + ready * capacityOn(workload, holding.record.accelerator);
  }, 0);
}

/** S2: nothing that serves is taken away while less than what is wanted would be left. */
function checkFloor(it: Case): void {
  const { plan, view } = it.decision;
  const { replicas, minReady } = view.workload;
  const before = readyUnits(it, ({ record }) => record.replicas);
  const left = readyUnits(it, ({ offering }) => it.next.get(offering)?.replicas ?? 0);
  const wanted = unitsToMilli(replicas);
  const floor = plan?.shedFor === undefined ? wanted : Math.min(wanted, Math.max(minReady * 1000, 1));
  if (left < before && left < floor)
    it.violated('S2', `${left / 1000} of ${replicas} units would be left of ${before / 1000} that serve`);
}

/** S2: what is held never exceeds what is wanted and planned, and the surge; what leaves is replaced ahead. */
function checkCeiling(it: Case): void {
  const { plan, view, intent } = it.decision;
  const { workload, holdings } = view;
  const held = new Map(holdings.map((holding) => [holding.offering, holding]));
  const isRaised = intent.placements.some(
    (record) => record.replicas > (held.get(offeringOf(record))?.record.replicas ?? 0),
  );
  if (!isRaised || plan === null) return;
  const largest = Math.max(...workload.shapes.map((shape) => shape.capacity));
  const target = new Map(
    intent.migration.phase === 'Idle'
      ? plan.placements.map((each) => [each.offering, each.replicas] as const)
      : intent.migration.target.map(
          (each) => [`${each.cluster}/${each.pool}/${each.zone}` as OfferingId, each.replicas] as const,
        ),
  );
  let [total, leaving, ready] = [0, 0, 0];
  for (const record of intent.placements) {
    if (record.phase === 'Stranded' || record.phase === 'Releasing') continue;
    const observed = held.get(offeringOf(record))?.observed ?? null;
    const wanted = target.get(offeringOf(record)) ?? 0;
    const surplus = Math.max(0, Math.min(record.replicas, observed?.ready ?? record.replicas) - wanted);
    const capacity = capacityOn(workload, record.accelerator);
    total += (Math.min(record.replicas, wanted) + surplus) * capacity;
    leaving += (observed?.leaving ?? 0) * capacity;
    ready += Math.min(record.replicas, observed?.ready ?? record.replicas) * capacity;
  }
  const planned = plan.placements.reduce((sum, each) => sum + each.units, 0);
  const wanted = unitsToMilli(workload.replicas);
  const surge = workload.migration.maxSurge * largest + leaving + largest - 1;
  if (total > Math.max(wanted, planned) + surge)
    it.violated('S2', `${total / 1000} units are held of ${workload.replicas} wanted and ${planned / 1000} planned`);
  if (planned > Math.max(wanted + surge, ready))
    it.violated('S2', `${planned / 1000} units are planned of ${workload.replicas} wanted`);
}

/** F12: what is announced to go is replaced while it still serves, as far as there is room. */
function checkNotices(it: Case): void {
  const { plan, view, intent } = it.decision;
  const { workload, holdings } = view;
  if (it.fleet.frozen || plan === null || plan.unplaced !== null) return;
  // A move that is under way is ended or given up first; what is being deleted comes back later.
  if (view.migration.phase !== 'Idle' || (intent.migration.phase !== 'Idle' && isVoluntary(intent.migration.reason)))
    return;
  if (intent.placements.some(({ phase }) => phase === 'Releasing')) return;
  // What is in doubt counts as held: where it is on top of that, replacements wait.
  const isDoubtful = (holding: Holding): boolean => {
    const member = it.members.get(holding.record.cluster);
    return member !== undefined && isInDoubt(member, holding);
  };
  if (holdings.some(isDoubtful)) return;
  let [staying, leaving] = [0, 0];
  for (const record of intent.placements) {
    if (!INTENDED.has(record.phase)) continue;
    const goes = holdings.find(({ offering }) => offering === offeringOf(record))?.observed?.leaving ?? 0;
    const capacity = capacityOn(workload, record.accelerator);
    leaving += Math.min(goes, record.replicas) * capacity;
    staying += Math.max(0, record.replicas - goes) * capacity;
  }
  if (leaving > 0 && staying < unitsToMilli(workload.replicas))
    it.violated(
      'F12',
      `${leaving / 1000} units are announced to go, and ${staying / 1000} of ${workload.replicas} would stay`,
    );
}

/** A voluntary move stops the last copies on a member only when no requests are led there any more. */
function checkRequests(it: Case): void {
  const { plan, view, intent } = it.decision;
  const [before, next] = [view.migration, intent.migration];
  if (plan === null || plan.unplaced || view.workload.replicas === 0) return; // nothing to move to: what is too much goes at once
  const backends = view.traffic?.state.backends ?? [];
  if (before.phase === 'Idle' || !isVoluntary(before.reason)) return;
  if (next.phase !== 'Idle' && !isVoluntary(next.reason)) return;
  for (const { cluster, weight } of backends) {
    const here = view.holdings.filter(({ record }) => record.cluster === cluster);
    const staying = here.some(({ offering }) => (it.next.get(offering)?.replicas ?? 0) > 0);
    const stopped = here.some(
      ({ offering, record, observed }) =>
        (observed?.ready ?? 0) > 0 && record.replicas > 0 && it.next.get(offering)?.replicas === 0,
    );
    if (weight > 0 && stopped && !staying)
      it.violated('traffic', `what serves on ${cluster} is stopped with ${weight} of the weights`);
  }
}

/** S9 and S10: a voluntary move waits for its cooldown, and for the fleet. */
function checkMove({ decision, fleet, violated }: Case): void {
  const { view, intent, now } = decision;
  const [before, next] = [view.migration, intent.migration];
  if (before.phase !== 'Idle' || next.phase === 'Idle' || !isVoluntary(next.reason)) return;
  if (fleet.frozen) violated('S10', `a move for ${next.reason} begins while the fleet is frozen`);
  const { cooldown } = view.workload.migration;
  if (next.reason === 'Price' && before.lastMoveAt !== null && now < after(before.lastMoveAt, cooldown))
    violated('S9', 'a move for Price begins within the cooldown');
}
