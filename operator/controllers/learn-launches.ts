/** Keeps, member by member, what launches and losses teach of its offerings; what was learned is recorded in status. */
import {
  countHazard,
  interruptionsPerHour,
  recallHazard,
  type HazardCounts,
  type HazardPrior,
} from '../decide/risk/hazard.ts';
import { learnLaunch, type LaunchEvidence } from '../decide/risk/learn-launch.ts';
import type { ClusterName, OfferingId } from '../model/names.ts';
import { earliest, elapsed, toHours, type Instant } from '../model/units.ts';
import { launchSights, type LaunchSights } from '../observe/launch-sights.ts';
import { providerOf } from '../api/offline-member.ts';
import type { ObservedMember } from '../observe/fleet-snapshot.ts';
import type { LearnedOffering } from '../observe/offerings.ts';

export interface Lesson {
  /** The same map as before when nothing was learned. */
  readonly offerings: ReadonlyMap<OfferingId, LearnedOffering>;
  /** When there may be something to learn though nothing changes; null: never. */
  readonly wakeAt: Instant | null;
}

type Complaint = NonNullable<LaunchEvidence['problem']>;

interface Memory {
  sights: LaunchSights;
  at: Instant;
  readonly launchedAt: Map<OfferingId, Instant>;
  readonly hazards: Map<OfferingId, HazardCounts>;
}

export interface LearnInput {
  readonly observed: ObservedMember;
  readonly before: ReadonlyMap<OfferingId, LearnedOffering>;
  readonly now: Instant;
}

/** An estimate moves with every hour that passes; it is told anew when it has moved by this share. */
const HAZARD_STEP = 0.2;

export class LaunchLearner {
  readonly #memories = new Map<ClusterName, Memory>();
  readonly #askedAt = new Map<string, Instant>();
  /** What the cloud said when it would not even take the request, by pool, until it takes one. */
  readonly #refusals = new Map<string, Complaint>();

  /** Notes that nodes were asked for: a complaint after that is about this attempt. */
  asked(cluster: ClusterName, pool: string, now: Instant): void {
    this.#askedAt.set(`${cluster}/${pool}`, now);
    this.#refusals.delete(`${cluster}/${pool}`);
  }

  /** Notes that nodes were asked for and refused on the spot: as good as a launch that failed. */
  refused(cluster: ClusterName, pool: string, refusal: { readonly complaint: Complaint; readonly at: Instant }): void {
    this.#askedAt.set(`${cluster}/${pool}`, refusal.at);
    this.#refusals.set(`${cluster}/${pool}`, refusal.complaint);
  }

  forget(cluster: ClusterName): void {
    this.#memories.delete(cluster);
  }

  /** Looks at the member, compares with the last look, and learns. */
  learn({ observed, before, now }: LearnInput): Lesson {
    const { spec, observer } = observed;
    const sights = launchSights({ spec, inventory: observer.inventory, market: observer.market });
    if (sights === null) return { offerings: before, wakeAt: null };
    const memory = this.#remember(observed, sights, now);
    const provider = providerOf(spec.source);
    let wakeAt: Instant | null = null;
    const offerings = new Map<OfferingId, LearnedOffering>();
    const sources = { spec, inventory: observer.inventory, market: observer.market, learned: before, now };
    for (const { id: offering, capacityType } of observer.offerings.read(sources)) {
      const prior = { provider, capacityType };
      const known = before.get(offering) ?? null;
      const pool = offering.slice(0, offering.lastIndexOf('/'));
      const lesson = learnLaunch(
        known?.backoff ?? null,
        {
          problem: this.#refusals.get(pool) ?? sights.problems.get(offering) ?? null,
          askedAt: this.#askedAt.get(pool) ?? null,
          pendingSince: sights.pendingSince.get(offering) ?? null,
          launchedAt: memory.launchedAt.get(offering) ?? null,
        },
        now,
      );
      wakeAt = earliest(wakeAt, lesson.wakeAt);
      const hazard = estimate(memory.hazards.get(offering) ?? null, known, prior);
      offerings.set(offering, { backoff: lesson.backoff, interruptionsPerHour: hazard });
    }
    return { offerings: isSame(before, offerings) ? before : offerings, wakeAt };
  }

  /** Compares two looks: nodes that joined, replicas that went with a node, hours that replicas ran. */
  #remember(observed: ObservedMember, sights: LaunchSights, now: Instant): Memory {
    const name = observed.spec.name;
    const memory = this.#memories.get(name);
    if (!memory) {
      const fresh: Memory = { sights, at: now, launchedAt: new Map(), hazards: new Map() };
      this.#memories.set(name, fresh);
      return fresh;
    }
    for (const [node, { offering }] of sights.nodes)
      if (!memory.sights.nodes.has(node)) memory.launchedAt.set(offering, now);
    const hours = Math.max(0, toHours(elapsed(memory.at, now)));
    for (const [offering, seen] of lossesSince(memory.sights, sights, hours)) {
      memory.hazards.set(offering, countHazard(memory.hazards.get(offering) ?? null, seen, now));
    }
    memory.sights = sights;
    memory.at = now;
    return memory;
  }
}

interface Seen {
  losses: number;
  replicaHours: number;
}

function lossesSince(before: LaunchSights, after: LaunchSights, hours: number): ReadonlyMap<OfferingId, Seen> {
  const seen = new Map<OfferingId, Seen>();
  for (const [node, { offering, replicas }] of before.nodes) {
    if (replicas === 0) continue;
    const sum = seen.get(offering) ?? { losses: 0, replicaHours: 0 };
    sum.replicaHours += replicas * hours;
    if (!after.nodes.has(node)) sum.losses += replicas;
    seen.set(offering, sum);
  }
  return seen;
}

/** The estimate, or the one told before while they are close: a recorded one that was never seen since is recalled. */
function estimate(counts: HazardCounts | null, known: LearnedOffering | null, prior: HazardPrior): number {
  const told = known?.interruptionsPerHour ?? 0;
  if (counts === null) return told > 0 ? told : interruptionsPerHour(null, prior);
  const recalled = told > 0 ? recallHazard(told, prior, counts.at) : null;
  const all = {
    ...counts,
    losses: counts.losses + (recalled?.losses ?? 0),
    replicaHours: counts.replicaHours + (recalled?.replicaHours ?? 0),
  };
  const fresh = interruptionsPerHour(all, prior);
  return told > 0 && Math.abs(fresh - told) <= told * HAZARD_STEP ? told : fresh;
}

const isSame = (a: Lesson['offerings'], b: Lesson['offerings']): boolean =>
  a.size === b.size && [...b].every(([id, learned]) => JSON.stringify(a.get(id)) === JSON.stringify(learned));
