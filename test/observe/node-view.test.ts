import { expect } from 'chai';
import { nodeView } from '../../operator/observe/node-view.ts';
import { aNode, type NodeOverrides } from '../support/observe-objects.ts';

const seen = (overrides: NodeOverrides): string => {
  const { closed, leaving } = nodeView(aNode(overrides));
  return leaving ? `leaving${closed ? '' : ' yet open'}` : closed ? 'closed' : 'open';
};
const event = (reason: string) => ({ conditions: [{ type: 'VMEventScheduled', status: 'True', reason }] });

describe('nodeView', () => {
  it('tells what is announced to go from what merely takes nothing new', () => {
    expect(seen({})).to.equal('open');
    expect(seen({ unschedulable: true })).to.equal('closed');
    for (const key of [
      'aws-node-termination-handler/spot-itn',
      'aws-node-termination-handler/rebalance-recommendation',
      'karpenter.sh/disrupted',
      'ToBeDeletedByClusterAutoscaler',
      'node.cloudprovider.kubernetes.io/shutdown',
    ])
      expect(seen({ taints: [key] }), key).to.equal('leaving');
    for (const key of [
      'DeletionCandidateOfClusterAutoscaler',
      'karpenter.sh/unregistered',
      'node.kubernetes.io/not-ready',
    ])
      expect(seen({ taints: [key] }), key).to.equal('closed');
    expect(seen({ taints: ['example.com/gpu'] })).to.equal('open');
  });

  it('reads the scheduled events of Azure, of which a freeze passes', () => {
    expect(seen(event('PreemptScheduled'))).to.equal('leaving');
    expect(seen(event('RedeployScheduled'))).to.equal('leaving');
    expect(seen(event('VMEventScheduled'))).to.equal('leaving');
    expect(seen(event('FreezeScheduled'))).to.equal('closed');
    expect(seen({ conditions: [{ type: 'VMEventScheduled', status: 'False' }] })).to.equal('open');
  });

  it('takes a node that is being deleted for leaving', () => {
    const node = aNode();
    const deleted = { ...node, metadata: { ...node.metadata, deletionTimestamp: '2026-09-01T12:00:00Z' } };
    expect(nodeView(deleted)).to.include({ leaving: true, closed: true });
  });
});
