/** The story of the scenario `demo`: its acts, and what each of them proves. */
import { API_VERSION, FAILOVER_DRILLS } from '../../api/resources.ts';
import { elapsed, seconds } from '../../model/units.ts';
import type { Act, Expectation, Outcome } from './act.ts';
import {
  deploymentOf,
  hasGrown,
  hasStranded,
  hourlyOf,
  isDrillOver,
  isInBackoff,
  isSettled,
  memberOf,
  nodePrice,
  placedOn,
} from './fleet-questions.ts';

const CHAT = 'chat-70b';
const CODE = 'code-13b';
const EMBED = 'embed-small';
const EVERYONE = [CHAT, CODE, EMBED];

/** Its price rises. */
const RISING = 'aws-west/a100-spot';
/** It dries up. */
const DRYING = 'aws-east/h100-spot';
/** It goes dark. */
const DARK = 'azure-west';
/** The default of spec.health.downAfter. */
const DOWN_AFTER = seconds(10);

const triggeredBy = (name: string, trigger: string): Expectation => ({
  what: `${name} was moved for the reason ${trigger}`,
  holds: ({ triggers }) => triggers.get(name)?.has(trigger) ?? false,
});

const nothingLeftOn = (name: string, where: string): Expectation => ({
  what: `nothing of ${name} is left on ${where}`,
  holds: ({ after }) => placedOn(after, name, where).length === 0,
});

/** Make before break: what is ready is taken away only when something else is ready in its place. */
const keptAllReady = (name: string): Expectation => ({
  what: `${name} had all its units ready all along`,
  holds: ({ after, lowest }) => (lowest.get(name) ?? 0) >= (deploymentOf(after, name)?.wanted ?? Infinity),
});

const halfAtMost: Expectation = {
  what: 'no deployment has more than half of its units on one member',
  holds: ({ after }) =>
    after.deployments.every(({ wanted, placements }) => {
      const held = Map.groupBy(placements, ({ cluster }) => cluster);
      return [...held.values()].every((on) => on.reduce((sum, { replicas }) => sum + replicas, 0) <= wanted / 2);
    }),
};

const spansBothClouds: Expectation = {
  what: 'chat-70b runs on both clouds',
  holds: ({ after }) =>
    ['aws-', 'azure-'].every((cloud) =>
      deploymentOf(after, CHAT)?.placements.some(({ cluster }) => cluster.startsWith(cloud)),
    ),
};

const fellBackToOnDemand: Expectation = {
  what: `${CHAT} fell back to on-demand`,
  holds: ({ after }) => deploymentOf(after, CHAT)?.placements.some((it) => it.capacityType === 'on-demand') ?? false,
};

const cheaperThanStaying: Expectation = {
  what: `${CODE} costs less than it would where it was, at the risen price`,
  holds: ({ before, after }) => {
    const [was, is] = [nodePrice(before, RISING), nodePrice(after, RISING)];
    const held = placedOn(before, CODE, RISING).reduce((sum, { replicas }) => sum + replicas, 0);
    const share = (held * 2) / 8; // two of the node's eight accelerators each
    return was !== null && is !== null && hourlyOf(after) < hourlyOf(before) + (is - was) * share;
  },
};

const cheapestOfAll: Expectation = {
  what: 'it costs less than all on demand, and less than either cloud alone',
  holds: ({ after, bills }) =>
    [bills.onDemand, ...bills.byProvider.map(({ bill }) => bill)].every(
      ({ hourly, unplaced }) => unplaced > 0 || hourlyOf(after) < hourly,
    ),
};

const cheaperThanBefore: Expectation = {
  what: 'it costs less than before',
  holds: ({ before, after }) => hourlyOf(after) < hourlyOf(before),
};

const patient: Expectation = {
  what: `${DARK} was believed down only after ten seconds of silence`,
  holds: ({ after, moments: { seen } }) => {
    const silent = after.fleet.members.find(({ name }) => name === DARK)?.verdict.unreachableSince ?? null;
    return seen !== null && silent !== null && elapsed(silent, seen) >= DOWN_AFTER;
  },
};

const onlyStrandedOn = (name: string): Expectation => ({
  what: `all of ${name} on ${DARK} has been given up, and none of it was forgotten`,
  holds: ({ before, after }) => {
    const left = placedOn(after, name, DARK);
    return left.length === placedOn(before, name, DARK).length && left.every(({ phase }) => phase === 'Stranded');
  },
});

const healthyAgain: Expectation = {
  what: `${DARK} is healthy again`,
  holds: ({ after }) => memberOf(after, DARK)?.verdict === 'Healthy',
};

const everyUnitOnce: Expectation = {
  what: 'every unit runs once: no copy is left over',
  holds: ({ after }) =>
    after.deployments.every((it) => it.placements.reduce((sum, { replicas }) => sum + replicas, 0) === it.wanted),
};

const wasPlacedAtOnce = (name: string): Expectation => ({
  what: `${name} was placed once and stayed there`,
  holds: ({ triggers }: Outcome) => [...(triggers.get(name) ?? [])].join() === 'Initial',
});

/** By hand: what would happen without the region's spot nodes, while they go on serving. */
const REHEARSAL = {
  apiVersion: API_VERSION,
  kind: FAILOVER_DRILLS.kind,
  metadata: { name: 'westus3-spot' },
  spec: {
    hypothesis:
      'Without spot nodes in westus3 everything is ready elsewhere within five minutes, and is back afterwards',
    mode: 'SignalOverride',
    failure: { scope: 'SpotReclaim', clusters: [DARK] },
    duration: '5m',
    deployments: {},
    objectives: { recovery: '5m' },
    restore: { verifyFor: '1s' },
  },
};

const drillSucceeded: Expectation = {
  what: 'the drill met its objectives, and its report is what its status vouches for',
  holds: ({ drill }) => drill?.outcome === 'Succeeded' && drill.restored === true,
};

const drillIsHonest: Expectation = {
  what: 'the report says when all was ready elsewhere, and what was not tested',
  holds: ({ drill }) => drill !== null && drill.seconds.recovery !== null && drill.notTested.length > 0,
};

const nothingLeftOver: Expectation = {
  what: 'the drill left nothing behind',
  holds: ({ drill, after }) => drill?.leftOver === 0 && !hasStranded(after),
};

export const STORY: readonly Act[] = [
  {
    begins: { kind: 'Apply', title: 'Three model servers are applied.' },
    concerns: EVERYONE,
    seen: ({ deployments }) => EVERYONE.every((name) => deployments.some((it) => it.name === name && it.decision)),
    replaced: null,
    over: isSettled,
    expectations: [...EVERYONE.map(wasPlacedAtOnce), halfAtMost, spansBothClouds, everyUnitOnce, cheapestOfAll],
  },
  {
    begins: { kind: 'Play', step: 'price-rise' },
    concerns: [CODE],
    seen: (report, before) => nodePrice(report, RISING) !== nodePrice(before, RISING),
    replaced: (report, before) => hasGrown(before, report, CODE),
    over: (report) => isSettled(report) && placedOn(report, CODE, RISING).length === 0,
    expectations: [
      triggeredBy(CODE, 'Price'),
      nothingLeftOn(CODE, RISING),
      ...EVERYONE.map(keptAllReady),
      cheaperThanStaying,
      halfAtMost,
      everyUnitOnce,
    ],
  },
  {
    begins: { kind: 'Play', step: 'spot-dries-up' },
    concerns: [CHAT],
    seen: (report, before) =>
      hasGrown(before, report, CHAT) ||
      isInBackoff(report, DRYING) ||
      (deploymentOf(report, CHAT)?.ready ?? 0) < (deploymentOf(before, CHAT)?.wanted ?? 0),
    replaced: (report, before) => hasGrown(before, report, CHAT),
    over: (report) => isSettled(report) && placedOn(report, CHAT, DRYING).length === 0,
    expectations: [
      triggeredBy(CHAT, 'Capacity'),
      nothingLeftOn(CHAT, DRYING),
      fellBackToOnDemand,
      keptAllReady(CODE),
      keptAllReady(EMBED),
      halfAtMost,
      everyUnitOnce,
    ],
  },
  {
    begins: { kind: 'Play', step: 'region-dark' },
    concerns: [CHAT, CODE],
    seen: (report) => memberOf(report, DARK)?.verdict === 'Down',
    replaced: (report, before) => hasGrown(before, report, CHAT) && hasGrown(before, report, CODE),
    over: (report) => isSettled(report) && memberOf(report, DARK)?.verdict === 'Down',
    expectations: [
      patient,
      triggeredBy(CHAT, 'Evacuation'),
      triggeredBy(CODE, 'Evacuation'),
      onlyStrandedOn(CHAT),
      onlyStrandedOn(CODE),
      keptAllReady(EMBED),
    ],
  },
  {
    begins: { kind: 'Play', step: 'region-back' },
    concerns: [CHAT, CODE],
    seen: (report) => memberOf(report, DARK)?.verdict !== 'Down',
    replaced: null,
    over: (report) => isSettled(report) && !hasStranded(report) && memberOf(report, DARK)?.verdict === 'Healthy',
    expectations: [healthyAgain, ...EVERYONE.map(keptAllReady), everyUnitOnce, halfAtMost],
  },
  {
    begins: { kind: 'Wait', title: 'Back home: what pays for the way returns to westus3.' },
    concerns: [CHAT, CODE],
    seen: (report, before) => hasGrown(before, report, CHAT) || hasGrown(before, report, CODE),
    replaced: (report, before) => hasGrown(before, report, CHAT) && hasGrown(before, report, CODE),
    over: (report) => isSettled(report) && [CHAT, CODE].every((name) => placedOn(report, name, DARK).length > 0),
    expectations: [...EVERYONE.map(keptAllReady), cheaperThanBefore, cheapestOfAll, halfAtMost, everyUnitOnce],
  },
  {
    begins: {
      kind: 'Drill',
      title: 'A drill rehearses the reclaim of all spot nodes in westus3, which go on serving.',
      drill: REHEARSAL,
    },
    concerns: [CHAT, CODE],
    seen: ({ drills }) => drills.some(({ phase }) => phase === 'Injecting' || phase === 'Observing'),
    replaced: (report, before) => hasGrown(before, report, CHAT) && hasGrown(before, report, CODE),
    over: (report) => isSettled(report) && isDrillOver(report, REHEARSAL.metadata.name),
    expectations: [
      drillSucceeded,
      drillIsHonest,
      nothingLeftOver,
      healthyAgain,
      ...EVERYONE.map(keptAllReady),
      everyUnitOnce,
      halfAtMost,
    ],
  },
];
