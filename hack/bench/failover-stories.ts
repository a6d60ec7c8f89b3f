/** What goes wrong, one story after the other, and what each is to show: STORIES. */
import { setTimeout as wait } from 'node:timers/promises';
import { seconds } from '../../operator/model/units.ts';
import { LOST, MEMBERS } from './failover-fleet.ts';
import type { Stage, Watched } from './failover-stage.ts';

export interface Story {
  /** One sentence for people. */
  readonly title: string;
  readonly modelLoad: string;
  /** Whether it makes answers late: real API servers need a slow way to them. */
  readonly slows?: true;
  /** Whether members have a dataPathURL, so that the operator can know that they serve. */
  readonly asksDataPath?: true;
  readonly play: (stage: Stage) => Promise<Watched>;
  /** All replacements are applied within so many seconds. */
  readonly appliedWithin?: number;
  /** So many moves at the most. */
  readonly most?: number;
  /** No request is lost. */
  readonly losesNothing?: true;
}

const QUICK = '2s';
/** As long as real models take at the least: replacements are not ready within a flap. */
const SLOW = '60s';
const RECOVERY_SECONDS = 100;
const AZURE = ['azure-east', 'azure-west'];
const FLAPS = 10;
const FLAP_SECONDS = 20;
const HUB = 'hub';

const isRecovered = ({ applied, recovered }: Watched): boolean => applied !== null && recovered !== null;
const never = (): boolean => false;

/** The API and everything behind it. */
const loss =
  (members: readonly string[], kind: 'refuse' | 'black-hole') =>
  async (stage: Stage): Promise<Watched> => {
    await stage.lose(members, kind, { dead: true });
    return await stage.watch(RECOVERY_SECONDS, { isOver: isRecovered });
  };

/** Half of the machines of the member. */
const halfLost =
  (take: (stage: Stage, machines: { pool: string; nodes: { share: number } }) => Promise<unknown>) =>
  async (stage: Stage): Promise<Watched> => {
    const { deployments } = stage.options;
    const watching = stage.watch(75, { isOver: ({ lowest, recovered }) => lowest < deployments && recovered !== null });
    await take(stage, { pool: 'spot', nodes: { share: 0.5 } });
    return await watching;
  };

async function flap(stage: Stage): Promise<Watched> {
  const rounds: Watched[] = [];
  for (let round = 1; round <= FLAPS; round += 1) {
    await stage.lose([LOST], 'refuse', { dead: false });
    const down = await stage.watch(FLAP_SECONDS, { isOver: never });
    await stage.heal(LOST);
    const up = await stage.watch(FLAP_SECONDS, { isOver: never });
    rounds.push(down, up);
    if (down.moves + up.moves > 0)
      console.log(`    flap ${round}: ${down.moves} moves while down, ${up.moves} while up`);
  }
  const [first, ...later] = rounds;
  if (first === undefined) throw new Error('nothing flapped');
  // The first one is an outage like any other; those that follow are within the damping window.
  const moves = later.slice(1).reduce((sum, it) => sum + it.moves, 0);
  return {
    ...first,
    moves,
    lowest: Math.min(...rounds.map((it) => it.lowest)),
    recovered: rounds.at(-1)?.recovered ?? null,
  };
}

export const STORIES: Readonly<Record<string, Story>> = {
  refused: {
    title: 'connections to its API are refused, and nothing answers behind it',
    modelLoad: QUICK,
    appliedWithin: 15,
    play: loss([LOST], 'refuse'),
  },
  'black-hole': {
    title: 'packets to its API vanish, and nothing answers behind it',
    modelLoad: QUICK,
    appliedWithin: 20,
    play: loss([LOST], 'black-hole'),
  },
  slow: {
    title: 'its API takes 20 s for each answer, and its replicas serve',
    modelLoad: QUICK,
    asksDataPath: true,
    slows: true,
    most: 0,
    losesNothing: true,
    play: async (stage) => {
      await stage.apply({ action: 'api', cluster: LOST, fault: { kind: 'latency', ms: 20_000 } });
      return await stage.watch(60, { isOver: never });
    },
  },
  'control-plane-only': {
    title: 'packets to its API vanish, and its replicas serve',
    modelLoad: QUICK,
    asksDataPath: true,
    most: 0,
    losesNothing: true,
    play: async (stage) => {
      await stage.lose([LOST], 'black-hole', { dead: false });
      return await stage.watch(60, { isOver: never });
    },
  },
  'node-loss': {
    title: 'half of its machines die without a word',
    modelLoad: QUICK,
    play: halfLost((stage, machines) => stage.apply({ action: 'kill-nodes', cluster: LOST, machines })),
  },
  'reclaim-with-notice': {
    title: 'half of its spot machines are reclaimed with the 30 s of notice that Azure gives',
    modelLoad: '8s',
    play: halfLost((stage, machines) =>
      stage.apply({ action: 'reclaim', cluster: LOST, machines, notice: seconds(30) }),
    ),
  },
  'reclaim-without-notice': {
    title: 'half of its spot machines are reclaimed without a word',
    modelLoad: QUICK,
    play: halfLost((stage, machines) => stage.apply({ action: 'reclaim', cluster: LOST, machines, notice: null })),
  },
  'one-cloud': {
    title: 'both members of one cloud are lost at once',
    modelLoad: QUICK,
    appliedWithin: 15,
    play: loss(AZURE, 'refuse'),
  },
  'all-members': {
    title: 'no API of any member can be reached: the operator is the one cut off',
    modelLoad: QUICK,
    asksDataPath: true,
    most: 0,
    losesNothing: true,
    play: async (stage) => {
      await stage.lose(MEMBERS, 'refuse', { dead: false });
      return await stage.watch(60, { isOver: never });
    },
  },
  flaps: {
    title: `its API is gone for ${FLAP_SECONDS} s and back for ${FLAP_SECONDS} s, ${FLAPS} times; moves after the first count`,
    modelLoad: SLOW,
    most: 0,
    play: flap,
  },
  'flaps-while-serving': {
    title: `its replicas serve, and its API is gone for ${FLAP_SECONDS} s and back for ${FLAP_SECONDS} s, ${FLAPS} times`,
    modelLoad: SLOW,
    asksDataPath: true,
    most: 0,
    losesNothing: true,
    play: flap,
  },
  'hub-cut-off': {
    title: 'the API of the hub is gone for 40 s',
    modelLoad: QUICK,
    most: 0,
    losesNothing: true,
    play: async (stage) => {
      await stage.apply({ action: 'api', cluster: HUB, fault: { kind: 'refuse' } });
      await wait(40_000);
      await stage.apply({ action: 'heal', cluster: HUB, service: null });
      return await stage.watch(30, { isOver: never });
    },
  },
  'replaced-by-empty': {
    title: 'it is gone for 5 s and comes back as an empty cluster of the same name',
    modelLoad: QUICK,
    play: async (stage) => {
      await stage.lose([LOST], 'refuse', { dead: false });
      await wait(5000);
      // A real API server that is gone cannot be emptied: it comes back first.
      if (stage.options.real) await stage.heal(LOST);
      await stage.empty(LOST);
      await wait(1000);
      if (!stage.options.real) await stage.heal(LOST);
      return await stage.watch(RECOVERY_SECONDS, { isOver: ({ recovered }) => recovered !== null });
    },
  },
};
