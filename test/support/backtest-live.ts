/** The live pass over a market: planHedged decides, advance records, and nodes and pods follow, thirty seconds a step. */
import { planHedged, type HedgedPlan } from '../../operator/decide/hedging/plan-hedged.ts';
import { advance } from '../../operator/decide/migration/advance.ts';
import type { FleetSnapshot, Holding, WorkloadView } from '../../operator/model/fleet.ts';
import { clusterName, offeringId, poolName, zoneName, type OfferingId } from '../../operator/model/names.ts';
import { after, minutes, seconds, type Instant } from '../../operator/model/units.ts';
import type { MigrationState, PlacementRecord, Workload } from '../../operator/model/workload.ts';
import { aFleet, type MemberOverrides } from './fleet-members.ts';
import { aWorkload, idle, NOW, type WorkloadOverrides } from './fleet-workload.ts';

const STEP = seconds(30);
const COLD_STEPS = minutes(3) / STEP;
const BACKOFF = minutes(3);

interface Site {
  /** Replicas that can be had. */
  capacity: number;
  /** Steps in which the running replicas were launched, oldest first. */
  launched: number[];
  refusedUntil: Instant | null;
}

const pool = { acceleratorsPerNode: 1, freeByNode: [], growableNodes: 50 } as const;
const MEMBERS: readonly (MemberOverrides & { readonly name: string })[] = [
  {
    name: 'aws-a',
    region: 'us-east-1',
    offerings: [{ ...pool, pool: 'spot', capacityType: 'spot', perAcceleratorHour: 1 }],
  },
  {
    name: 'aws-b',
    region: 'us-west-2',
    offerings: [{ ...pool, pool: 'spot', capacityType: 'spot', perAcceleratorHour: 1.1 }],
  },
  { name: 'azure-c', region: 'eastus', offerings: [{ ...pool, pool: 'od', perAcceleratorHour: 3 }] },
];

export type LiveMember = 'aws-a' | 'aws-b' | 'azure-c';

/** Two spot pools at $1 and $1.10 in two regions, and on demand at $3 with another cloud. */
export class LiveMarket {
  /** Whether what hedging remembers is handed in again; without it it knows what status tells. */
  remembers = true;
  /** Changes of what is recorded. */
  writes = 0;
  wakeAt: Instant | null = null;
  readonly #workload: Workload;
  readonly #sites: Readonly<Record<LiveMember, Site>>;
  #placements: readonly PlacementRecord[] = [];
  #migration: MigrationState = idle;
  #memories: HedgedPlan['memories'] = new Map();
  #step = 0;

  constructor(capacity: Readonly<Record<'aws-a' | 'aws-b', number>>, workload: WorkloadOverrides = {}) {
    this.#workload = aWorkload({ replicas: 4, minReady: 4, ...workload });
    const site = (most: number): Site => ({ capacity: most, launched: [], refusedUntil: null });
    this.#sites = { 'aws-a': site(capacity['aws-a']), 'aws-b': site(capacity['aws-b']), 'azure-c': site(1000) };
  }

  get now(): Instant {
    return after(NOW, (this.#step * STEP) as typeof STEP);
  }

  get phase(): MigrationState['phase'] {
    return this.#migration.phase;
  }

  setCapacity(member: LiveMember, capacity: number): void {
    this.#sites[member].capacity = capacity;
  }

  readyAt(member: LiveMember): number {
    return this.#sites[member].launched.filter((since) => this.#step - since >= COLD_STEPS).length;
  }

  ready(): number {
    return this.readyAt('aws-a') + this.readyAt('aws-b') + this.readyAt('azure-c');
  }

  runningAt(member: LiveMember): number {
    return this.#sites[member].launched.length;
  }

  /** Passes for that many minutes, and the fewest replicas that were ready in any step of them. */
  pass(duration: number): number {
    let least = Number.POSITIVE_INFINITY;
    for (let each = 0; each < duration * 2; each += 1) {
      this.#decide();
      for (const { name } of MEMBERS) this.#follow(name as LiveMember);
      this.#step += 1;
      least = Math.min(least, this.ready());
    }
    return least;
  }

  snapshot(): FleetSnapshot {
    const members = MEMBERS.map((member) => {
      const until = this.#sites[member.name as LiveMember].refusedUntil;
      const backoff =
        until === null ? null : ({ until, reason: 'Capacity', failures: 1, message: 'no capacity' } as const);
      return { ...member, offerings: (member.offerings ?? []).map((it) => ({ ...it, backoff })) };
    });
    const fleet = aFleet({ at: this.now, members, workloads: [this.#view()] });
    const fresh = fleet.members.map((member) => ({
      ...member,
      offerings: member.offerings.map((it) => ({ ...it, price: it.price && { ...it.price, observedAt: this.now } })),
    }));
    return { ...fleet, members: fresh };
  }

  #decide(): void {
    const fleet = this.snapshot();
    const memories = this.remembers ? this.#memories : new Map<never, never>();
    const { workloads, memories: after } = planHedged(fleet, { keys: [this.#workload.key], memories });
    this.#memories = after;
    const [plan] = workloads;
    if (!plan) throw new Error('nothing was planned');
    const step = advance({ view: this.#view(), plan, fleet, now: this.now });
    if (JSON.stringify([step.placements, step.migration]) !== JSON.stringify([this.#placements, this.#migration]))
      this.writes += 1;
    this.#placements = step.placements;
    this.#migration = step.migration;
    this.wakeAt = step.wakeAt;
  }

  /** The cloud takes what it has no room for and grants what it has; a refusal is left alone for a while. */
  #follow(name: LiveMember): void {
    const site = this.#sites[name];
    const wanted = this.#placements.find((it) => it.cluster === name)?.replicas ?? 0;
    site.launched.length = Math.min(site.launched.length, wanted, site.capacity);
    if (site.refusedUntil !== null && site.refusedUntil <= this.now) site.refusedUntil = null;
    if (site.refusedUntil !== null) return;
    while (site.launched.length < Math.min(wanted, site.capacity)) site.launched.push(this.#step);
    if (site.launched.length < wanted) site.refusedUntil = after(this.now, BACKOFF);
  }

  #view(): WorkloadView {
    return {
      workload: this.#workload,
      holdings: this.#placements.map((record) => this.#holding(record)),
      migration: this.#migration,
    };
  }

  #holding(record: PlacementRecord): Holding {
    const name = record.cluster as string as LiveMember;
    const bound = this.runningAt(name);
    return {
      offering: idOf(record),
      record,
      observed: {
        present: record.replicas > 0 || bound > 0,
        replicas: record.replicas,
        bound,
        ready: this.readyAt(name),
        pendingSince: bound < record.replicas ? this.now : null,
      },
    };
  }
}

const idOf = ({ cluster, pool: name, zone }: PlacementRecord): OfferingId =>
  offeringId(clusterName(cluster), poolName(name), zoneName(zone));
