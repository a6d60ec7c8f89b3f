import { expect } from 'chai';
import { startTradewind, type Program } from '../support/scenario-process.ts';
import { ScenarioRig } from '../support/scenario-rig.ts';
import { STORY, STORY_END, storyFleet } from '../support/scenario-story.ts';
import { hubDeployment, podsLeft, settledState } from '../support/scenario-view.ts';

/** Moments of the story at which the process is killed. */
const KILLED_WHEN: ReadonlySet<string> = new Set([
  'the intent is on record',
  'its Deployment stands',
  'it has been placed',
  'a move has begun',
  'the first new replica serves',
  'on-demand is on record',
  'it runs on demand',
  'the member is suspected',
  'the evacuation is on record',
  'the member is coming back',
]);

describe('a process that is killed', function () {
  this.timeout(240_000);
  let rig: ScenarioRig;
  let operator: Program;
  let kills = 0;

  const start = (): Program => {
    const { kubeconfig, cloudEndpoints } = rig.files;
    const flags = ['--kubeconfig', kubeconfig, '--cloud-endpoints', cloudEndpoints, '--namespace', 'default'];
    return startTradewind('run', ...flags, '--listen', '127.0.0.1:0');
  };
  const killAndRestart = async (): Promise<void> => {
    expect(await operator.end('SIGKILL'), operator.stderr).to.equal(null);
    operator = start();
    kills += 1;
  };
  before(async () => {
    rig = await ScenarioRig.start({ scenario: storyFleet({ speed: 40 }), ownTime: true, operator: null });
    operator = start();
  });
  after(async () => {
    await operator.end('SIGKILL');
    await rig.stop();
  });

  it('at ten moments of the story is followed by one that finishes what it began', async () => {
    for (const { play, moments } of STORY) {
      await play(rig);
      for (const { name, hasCome } of moments) {
        await rig.until(name, () => hasCome(rig));
        if (KILLED_WHEN.has(name)) await killAndRestart();
      }
    }
    await rig.untilSettled();
    expect(kills).to.equal(10);
    expect(await settledState(rig.sandbox)).to.deep.equal(STORY_END);
  });

  it('while it deletes leaves nothing behind either', async () => {
    await rig.remove('llama');
    await rig.until('it is being released', async () =>
      ((await hubDeployment(rig.sandbox, 'llama'))?.placements ?? []).every((it) => it.phase === 'Releasing'),
    );
    await killAndRestart();
    await rig.until('it is gone', async () => (await hubDeployment(rig.sandbox, 'llama')) === null);
    expect(await settledState(rig.sandbox)).to.deep.equal([]);
    expect(await podsLeft(rig.sandbox)).to.deep.equal([]);
  });

  it('is another thing than one that is told to stop: that ends with code 0, having said nothing but JSON', async () => {
    expect(await operator.end('SIGTERM')).to.equal(0);
    for (const line of operator.stdout.trim().split('\n')) expect(JSON.parse(line)).to.have.property('msg');
    expect(operator.stderr).to.equal('');
  });
});
