import { expect } from 'chai';
import { actionsFor } from '../../../operator/decide/migration/actions-for.ts';
import type { PlacementPhase } from '../../../operator/model/workload.ts';
import { secondsOn } from '../../support/decide-health.ts';
import { aFleet, aVerdict, type MemberOverrides } from '../../support/fleet-members.ts';
import { aRecord, aWorkload } from '../../support/fleet-workload.ts';

const workload = aWorkload();
const actionsOn = (member: MemberOverrides, phase: PlacementPhase = 'Serving') =>
  actionsFor({ workload, placements: [aRecord({ phase })], fleet: aFleet({ members: [member] }) });

describe('actionsFor', () => {
  it('applies what is held, and applies it again when asked again', () => {
    for (const phase of ['Starting', 'Serving', 'Draining'] as const) {
      const record = aRecord({ phase, replicas: 2 });
      const fleet = aFleet();
      const actions = actionsFor({ workload, placements: [record], fleet });
      expect(actions).to.deep.equal([{ kind: 'ApplyPlacement', workload, offering: 'aws-a/h100/a', record }]);
      expect(actionsFor({ workload, placements: [record], fleet })).to.deep.equal(actions);
    }
  });

  it('deletes what is released, naming its owner', () => {
    expect(actionsOn({}, 'Releasing')).to.deep.equal([
      {
        kind: 'DeletePlacement',
        workload: workload.key,
        ownerUid: workload.uid,
        offering: 'aws-a/h100/a',
        cluster: 'aws-a',
      },
    ]);
  });

  it('leaves alone what is stranded', () => {
    expect(actionsOn({}, 'Stranded')).to.deep.equal([]);
  });

  const table: readonly (readonly [string, MemberOverrides, number])[] = [
    ['healthy', { verdict: 'Healthy' }, 1],
    ['degraded', { verdict: 'Degraded' }, 1],
    ['recovering', { verdict: 'Recovering' }, 1],
    ['slow', { verdict: aVerdict('Suspect', { reason: 'ProbeSlow' }) }, 1],
    ['silent on its watches', { verdict: aVerdict('Suspect', { reason: 'WatchStale' }) }, 1],
    ['failing', { verdict: aVerdict('Suspect', { unreachableSince: secondsOn(-5) }) }, 0],
    ['throttling', { verdict: aVerdict('Suspect', { reason: 'ProbeFailed' }) }, 0],
    ['rejecting us', { verdict: aVerdict('Suspect', { reason: 'CredentialsRejected' }) }, 0],
    ['failing again while recovering', { verdict: aVerdict('Recovering', { unreachableSince: secondsOn(-5) }) }, 0],
    ['without control plane', { verdict: 'ControlPlaneLost' }, 0],
    ['down, though it just answered', { verdict: aVerdict('Down', { unreachableSince: null }) }, 0],
    ['not listed yet', { synced: false }, 0],
    ['another one', { name: 'azure-b' }, 0],
  ];
  for (const [name, member, expected] of table) {
    it(`${expected === 1 ? 'acts' : 'does nothing'} on a member that is ${name}`, () => {
      expect(actionsOn(member)).to.have.length(expected);
    });
  }
});
