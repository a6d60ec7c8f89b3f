import { expect } from 'chai';
import { anInferenceDeployment } from '../support/scenario-fleet.ts';
import { ScenarioRig } from '../support/scenario-rig.ts';
import { askedSince, askedSoFar, describeAsked, writesIn, type Asked } from '../support/scenario-traffic.ts';

/** Sandbox minutes in which nothing was written; longer than nodes may stand idle. */
const REST = 12 * 60_000;

describe('a converged operator', function () {
  this.timeout(200_000);
  let rig: ScenarioRig;
  before(async () => {
    rig = await ScenarioRig.start({ health: null, elects: true });
    await rig.deploy(anInferenceDeployment());
    await rig.deploy(anInferenceDeployment({ name: 'phi', spec: { replicas: 1 } }));
    await rig.untilSettled();
    // Spares of young spot are given back after an hour or so.
    await rig.hurryUntil('no more is held than is wanted', async () => unitsOf(await rig.serving()) === 3, 300);
    // Prices are read again, nodes that stand idle are given back, and what was learned of launches is told.
    await rig.hurryUntil('it has come to rest', hasRested(rig), 300);
  });
  after(() => rig.stop());

  /** What it asks in so many sandbox seconds. It may say nothing but that this machine was busy. */
  async function whileIdle(seconds: number): Promise<readonly Asked[]> {
    const [before, loggedBefore] = [askedSoFar(rig.sandbox), rig.operators[0]?.lines.length];
    await rig.pass(seconds);
    const logged = rig.operators[0]?.lines.slice(loggedBefore).filter((it) => it.message !== 'event loop stalled');
    expect(logged, 'lines logged').to.deep.equal([]);
    return askedSince(rig.sandbox, before);
  }

  it('writes nothing but its lease in a minute, with the default thresholds', async () => {
    rig.setPace(6);
    await rig.pass(10);
    const asked = await whileIdle(60);
    for (const line of describeAsked(asked)) console.log(`      ${line}`);
    expect(writesIn(asked)).to.deep.equal([]);
    const probes = asked.filter(({ resource }) => resource === '/readyz').map(({ server }) => server);
    expect(probes).to.have.members(['aws-east', 'azure-east']);
    expect(asked.map(({ resource }) => resource)).to.include('leases.coordination.k8s.io');
  });
});

const unitsOf = (serving: Readonly<Record<string, number>>): number =>
  Object.values(serving).reduce((sum, it) => sum + it, 0);

function hasRested({ sandbox, clock }: ScenarioRig): () => boolean {
  let writes = '';
  let since = clock.now();
  return () => {
    const now = JSON.stringify(writesIn(askedSoFar(sandbox)));
    if (now !== writes) since = clock.now();
    writes = now;
    return clock.now() - since > REST;
  };
}
