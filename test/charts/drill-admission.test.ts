import { expect } from 'chai';
import { NAMESPACE, RELEASE, runTool, skipWithout, type ToolRun } from '../support/charts-helm.ts';
import { ReleaseRig } from '../support/charts-release.ts';
import { FLEET_TIMEOUT_MS, REAL_MINORS } from '../support/kube-real-fleet.ts';

const VALUES = ['--values', 'charts/tradewind/ci/test-values.yaml', '--set', 'drills.admission.enabled=true'];
const OPERATOR = `system:serviceaccount:${NAMESPACE}:${RELEASE}-tradewind`;

/** May write drills and schedules; who may drill what, and approve, is said beside that. */
const ROLES = `
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRole
metadata: {name: writes-drills}
rules:
  - {apiGroups: [tradewind.dev], resources: [failoverdrills, failoverdrillschedules], verbs: [get, create, update, patch]}
---
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRole
metadata: {name: drills-aws-east}
rules:
  - {apiGroups: [tradewind.dev], resources: [memberclusters], resourceNames: [aws-east], verbs: [drill]}
---
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRole
metadata: {name: approves-drills}
rules:
  - {apiGroups: [tradewind.dev], resources: [failoverdrills], verbs: [approve]}
---
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRoleBinding
metadata: {name: writes-drills}
roleRef: {apiGroup: rbac.authorization.k8s.io, kind: ClusterRole, name: writes-drills}
subjects: [{kind: User, name: ana}, {kind: User, name: ben}, {kind: User, name: cleo}]
---
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRoleBinding
metadata: {name: drills-aws-east}
roleRef: {apiGroup: rbac.authorization.k8s.io, kind: ClusterRole, name: drills-aws-east}
subjects: [{kind: User, name: ana}, {kind: User, name: cleo}]
---
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRoleBinding
metadata: {name: approves-drills}
roleRef: {apiGroup: rbac.authorization.k8s.io, kind: ClusterRole, name: approves-drills}
subjects: [{kind: User, name: ana}, {kind: User, name: ben}]
`;

interface Asked {
  readonly clusters?: readonly string[];
  readonly approval?: object;
  readonly requestedBy?: string;
}

function drill(name: string, { clusters = ['aws-east'], approval = {}, requestedBy }: Asked = {}): object {
  const annotations = requestedBy === undefined ? {} : { 'tradewind.dev/requested-by': requestedBy };
  return {
    apiVersion: 'tradewind.dev/v1alpha1',
    kind: 'FailoverDrill',
    metadata: { name, annotations },
    spec: { failure: { scope: 'Cluster', clusters }, approval },
  };
}

const schedule = (name: string, clusters: readonly string[]): object => ({
  apiVersion: 'tradewind.dev/v1alpha1',
  kind: 'FailoverDrillSchedule',
  metadata: { name },
  spec: { schedule: '0 10 * * 2', drillTemplate: { spec: { failure: { scope: 'Cluster', clusters } } } },
});

for (const minor of REAL_MINORS)
  describe(`the admission of drills, on Kubernetes 1.${minor}`, function () {
    this.timeout(FLEET_TIMEOUT_MS);
    let rig: ReleaseRig;
    before(async function () {
      skipWithout('helm', this);
      skipWithout('kubectl', this);
      rig = await ReleaseRig.start(minor);
      await rig.helmDoes('install', RELEASE, 'charts/tradewind', '--create-namespace', ...VALUES);
      const applied = kubectl(['apply', '-f', '-'], ROLES);
      expect(applied.code, applied.stderr).to.equal(0);
      await rig.until('the policy is in force', async () => as('cleo', drill('probe', NOT_HERS)).code !== 0);
    });
    after(() => rig?.stop());

    const NOT_HERS = { clusters: ['azure-east'] };
    const kubectl = (args: readonly string[], stdin = ''): ToolRun =>
      runTool('kubectl', ['--kubeconfig', rig.kubeconfig, ...args], { stdin });
    /** Creates it as that user; nothing is stored. */
    const as = (user: string, object: object): ToolRun =>
      kubectl(['create', '--as', user, '--dry-run=server', '-f', '-'], JSON.stringify(object));
    const create = (user: string, object: object): ToolRun =>
      kubectl(['create', '--as', user, '-f', '-'], JSON.stringify(object));
    const patch = (user: string, name: string, change: object): ToolRun =>
      kubectl(['patch', 'failoverdrill', name, '--as', user, '--type=merge', '-p', JSON.stringify(change)]);
    const expectRefused = ({ code, stderr }: ToolRun, why: RegExp): void => {
      expect(code).not.to.equal(0);
      expect(stderr).to.match(why);
    };

    it('lets a drill be created by who may drill the member that it names', () => {
      expect(as('ana', drill('a')).stderr).to.equal('');
      expectRefused(as('ana', drill('a', NOT_HERS)), /needs the verb drill on the MemberCluster/);
      expectRefused(as('ben', drill('a')), /needs the verb drill on the MemberCluster/);
    });

    it('wants the verb on all members for a drill that names several', () => {
      expectRefused(as('ana', drill('a', { clusters: ['aws-east', 'azure-east'] })), /on all of them/);
    });

    it('holds schedules to the same, and lets the operator create what they ask for', () => {
      expect(as('ana', schedule('s', ['aws-east'])).stderr).to.equal('');
      expectRefused(as('ana', schedule('s', ['azure-east'])), /needs the verb drill/);
      expect(as(OPERATOR, drill('s-29660520', NOT_HERS)).stderr).to.equal('');
    });

    it('wants to know who asks for a drill that has to be approved, and believes no other name', () => {
      const approval = { required: true };
      expectRefused(as('ana', drill('b', { approval })), /requested-by/);
      expectRefused(as('ana', drill('b', { approval, requestedBy: 'ben' })), /requested-by/);
      expect(as('ana', drill('b', { approval, requestedBy: 'ana' })).stderr).to.equal('');
    });

    it('lets it be approved by another person with the verb approve, and by nobody else', () => {
      const asked = { approval: { required: true }, requestedBy: 'ana' };
      expect(create('ana', drill('c', asked)).stderr).to.equal('');
      const approved = { spec: { approval: { approved: true } } };
      expectRefused(patch('ana', 'c', approved), /another user than the one that asked/);
      expectRefused(patch('cleo', 'c', approved), /needs the verb approve/);
      const renamed = { metadata: { annotations: { 'tradewind.dev/requested-by': 'cleo' } } };
      expectRefused(patch('ana', 'c', { ...renamed, ...approved }), /cannot change/);
      expect(patch('ben', 'c', approved).stderr).to.equal('');
      expectRefused(
        as('ana', drill('d', { approval: { required: true, approved: true }, requestedBy: 'ana' })),
        /approving/,
      );
    });

    it('lets anybody stop a drill who may write it', () => {
      expect(patch('cleo', 'c', { spec: { abort: { requested: true } } }).stderr).to.equal('');
    });
  });
