import { expect } from 'chai';
import { NodeCount } from '../../operator/observe/node-count.ts';
import type { NodeView } from '../../operator/observe/node-view.ts';

const node = (name: string, ready: boolean, count: number): readonly [string, NodeView] => [
  name,
  {
    name,
    labels: {},
    zone: '',
    since: null,
    ready,
    closed: false,
    leaving: false,
    accelerators: count === 0 ? null : { resource: 'nvidia.com/gpu', count },
  },
];

describe('NodeCount', () => {
  it('counts nodes with accelerators, and knows nothing before there is a list', () => {
    const count = new NodeCount();
    expect(count.read({ nodes: null, nodesVersion: 0 })).to.equal(null);
    const nodes = new Map([node('a', true, 8), node('b', false, 8), node('c', true, 0)]);
    expect(count.read({ nodes, nodesVersion: 1 })).to.deep.equal({ total: 2, ready: 1 });
  });

  it('counts anew when a node has changed', () => {
    const count = new NodeCount();
    count.read({ nodes: new Map([node('a', true, 8)]), nodesVersion: 1 });
    const nodes = new Map([node('a', false, 8), node('b', true, 8), node('c', true, 8)]);
    expect(count.read({ nodes, nodesVersion: 2 })).to.deep.equal({ total: 3, ready: 2 });
    expect(count.read({ nodes: null, nodesVersion: 2 })).to.equal(null);
  });
});
