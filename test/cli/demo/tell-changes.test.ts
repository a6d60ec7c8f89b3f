/** What is told of the difference between two reports. */
import { expect } from 'chai';
import { tellChanges } from '../../../operator/cli/demo/tell-changes.ts';
import { aReport, type ReportWords } from '../../support/cli-fleet.ts';

const told = (before: ReportWords, after: ReportWords): readonly string[] =>
  tellChanges(aReport(before), aReport(after)).map(({ tone, text }) => `${tone}: ${text}`);

describe('tellChanges', () => {
  it('tells of verdicts, decisions and ready units', () => {
    const before: ReportWords = { members: [{}], deployments: [{ ready: 4, trigger: 'Initial' }] };
    const after: ReportWords = {
      members: [{ verdict: 'Down' }],
      deployments: [{ ready: 2, trigger: 'Evacuation', decidedAt: 60 }],
    };
    expect(told(before, after)).to.deep.equal([
      'bad: aws-east is Down (ApiUnreachable)',
      'plain: chat-70b, Evacuation: 4 of 4 units',
      'bad: chat-70b has 2 of 4 units ready',
    ]);
    expect(told(after, before)).to.include('good: chat-70b has 4 of 4 units ready');
  });

  it('tells how a drill begins and ends, and not what it waits for', () => {
    const drills = (phase: string, outcome?: string): ReportWords => ({
      drills: [{ phase, ...(outcome === undefined ? {} : { outcome }) }],
    });
    expect(told({}, drills('Preflight'))).to.deep.equal([]);
    expect(told(drills('Preflight'), drills('Announced'))).to.deep.equal([
      'plain: drill westus3-spot, Announced: So it is.',
    ]);
    expect(told(drills('Announced'), drills('Announced'))).to.deep.equal([]);
    expect(told(drills('Verifying'), drills('Completed', 'Succeeded'))).to.deep.equal([
      'good: drill westus3-spot Succeeded: So it is.',
    ]);
    expect(told(drills('Verifying'), drills('Completed', 'Aborted'))[0]).to.match(/^bad: /);
  });

  it('is silent about a decision that says the same again', () => {
    const decided = (decidedAt: number): ReportWords => ({ deployments: [{ trigger: 'Initial', decidedAt }] });
    expect(told(decided(0), decided(60))).to.deep.equal([]);
  });

  it('is silent about a member that is only being looked at for the first time', () => {
    expect(told({}, { members: [{ verdict: 'Suspect' }] })).to.deep.equal([]);
    expect(told({}, { members: [{}] })).to.deep.equal(['good: aws-east is Healthy (ProbesSucceed)']);
  });
});
