import { expect } from 'chai';
import { migrationStatus } from '../../../operator/api/recorded-deployment.ts';
import { describeMove, moveAnswer } from '../../../operator/cli/plan/move-answer.ts';
import type { MigrationState } from '../../../operator/model/workload.ts';
import { moving, movingIn } from '../../support/decide-moves.ts';
import { aTarget, idle } from '../../support/fleet-workload.ts';

const answerOf = (state: MigrationState) => moveAnswer({ migration: migrationStatus(state) });

describe('moveAnswer', () => {
  it('tells nothing where no move is under way', () => {
    expect(moveAnswer(null)).to.equal(null);
    expect(answerOf(idle)).to.equal(null);
  });

  it('tells the phase, since when, what it waits for, what comes next and until when', () => {
    const answer = answerOf(movingIn('Verifying', { waitingFor: 'an answer from azure-b', next: 'Shifting' }));
    expect(answer && describeMove(answer)).to.match(
      /^Moving for Price: Verifying since \S+Z; it waits for an answer from azure-b, then comes Shifting\. Until \S+Z, or it is rolled back\.$/,
    );
  });

  it('tells why a move is rolled back', () => {
    const answer = answerOf(movingIn('RollingBack', { next: 'Idle' }));
    expect(answer && describeMove(answer)).to.match(
      /then it is done\. Until \S+, or it is left\. Rolled back: it does not work\.$/,
    );
  });

  it('tells what there is of a move without clocks', () => {
    const answer = answerOf(moving('Surging', 'Capacity', [aTarget('azure-b', 'h100', 'a', 1)]));
    expect(answer && describeMove(answer)).to.match(/^Moving for Capacity: Surging since \S+Z\.$/);
  });
});
