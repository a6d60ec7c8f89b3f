/** The JSONPath of printer columns. */
import { expect } from 'chai';
import { parseJsonPath } from '../../../../operator/sandbox/apiserver/objects/json-path.ts';

const OBJECT = {
  spec: { replicas: 3, 'odd.name': 'x', list: [{ n: 1 }, { n: 2 }, { n: 3 }] },
  metadata: { labels: { 'app.kubernetes.io/name': 'web' } },
  status: {
    conditions: [
      { type: 'Ready', status: 'True' },
      { type: 'Stalled', status: 'False' },
    ],
  },
};

describe('parseJsonPath', () => {
  it('finds what a path leads to', () => {
    const table: readonly (readonly [string, unknown[]])[] = [
      ['.spec.replicas', [3]],
      ['.spec.missing.deeper', []],
      ['.spec.list[0].n', [1]],
      ['.spec.list[-1].n', [3]],
      ['.spec.list[*].n', [1, 2, 3]],
      ['.spec.list.*.n', [1, 2, 3]],
      [".spec['odd.name']", ['x']],
      ['.spec.odd\\.name', ['x']],
      ['.metadata.labels.app\\.kubernetes\\.io/name', ['web']],
      ['.status.conditions[?(@.type=="Ready")].status', ['True']],
      ["$.status.conditions[?(@.type=='Stalled')].status", ['False']],
      ['.status.conditions[?(@.type!="Ready")].type', ['Stalled']],
      ['.spec.list[?(@.n>1)].n', [2, 3]],
      ['.spec.list[?(@.n<=2)].n', [1, 2]],
      ['.spec.list[?(@.m)].n', []],
      ['.metadata.labels.*', ['web']],
    ];
    for (const [path, expected] of table) expect(parseJsonPath(path)(OBJECT), path).to.deep.equal(expected);
  });
});
