import { expect } from 'chai';
import { anInferenceDeployment, DEPLOYMENTS, LEASES, NAMESPACE } from '../support/scenario-fleet.ts';
import type { RunningOperator } from '../support/scenario-operator.ts';
import { HubLines } from '../support/scenario-hub-lines.ts';
import { ScenarioRig } from '../support/scenario-rig.ts';
import { standingDeployments } from '../support/scenario-view.ts';

/** Sandbox seconds; the lease is client-go's. */
const LEASE = 15;
const RETRY = 3;

describe('two operators', function () {
  this.timeout(150_000);
  let rig: ScenarioRig;
  let lines: HubLines;
  let operators: readonly RunningOperator[];

  beforeEach(async () => {
    rig = await ScenarioRig.start({ operator: null, elects: true, pace: 6 });
    lines = await HubLines.lay(rig);
    operators = [await lines.startOperator('one'), await lines.startOperator('two')];
    await rig.deploy(anInferenceDeployment());
    await rig.untilSettled();
  });
  afterEach(async () => {
    try {
      await rig.stop();
    } finally {
      await lines.close();
    }
  });

  const holder = async (): Promise<string> => {
    const lease = await rig.sandbox.hub.api.get(LEASES, 'tradewind', 'default');
    return (lease['spec'] as { holderIdentity?: string }).holderIdentity ?? '';
  };
  const applied = (operator: RunningOperator): number =>
    operator.lines.filter((line) => line.message === 'applied placement').length;
  const leaderAndOther = async (): Promise<readonly [RunningOperator, RunningOperator]> => {
    const [one, two] = operators as [RunningOperator, RunningOperator];
    return (await holder()) === 'one' ? [one, two] : [two, one];
  };
  /** Sandbox seconds until somebody else holds the lease. */
  const takeover = async (from: string): Promise<number> => {
    const since = rig.clock.now();
    await rig.until('the other one leads', async () => ![from, ''].includes(await holder()));
    return (rig.clock.now() - since) / 1000;
  };

  const total = async (): Promise<number> => Object.values(await rig.serving()).reduce((sum, it) => sum + it, 0);

  it('are one that writes and one that looks on', async () => {
    const [leader, other] = await leaderAndOther();
    expect(applied(leader)).to.be.greaterThan(0);
    expect(applied(other)).to.equal(0);
    expect(lines.writesOf(other.identity)).to.deep.equal([]);
  });

  it('change places within the lease when the leader dies, and what was asked meanwhile is done', async () => {
    const [leader, other] = await leaderAndOther();
    await leader.die();
    await rig.change('llama', { replicas: 3 });
    const took = await takeover(leader.identity);
    expect(took, 'sandbox seconds').to.be.within(LEASE - 2 * RETRY, LEASE + 4 * RETRY);
    await rig.untilSettled();
    expect(await total(), 'three, and what hedging asks beside them').to.be.at.least(3);
    expect(lines.lastWriteOf(leader.identity)).to.be.lessThan(lines.firstWriteOf(other.identity));
    console.log(`      the other leads after ${took.toFixed(1)} s`);
  });

  it('change places at once when the leader is told to stop', async () => {
    const [leader, other] = await leaderAndOther();
    await leader.stop();
    const took = await takeover(leader.identity);
    expect(took, 'sandbox seconds').to.be.lessThan(LEASE / 2);
    expect(lines.lastWriteOf(leader.identity)).to.be.lessThan(lines.firstWriteOf(other.identity));
    console.log(`      the other leads after ${took.toFixed(1)} s`);
  });

  it('are still one when the leader is cut off from the hub and sees the members', async () => {
    const [leader, other] = await leaderAndOther();
    rig.forgive(leader, 'LeadershipLost');
    await lines.cut(leader.identity);
    const took = await takeover(leader.identity);
    const before = applied(leader);
    const [standing] = await standingDeployments(rig.sandbox);
    const member = rig.sandbox.members.get(standing?.cluster ?? '');
    await member?.api.delete(DEPLOYMENTS, standing?.name ?? '', { namespace: NAMESPACE });
    await rig.until('it stands again', async () => {
      const [again] = await standingDeployments(rig.sandbox);
      return again !== undefined && again.uid !== standing?.uid;
    });
    await rig.until('the other one has said so', () => applied(other) > 0);
    expect(applied(leader)).to.equal(before);
    await rig.until('the leader has noticed', () => leader.failure !== null);
    console.log(`      the other leads after ${took.toFixed(1)} s`);
  });
});
