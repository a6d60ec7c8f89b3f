import { expect } from 'chai';
import { explainsLoss, isEndedByCloud } from '../../../operator/decide/health/cloud-word.ts';
import { judgeMember } from '../../../operator/decide/health/judge-member.ts';
import type { CloudStatus, MemberEvidence, VerdictState } from '../../../operator/model/fleet.ts';
import { anEvidence, failed, held, secondsOn, theThresholds } from '../../support/decide-health.ts';
import { aVerdict } from '../../support/fleet-members.ts';
import { NOW } from '../../support/fleet-workload.ts';

/** The cloud, asked so many seconds before NOW. */
const cloudSays = (says: CloudStatus['says'], secondsAgo = 0): CloudStatus => ({
  state: { Works: 'ACTIVE', Impaired: 'Failed', Ended: 'Stopped' }[says],
  says,
  problems: [],
  at: secondsOn(-secondsAgo),
});

/** Unreachable for 7 s of the 15 that Down takes, with three probes failed. */
const lostFor7s = (overrides: Partial<MemberEvidence> = {}): MemberEvidence =>
  anEvidence({
    probe: failed(NOW, 'Refused'),
    consecutiveFailures: 3,
    consecutiveSuccesses: 0,
    lastFailedAt: NOW,
    ...overrides,
  });
const suspect: VerdictState = aVerdict('Suspect', { unreachableSince: secondsOn(-7), since: secondsOn(-7) });
const verdictOf = (evidence: MemberEvidence, before: VerdictState = suspect): string => {
  const { verdict, reason } = judgeMember(before, evidence, theThresholds(), NOW).state;
  return `${verdict}/${reason}`;
};

describe('what a cloud says of a member', () => {
  it('confirms a loss before its time is up, when it says that the cluster is stopped', () => {
    expect(verdictOf(lostFor7s())).to.equal('Suspect/ProbeFailed');
    expect(verdictOf(lostFor7s({ cloudStatus: cloudSays('Ended') }))).to.equal('Down/EndedByCloud');
  });

  it('confirms nothing with a word from before the loss, nor with one that is old', () => {
    expect(verdictOf(lostFor7s({ cloudStatus: cloudSays('Ended', 8) }))).to.equal('Suspect/ProbeFailed');
    const longLost = aVerdict('Suspect', { unreachableSince: secondsOn(-300), lastOutage: FLAPPING });
    expect(verdictOf(lostFor7s({ cloudStatus: cloudSays('Ended', 130) }), longLost)).to.equal('Down/ApiUnreachable');
  });

  it('needs the failures all the same: one refused connection and a cloud that stops it are not enough', () => {
    const once = lostFor7s({ consecutiveFailures: 1, cloudStatus: cloudSays('Ended') });
    expect(verdictOf(once)).to.equal('Suspect/ProbeFailed');
  });

  it('does not outweigh a data path that serves', () => {
    const serving = lostFor7s({ cloudStatus: cloudSays('Ended'), dataPathServedAt: NOW });
    expect(verdictOf(serving)).to.equal('ControlPlaneLost/ServesWithoutApi');
  });

  it('does not deny a loss: a cloud that says it works changes nothing about a dead API and a dead data path', () => {
    const late = aVerdict('Suspect', { unreachableSince: secondsOn(-15) });
    for (const says of ['Works', 'Impaired'] as const) {
      expect(verdictOf(lostFor7s({ cloudStatus: cloudSays(says) }))).to.equal('Suspect/ProbeFailed');
      expect(verdictOf(lostFor7s({ cloudStatus: cloudSays(says) }), late)).to.equal('Down/ApiUnreachable');
    }
  });

  it('makes an outage of a name that went with the cluster; without its word such a name is a matter of DNS', () => {
    const unnamed = lostFor7s({ probe: failed(NOW, 'Dns') });
    expect(verdictOf(unnamed)).to.equal('Suspect/NameUnresolved');
    expect(verdictOf({ ...unnamed, cloudStatus: cloudSays('Works') })).to.equal('Suspect/NameUnresolved');
    expect(verdictOf({ ...unnamed, cloudStatus: cloudSays('Ended') })).to.equal('Down/EndedByCloud');
  });

  it('does not make an outage of rejected credentials', () => {
    const rejected = lostFor7s({ probe: failed(NOW, 'Credentials'), cloudStatus: cloudSays('Ended') });
    expect(verdictOf(rejected)).to.equal('Suspect/CredentialsRejected');
  });

  it('lets nothing new go to a member that still answers and is being deleted, and lost nodes come first', () => {
    const ending = anEvidence({ cloudStatus: cloudSays('Ended') });
    expect(verdictOf(ending, held('Healthy'))).to.equal('Suspect/EndedByCloud');
    expect(verdictOf({ ...ending, nodes: { total: 4, ready: 1 } }, held('Healthy'))).to.equal('Degraded/NodesLost');
    const failing = anEvidence({ cloudStatus: cloudSays('Impaired') });
    expect(verdictOf(failing, held('Healthy'))).to.equal('Healthy/ProbesSucceed');
  });

  it('stops a flapping member at once: a stop that is confirmed is no flap', () => {
    const flapping = { ...suspect, lastOutage: FLAPPING };
    expect(verdictOf(lostFor7s({ cloudStatus: cloudSays('Ended') }), flapping)).to.equal('Down/EndedByCloud');
  });
});

const FLAPPING = { endedAt: secondsOn(-60), flaps: 1 };

describe('isEndedByCloud', () => {
  it('is false where no cloud has been asked', () => {
    expect(isEndedByCloud(anEvidence(), NOW)).to.equal(false);
    expect(explainsLoss(anEvidence(), NOW, NOW)).to.equal(false);
    expect(explainsLoss(anEvidence({ cloudStatus: cloudSays('Ended') }), null, NOW)).to.equal(false);
  });
});
