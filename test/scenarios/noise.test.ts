import { expect } from 'chai';
import type { Fault } from '../../operator/sandbox/apiserver/http/faults.ts';
import { anInferenceDeployment, DEPLOYMENTS, NAMESPACE } from '../support/scenario-fleet.ts';
import { ScenarioRig } from '../support/scenario-rig.ts';
import { standingDeployments } from '../support/scenario-view.ts';

/** A part of all requests that is answered with an error, and how it reads. */
interface Share {
  readonly words: string;
  readonly share: number;
}

const HALF: Share = { words: 'half', share: 0.5 };
/** Errors are spread evenly: with every second one, a member that is only probed would never answer twice in a row. */
const THIRD: Share = { words: 'a third', share: 0.34 };

/** Faults under which everything goes on, only slower. */
const noiseOf = ({ words, share }: Share): readonly (readonly [string, Fault])[] => [
  [`${words} of all requests throttled`, { kind: 'error', status: 429, share, retryAfterSeconds: 1 }],
  [`${words} of all requests answered 500`, { kind: 'error', status: 500, share }],
  [`${words} of all requests answered 503`, { kind: 'error', status: 503, share }],
  ['every answer late', { kind: 'latency', ms: 150 }],
  ['every watch cut off as soon as it begins', { kind: 'drop-watches' }],
];

describe('noise on the line', function () {
  this.timeout(150_000);
  let rig: ScenarioRig;
  before(async () => {
    rig = await ScenarioRig.start();
    // Spot alone is not hedged: no spare that stands for an hour is waited for after every change.
    await rig.deploy(anInferenceDeployment({ spec: { placement: { spot: 'Required' } } }));
    await rig.untilSettled();
  });
  after(() => rig.stop());

  async function isDone(): Promise<void> {
    for (const replicas of [3, 2, 4, 1, 3, 2]) {
      await rig.change('llama', { replicas });
      await rig.untilDeployment('llama', `has ${replicas}`, (it) => it.status?.replicas === replicas);
      await rig.untilSettled();
    }
    expect(await rig.serving()).to.deep.equal({ 'aws-east/spot': 2 });
  }

  for (const [cluster, noise] of [
    ['aws-east', noiseOf(THIRD)],
    ['hub', noiseOf(HALF)],
  ] as const) {
    for (const [what, fault] of noise) {
      it(`of ${cluster}: ${what} keeps nothing from being done, and moves nothing`, async () => {
        await rig.sandbox.apply({ action: 'api', cluster, fault });
        await isDone();
        await rig.sandbox.apply({ action: 'heal', cluster, service: null });
        await rig.untilVerdict('aws-east', 'Healthy');
        const moved = rig.operators[0]?.lines.filter((it) => it.message === 'moving inference deployment');
        expect(moved).to.deep.equal([]);
      });
    }
  }

  it('that makes watches forget the past is got over by a new list', async () => {
    const { sandbox } = rig;
    const member = sandbox.members.get('aws-east');
    await sandbox.apply({ action: 'api', cluster: 'aws-east', fault: { kind: 'drop-watches' } });
    await sandbox.apply({ action: 'api', cluster: 'hub', fault: { kind: 'drop-watches' } });
    const [standing] = await standingDeployments(sandbox);
    await member?.api.delete(DEPLOYMENTS, standing?.name ?? '', { namespace: NAMESPACE });
    await rig.change('llama', { replicas: 3 });
    member?.expireWatches();
    sandbox.hub.expireWatches();
    await sandbox.apply({ action: 'heal', cluster: null, service: null });
    await rig.untilDeployment('llama', 'has grown', (it) => it.status?.readyReplicas === 3);
    await rig.untilSettled();
    const [again] = await standingDeployments(sandbox);
    expect(again?.uid).not.to.equal(standing?.uid);
  });

  it('that silences the watches of a member is made up for when they speak again', async () => {
    const { sandbox } = rig;
    await sandbox.apply({ action: 'api', cluster: 'aws-east', fault: { kind: 'stall-watches' } });
    const [standing] = await standingDeployments(sandbox);
    await sandbox.members.get('aws-east')?.api.delete(DEPLOYMENTS, standing?.name ?? '', { namespace: NAMESPACE });
    await rig.pass(60);
    await sandbox.apply({ action: 'heal', cluster: 'aws-east', service: null });
    await rig.until('it stands again', async () => {
      const [again] = await standingDeployments(sandbox);
      return again !== undefined && again.uid !== standing?.uid;
    });
    await rig.untilSettled();
  });
});
