import { expect } from 'chai';
import { offlineFleet } from '../../operator/cli/plan/offline-fleet.ts';
import { planHedged } from '../../operator/decide/hedging/plan-hedged.ts';
import type { FleetSnapshot } from '../../operator/model/fleet.ts';
import { instant } from '../../operator/model/units.ts';
import {
  anInferenceDeployment,
  FLEET_POLICIES,
  INFERENCE_DEPLOYMENTS,
  MEMBER_CLUSTERS,
} from '../support/scenario-fleet.ts';
import { ScenarioRig } from '../support/scenario-rig.ts';
import { sourceFiles } from '../support/source-tree.ts';

const HEDGED = 'operator/decide/hedging/plan-hedged.ts';
const PLAIN = 'operator/decide/placement/plan-fleet.ts';
const files = new Map(sourceFiles('operator').map((file) => [file.path, file]));
const importsOf = (path: string): readonly string[] => files.get(path)?.imports ?? [];
const plannersIn = (path: string): readonly string[] => importsOf(path).filter((it) => it === HEDGED || it === PLAIN);

describe('the planner', () => {
  it('is one function in the backtest and in the operator', () => {
    expect(plannersIn('operator/backtest/policies/tradewind.ts')).to.deep.equal([HEDGED]);
    expect(plannersIn('operator/controllers/plan-deployments.ts')).to.deep.equal([HEDGED]);
    const others = [...files.keys()].filter(
      (path) => path.startsWith('operator/backtest/') && plannersIn(path).length > 0,
    );
    expect(others).to.deep.equal(['operator/backtest/policies/tradewind.ts']);
  });
});

/** The objects of a run as the hub holds them, read as `tradewind plan` reads files. */
async function recordedFleet({ sandbox, clock }: ScenarioRig): Promise<FleetSnapshot> {
  const lists = await Promise.all(
    [MEMBER_CLUSTERS, INFERENCE_DEPLOYMENTS, FLEET_POLICIES].map((resource) => sandbox.hub.api.list(resource, {})),
  );
  const documents = lists.flat().map((value, index) => ({ file: 'hub', document: index + 1, prefix: '', value }));
  return offlineFleet(documents, instant(clock.now()));
}

describe('a run in the sandbox, replayed', function () {
  this.timeout(150_000);

  it('ends where the function of the backtest would have led it', async () => {
    const rig = await ScenarioRig.start();
    try {
      await rig.deploy(anInferenceDeployment());
      await rig.untilSettled();
      const fleet = await recordedFleet(rig);
      const keys = fleet.workloads.map(({ workload }) => workload.key);
      const placements = planHedged(fleet, { keys }).workloads.flatMap((plan) => plan.placements);
      const recorded = fleet.workloads.flatMap(({ holdings }) => holdings.map(({ record }) => record));
      expect(placements.map((it) => [it.cluster, it.pool, it.zone, it.replicas])).to.deep.equal(
        recorded.map((it) => [it.cluster, it.pool, it.zone, it.replicas]),
      );
      expect(placements).not.to.have.length(0);
      expect(fleet.workloads.map(({ hedging }) => hedging !== undefined)).to.deep.equal([true]);
    } finally {
      await rig.stop();
    }
  });
});
