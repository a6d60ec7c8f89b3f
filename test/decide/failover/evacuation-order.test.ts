import { expect } from 'chai';
import { evacuationsFirst } from '../../../operator/decide/failover/evacuation-order.ts';
import type { MoveReason } from '../../../operator/model/workload.ts';
import { aPlan } from '../../support/decide-plans.ts';
import { aView } from '../../support/fleet-workload.ts';

const decision = (name: string, priority: number, change: MoveReason | null) => {
  const view = aView({ name, priority });
  return { view, plan: aPlan(view.workload, {}, { change }) };
};

describe('evacuationsFirst', () => {
  it('orders evacuations by priority, then by name, and leaves the others as they come', () => {
    const { evacuations, others } = evacuationsFirst([
      decision('b', 0, 'Price'),
      decision('batch', 1, 'Evacuation'),
      decision('zeta', 10, 'Evacuation'),
      decision('a', 99, null),
      decision('chat', 10, 'Evacuation'),
    ]);
    const names = (all: typeof evacuations) => all.map(({ view }) => view.workload.name);
    expect(names(evacuations)).to.deep.equal(['chat', 'zeta', 'batch']);
    expect(names(others)).to.deep.equal(['b', 'a']);
  });
});
