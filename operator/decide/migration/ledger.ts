/** The table that a move is worked out on: for each offering of a workload what is intended, what is seen, what is wanted. */
import { mayChange } from '../health/member-access.ts';
import { isConfirmedGone } from './release.ts';
import type { FleetSnapshot, Holding, Member, ObservedPlacement, WorkloadView } from '../../model/fleet.ts';
import { compareText, offeringId, poolName, zoneName, type OfferingId } from '../../model/names.ts';
import { after, unitsToMilli, type Instant } from '../../model/units.ts';
import type { PlacementRecord, TargetPlacement, Workload } from '../../model/workload.ts';

/**
 * What may be done with a member's placements.
 * - Open: its word can be taken; intent there may change.
 * - Closed: unknown or in doubt. Its placements stay as they are and count as held, though not as ready.
 * - Lost: down for long enough, and the fleet is not frozen. Its placements count for nothing.
 * - Gone: its MemberCluster no longer exists.
 */
export type Standing = 'Open' | 'Closed' | 'Lost' | 'Gone';

/** Where, and on what. */
export type Place = Pick<PlacementRecord, 'cluster' | 'pool' | 'zone' | 'capacityType' | 'accelerator'>;

export interface Row {
  readonly offering: OfferingId;
  readonly place: Place;
  readonly standing: Standing;
  readonly record: PlacementRecord | null;
  readonly observed: ObservedPlacement | null;
  /** Thousandths of a unit that one replica contributes. */
  readonly capacity: number;
  /** Replicas wanted in the end. */
  readonly wanted: number;
  /** Replicas intended from now on; starts as what the record says. */
  readonly next: number;
  /** Lost, and held in place because nothing else could be started. */
  readonly isLast?: boolean;
}

export interface LedgerInput {
  readonly view: WorkloadView;
  readonly fleet: FleetSnapshot;
  readonly target: readonly TargetPlacement[];
  /** Nothing may change at all. */
  readonly held: boolean;
  /** Of offerings that are wanted. */
  readonly placeOf: (offering: OfferingId) => Place | null;
  readonly now: Instant;
}

/** One row for each offering held or wanted, by cluster, pool and zone. */
export function openLedger(input: LedgerInput): readonly Row[] {
  const { view, fleet, placeOf, now } = input;
  const target = new Map(input.target.map((it) => [offeringOf(it), it.replicas]));
  const members = new Map(fleet.members.map((member) => [member.name, member]));
  const present = view.holdings.filter((it) => !isConfirmedGone(it, members.get(it.record.cluster), now));
  const holdings = new Map(present.map((holding) => [holding.offering, holding]));
  const offerings = new Set([...holdings.keys(), ...target.keys()]);
  return [...offerings].sort(compareText).flatMap((offering): Row[] => {
    const holding = holdings.get(offering) ?? null;
    const wanted = target.get(offering) ?? 0;
    const place = (wanted > 0 ? placeOf(offering) : null) ?? holding?.record ?? null;
    if (place === null) return [];
    const standing = standingOf(members.get(place.cluster), holding, input);
    return [newRow({ offering, holding, wanted, place, standing }, view.workload)];
  });
}

function newRow(
  it: { offering: OfferingId; holding: Holding | null; wanted: number; place: Place; standing: Standing },
  workload: Workload,
): Row {
  const { cluster, pool, zone, capacityType, accelerator } = it.place;
  return {
    offering: it.offering,
    place: { cluster, pool, zone, capacityType, accelerator },
    standing: it.standing,
    record: it.holding?.record ?? null,
    observed: it.holding?.observed ?? null,
    capacity: capacityOf(workload, it.place.accelerator),
    wanted: it.wanted,
    next: it.holding?.record.replicas ?? 0,
  };
}

/** When the workload's replicas on a member that is down are given up; null while its API answers now and then. */
export function givenUpAt(member: Member, workload: Workload): Instant | null {
  const { verdict, unreachableSince } = member.verdict;
  if (verdict !== 'Down' || unreachableSince === null) return null;
  return after(unreachableSince, workload.failover.blindAfter);
}

function standingOf(
  member: Member | undefined,
  holding: Holding | null,
  { view, fleet, held, now }: LedgerInput,
): Standing {
  if (!member) return 'Gone';
  if (held) return 'Closed';
  if (mayChange(member)) return holding === null || holding.observed !== null ? 'Open' : 'Closed';
  const lostAt = givenUpAt(member, view.workload);
  return lostAt !== null && now >= lostAt && !fleet.frozen ? 'Lost' : 'Closed';
}

/** An accelerator that the spec no longer names counts as the least of those it does: too little is safe. */
export function capacityOf({ shapes }: Workload, accelerator: string): number {
  const shape = shapes.find((it) => it.accelerator === accelerator);
  return shape?.capacity ?? Math.min(...shapes.map((it) => it.capacity));
}

/** The offering of a record or target. */
export const offeringOf = ({ cluster, pool, zone }: Pick<Place, 'cluster' | 'pool' | 'zone'>): OfferingId =>
  offeringId(cluster, poolName(pool), zoneName(zone));

/** Intended replicas that are ready, as far as the member's word can be taken. */
export const readyReplicas = ({ standing, observed, next }: Row): number =>
  standing === 'Open' ? Math.min(observed?.ready ?? 0, next) : 0;

/** Intended replicas whose pods have a node. */
export const boundReplicas = ({ standing, observed, next }: Row): number =>
  standing === 'Open' ? Math.min(observed?.bound ?? 0, next) : 0;

/** Intended replicas beyond the wanted ones, where intent may change. */
export const surplusReplicas = ({ standing, next, wanted }: Row): number =>
  standing === 'Open' ? Math.max(0, next - wanted) : 0;

/** Whether the row's intent counts towards the wanted units: not on a lost member, nor what was replaced before. */
export const counts = ({ standing, record }: Row): boolean =>
  standing === 'Open' || (standing === 'Closed' && record?.phase !== 'Stranded');

/** Thousandths of a unit over all rows. */
export const unitsOf = (rows: readonly Row[], replicas: (row: Row) => number): number =>
  rows.reduce((sum, row) => sum + row.capacity * replicas(row), 0);

/** The workload's wanted units in thousandths. */
export const wantedUnits = (workload: Workload): number => unitsToMilli(workload.replicas);
