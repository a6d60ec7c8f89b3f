import { expect } from 'chai';
import type { KubeObject } from '../../operator/kube/kube-client.ts';
import { workloadKey, namespaceName } from '../../operator/model/names.ts';
import { minutes, instant } from '../../operator/model/units.ts';
import { holdingsOf, indexPlacements } from '../../operator/observe/holdings.ts';
import { MemberInventory, type InventoryChange } from '../../operator/observe/member-inventory.ts';
import { aRecord, NOW } from '../support/fleet-workload.ts';
import { aDeployment, aNode, aPod } from '../support/observe-objects.ts';

const llama = workloadKey(namespaceName('ml-prod'), 'llama');

function listed(deployments: readonly KubeObject[], pods: readonly KubeObject[]): MemberInventory {
  const inventory = new MemberInventory(() => {});
  inventory.replace('nodes', [aNode()]);
  inventory.replace('deployments', deployments);
  inventory.replace('pods', pods);
  return inventory;
}

const seen = (inventory: MemberInventory) => {
  const index = indexPlacements(inventory);
  const records = [aRecord({ zone: 'us-east-1a', replicas: 2 })];
  const [holding] = holdingsOf({
    owner: { owner: llama, ownerUid: 'uid-ml-prod-llama' },
    records,
    indexOf: () => index,
  });
  return holding?.observed;
};

describe('holdingsOf', () => {
  it('counts bound and ready pods, and how long one has waited for a node', () => {
    const waitingSince = instant(NOW - minutes(3));
    const pods = [
      aPod({ name: 'a', placement: 'llama-1' }),
      aPod({ name: 'b', placement: 'llama-1', ready: false }),
      aPod({ name: 'c', placement: 'llama-1', node: null, ready: false, createdAt: waitingSince }),
    ];
    const observed = seen(listed([aDeployment({ replicas: 3 })], pods));
    expect(observed).to.deep.equal({ present: true, replicas: 3, bound: 2, ready: 1, pendingSince: waitingSince });
  });

  it('does not count a pod that is being deleted as ready', () => {
    expect(seen(listed([aDeployment()], [aPod({ placement: 'llama-1', deleting: true })]))).to.include({
      bound: 1,
      ready: 0,
    });
  });

  it('tells a placement that is not there from one that cannot be seen', () => {
    expect(seen(listed([], []))).to.include({ present: false, replicas: 0 });
    expect(seen(new MemberInventory(() => {}))).to.equal(null);
  });

  it('does not take the Deployment of an owner of the same name and another uid for its own', () => {
    expect(seen(listed([aDeployment({ ownerUid: 'somebody-else' })], []))).to.include({ present: false });
  });
});

describe('MemberInventory', () => {
  const recorded = (): { inventory: MemberInventory; changes: InventoryChange[] } => {
    const changes: InventoryChange[] = [];
    const inventory = new MemberInventory((change) => changes.push(change));
    inventory.replace('nodes', [aNode()]);
    inventory.replace('deployments', [aDeployment()]);
    inventory.replace('pods', [aPod({ placement: 'llama-1' })]);
    changes.length = 0;
    return { inventory, changes };
  };

  it('is not moved by a heartbeat', () => {
    const { inventory, changes } = recorded();
    const version = inventory.version;
    inventory.put('nodes', aNode());
    inventory.put('pods', aPod({ placement: 'llama-1' }));
    expect([inventory.version, changes]).to.deep.equal([version, []]);
  });

  it('tells whose replica became ready, and that no room changed', () => {
    const { inventory, changes } = recorded();
    inventory.put('pods', aPod({ placement: 'llama-1', ready: false }));
    expect(changes).to.deep.equal([{ room: false, workloads: new Set([llama]) }]);
  });

  it('tells that room changed when a pod is gone or a node comes', () => {
    const { inventory, changes } = recorded();
    inventory.remove('pods', aPod({ placement: 'llama-1' }));
    inventory.put('nodes', aNode({ name: 'node-2' }));
    inventory.remove('nodes', aNode({ name: 'node-2' }));
    expect(changes.map((change) => change.room)).to.deep.equal([true, true, true]);
  });

  it('drops what a fresh list no longer has, and tells whose it was', () => {
    const { inventory, changes } = recorded();
    inventory.replace('deployments', []);
    expect(inventory.deployments?.size).to.equal(0);
    expect(changes[0]?.workloads).to.deep.equal(new Set([llama]));
    inventory.put('deployments', aDeployment());
    inventory.remove('deployments', aDeployment());
    expect(changes).to.have.lengthOf(3);
  });
});
