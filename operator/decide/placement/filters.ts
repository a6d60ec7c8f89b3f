/** The rules that never bend and that an offering fails or passes by itself, in the order they are asked. */
import type { Instant, Millis } from '../../model/units.ts';
import { toSeconds } from '../../model/units.ts';
import type { HardRule, Rejection } from '../../model/plan.ts';
import type { Workload } from '../../model/workload.ts';
import { selects } from './label-selector.ts';
import type { OfferingSite } from './offering-site.ts';
import { backoffOf, leavesStanding, sentenceOf, shapeAt } from './offering-site.ts';

/** What a filter is asked about. */
export interface FilterSubject {
  readonly workload: Workload;
  readonly site: OfferingSite;
  readonly at: Instant;
  readonly priceAgeLimit: Millis;
}

/** null: no objection. */
export type Filter = (subject: FilterSubject) => Rejection | null;

const reject = (rule: HardRule, message: string): Rejection => ({ rule, message });

const provider: Filter = ({ workload, site }) => {
  const { providers } = workload.placement;
  return providers === null || providers.includes(site.member.provider)
    ? null
    : reject('Provider', `${site.member.name} is with ${site.member.provider}; allowed: ${providers.join(', ')}`);
};

const region: Filter = ({ workload, site }) => {
  const { regions } = workload.placement;
  return regions === null || regions.includes(site.member.region)
    ? null
    : reject('Region', `${site.member.name} is in ${site.member.region}; allowed: ${regions.join(', ')}`);
};

const clusterSelector: Filter = ({ workload, site }) => {
  const selector = workload.placement.clusterSelector;
  return selector === null || selects(selector, site.member.labels)
    ? null
    : reject('ClusterSelector', `the labels of ${site.member.name} do not match the cluster selector`);
};

const cordon: Filter = ({ site }) =>
  site.member.cordoned ? reject('Cordon', `${site.member.name} is cordoned: nothing new goes there`) : null;

const verdict: Filter = ({ site: { member } }) => {
  if (!member.synced) return reject('Verdict', `${member.name} has not been listed yet: what runs there is unknown`);
  const held = member.verdict.verdict;
  return held === 'Healthy' || held === 'Degraded'
    ? null
    : reject('Verdict', `${member.name} is ${held}: nothing new goes there`);
};

const accelerator: Filter = ({ workload, site }) =>
  shapeAt(workload, site) !== null
    ? null
    : reject(
        'Accelerator',
        `it has ${site.offering.accelerator}; wanted: ${workload.shapes.map((shape) => shape.accelerator).join(', ')}`,
      );

const spotMode: Filter = ({ workload, site }) => {
  const { spot } = workload.placement;
  const { capacityType } = site.offering;
  if (spot === 'Never' && capacityType === 'spot') return reject('SpotMode', 'it is spot; spot is never allowed');
  if (spot === 'Required' && capacityType !== 'spot') return reject('SpotMode', 'it is on-demand; spot is required');
  return null;
};

const priceUnknown: Filter = ({ site }) =>
  site.perAcceleratorHour === null ? reject('PriceUnknown', 'its price is not known') : null;

const priceAge: Filter = ({ site, at, priceAgeLimit }) => {
  const { price } = site.offering;
  if (price === null || at - price.observedAt <= priceAgeLimit) return null;
  const age = Math.round(toSeconds((at - price.observedAt) as Millis) / 60);
  const limit = Math.round(toSeconds(priceAgeLimit) / 60);
  return reject('PriceAge', `its price is ${age} minutes old; the limit is ${limit}`);
};

const backoff: Filter = ({ site, at }) => {
  const held = backoffOf(site.offering, at);
  if (held === null || (leavesStanding(held) && site.remainder.free.length > 0)) return null;
  return reject('Backoff', sentenceOf(held, at));
};

const room: Filter = ({ workload, site, at }) => {
  const count = shapeAt(workload, site)?.count ?? 0;
  const { free, growable } = site.remainder;
  const { acceleratorsPerNode } = site.offering;
  const largest = free[0] ?? 0;
  if (count <= largest || (growable > 0 && count <= acceleratorsPerNode)) return null;
  const held = backoffOf(site.offering, at);
  if (held !== null && isOpenable(site, count))
    return reject(
      'Backoff',
      `a replica takes ${count} accelerators on one node; at most ${largest} are free on one, and no node is opened: ` +
        sentenceOf(held, at),
    );
  return reject(
    'Room',
    `a replica takes ${count} accelerators on one node; at most ${largest} are free on one after promises, ` +
      (growable > 0 ? `and a new node has ${acceleratorsPerNode}` : 'and no node can be opened'),
  );
};

/** Whether a node that is opened there, once that is tried again, has room for such a replica. */
export const isOpenable = ({ offering }: OfferingSite, count: number): boolean =>
  offering.growableNodes > 0 && count <= offering.acceleratorsPerNode;

/** Asked about where a workload may be at all, whatever the day's prices and faults. */
const RESIDENCY_FILTERS: readonly Filter[] = [provider, region, clusterSelector];

/** Asked about every new replica, before room is. */
const ADMISSION_FILTERS: readonly Filter[] = [
  ...RESIDENCY_FILTERS,
  cordon,
  verdict,
  accelerator,
  spotMode,
  priceUnknown,
  priceAge,
  backoff,
];

/** Asked in this order about every new replica; the first objection is the offering's reason. */
export const FILTERS: readonly Filter[] = [...ADMISSION_FILTERS, room];

/** Asked about replicas that are there already: what the specification forbids must go, and what is dead is gone. */
const HELD_FILTERS: readonly Filter[] = [provider, region, clusterSelector, accelerator, spotMode];

/** The first objection to being there at all, or null. */
export const residencyRejectionOf = (subject: FilterSubject): Rejection | null => firstOf(RESIDENCY_FILTERS, subject);

/** The first objection to a new replica there, room aside, or null. */
export const admissionRejectionOf = (subject: FilterSubject): Rejection | null => firstOf(ADMISSION_FILTERS, subject);

/** The first objection to a new replica there, or null. */
export const rejectionOf = (subject: FilterSubject): Rejection | null => firstOf(FILTERS, subject);

/** The first objection to replicas that are held there, or null. A Down member is asked about elsewhere. */
export const heldRejectionOf = (subject: FilterSubject): Rejection | null => firstOf(HELD_FILTERS, subject);

function firstOf(filters: readonly Filter[], subject: FilterSubject): Rejection | null {
  for (const filter of filters) {
    const rejection = filter(subject);
    if (rejection !== null) return rejection;
  }
  return null;
}
