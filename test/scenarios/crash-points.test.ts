import { expect } from 'chai';
import { anInferenceDeployment } from '../support/scenario-fleet.ts';
import { CrashLine, type CrashPoint } from '../support/scenario-crash-line.ts';
import { ScenarioRig } from '../support/scenario-rig.ts';
import { hubDeployment, podsLeft, settledState, standingDeployments } from '../support/scenario-view.ts';

interface Told {
  /** How it stood when everything had been settled. */
  readonly settled: readonly string[];
  readonly writes: number;
  /** Whether as many writes were made as it took to die. */
  readonly died: boolean;
}

/** Placed, grown beyond what stands, shrunk, and deleted; whenever the operator has died, another one is started. */
async function playStory(point: CrashPoint | null): Promise<Told> {
  const rig = await ScenarioRig.start({ operator: null, elects: true, pace: 80 });
  const line = await CrashLine.lay(rig, point);
  line.startOperator('first');
  let restarted = false;
  const restart = (): true => {
    if (line.hasCrashed && !restarted) {
      restarted = true;
      line.startOperator('second');
    }
    return true;
  };
  const until = (what: string, isSo: () => Promise<boolean>): Promise<void> =>
    rig.until(what, async () => restart() && (await isSo()));
  try {
    await rig.deploy(anInferenceDeployment());
    await until('it serves', () => rig.isSettled());
    await rig.change('llama', { replicas: 4 });
    await until('it has grown', () => rig.isSettled());
    await rig.change('llama', { replicas: 1 });
    await until('it has shrunk', () => rig.isSettled());
    const settled = await settledState(rig.sandbox);
    await rig.remove('llama');
    await until('it is gone', async () => (await hubDeployment(rig.sandbox, 'llama')) === null);
    expect(await standingDeployments(rig.sandbox), 'left on members').to.deep.equal([]);
    expect(await podsLeft(rig.sandbox), 'pods left').to.deep.equal([]);
    return { settled, writes: line.tried.length, died: line.hasCrashed };
  } finally {
    // In this order: an operator whose line is closed loses its lease before it is told to stop.
    try {
      await rig.stop();
    } finally {
      await line.close();
    }
  }
}

/** A handful by default, spread over the story; all of them when CRASH_POINTS=all. */
function crashPoints(writes: number): readonly CrashPoint[] {
  const every = Array.from({ length: writes }, (_, index) => index + 1);
  const all = every.flatMap((write): CrashPoint[] => [
    { write, when: 'before' },
    { write, when: 'after' },
  ]);
  return process.env['CRASH_POINTS'] === 'all' ? all : all.filter((_, index) => index % 7 === 3);
}

/** Writes of status come in another number each time: the last few may not come at all. */
const CERTAIN_SHARE = 0.8;
const MISSED_SHARE = 0.1;

describe('an operator that dies between two writes', function () {
  this.timeout(1_200_000);

  it('ends in the same state, whichever write was its last', async () => {
    const undisturbed = await playStory(null);
    const failures: string[] = [];
    let missed = 0;
    const points = crashPoints(Math.floor(undisturbed.writes * CERTAIN_SHARE));
    for (const point of points) {
      const told = await playStory(point).catch((error: unknown) => ({ settled: [String(error)], died: true }));
      if (!told.died) missed += 1;
      if (told.settled.join() !== undisturbed.settled.join())
        failures.push(`${point.when} write ${point.write}: ${told.settled.join('\n')}`);
    }
    expect(failures).to.deep.equal([]);
    expect(missed, 'points that were never reached').to.be.at.most(Math.ceil(points.length * MISSED_SHARE));
  });
});
