import { expect } from 'chai';
import type { InferenceDeploymentStatus } from '../../operator/api/wire-types.ts';
import { anInferenceDeployment } from '../support/scenario-fleet.ts';
import { ScenarioRig } from '../support/scenario-rig.ts';
import { hubDeployment } from '../support/scenario-view.ts';

type Migration = NonNullable<InferenceDeploymentStatus['migration']>;

describe('a move that a rule asks for and that never gets ready', function () {
  this.timeout(150_000);
  let rig: ScenarioRig;
  before(async () => {
    rig = await ScenarioRig.start();
    await rig.deploy(anInferenceDeployment());
    await rig.untilSettled();
  });
  after(() => rig.stop());

  const migration = async (): Promise<Migration> => {
    const { phase = 'Idle', ...rest } = (await hubDeployment(rig.sandbox, 'llama'))?.status?.migration ?? {};
    return { phase, ...rest };
  };
  const stuck = async (isStuck: boolean): Promise<void> => {
    for (const pool of ['spot', 'ondemand'])
      await rig.sandbox.apply({ action: 'stuck-pods', cluster: 'azure-east', pool, stuck: isStuck });
  };
  /** Lets time pass, and fails with the move that was under way at any look. */
  const expectStill = async (seconds: number): Promise<void> => {
    for (let passed = 0; passed < seconds; passed += 30) {
      await rig.pass(30, 60); // a busy machine is not to be taken for an outage
      const seen = await migration();
      expect(seen.phase, JSON.stringify(seen)).to.equal('Idle');
    }
  };

  it('is given up, says why and until when it is left alone, and what serves goes on serving', async () => {
    expect(await rig.serving()).to.deep.equal({ 'aws-east/spot': 2 });
    await stuck(true);
    await rig.change('llama', { placement: { providers: ['azure'] } });
    await rig.hurryUntil(
      'the move has been given up',
      async () => {
        const { phase, setbacks = [] } = await migration();
        return phase === 'Idle' && setbacks.length > 0;
      },
      400,
    );
    const { setbacks = [] } = await migration();
    expect(setbacks.every((it) => it.cluster === 'azure-east' && it.failures === 1)).to.equal(true);
    expect(setbacks[0]?.cause).to.contain('took longer than it may');
    const rejected = ((await hubDeployment(rig.sandbox, 'llama'))?.status?.lastDecision?.candidates ?? []).filter(
      (it) => it.rule === 'Backoff',
    );
    expect(rejected[0]?.reason).to.match(/^the last move there was given up \(.*\); tried again at 2026-/);
    expect(await rig.serving()).to.deep.equal({ 'aws-east/spot': 2 });
  });

  it('is not begun again for a while, not by the next operator either', async () => {
    await expectStill(180); // of the ten minutes, some of which are over
    await rig.operators.at(-1)?.stop();
    rig.startOperator({ identity: 'tradewind-1' });
    await expectStill(180);
    expect(await rig.serving()).to.deep.equal({ 'aws-east/spot': 2 });
  });

  it('is begun at once when the spec is mended', async () => {
    await stuck(false);
    await rig.change('llama', { migration: { maxSurge: 2 } });
    await rig.until('it serves where the rule allows', async () => {
      const { 'aws-east/spot': before = 0, ...rest } = await rig.serving();
      return before === 0 && Object.keys(rest).length > 0;
    });
    await rig.untilSettled();
    expect((await migration()).setbacks ?? []).to.deep.equal([]);
  });
});
