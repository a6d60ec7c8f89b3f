import { expect } from 'chai';
import type { DeploymentDocument, ReplicaSetDocument } from '../../../operator/sandbox/world/kube-documents.ts';
import { nextSizes, rolloutBounds, templateHash } from '../../../operator/sandbox/world/rollout.ts';
import { aDeployment } from '../../support/world-builders.ts';

const deployment = (replicas: number, strategy: object = {}): DeploymentDocument =>
  aDeployment({ replicas, spec: { replicas, strategy } }) as DeploymentDocument;

const set = (name: string, replicas: number, available: number): ReplicaSetDocument =>
  ({
    apiVersion: 'apps/v1',
    kind: 'ReplicaSet',
    metadata: { name },
    spec: { replicas },
    status: { replicas, availableReplicas: available },
  }) as unknown as ReplicaSetDocument;

const rolling = (maxSurge: number | string, maxUnavailable: number | string): object => ({
  type: 'RollingUpdate',
  rollingUpdate: { maxSurge, maxUnavailable },
});

describe('rolloutBounds', () => {
  it('rounds a surge up and unavailability down', () => {
    // 25 % of 5 is 1.25.
    expect(rolloutBounds(deployment(5))).to.deep.equal({ desired: 5, maxSurge: 2, maxUnavailable: 1 });
  });

  it('lets one pod go when both are zero, or nothing would ever move', () => {
    expect(rolloutBounds(deployment(3, rolling(0, '10%')))).to.deep.equal({
      desired: 3,
      maxSurge: 0,
      maxUnavailable: 1,
    });
  });
});

describe('nextSizes', () => {
  it('sizes a new Deployment at once', () => {
    expect([...nextSizes({ deployment: deployment(3), current: set('new', 0, 0), old: [] })]).to.deep.equal([
      ['new', 3],
    ]);
  });

  it('says nothing when all is as it should be', () => {
    expect(nextSizes({ deployment: deployment(3), current: set('new', 3, 3), old: [] }).size).to.equal(0);
  });

  it('starts only the surge while the old ones serve', () => {
    const sizes = nextSizes({
      deployment: deployment(4, rolling(1, 0)),
      current: set('new', 0, 0),
      old: [set('old', 4, 4)],
    });
    expect([...sizes]).to.deep.equal([['new', 1]]);
  });

  it('lets an old one go for each new one that is available', () => {
    const sizes = nextSizes({
      deployment: deployment(4, rolling(1, 0)),
      current: set('new', 1, 1),
      old: [set('old', 4, 4)],
    });
    expect([...sizes]).to.deep.equal([['old', 3]]);
  });

  it('lets go of old ones that do not serve before those that do', () => {
    const sizes = nextSizes({
      deployment: deployment(4, rolling(1, 1)),
      current: set('new', 1, 0),
      old: [set('old-a', 2, 0), set('old-b', 2, 2)],
    });
    // 5 pods, 3 must stay available, 1 of the new is not: 1 may go, and it is one that serves nobody.
    expect(sizes.get('old-a')).to.equal(1);
    expect(sizes.has('old-b')).to.equal(false);
  });

  it('stops everything old first when told to recreate', () => {
    const input = { deployment: deployment(2, { type: 'Recreate' }), current: set('new', 0, 0) };
    expect([...nextSizes({ ...input, old: [set('old', 2, 2)] })]).to.deep.equal([['old', 0]]);
    expect([...nextSizes({ ...input, old: [set('old', 0, 0)] })]).to.deep.equal([['new', 2]]);
  });
});

describe('templateHash', () => {
  it('does not depend on the order of fields, and changes with any of them', () => {
    const template = { metadata: { labels: { a: '1', b: '2' } }, spec: { containers: [{ name: 'c', image: 'i' }] } };
    const reordered = { spec: { containers: [{ image: 'i', name: 'c' }] }, metadata: { labels: { b: '2', a: '1' } } };
    expect(templateHash(template)).to.equal(templateHash(reordered)).and.to.have.length(10);
    const other = { ...template, spec: { containers: [{ name: 'c', image: 'j' }] } };
    expect(templateHash(other)).not.to.equal(templateHash(template));
  });
});
