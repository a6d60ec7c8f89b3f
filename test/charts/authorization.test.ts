import { expect } from 'chai';
import { readPermissions, type Permission } from '../../hack/chart-permissions.ts';
import type { KubeDocument, ResourceRef } from '../../operator/sandbox/kube-api.ts';
import { NAMESPACE, RELEASE, skipWithout } from '../support/charts-helm.ts';
import { ReleaseRig } from '../support/charts-release.ts';
import { FLEET_TIMEOUT_MS, REAL_MINORS } from '../support/kube-real-fleet.ts';

const REVIEWS: ResourceRef = { group: 'authorization.k8s.io', version: 'v1', plural: 'subjectaccessreviews' };
const VALUES = ['--values', 'charts/tradewind/ci/test-values.yaml'];
const SECRET = 'basement-kubeconfig';

interface Attributes {
  readonly verb: string;
  readonly group?: string;
  readonly resource?: string;
  readonly subresource?: string;
  readonly namespace?: string;
  readonly name?: string;
  readonly path?: string;
}

const describeAccess = ({ verb, group, resource, subresource, namespace, name, path }: Attributes): string =>
  [
    verb,
    path ?? [resource, group].filter(Boolean).join('.'),
    subresource && `/${subresource}`,
    name,
    namespace && `in ${namespace}`,
  ]
    .filter(Boolean)
    .join(' ');

/** What a line of the list must allow, asked one by one. */
function accessesOf(permission: Permission, elsewhere: string): readonly Attributes[] {
  const { group = '', resources = [], urls = [], verbs, scope, names = [], namesFrom } = permission;
  const namespace = scope === 'own' ? NAMESPACE : scope === 'cluster' || scope === 'unconfined' ? undefined : elsewhere;
  const name = namesFrom === undefined ? names[0] : SECRET;
  return verbs.flatMap((verb) => [
    ...urls.map((path) => ({ verb, path })),
    ...resources.map((it) => {
      const [resource = '', subresource] = it.split('/');
      return {
        verb,
        group,
        resource,
        ...(subresource === undefined ? {} : { subresource }),
        ...(namespace === undefined ? {} : { namespace }),
        ...(name === undefined ? {} : { name }),
      };
    }),
  ]);
}

/** None of these may be allowed to the operator, on the hub or on a member. */
const FORBIDDEN: readonly Attributes[] = [
  { verb: 'list', resource: 'secrets' },
  { verb: 'get', resource: 'secrets', namespace: 'kube-system', name: SECRET },
  { verb: 'get', resource: 'secrets', namespace: NAMESPACE, name: 'another' },
  { verb: 'create', resource: 'pods', namespace: NAMESPACE },
  { verb: 'create', resource: 'pods', subresource: 'exec', namespace: NAMESPACE },
  { verb: 'create', resource: 'serviceaccounts', subresource: 'token', namespace: NAMESPACE },
  { verb: 'impersonate', resource: 'users' },
  { verb: 'create', group: 'rbac.authorization.k8s.io', resource: 'clusterrolebindings' },
  { verb: 'escalate', group: 'rbac.authorization.k8s.io', resource: 'clusterroles' },
  { verb: 'bind', group: 'rbac.authorization.k8s.io', resource: 'clusterroles' },
  { verb: 'update', group: 'tradewind.dev', resource: 'memberclusters' },
  { verb: 'delete', group: 'tradewind.dev', resource: 'inferencedeployments', namespace: NAMESPACE },
  { verb: 'patch', group: 'coordination.k8s.io', resource: 'leases', namespace: 'kube-system', name: 'tradewind' },
  { verb: 'get', path: '/logs/' },
];

for (const minor of REAL_MINORS)
  describe(`the roles of the charts, as Kubernetes 1.${minor} reads them`, function () {
    this.timeout(FLEET_TIMEOUT_MS);
    let rig: ReleaseRig;
    const { hub, member } = readPermissions();
    const OPERATOR = `system:serviceaccount:${NAMESPACE}:${RELEASE}-tradewind`;
    const ON_MEMBER = `system:serviceaccount:${NAMESPACE}:member-tradewind-member`;

    before(async function () {
      skipWithout('helm', this);
      rig = await ReleaseRig.start(minor);
      const secrets = ['--set', `rbac.kubeconfigSecrets={${SECRET}}`];
      await rig.helmDoes('install', RELEASE, 'charts/tradewind', '--create-namespace', ...VALUES, ...secrets);
      await rig.helmDoes('install', 'member', 'charts/tradewind-member', '--set', 'serviceAccount.create=true');
    });
    after(() => rig?.stop());

    async function isAllowed(user: string, access: Attributes): Promise<boolean> {
      const { verb, path, ...resource } = access;
      const groups = ['system:serviceaccounts', `system:serviceaccounts:${NAMESPACE}`];
      const what =
        path === undefined ? { resourceAttributes: { verb, ...resource } } : { nonResourceAttributes: { verb, path } };
      const review = {
        apiVersion: 'authorization.k8s.io/v1',
        kind: 'SubjectAccessReview',
        metadata: {},
        spec: { user, groups, ...what },
      };
      const answered = await rig.api.create(REVIEWS, review as unknown as KubeDocument);
      return (answered['status'] as { readonly allowed: boolean }).allowed;
    }

    for (const [where, user, permissions] of [
      ['the hub', OPERATOR, hub],
      ['a member', ON_MEMBER, member],
    ] as const) {
      for (const access of permissions.flatMap((it) => accessesOf(it, 'ml-prod')))
        it(`allow on ${where}: ${describeAccess(access)}`, async () => {
          await rig.until('roles have taken effect', () => isAllowed(user, access));
        });

      for (const access of FORBIDDEN)
        it(`do not allow on ${where}: ${describeAccess(access)}`, async () => {
          expect(await isAllowed(user, access)).to.equal(false);
        });
    }

    it('allow placements in the namespaces named, and in no other', async () => {
      await rig.helmDoes('uninstall', 'member');
      await rig.helmDoes(
        'install',
        'member',
        'charts/tradewind-member',
        '--set',
        'serviceAccount.create=true,namespaces={default}',
      );
      const create = { verb: 'create', group: 'apps', resource: 'deployments' };
      await rig.until('roles have taken effect', () => isAllowed(ON_MEMBER, { ...create, namespace: 'default' }));
      expect(await isAllowed(ON_MEMBER, { ...create, namespace: 'kube-system' })).to.equal(false);
      expect(await isAllowed(ON_MEMBER, { verb: 'create', resource: 'namespaces' })).to.equal(false);
    });
  });
