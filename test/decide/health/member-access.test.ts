import { expect } from 'chai';
import { canBeActedOn, mayChange } from '../../../operator/decide/health/member-access.ts';
import type { Verdict, VerdictReason } from '../../../operator/model/fleet.ts';
import { aMember, aVerdict } from '../../support/fleet-members.ts';
import { NOW } from '../../support/fleet-workload.ts';

/** Whether its API works for us, and whether intent may change there. */
const access = (verdict: Verdict, reason?: VerdictReason): string => {
  const held = aVerdict(verdict, { unreachableSince: null, ...(reason ? { reason } : {}) });
  const member = aMember({ verdict: held });
  return `${canBeActedOn(member)} ${mayChange(member)}`;
};

describe('what a verdict permits', () => {
  const table: readonly (readonly [Verdict, VerdictReason, string])[] = [
    ['Healthy', 'ProbesSucceed', 'true true'],
    ['Degraded', 'NodesLost', 'true true'],
    ['Recovering', 'SignalsReturned', 'true true'],
    ['Suspect', 'ProbeSlow', 'true false'],
    ['Suspect', 'WatchStale', 'true false'],
    ['Suspect', 'ProbeFailed', 'false false'],
    ['Suspect', 'CredentialsRejected', 'false false'],
    ['ControlPlaneLost', 'ServesWithoutApi', 'false false'],
    ['Down', 'ApiUnreachable', 'false false'],
  ];
  for (const [verdict, reason, expected] of table)
    it(`${verdict}/${reason}: acted on, changed = ${expected}`, () =>
      expect(access(verdict, reason)).to.equal(expected));

  it('is nothing while the API does not answer, or has not been listed', () => {
    const silent = aMember({ verdict: aVerdict('Healthy', { unreachableSince: NOW }) });
    expect([canBeActedOn(silent), canBeActedOn(aMember({ synced: false }))]).to.deep.equal([false, false]);
  });
});
