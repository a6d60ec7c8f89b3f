/** The whole operator and its real hub: rights, restarts, definitions, and who may write. `hack/test --real` runs it. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { expect } from 'chai';
import { skipWithout } from '../support/charts-helm.ts';
import { OPERATOR_NAMESPACE } from '../support/kube-real-charts.ts';
import { compactEtcd, FLEET_TIMEOUT_MS, REAL_MINORS } from '../support/kube-real-fleet.ts';
import { HOME, RealRig, SMALL_HOME, SPREAD } from '../support/kube-real-rig.ts';
import {
  anInferenceDeployment,
  INFERENCE_DEPLOYMENTS,
  LEASES,
  NAMESPACE,
  NAMESPACES,
} from '../support/scenario-fleet.ts';
import { startTradewind, type Program } from '../support/scenario-process.ts';
import {
  conditionOf,
  hubDeployment,
  hubDeployments,
  memberStatus,
  standingDeployments,
  type StandingView,
} from '../support/scenario-view.ts';

/** Rights that have come back are tried every 15 seconds at first. */
const RIGHTS_PATIENCE_MS = 45_000;
const HUB_AWAY_MS = 3_000;
const FROZEN_MS = 60_000;

describe('the operator and its real hub', function () {
  if (REAL_MINORS.length === 0) return;
  this.timeout(FLEET_TIMEOUT_MS);
  let rig: RealRig;
  before(async function () {
    skipWithout('helm', this);
    rig = await RealRig.start();
    rig.startOperator('tradewind-0');
    await rig.untilAllHealthy();
    await rig.deploy(anInferenceDeployment({ name: 'llama', spec: SPREAD }));
    await rig.untilPlaced('llama', HOME);
  });
  after(() => rig?.stop());

  const standingOn = async (cluster: string): Promise<readonly StandingView[]> =>
    (await standingDeployments(rig.view)).filter((it) => it.cluster === cluster);

  it('moves nothing while it may do nothing on a member, and goes on soon after it may again', async () => {
    const lost = 'azure-east';
    const before = await standingDeployments(rig.view);
    await rig.charts.kubectl(lost, 'delete', 'clusterrolebinding', `${OPERATOR_NAMESPACE}:tradewind-member`);
    try {
      const takenAt = Date.now();
      await rig.change('llama', { replicas: 6 });
      const refused = (): number =>
        rig.writesSince(takenAt).filter(({ cluster, code }) => cluster === lost && code === 403).length;
      // Longer than a member that is down would have been given up for.
      await rig.until('it has been refused and tried again', () => refused() >= 2);
      expect((await memberStatus(rig.view, lost))?.verdict).not.to.equal('Down');
      const now = await standingDeployments(rig.view);
      expect(now.map((it) => `${it.cluster} ${it.uid}`)).to.deep.equal(before.map((it) => `${it.cluster} ${it.uid}`));
      expect((await standingOn(lost)).map((it) => it.replicas)).to.deep.equal([2]);
    } finally {
      await rig.charts.installMember(lost);
    }
    const isApplied = async (): Promise<boolean> => (await standingOn(lost)).some((it) => it.replicas === 3);
    const took = await rig.until('it uses its rights', isApplied, RIGHTS_PATIENCE_MS);
    console.log(`      rights: used ${(took / 1000).toFixed(1)} s after they were given back`);
    await rig.untilPlaced('llama', { 'aws-east/spot': 3, 'azure-east/spot': 3 });
    await rig.change('llama', { replicas: 4 });
    await rig.untilPlaced('llama', HOME);
  });

  it('goes on after the hub was away and its history forgotten', async () => {
    const before = await standingDeployments(rig.view);
    await compactEtcd(rig.fleet.cluster('hub'));
    await rig.apply({ action: 'api', cluster: 'hub', fault: { kind: 'refuse' } });
    await wait(HUB_AWAY_MS);
    expect((await standingDeployments(rig.view)).map((it) => it.uid)).to.deep.equal(before.map((it) => it.uid));
    await rig.apply({ action: 'heal', cluster: 'hub', service: null });
    await rig.change('llama', { replicas: 2 });
    await rig.untilPlaced('llama', SMALL_HOME);
    await rig.change('llama', { replicas: 4 });
    await rig.untilPlaced('llama', HOME);
  });

  it('goes on with what is stored when its definition is upgraded to another version and more fields', async () => {
    const stored = await rig.hub.get(INFERENCE_DEPLOYMENTS, 'llama', NAMESPACE);
    const before = (await standingDeployments(rig.view)).map((it) => it.uid);
    await upgradeDefinition(rig);
    for (const version of ['v1alpha1', 'v1beta1'])
      await rig.until(`it is read as ${version}, with the new field`, async () => {
        const read = await rig.hub.get({ ...INFERENCE_DEPLOYMENTS, version }, 'llama', NAMESPACE);
        expect(read.metadata.uid).to.equal(stored.metadata.uid);
        expect(read['status']).to.deep.equal(stored['status']);
        return (read['spec'] as { readonly tier?: string }).tier === 'standard';
      });
    expect((await standingDeployments(rig.view)).map((it) => it.uid)).to.deep.equal(before);
    await rig.change('llama', { replicas: 2 });
    await rig.untilPlaced('llama', SMALL_HOME);
    await rig.change('llama', { replicas: 4 });
    await rig.untilPlaced('llama', HOME);
  });

  it('takes everything back when its namespace on the hub is deleted, before that is gone', async () => {
    const namespace = 'short-lived';
    await rig.hub.create(NAMESPACES, { apiVersion: 'v1', kind: 'Namespace', metadata: { name: namespace } });
    const object = anInferenceDeployment({ name: 'brief', spec: { replicas: 1 } });
    const { uid } = (await rig.deploy({ ...object, metadata: { ...object.metadata, namespace } })).metadata;
    await rig.untilSettled();
    const its = async (): Promise<readonly StandingView[]> =>
      (await standingDeployments(rig.view)).filter((it) => it.ownerUid === uid);
    expect(await its()).to.have.length(1);
    await rig.hub.delete(NAMESPACES, namespace);
    await rig.until('the namespace is gone', async () => {
      const names = (await rig.hub.list(NAMESPACES)).map((it) => it.metadata.name);
      return !names.includes(namespace);
    });
    expect(await its()).to.deep.equal([]);
    expect((await hubDeployments(rig.view)).map((it) => it.name)).to.deep.equal(['llama']);
    await rig.untilPlaced('llama', HOME);
  });

  it('takes over what runs when its objects are others, as after a restore, and restarts nothing', async () => {
    const before = (await standingDeployments(rig.view)).map((it) => it.uid);
    await rig.stopOperators();
    const llama = { name: 'llama', namespace: NAMESPACE };
    await rig.hub.patch(INFERENCE_DEPLOYMENTS, llama, { metadata: { finalizers: [] } });
    await rig.hub.delete(INFERENCE_DEPLOYMENTS, 'llama', { namespace: NAMESPACE });
    await rig.deploy(anInferenceDeployment({ name: 'llama', spec: SPREAD }));
    rig.startOperator('tradewind-restored');
    await rig.until('it is refused', async () => {
      const status = (await hubDeployment(rig.view, 'llama'))?.status ?? null;
      return conditionOf(status, 'Stalled')?.reason === 'RunsForAnother';
    });
    expect((await standingDeployments(rig.view)).map((it) => it.uid)).to.deep.equal(before);
    const annotations = { 'tradewind.dev/take-over': 'true' };
    await rig.hub.patch(INFERENCE_DEPLOYMENTS, llama, { metadata: { annotations } });
    await rig.untilPlaced('llama', HOME);
    expect((await standingDeployments(rig.view)).map((it) => it.uid)).to.deep.equal(before);
  });

  describe('two of them', () => {
    interface Contender {
      readonly program: Program;
      readonly credential: string;
    }
    const contenders = new Map<string, Contender>();
    before(async () => {
      await rig.stopOperators();
      for (const name of ['one', 'two']) {
        const { kubeconfig, credential } = await rig.charts.operatorAccess(name);
        contenders.set(name, { program: startProcess(name, kubeconfig), credential });
      }
      await rig.until('one leads', async () => contenders.has(await holder()));
    });
    after(async () => {
      for (const { program } of contenders.values()) {
        signal(program, 'SIGCONT');
        await program.end('SIGTERM');
      }
    });

    const startProcess = (identity: string, kubeconfig: string): Program => {
      const where = ['--kubeconfig', kubeconfig, '--cloud-endpoints', rig.playing.endpointsFile];
      const who = ['--namespace', OPERATOR_NAMESPACE, '--identity', identity];
      return startTradewind('run', ...where, ...who, '--listen', '127.0.0.1:0');
    };
    const holder = async (): Promise<string> => {
      const lease = await rig.hub.get(LEASES, 'tradewind', OPERATOR_NAMESPACE);
      return (lease['spec'] as { readonly holderIdentity?: string }).holderIdentity ?? '';
    };

    it('write one at a time, also when the leader was frozen for a minute', async () => {
      await rig.untilSettled();
      // A request that is under way when its process is frozen cannot be called back.
      await rig.untilQuiet();
      const leader = await holder();
      const frozen = contenders.get(leader) ?? expect.fail('nobody leads');
      const [other] = [...contenders.values()].filter((it) => it !== frozen);
      signal(frozen.program, 'SIGSTOP');
      const frozenAt = Date.now();
      // What the frozen one would act on if it went on where it was.
      await rig.change('llama', { replicas: 2 });
      await rig.until('the other one leads', async () => ![leader, ''].includes(await holder()));
      await rig.untilPlaced('llama', SMALL_HOME);
      await wait(Math.max(0, FROZEN_MS - (Date.now() - frozenAt)));
      const before = await standingDeployments(rig.view);
      const thawedAt = Date.now();
      signal(frozen.program, 'SIGCONT');
      await rig.until('the one that was frozen has ended', () => !signal(frozen.program, 0));
      expect(await frozen.program.end('SIGKILL')).to.equal(1);
      expect(rig.writesSince(thawedAt)).to.deep.equal([]);
      expect(await standingDeployments(rig.view)).to.deep.equal(before);
      await rig.change('llama', { replicas: 4 });
      await rig.untilPlaced('llama', HOME);
      const authors = rig.writesSince(frozenAt).filter(({ cluster }) => cluster === 'hub');
      expect([...new Set(authors.map((it) => it.credential))]).to.deep.equal([other?.credential]);
    });
  });
});

/** Whether it was there to be signalled. */
function signal({ pid }: Program, name: NodeJS.Signals | 0): boolean {
  try {
    return process.kill(pid, name);
  } catch {
    return false;
  }
}

interface DefinitionVersion {
  readonly schema: {
    readonly openAPIV3Schema: { readonly properties: { readonly spec: { readonly properties: object } } };
  };
}

/** As a later chart might: a version in which objects are stored from now on, and a field with a default in both. */
async function upgradeDefinition(rig: RealRig): Promise<void> {
  const name = ['crd', 'inferencedeployments.tradewind.dev'];
  const text = await rig.charts.kubectl('hub', 'get', ...name, '-o', 'json');
  const [version] = (JSON.parse(text) as { spec: { versions: DefinitionVersion[] } }).spec.versions;
  if (version === undefined) throw new Error('the definition has no version');
  const upgraded = structuredClone(version);
  Object.assign(upgraded.schema.openAPIV3Schema.properties.spec.properties, {
    tier: { type: 'string', default: 'standard' },
  });
  const versions = [
    { ...upgraded, name: 'v1alpha1', storage: false },
    { ...upgraded, name: 'v1beta1', storage: true },
  ];
  // Too long for an argument.
  const patch = join(rig.fleet.folder, 'upgrade.json');
  writeFileSync(patch, JSON.stringify([{ op: 'replace', path: '/spec/versions', value: versions }]));
  await rig.charts.kubectl('hub', 'patch', ...name, '--type=json', '--patch-file', patch);
}
