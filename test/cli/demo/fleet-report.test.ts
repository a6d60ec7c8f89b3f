/** What is read of the custom resources on the hub. */
import { expect } from 'chai';
import { reportFleet } from '../../../operator/cli/demo/fleet-report.ts';
import { compareBills } from '../../../operator/decide/leverage/compare-bills.ts';
import { aDeployment, aMember, aReport, storyTime } from '../../support/cli-fleet.ts';

describe('reportFleet', () => {
  it('tells of a deployment what its status says', () => {
    const [chat] = aReport({
      deployments: [{ placements: ['aws-east/h100-spot 2', 'azure-west/h100spot 2 Starting 1'], trigger: 'Initial' }],
    }).deployments;
    expect(chat).to.include({ name: 'chat-70b', wanted: 4, minReady: 2, ready: 3, isReady: false, moving: false });
    expect(chat?.placements.map(({ cluster, phase, ready }) => [cluster, phase, ready])).to.deep.equal([
      ['aws-east', 'Serving', 2],
      ['azure-west', 'Starting', 1],
    ]);
    expect(chat?.decision?.trigger).to.equal('Initial');
  });

  it('does not know what is ready on a member that cannot be read', () => {
    const { deployments, fleet } = aReport({ deployments: [{ placements: ['azure-west/h100spot 2 Stranded ?'] }] });
    expect(deployments[0]?.placements[0]?.ready).to.equal(null);
    expect(fleet.workloads[0]?.holdings[0]?.observed).to.equal(null);
  });

  it('takes a deployment for ready only when the spec as it stands is', () => {
    const object = aDeployment({ placements: ['aws-east/h100 4'] });
    const edited = { ...object, metadata: { ...object.metadata, generation: 2 } };
    const [chat] = reportFleet({ deployments: [edited], clusters: [], drills: [] }, storyTime(0)).deployments;
    expect(chat).to.include({ ready: 4, isReady: false });
  });

  it('has no verdict on a member that was never looked at', () => {
    expect(aReport({ members: [{ verdict: null }] }).members).to.deep.equal([
      { name: 'aws-east', verdict: null, reason: null },
    ]);
  });

  it('leaves out what cannot be read, and orders the rest by name', () => {
    const broken = { ...aDeployment({ name: 'broken' }), spec: {} };
    const deployments = [aDeployment({ name: 'b' }), broken, aDeployment({ name: 'a' })];
    const report = reportFleet({ deployments, clusters: [aMember()], drills: [] }, storyTime(0));
    expect(report.deployments.map(({ name }) => name)).to.deep.equal(['a', 'b']);
  });

  it('gives bills what they need: prices, room and what is held', () => {
    const { fleet } = aReport({
      deployments: [{ wanted: 2, placements: ['aws-east/h100-spot 2'] }],
      members: [{}, { name: 'azure-west', pools: { h100spot: 24, h100: 98.32 } }],
    });
    const { today, onDemand, byProvider } = compareBills(fleet);
    // Two replicas of four accelerators are one node: spot 19.20, on demand 55.04; Azure alone has its own spot.
    expect([today, onDemand.hourly]).to.deep.equal([19.2, 55.04]);
    expect(byProvider.map(({ provider, bill }) => [provider, bill.hourly])).to.deep.equal([
      ['aws', 19.2],
      ['azure', 24],
    ]);
  });
});
