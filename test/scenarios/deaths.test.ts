import { expect } from 'chai';
import { ScenarioRig } from '../support/scenario-rig.ts';
import { STORY, STORY_END, storyFleet } from '../support/scenario-story.ts';
import { settledState } from '../support/scenario-view.ts';

const IDENTITY = 'incarnation';

describe('an operator that dies', function () {
  this.timeout(240_000);
  let rig: ScenarioRig;
  beforeEach(async () => {
    rig = await ScenarioRig.start({ scenario: storyFleet(), elects: true, pace: 80, operator: `${IDENTITY}-0` });
  });
  afterEach(() => rig.stop());

  /** Plays the whole story, doing this at each of its moments. */
  async function playStory(atMoment: (rig: ScenarioRig) => Promise<void>): Promise<readonly string[]> {
    for (const { play, moments } of STORY) {
      await play(rig);
      for (const { name, hasCome, isLong } of moments) {
        await rig.hurryUntil(name, () => hasCome(rig), isLong ? 400 : rig.pace);
        await atMoment(rig);
      }
    }
    await rig.untilSettled();
    return settledState(rig.sandbox);
  }

  it('is compared with one that lives through the story', async () => {
    expect(await playStory(async () => {})).to.deep.equal(STORY_END);
  });

  it('leaves nothing behind that its successor does not finish, whenever it dies', async () => {
    const end = await playStory(async ({ operators }) => {
      await operators.at(-1)?.die();
      rig.startOperator({ identity: `${IDENTITY}-${operators.length}` });
    });
    expect(end).to.deep.equal(STORY_END);
  });
});
