import { expect } from 'chai';
import { assert, integer, property } from 'fast-check';
import { offlineFleet } from '../../../operator/cli/plan/offline-fleet.ts';
import { planAnswer } from '../../../operator/cli/plan/plan-answer.ts';
import { instant } from '../../../operator/model/units.ts';
import { loadSolver } from '../../support/milp.ts';
import { aFolder, documents, runTradewind } from '../../support/plan-files.ts';
import { aFleetInFiles, type Fields, type FleetFiles } from '../../support/plan-fleets.ts';
import { type Answer, faultsOf, reachedBy } from '../../support/plan-judge.ts';
import { bestPlan, chargeWith } from '../../support/plan-optimum.ts';
import { taskOf } from '../../support/plan-task.ts';
import { SteppedClock } from '../../support/stepped-clock.ts';

/** The seed of the seeds; another one makes other fleets. */
const SEED = 51_015;

const objectsOf = ({ members, deployments, policy }: FleetFiles): readonly Fields[] => [
  ...members,
  ...deployments,
  ...(policy ? [policy] : []),
];

/** What the command answers, without the process around it. */
function answerTo(objects: readonly Fields[]): Answer {
  const read = objects.map((value, at) => ({ file: 'fleet.yaml', document: at + 1, prefix: '', value }));
  const answer = planAnswer(offlineFleet(read, instant(1_767_225_600_000)), new SteppedClock());
  return JSON.parse(JSON.stringify(answer)) as Answer;
}

const seeds = integer({ min: 1, max: 1_000_000 });

describe('tradewind plan, judged from the files alone', function () {
  this.timeout(240_000);

  it('reaches the optimum in units and relaxation, and costs at most 5 % and in the mean 1 % more', async () => {
    const highs = await loadSolver();
    const ratios: number[] = [];
    assert(
      property(seeds, (seed) => {
        const files = aFleetInFiles(seed);
        const task = taskOf(files);
        const answer = answerTo(objectsOf(files));
        expect(faultsOf(task, answer, chargeWith(highs))).to.deep.equal([]);
        const best = bestPlan(task, highs, 10);
        if (best === null) return; // The oracle ran out of time: nothing is known.
        expect(reachedBy(task, answer)).to.deep.equal({ short: best.short, relaxed: best.relaxed });
        const ratio = best.cost < 1e-6 ? 1 : answer.totalHourlyUSD / best.cost;
        expect(ratio).to.be.at.most(1.05);
        ratios.push(ratio);
      }),
      { numRuns: 40, seed: SEED, endOnFailure: true },
    );
    expect(ratios.length).to.be.greaterThan(35);
    expect(ratios.reduce((sum, ratio) => sum + ratio, 0) / ratios.length).to.be.at.most(1.01);
  });

  it('answers the same whatever the order of documents, pools and shapes of the fleet', () => {
    const turned = (member: Fields): Fields => {
      const status = member['status'] as Fields;
      return { ...member, status: { ...status, pools: (status['pools'] as readonly Fields[]).toReversed() } };
    };
    assert(
      property(seeds, (seed) => {
        const files = aFleetInFiles(seed);
        const other = { ...files, members: files.members.map(turned) };
        const { elapsedMs: _, ...answer } = answerTo(objectsOf(files));
        const { elapsedMs: __, ...again } = answerTo(objectsOf(other).toReversed());
        expect(again).to.deep.equal(answer);
      }),
      { numRuns: 15, seed: SEED + 1, endOnFailure: true },
    );
  });

  it('prints as a process what it answers in one', async () => {
    const objects = objectsOf(aFleetInFiles(7));
    using folder = aFolder({ 'fleet.yaml': documents(...objects) });
    const { code, stdout, stderr } = await runTradewind(['plan', '-f', folder.path, '-o', 'json']);
    expect({ code, stderr }).to.deep.equal({ code: 0, stderr: '' });
    const { elapsedMs, ...printed } = JSON.parse(stdout) as Answer;
    const { elapsedMs: _, ...answer } = answerTo(objects);
    expect(printed).to.deep.equal(answer);
    expect(elapsedMs).to.be.a('number');
  });
});
