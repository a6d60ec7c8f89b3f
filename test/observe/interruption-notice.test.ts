import { expect } from 'chai';
import { namespaceName, workloadKey } from '../../operator/model/names.ts';
import { indexPlacements } from '../../operator/observe/holdings.ts';
import { MemberInventory, type InventoryChange } from '../../operator/observe/member-inventory.ts';
import { aDeployment, aNode, aPod } from '../support/observe-objects.ts';

const LLAMA = { owner: workloadKey(namespaceName('ml-prod'), 'llama'), ownerUid: 'uid-ml-prod-llama' };

/** llama has a pod on each of node-1 and node-2. */
function aMember() {
  const changes: InventoryChange[] = [];
  const inventory = new MemberInventory((change) => changes.push(change));
  inventory.replace('nodes', [aNode({ name: 'node-1' }), aNode({ name: 'node-2' })]);
  inventory.replace('deployments', [aDeployment({ replicas: 2 })]);
  inventory.replace('pods', [
    aPod({ name: 'a', node: 'node-1', placement: 'llama-1' }),
    aPod({ name: 'b', node: 'node-2', placement: 'llama-1' }),
  ]);
  changes.length = 0;
  const found = () => indexPlacements(inventory)?.find(LLAMA, 'aws-a/h100/us-east-1a');
  return { inventory, changes, found };
}
const NOTICED = aNode({ name: 'node-1', taints: ['aws-node-termination-handler/spot-itn'] });

describe('a notice on a node', () => {
  it('is told of those that run there, at once', () => {
    const { inventory, changes } = aMember();
    inventory.put('nodes', NOTICED);
    expect(changes.map(({ room, workloads }) => [room, [...workloads]])).to.deep.equal([[true, ['ml-prod/llama']]]);
    inventory.put('nodes', aNode({ name: 'node-2', unschedulable: true }));
    expect([...(changes[1]?.workloads ?? [])]).to.deep.equal([]);
  });

  it('counts the replicas there as leaving while they serve', () => {
    const { inventory, found } = aMember();
    expect(found()).to.include({ bound: 2, ready: 2 }).and.not.have.property('leaving');
    inventory.put('nodes', NOTICED);
    expect(found()).to.include({ bound: 2, ready: 2, leaving: 1 });
  });

  it('counts no replica that is being deleted: its successor is there already', () => {
    const { inventory, found } = aMember();
    inventory.put('nodes', NOTICED);
    inventory.put('pods', aPod({ name: 'a', node: 'node-1', placement: 'llama-1', deleting: true }));
    expect(found()).not.to.have.property('leaving');
  });
});
