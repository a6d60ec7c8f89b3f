import { expect } from 'chai';
import { namespaceName, workloadKey } from '../../operator/model/names.ts';
import { MemberInventory } from '../../operator/observe/member-inventory.ts';
import { aDeployment, aNode, aPod } from '../support/observe-objects.ts';

const LLAMA = workloadKey(namespaceName('ml-prod'), 'llama');
const OWNER = { owner: LLAMA, ownerUid: 'uid-ml-prod-llama' };
const OFFERING = 'aws-a/h100/us-east-1a';

describe('MemberInventory', () => {
  const listed = (): MemberInventory => {
    const inventory = new MemberInventory(() => {});
    inventory.replace('nodes', [aNode()]);
    inventory.replace('pods', []);
    inventory.replace('deployments', [aDeployment()]);
    return inventory;
  };

  it('finds the Deployment of a placement as it stands now', () => {
    const inventory = listed();
    expect(inventory.deploymentOf(OWNER, OFFERING)?.replicas).to.equal(1);
    inventory.put('deployments', aDeployment({ replicas: 3 }));
    expect(inventory.deploymentOf(OWNER, OFFERING)?.replicas).to.equal(3);
    inventory.put('deployments', aDeployment({ name: 'llama-2', offering: 'aws-a/h100/us-east-1b' }));
    expect(inventory.deploymentOf(OWNER, 'aws-a/h100/us-east-1b')?.name).to.equal('llama-2');
    expect(inventory.deploymentOf({ ...OWNER, ownerUid: 'uid-other' }, OFFERING)).to.equal(null);
  });

  it('finds nothing for a namesake in another namespace, whatever uid it claims', () => {
    const thief = workloadKey(namespaceName('ml-test'), 'llama');
    expect(listed().deploymentOf({ ...OWNER, owner: thief }, OFFERING)).to.equal(null);
    const inventory = listed();
    inventory.put('deployments', aDeployment({ namespace: 'ml-test' }));
    expect(inventory.deploymentOf(OWNER, OFFERING)?.namespace).to.equal('ml-prod');
  });

  it('finds none that is gone, by an event or from a list', () => {
    const inventory = listed();
    inventory.remove('deployments', aDeployment());
    expect(inventory.deploymentOf(OWNER, OFFERING)).to.equal(null);
    inventory.put('deployments', aDeployment());
    inventory.replace('deployments', []);
    expect(inventory.deploymentOf(OWNER, OFFERING)).to.equal(null);
  });

  it('tells changes of nodes from all others', () => {
    const inventory = listed();
    const before = inventory.nodesVersion;
    inventory.put('pods', aPod());
    inventory.put('deployments', aDeployment({ replicas: 2 }));
    inventory.put('nodes', aNode());
    expect(inventory.nodesVersion).to.equal(before);
    inventory.put('nodes', aNode({ ready: false }));
    expect(inventory.nodesVersion).to.equal(before + 1);
    inventory.remove('nodes', aNode());
    expect(inventory.nodesVersion).to.equal(before + 2);
    inventory.replace('nodes', []);
    expect(inventory.nodesVersion).to.equal(before + 3);
  });
});
