/** The demo's story on the small fleet, told in moments at which an operator can die: placed, moved, dried up, dark, back. */
import type { Scenario } from '../../operator/sandbox/scenario/scenario.ts';
import { anInferenceDeployment, aSmallFleet, type FleetOptions } from './scenario-fleet.ts';
import type { ScenarioRig } from './scenario-rig.ts';
import { hubDeployment, memberStatus, standingDeployments } from './scenario-view.ts';

/** A moment of the story: when it has come, or is already over, so that it cannot be missed. */
export interface Moment {
  readonly name: string;
  readonly hasCome: (rig: ScenarioRig) => Promise<boolean>;
  /** Nothing but waiting for the next look at prices: time may run as fast as it can. */
  readonly isLong?: true;
}

export interface Chapter {
  readonly play: (rig: ScenarioRig) => Promise<unknown>;
  readonly moments: readonly Moment[];
}

const migrating = async ({ sandbox }: ScenarioRig, reason: string): Promise<boolean> =>
  (await hubDeployment(sandbox, 'llama'))?.status?.migration?.reason === reason;

const stands = async ({ sandbox }: ScenarioRig, pool: string): Promise<boolean> =>
  (await standingDeployments(sandbox)).some((it) => it.offering.startsWith(`${pool}/`));

const serves = async (rig: ScenarioRig, pool: string, atLeast = 1): Promise<boolean> =>
  ((await rig.serving())[pool] ?? 0) >= atLeast;

const verdictIs = async ({ sandbox }: ScenarioRig, ...verdicts: readonly string[]): Promise<boolean> =>
  verdicts.includes((await memberStatus(sandbox, 'aws-east'))?.verdict ?? '');

const isOnRecord = async ({ sandbox }: ScenarioRig, pool: string): Promise<boolean> =>
  (await hubDeployment(sandbox, 'llama'))?.placements.some((it) => `${it.cluster}/${it.pool}` === pool) ?? false;

const settled = (name: string): Moment => ({ name, hasCome: (rig) => rig.isSettled() });

/** Where it ends: cheap enough, among what is on demand, to pay for the way back. */
const HOME = 'aws-east/ondemand';

export const storyFleet = (options: FleetOptions = {}): Scenario => aSmallFleet({ ...options, prices: { [HOME]: 20 } });

export const STORY: readonly Chapter[] = [
  {
    play: (rig) => rig.deploy(anInferenceDeployment()),
    moments: [
      { name: 'the intent is on record', hasCome: (rig) => isOnRecord(rig, 'aws-east/spot') },
      { name: 'its Deployment stands', hasCome: (rig) => stands(rig, 'aws-east/spot') },
      { name: 'the first replica is ready', hasCome: (rig) => serves(rig, 'aws-east/spot') },
      settled('it has been placed'),
    ],
  },
  {
    play: (rig) => rig.sandbox.apply({ action: 'price', cluster: 'aws-east', pool: 'spot', zone: '', usdPerHour: 40 }),
    moments: [
      { name: 'a move has begun', hasCome: (rig) => migrating(rig, 'Price'), isLong: true },
      { name: 'the new Deployment stands', hasCome: (rig) => stands(rig, 'azure-east/spot') },
      { name: 'the first new replica serves', hasCome: (rig) => serves(rig, 'azure-east/spot') },
      settled('it has moved'),
    ],
  },
  {
    play: (rig) =>
      rig.sandbox.apply({
        action: 'capacity',
        cluster: 'azure-east',
        pool: 'spot',
        zone: null,
        nodes: 0,
        as: 'capacity',
      }),
    moments: [
      { name: 'on-demand is on record', hasCome: (rig) => isOnRecord(rig, HOME) },
      { name: 'the first replica on demand serves', hasCome: (rig) => serves(rig, HOME) },
      settled('it runs on demand'),
    ],
  },
  {
    play: (rig) => rig.sandbox.apply({ action: 'api', cluster: 'aws-east', fault: { kind: 'refuse' } }),
    moments: [
      { name: 'the member is suspected', hasCome: (rig) => verdictIs(rig, 'Suspect', 'Down') },
      { name: 'the member is given up', hasCome: (rig) => verdictIs(rig, 'Down') },
      { name: 'the evacuation is on record', hasCome: (rig) => isOnRecord(rig, 'azure-east/ondemand') },
      { name: 'a replacement serves', hasCome: (rig) => serves(rig, 'azure-east/ondemand') },
      { name: 'everything is replaced', hasCome: (rig) => serves(rig, 'azure-east/ondemand', 2) },
    ],
  },
  {
    play: (rig) => rig.sandbox.apply({ action: 'heal', cluster: 'aws-east', service: null }),
    moments: [
      { name: 'the member is coming back', hasCome: (rig) => verdictIs(rig, 'Recovering', 'Healthy') },
      { name: 'the member is back', hasCome: (rig) => verdictIs(rig, 'Healthy') },
      { name: 'the first replica has moved home', hasCome: (rig) => serves(rig, HOME) },
      { name: 'everything is home', hasCome: async (rig) => (await rig.isSettled()) && isOnRecord(rig, HOME) },
    ],
  },
];

/** As it ends when nobody dies. */
export const STORY_END: readonly string[] = [
  'llama: Serving 2 ready',
  'llama: aws-east/ondemand/us-east-1f 2 Serving ready 2',
  'aws-east: llama-0c163e77 on aws-east/ondemand/us-east-1f 2 ready 2',
];
