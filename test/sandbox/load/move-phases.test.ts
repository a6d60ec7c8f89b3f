import { expect } from 'chai';
import type { InferenceDeploymentStatus } from '../../../operator/api/wire-types.ts';
import { hubDeployment } from '../../support/scenario-view.ts';
import { TrafficRig, viaGateway } from '../../support/traffic-rig.ts';

const only = (provider: 'aws' | 'azure') => ({ placement: { providers: [provider] } });
type Migration = NonNullable<InferenceDeploymentStatus['migration']>;

describe('a voluntary move under load', function () {
  this.timeout(250_000);
  let rigged: TrafficRig;
  const seen: Migration[] = [];

  beforeEach(async () => {
    seen.length = 0;
    rigged = await TrafficRig.start({ pace: 5 });
    await rigged.deploy(viaGateway, { ...only('aws'), failover: { blindAfter: '10m' } });
    rigged.rig.invariants.onChange(() => void look());
  });
  afterEach(() => rigged.stop());

  /** Notes each phase and step of the move as it is recorded. */
  async function look(): Promise<void> {
    const migration = (await hubDeployment(rigged.rig.sandbox, 'llama'))?.status?.migration;
    const last = seen.at(-1);
    if (migration === undefined || (last?.phase === migration.phase && last.percent === migration.percent)) return;
    seen.push(migration);
  }
  const steps = (): readonly string[] =>
    seen.map((it) => `${it.phase}${it.percent === undefined ? '' : ` ${it.percent}`}`);
  const untilPhase = (...phases: readonly Migration['phase'][]): Promise<void> =>
    rigged.rig.until(`the move is ${phases.join(' or ')}`, async () => {
      await look();
      return phases.some((phase) => seen.some((it) => it.phase === phase));
    });

  it('goes through its phases one by one, says what each waits for, and loses no request', async () => {
    const { rig } = rigged;
    const report = await rigged.underLoad(
      async () => {
        await rig.change('llama', only('azure'));
        await rig.until('it serves from the other member alone', async () => {
          const { 'aws-east/spot': before = 0, ...rest } = await rig.serving();
          return before === 0 && Object.keys(rest).length > 0;
        });
        await rig.untilSettled();
      },
      { perSecond: 20, tokens: 30 },
    );
    console.log(`      ${report.lost} of ${report.sent} streams lost; ${steps().join(', ')}`);
    expect(report.losses).to.deep.equal([]);
    expect(steps()).to.include.members(['Verifying', 'Shifting 10', 'Shifting 50', 'Shifting 100', 'Draining']);
    const inOrder = ['Verifying', 'Shifting 10', 'Shifting 50', 'Shifting 100', 'Draining'].map((it) =>
      steps().indexOf(it),
    );
    expect(inOrder).to.deep.equal([...inOrder].sort((a, b) => a - b));
    for (const { phase, ...move } of seen.filter((it) => it.phase !== 'Idle'))
      expect(move, phase).to.include.all.keys('phaseSince', 'waitingFor', 'next', 'deadline');
  });

  it('goes back when the data path of its replacements never answers', async () => {
    const { rig, traffic } = rigged;
    traffic.network.cut('azure-east');
    const report = await rigged.underLoad(
      async () => {
        await rig.change('llama', only('azure'));
        await untilPhase('Verifying');
        expect(seen.at(-1)?.waitingFor).to.equal('an answer from azure-east through its load balancer');
        rig.setPace(60);
        await untilPhase('RollingBack');
        rig.setPace(5);
        expect((await rigged.weights())['aws-east']).to.equal(2000);
      },
      { perSecond: 2 },
    );
    expect(seen.find((it) => it.phase === 'RollingBack')?.cause).to.contain('an answer from azure-east');
    expect(report.losses).to.deep.equal([]);
    expect(report.byCluster).to.have.all.keys('aws-east');
    expect(await rig.serving()).to.include({ 'aws-east/spot': 2 });
  });

  it('goes back when its replacements never become ready', async () => {
    const { rig } = rigged;
    for (const pool of ['spot', 'ondemand'])
      await rig.sandbox.apply({ action: 'stuck-pods', cluster: 'azure-east', pool, stuck: true });
    const report = await rigged.underLoad(
      async () => {
        await rig.change('llama', only('azure'));
        await untilPhase('Surging');
        rig.setPace(100);
        await untilPhase('RollingBack');
        rig.setPace(5);
      },
      { perSecond: 1 },
    );
    expect(report.losses).to.deep.equal([]);
    expect(report.byCluster).to.have.all.keys('aws-east');
    expect(steps()).to.not.include('Verifying');
  });

  it('takes requests back at the first sign that the data path they are led to is dead', async () => {
    const { rig, traffic } = rigged;
    rig.setPace(2);
    const report = await rigged.underLoad(
      async () => {
        await rig.change('llama', only('azure'));
        await rig.until('most requests are led to the replacements', async () => {
          const { 'azure-east': fresh = 0 } = await rigged.weights();
          return fresh === 2000;
        });
        traffic.network.cut('azure-east');
        await rig.until('all requests go back', async () => (await rigged.weights())['azure-east'] === 0);
      },
      { perSecond: 20, tokens: 1 },
    );
    console.log(`      ${report.lost} of ${report.sent} requests lost within ${report.dip} ms`);
    // A try of the data path a second, and as long again to plan, write and follow on a busy machine.
    expect(report.dip).to.be.below(2000);
    expect((await rigged.weights())['aws-east']).to.equal(2000);
    await untilPhase('RollingBack');
    expect(await rig.serving()).to.include({ 'aws-east/spot': 2 });
  });

  it('goes back when the member that it leads requests to is in doubt', async () => {
    const { rig } = rigged;
    const report = await rigged.underLoad(async () => {
      await rig.change('llama', only('azure'));
      await untilPhase('Shifting');
      await rig.sandbox.apply({ action: 'api', cluster: 'azure-east', fault: { kind: 'refuse' } });
      await untilPhase('RollingBack');
      await rig.until('all requests go back', async () => (await rigged.weights())['aws-east'] === 2000);
      await rig.pass(15);
      await rig.sandbox.apply({ action: 'heal', cluster: 'azure-east', service: null });
    });
    expect(seen.find((it) => it.phase === 'RollingBack')?.cause).to.equal('azure-east cannot be relied on any more');
    expect(report.losses).to.deep.equal([]);
  });
});
