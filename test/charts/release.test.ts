import { readdirSync } from 'node:fs';
import { expect } from 'chai';
import { RELEASE, runTool, skipWithout } from '../support/charts-helm.ts';
import { FLEET_TIMEOUT_MS, REAL_MINORS } from '../support/kube-real-fleet.ts';
import { CLUSTER_ROLES, DEFINITIONS, DEPLOYMENTS, ReleaseRig } from '../support/charts-release.ts';

const CHART = 'charts/tradewind';
const VALUES = ['--values', `${CHART}/ci/test-values.yaml`];
const MEMBER_CLUSTERS = { group: 'tradewind.dev', version: 'v1alpha1', plural: 'memberclusters' };
const MEMBER = {
  apiVersion: 'tradewind.dev/v1alpha1',
  kind: 'MemberCluster',
  metadata: { name: 'eks-use1' },
  spec: { eks: { name: 'inference', region: 'us-east-1' } },
};

/** Every definition there is: `<plural>.<group>` from `<group>_<plural>.yaml`. */
const ALL = readdirSync('crds')
  .flatMap((file) => (/^(.+)_(.+)\.yaml$/.exec(file)?.slice(1, 3) ?? []).toReversed().join('.') || [])
  .toSorted();

for (const minor of [null, ...REAL_MINORS])
  describe(`a release of the chart, on ${minor === null ? 'the embedded API server' : `Kubernetes 1.${minor}`}`, function () {
    this.timeout(FLEET_TIMEOUT_MS);
    let rig: ReleaseRig;
    const definitions = async (): Promise<readonly string[]> =>
      (await rig.api.list(DEFINITIONS)).map((it) => it.metadata.name).toSorted();
    const shortName = async (): Promise<unknown> => {
      return /"shortNames":\["(\w+)"/.exec(JSON.stringify(await rig.definition('memberclusters')))?.[1];
    };

    before(async function () {
      skipWithout('helm', this);
      rig = await ReleaseRig.start(minor);
    });
    after(() => rig?.stop());

    it('is installed, with the definitions, and says what to do next', async () => {
      const said = await rig.helmDoes('install', RELEASE, rig.previousChart(), '--create-namespace', ...VALUES);
      expect(said)
        .to.contain(`helm test ${RELEASE}`)
        .and.to.contain('kind: MemberCluster')
        .and.to.contain('kubectl get inference');
      expect(said).to.contain('It has no identity at any cloud');
      expect(await definitions()).to.deep.equal(ALL);
      expect(await rig.image()).to.equal('registry.example.com/tradewind:0.0.9');
      expect(await shortName()).to.equal('oldmcl');
      await rig.until('a member is taken', async () => isTaken(rig.api.create(MEMBER_CLUSTERS, MEMBER)));
    });

    it('is upgraded, and its definitions with it', async () => {
      await rig.helmDoes('upgrade', RELEASE, CHART, ...VALUES);
      expect(await rig.image()).to.equal('registry.example.com/tradewind:0.1.0');
      expect(await shortName()).to.equal('mcl');
      expect(await rig.api.list(MEMBER_CLUSTERS)).to.have.length(1);
    });

    it('changes nothing when upgraded to what it is', async () => {
      const versions = async (): Promise<unknown> =>
        [
          ...(await rig.api.list(DEFINITIONS)),
          ...(await rig.api.list(DEPLOYMENTS)),
          ...(await rig.api.list(CLUSTER_ROLES)),
        ].map(({ metadata }) => [metadata.name, metadata.resourceVersion]);
      const before = await versions();
      await rig.helmDoes('upgrade', RELEASE, CHART, ...VALUES);
      expect(await versions()).to.deep.equal(before);
    });

    it('refuses values that do not fit, and stays as it is', async () => {
      const ran = await rig.helm('upgrade', RELEASE, CHART, ...VALUES, '--set', 'replicaCount=nine');
      expect(ran.code).not.to.equal(0);
      expect(ran.stderr).to.contain('replicaCount');
      expect(await rig.image()).to.equal('registry.example.com/tradewind:0.1.0');
    });

    it('is rolled back', async () => {
      await rig.helmDoes('rollback', RELEASE, '1');
      expect(await rig.image()).to.equal('registry.example.com/tradewind:0.0.9');
      expect(await shortName()).to.equal('oldmcl');
      expect(await rig.api.list(MEMBER_CLUSTERS)).to.have.length(1);
    });

    it('leaves definitions and custom resources behind when it is uninstalled, and nothing else', async () => {
      await rig.helmDoes('uninstall', RELEASE);
      expect(await definitions()).to.deep.equal(ALL);
      expect(await rig.api.list(MEMBER_CLUSTERS)).to.have.length(1);
      await rig.until('its Deployment is gone', async () => (await rig.image()) === null);
      const roles = (await rig.api.list(CLUSTER_ROLES)).map((it) => it.metadata.name);
      expect(roles.filter((it) => it.includes(RELEASE))).to.deep.equal([]);
    });

    it('is installed again over what it left', async () => {
      const said = await rig.helmDoes('install', RELEASE, CHART, ...VALUES, '--set', 'crds.keep=false');
      expect(said).to.contain('kubectl delete inferencedeployments --all --all-namespaces --wait');
      expect(await shortName()).to.equal('mcl');
    });

    it('takes definitions and custom resources along when it was told not to keep them', async () => {
      await rig.helmDoes('uninstall', RELEASE);
      await rig.until('the definitions are gone', async () => (await definitions()).length === 0);
    });

    it('takes over definitions that kubectl had applied, when told so', async () => {
      await rig.api.create(DEFINITIONS, definitionByKubectl());
      const refused = await rig.helm('install', RELEASE, CHART, ...VALUES);
      expect(refused.code).not.to.equal(0);
      expect(refused.stderr).to.match(/invalid ownership metadata|cannot be imported/);
      await rig.helmDoes('install', RELEASE, CHART, ...VALUES, '--take-ownership', ...overFields());
      expect(await definitions()).to.deep.equal(ALL);
    });

    it('stands beside the roles for a member, when the hub is one', async () => {
      const chart = 'charts/tradewind-member';
      await rig.helmDoes('install', 'member', chart, '--values', `${chart}/ci/eks-values.yaml`);
      await rig.helmDoes('uninstall', 'member');
    });
  });

/** Helm 4 applies at the server, where fields have owners too; Helm 3 knows nothing of that. */
function overFields(): readonly string[] {
  const { stdout } = runTool('helm', ['install', '--help']);
  return stdout.includes('--force-conflicts') ? ['--force-conflicts'] : [];
}

/** As `kubectl apply -f crds/` leaves it, cut short. */
const definitionByKubectl = () => ({
  apiVersion: 'apiextensions.k8s.io/v1',
  kind: 'CustomResourceDefinition',
  metadata: { name: 'fleetpolicies.tradewind.dev' },
  spec: {
    group: 'tradewind.dev',
    scope: 'Cluster',
    names: { kind: 'FleetPolicy', listKind: 'FleetPolicyList', plural: 'fleetpolicies', singular: 'fleetpolicy' },
    versions: [{ name: 'v1alpha1', served: true, storage: true, schema: { openAPIV3Schema: { type: 'object' } } }],
  },
});

/** A definition is served a moment after it is there. */
const isTaken = (created: Promise<unknown>): Promise<boolean> =>
  created.then(
    () => true,
    () => false,
  );
