import { expect } from 'chai';
import type { FailoverDrillStatus } from '../../operator/api/wire-types.ts';
import {
  aDrillManifest,
  aFleetOfTwo,
  aSteadyDeployment,
  drillObject,
  drillStatus,
  FAILOVER_DRILLS,
  untilOver,
  UNHURRIED,
  untilPhase,
  WatchedService,
} from '../support/scenario-drills.ts';
import { FLEET_POLICIES } from '../support/scenario-fleet.ts';
import type { RunningOperator } from '../support/scenario-operator.ts';
import { ScenarioRig } from '../support/scenario-rig.ts';
import { conditionOf, hubDeployment, memberStatus } from '../support/scenario-view.ts';

/** Sandbox seconds in a second. */
const FAST = 60;
const SLOW = 8;

const DARING = {
  apiVersion: 'tradewind.dev/v1alpha1',
  kind: 'FleetPolicy',
  metadata: { name: 'default' },
  spec: { drills: { maxMode: 'EvictUngraceful' } },
};

describe('an operator that dies during a failover drill', function () {
  this.timeout(150_000);
  let rig: ScenarioRig;
  let service: WatchedService;
  let operator: RunningOperator;
  let deaths = 0;
  const stop = new AbortController();
  /** Phases at whose record the operator dies, once each. */
  const fatal = new Set<string>();
  let dying: Promise<void> = Promise.resolve();

  before(async () => {
    rig = await ScenarioRig.start({ scenario: aFleetOfTwo(), pace: FAST, operator: null });
    operator = rig.startOperator({ identity: 'operator-0' });
    service = await WatchedService.start();
    await rig.apply(FLEET_POLICIES, DARING);
    await rig.deploy(aSteadyDeployment());
    await rig.untilSettled();
    void rig.sandbox.hub.api.watch(FAILOVER_DRILLS, (_, object) => look(object), stop.signal).catch(() => {});
  });
  after(async () => {
    stop.abort(new Error('the test is over'));
    await dying;
    await service.stop();
    await rig.stop();
  });

  /** As a supervisor would: whoever dies is followed by another one. */
  function look(object: object): void {
    const { phase = '' } = (object as { readonly status?: FailoverDrillStatus }).status ?? {};
    if (!fatal.delete(phase)) return;
    const dead = operator;
    deaths += 1;
    dying = dead.die().then(() => {
      operator = rig.startOperator({ identity: `operator-${deaths}` });
    });
  }

  async function play(name: string, phases: readonly string[], changes: object = {}): Promise<FailoverDrillStatus> {
    fatal.clear();
    for (const phase of phases) fatal.add(phase);
    const before = deaths;
    const spec = { steadyState: [service.probe], approval: { required: true, approved: true }, ...changes };
    // A successor has a minute to see the members for the first time: as long as it takes on a slow machine.
    if (fatal.has('Preflight')) rig.setPace(SLOW);
    await rig.apply(FAILOVER_DRILLS, aDrillManifest(name, 'EvictUngraceful', spec));
    await untilPhase(rig, name, 'Announced', 'Injecting', 'Observing', 'Restoring', 'Verifying', 'Completed');
    rig.setPace(FAST);
    const status = await untilOver(rig, name);
    await dying;
    expect([...fatal], 'phases that never came').to.deep.equal([]);
    expect(deaths - before, 'deaths').to.equal(phases.length);
    await expectRestored(name);
    return status;
  }

  async function expectRestored(name: string): Promise<void> {
    await rig.until('it is back', async () =>
      ((await hubDeployment(rig.sandbox, 'llama'))?.placements ?? []).every(({ cluster }) => cluster === 'aws-east'),
    );
    await rig.untilSettled();
    await rig.until(
      'nobody speaks of a drill',
      async () => conditionOf(await memberStatus(rig.sandbox, 'aws-east'), 'UnderDrill') === null,
    );
    expect(await rig.serving()).to.deep.equal({ 'aws-east/ondemand': 2 });
    await rig.until('it may be deleted', async () => {
      const object = await drillObject(rig, name);
      return (object?.metadata.finalizers ?? []).length === 0;
    });
  }

  for (const phase of ['Preflight', 'Announced', 'Injecting', 'Observing', 'Restoring', 'Verifying', 'Completed'])
    it(`as ${phase} is recorded is followed by one that ends the drill and restores`, async () => {
      const status = await play(`dies-${phase.toLowerCase()}`, [phase]);
      expect(status, status.message).to.deep.include({ outcome: 'Succeeded', restored: true });
    });

  it('as it aborts is followed by one that restores', async () => {
    fatal.clear();
    fatal.add('Aborting');
    await rig.apply(
      FAILOVER_DRILLS,
      aDrillManifest('dies-aborting', 'EvictUngraceful', {
        ...UNHURRIED,
        steadyState: [service.probe],
        approval: { required: true, approved: true },
      }),
    );
    await untilPhase(rig, 'dies-aborting', 'Observing');
    await rig.sandbox.hub.api.patch(
      FAILOVER_DRILLS,
      { name: 'dies-aborting' },
      { spec: { abort: { requested: true } } },
    );
    const { outcome } = await untilOver(rig, 'dies-aborting');
    await dying;
    expect([...fatal]).to.deep.equal([]);
    expect(outcome).to.equal('Aborted');
    await expectRestored('dies-aborting');
  });

  it('again and again, in every phase of one drill, does not keep it from its end', async () => {
    const status = await play('dies-often', [
      'Preflight',
      'Injecting',
      'Observing',
      'Restoring',
      'Verifying',
      'Completed',
    ]);
    expect(status.restored).to.equal(true);
  });

  it('and stays away while the drill is deleted leaves it to its successor to restore first', async () => {
    fatal.clear();
    await rig.apply(
      FAILOVER_DRILLS,
      aDrillManifest('orphaned', 'SignalOverride', { ...UNHURRIED, steadyState: [service.probe] }),
    );
    await untilPhase(rig, 'orphaned', 'Observing');
    await operator.die();
    await rig.sandbox.hub.api.delete(FAILOVER_DRILLS, 'orphaned');
    await rig.pass(60);
    expect((await drillStatus(rig, 'orphaned')).phase, 'held by its finalizer').to.equal('Observing');
    operator = rig.startOperator({ identity: 'successor' });
    await rig.until('it is gone', async () => (await drillObject(rig, 'orphaned')) === null);
    await expectRestored('orphaned');
  });
});
