/** What members run, compared with what status says. */
import { expect } from 'chai';
import { findStrays } from '../../../operator/cli/demo/member-strays.ts';
import { DEPLOYMENTS } from '../../../operator/kube/builtin-resources.ts';
import type { KubeObject } from '../../../operator/kube/kube-client.ts';
import { aReport } from '../../support/cli-fleet.ts';
import { unaborted } from '../../support/kube-client-fixture.ts';
import { MemoryKube } from '../../support/kube-memory-client.ts';

const running = (pool: string, replicas: number): KubeObject => ({
  metadata: {
    namespace: 'ml-prod',
    name: `chat-70b-${pool}`,
    labels: { 'app.kubernetes.io/managed-by': 'tradewind' },
    annotations: { 'tradewind.dev/owner': 'ml-prod/chat-70b', 'tradewind.dev/offering': `aws-east/${pool}/a` },
  },
  spec: { replicas },
});

async function straysOf(deployments: readonly KubeObject[], verdict: 'Healthy' | 'Down' = 'Healthy') {
  const report = aReport({ members: [{ verdict }], deployments: [{ placements: ['aws-east/h100 2'] }] });
  const member = new MemoryKube();
  for (const it of deployments) await member.create(DEPLOYMENTS, it, unaborted());
  return findStrays(new Map([['aws-east', member]]), report, unaborted());
}

describe('findStrays', () => {
  it('finds nothing where members run what status says', async () => {
    expect(await straysOf([running('h100', 2)])).to.deep.equal([]);
  });

  it('finds what is left over, what is missing and what has another size', async () => {
    expect(await straysOf([running('h100', 2), running('h100-spot', 1)])).to.deep.equal([
      'ml-prod/chat-70b on aws-east/h100-spot/a: status says none, the member runs 1',
    ]);
    expect(await straysOf([])).to.deep.equal([
      'ml-prod/chat-70b on aws-east/h100/a: status says 2, the member runs none',
    ]);
    expect(await straysOf([running('h100', 3)])).to.deep.equal([
      'ml-prod/chat-70b on aws-east/h100/a: status says 2, the member runs 3',
    ]);
  });

  it('asks nothing of a member that cannot be reached', async () => {
    expect(await straysOf([running('h100', 3)], 'Down')).to.deep.equal([]);
  });
});
