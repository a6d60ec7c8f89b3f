/** Draws a story of faults for a scenario. */
import type { Workload } from '../../operator/model/workload.ts';
import type { Dice } from './simulation-dice.ts';
import type { Fault, FaultKind } from './simulation-fault.ts';
import type { Flavour, MemberPlan } from './simulation-scenario.ts';

interface Stage {
  readonly flavour: Flavour;
  readonly members: readonly MemberPlan[];
  readonly workloads: readonly Workload[];
  /** Half of the faults are of this kind; null: of any. */
  readonly theme: FaultKind['kind'] | null;
  readonly from: number;
  readonly until: number;
}

/** By their beginning; all of them end before `until`. */
export function someFaults(dice: Dice, stage: Stage): readonly Fault[] {
  return [...drawn(dice, stage)].sort((a, b) => a.at - b.at);
}

function drawn(dice: Dice, stage: Stage): readonly Fault[] {
  const { flavour, members, from, until } = stage;
  if (flavour === 'Noise') {
    return Array.from({ length: 12 }, (_, step): Fault => {
      const factor = 1 + dice.int(-3, 3) / 100;
      const about = members.filter(() => dice.chance(0.6)).map(({ name }) => name);
      return { kind: 'Prices', members: about, factor, at: from + step * 20, ticks: 20 };
    });
  }
  if (flavour === 'Single') {
    const { name } = dice.pick(members);
    return [
      { kind: 'Outage', members: [name], failure: 'Timeout', power: true, wiped: false, at: from, ticks: until - from },
    ];
  }
  return Array.from({ length: dice.int(3, 12) }, (): Fault => {
    const at = dice.int(from, until - 10);
    const ticks = Math.min(until - at, dice.chance(0.5) ? dice.int(1, 12) : dice.int(12, 80));
    return { ...drawThemed(dice, stage), at, ticks };
  });
}

function someMembers(dice: Dice, { members }: Stage): readonly string[] {
  if (dice.chance(0.1)) return members.map(({ name }) => name);
  const count = dice.chance(0.8) ? 1 : 2;
  const first = dice.int(0, members.length - 1);
  return members.flatMap(({ name }, index) =>
    (index - first + members.length) % members.length < count ? [name] : [],
  );
}

function drawThemed(dice: Dice, stage: Stage): FaultKind {
  const isThemed = stage.theme !== null && dice.chance(0.5);
  for (;;) {
    const drawn = drawKind(dice, stage);
    if (!isThemed || drawn.kind === stage.theme) return drawn;
  }
}

/** Every kind, some more often than others. */
function drawKind(dice: Dice, stage: Stage): FaultKind {
  const members = someMembers(dice, stage);
  const workload = dice.int(0, stage.workloads.length - 1);
  const kinds: readonly (() => FaultKind)[] = [
    () => anOutage(dice, members),
    () => anOutage(dice, members),
    () => anOutage(dice, members),
    () => ({ kind: 'Flap', members, halfPeriod: dice.int(1, 8) }),
    () => ({ kind: 'Credentials', members }),
    () => ({ kind: 'Throttled', members }),
    () => ({ kind: 'FrozenWatch', members }),
    () => ({ kind: 'LaggingWatch', members, lag: dice.int(1, 2) }),
    () => ({ kind: 'HubPartition' }),
    () => ({ kind: 'HubWrites', loses: dice.pick(['request', 'response']) }),
    () => ({ kind: 'MemberWrites', members, loses: dice.pick(['request', 'response']) }),
    () => aCrash(dice),
    () => aCrash(dice),
    () => aRefusal(dice, members),
    () => aRefusal(dice, members),
    () => ({ kind: 'CapacityLie', members }),
    () => aSpotWave(dice, members),
    () => aSpotWave(dice, members),
    () => ({ kind: 'Prices', members, factor: dice.pick([null, 0, Number.NaN, -1, 100, 0.01, 1.2, 0.8]) }),
    () => ({ kind: 'Prices', members, factor: dice.pick([0.5, 2, null, null]) }),
    () => ({ kind: 'NodesUnready', members }),
    () => ({ kind: 'SilentDataPath', members }),
    () => ({ kind: 'ForeignEdit', members, replicas: dice.pick([null, 0, 1, 9]) }),
    () => ({ kind: 'UserScales', workload, replicas: dice.int(0, 7) }),
    () => ({ kind: 'UserScales', workload, replicas: dice.int(1, 7) }),
    () => ({ kind: 'UserChangesRules', workload, to: dice.pick(['azure', 'aws', 'any', 'no spot']) }),
    () => ({ kind: 'Unreadable', workload }),
    () => ({ kind: 'UserDeletes', workload }),
    () => ({ kind: 'Cordon', members }),
    () => ({
      kind: 'Drill',
      members: members.slice(0, 1),
      mode: dice.pick(['SignalOverride', 'Cordon', 'DrainGraceful']),
    }),
  ];
  return dice.pick(kinds)();
}

const anOutage = (dice: Dice, members: readonly string[]): FaultKind => ({
  kind: 'Outage',
  members,
  failure: dice.pick(['Timeout', 'Refused', 'Reset', 'Dns', 'Tls']),
  power: dice.chance(0.5),
  wiped: dice.chance(0.2),
});

const aCrash = (dice: Dice): FaultKind => ({
  kind: 'Crash',
  point: dice.pick(['before recording', 'while recording', 'after recording', 'while acting']),
});

const aRefusal = (dice: Dice, members: readonly string[]): FaultKind => ({
  kind: 'Refusal',
  members,
  capacityType: dice.pick(['spot', 'on-demand', null]),
  says: dice.pick(['Capacity', 'Quota', 'Nothing']),
});

const aSpotWave = (dice: Dice, members: readonly string[]): FaultKind => ({
  kind: 'SpotWave',
  members,
  percent: dice.pick([30, 60, 100]),
  noticeTicks: dice.pick([0, 0, 6, 24]),
});
