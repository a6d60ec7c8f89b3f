import { expect } from 'chai';
import { predictDrill } from '../../../operator/decide/drill/predict-drill.ts';
import { preflight } from '../../../operator/decide/drill/preflight.ts';
import { targetsOf } from '../../../operator/decide/drill/targets-of.ts';
import type { PreflightCheck } from '../../../operator/model/drill.ts';
import type { FleetSnapshot } from '../../../operator/model/fleet.ts';
import { fraction } from '../../../operator/model/units.ts';
import type { Changes } from '../../support/api-objects.ts';
import { A_LOST, aDrillFleet, ALLOWED, ON_A } from '../../support/drill-runs.ts';
import { aDrill } from '../../support/drill-states.ts';
import { aVerdict } from '../../support/fleet-members.ts';
import { aView } from '../../support/fleet-workload.ts';

const STEADY = { broken: [], noted: [], waiting: [] };

function checksOf(changes: Changes = {}, fleet: FleetSnapshot = aDrillFleet(), steady: Partial<typeof STEADY> = {}) {
  const drill = aDrill({ ...A_LOST, '/spec/mode': 'SignalOverride', ...changes });
  const found = targetsOf(drill, fleet);
  const prediction = predictDrill(drill.spec, fleet, found);
  return preflight({ drill, fleet, found, prediction, steady: { ...STEADY, ...steady } });
}

const result = (name: PreflightCheck['check'], ...given: Parameters<typeof checksOf>): string => {
  const check = checksOf(...given).find((it) => it.check === name);
  return check ? `${check.result}: ${check.message}` : 'not made';
};

const DRY = { '/spec/mode': 'DryRun' };

describe('preflight', () => {
  it('passes where all is well, check by check', () => {
    const checks = checksOf();
    expect(checks.filter((it) => it.result !== 'Passed')).to.deep.equal([]);
    expect(checks).to.have.length(9);
    for (const { message } of checks) expect(message).to.match(/^[A-Z0-9].*\.$/);
  });

  it('asks the policy how far a drill may go', () => {
    const fleet = (enabled: boolean, maxMode: 'DryRun' | 'EvictUngraceful') =>
      aDrillFleet({ fleet: { policy: { drills: { enabled, maxMode } } } });
    expect(result('Policy')).to.equal('Passed: The policy allows mode SignalOverride.');
    expect(result('Policy', {}, fleet(true, 'DryRun'))).to.include(
      'Failed: FleetPolicy default allows modes up to DryRun',
    );
    expect(result('Policy', {}, fleet(false, 'EvictUngraceful'))).to.include('set spec.drills.enabled to true');
    expect(result('Policy', DRY, fleet(false, 'DryRun'))).to.include('Passed');
    const ungraceful = { '/spec/mode': 'EvictUngraceful', '/spec/approval': { required: true } };
    expect(result('Policy', ungraceful)).to.include('allows modes up to DrainGraceful');
    expect(result('Policy', ungraceful, fleet(true, 'EvictUngraceful'))).to.include('Passed');
  });

  it('wants targets that are there and hold something', () => {
    const failure = (it: object) => ({ '/spec/failure': it });
    expect(result('Targets', failure({ scope: 'Cluster', clusters: ['aws-z'] }))).to.include(
      'There is no MemberCluster aws-z',
    );
    expect(result('Targets', failure({ scope: 'Region', regions: ['mars-1'] }))).to.include('No MemberCluster matches');
    expect(result('Targets', failure({ scope: 'Cluster', clusters: ['azure-b'] }))).to.include(
      'Nothing is placed on the targets',
    );
    const many = Array.from({ length: 5001 }, (_, at) =>
      aView({ name: `w${at}`, replicas: 1 }, [{ cluster: 'aws-a' }]),
    );
    const found = targetsOf(aDrill(A_LOST), { ...aDrillFleet(), workloads: many });
    const prediction = predictDrill(aDrill(A_LOST).spec, aDrillFleet(), found);
    const fleet = { ...aDrillFleet(), workloads: many };
    const checks = preflight({ drill: aDrill(A_LOST), fleet, found, prediction, steady: STEADY });
    expect(checks[1]?.message).to.include('5001 placements are more than the 5000');
  });

  it('touches only who has opted in', () => {
    const stranger = aDrillFleet({ workload: { labels: {} } });
    const refused =
      'Failed: ml-prod/llama does not match spec.deployments; label it tradewind.dev/drill=allowed, or choose other targets.';
    expect(result('OptIn', {}, stranger)).to.equal(refused);
    expect(result('OptIn', { '/spec/deployments': {} }, stranger)).to.include('Passed');
    const unlabelled = {
      ...stranger,
      workloads: stranger.workloads.map((view) => {
        const { labels: _, ...workload } = view.workload;
        return { ...view, workload };
      }),
    };
    expect(result('OptIn', {}, unlabelled)).to.include('Failed');
    expect(result('OptIn', DRY, stranger)).to.include('Warning');
  });

  it('names a few of many', () => {
    const views = ['a', 'b', 'c', 'd', 'e'].map((name) => aView({ name }, [{ cluster: 'aws-a' }]));
    expect(result('OptIn', {}, { ...aDrillFleet(), workloads: views })).to.include(
      'ml-prod/a, ml-prod/b, ml-prod/c and 2 more',
    );
  });

  it('keeps to its blast radius', () => {
    const two = { '/spec/failure': { scope: 'Cluster', clusters: ['aws-a', 'azure-b'] } };
    expect(result('BlastRadius', two)).to.include('2 clusters would be hit; raise blastRadius.maxClusters from 1');
    const views = ['a', 'b'].map((name) => aView({ name, labels: ALLOWED }, [{ cluster: 'aws-a' }]));
    const fleet = { ...aDrillFleet(), workloads: views };
    expect(result('BlastRadius', { '/spec/blastRadius': { maxDeployments: 1 } }, fleet)).to.include(
      '2 deployments would be hit',
    );
    const half = aDrillFleet({
      holdings: [
        { ...ON_A, replicas: 1 },
        { cluster: 'azure-b', replicas: 1 },
      ],
    });
    const bounded = (maxReplicas: string) => ({ '/spec/blastRadius': { maxReplicas } });
    expect(result('BlastRadius', bounded('40%'), half)).to.include('Failed: 50% of what the touched deployments hold');
    expect(result('BlastRadius', bounded('50%'), half)).to.include('Passed');
  });

  it('begins no drill during an incident, and says when it is in doubt', () => {
    const members = (name: string, verdict: Parameters<typeof aVerdict>[0], reason = {}) =>
      aDrillFleet({ members: { [name]: { verdict: aVerdict(verdict, reason) } } });
    expect(result('NoIncident', {}, members('azure-c', 'Degraded'))).to.include('Failed: azure-c is Degraded');
    expect(result('NoIncident', {}, aDrillFleet({ fleet: { frozen: true } }))).to.include('Failed');
    expect(result('NoIncident', {}, members('azure-c', 'Suspect'))).to.include('Warning');
    expect(result('NoIncident', {}, members('aws-a', 'Recovering'))).to.include(
      'Failed: It is in doubt whether aws-a is well',
    );
    expect(result('NoIncident', {}, aDrillFleet({ members: { 'azure-b': { synced: false } } }))).to.include('Warning');
    const rejected = { reason: 'CredentialsRejected' } as const;
    expect(result('Credentials', {}, members('aws-a', 'Suspect', rejected))).to.include(
      'Failed: aws-a refuses the credentials',
    );
    expect(result('Credentials', {}, members('azure-c', 'Suspect', rejected))).to.include('Warning');
  });

  it('wants room on the survivors, as much as the drill says', () => {
    const full = { offerings: [{ freeByNode: [] }] };
    const fleet = aDrillFleet({ members: { 'azure-b': { offerings: [{ freeByNode: [1] }] }, 'azure-c': full } });
    expect(result('SurvivorCapacity', {}, fleet)).to.equal(
      'Failed: 1 of 2 units on the targets find room elsewhere; add capacity, or lower blastRadius.survivorCapacity.',
    );
    expect(result('SurvivorCapacity', { '/spec/blastRadius': { survivorCapacity: '50%' } }, fleet)).to.include(
      'Passed',
    );
    expect(result('SurvivorCapacity', { '/spec/mode': 'Cordon' }, fleet)).to.include('Nothing has to move');
  });

  it('rehearses nothing at which the operator would hold still', () => {
    const both = {
      '/spec/failure': { scope: 'Provider', providers: ['azure', 'aws'] },
      '/spec/blastRadius': { maxClusters: 3 },
    };
    expect(result('FreezeThreshold', both)).to.include('Failed: If these members were really lost at once');
    expect(result('FreezeThreshold', { ...both, '/spec/mode': 'DrainGraceful' })).to.include('Warning');
    const strict = aDrillFleet({ fleet: { policy: { freezeThreshold: fraction(0.1) } } });
    expect(result('FreezeThreshold', {}, strict)).to.include('Passed'); // one loss alone is no pattern
  });

  it('wants the steady state to hold before', () => {
    expect(result('SteadyState', {}, aDrillFleet(), { broken: ['probe a broke: no'] as never })).to.include(
      'Failed: probe a broke',
    );
    expect(result('SteadyState', {}, aDrillFleet(), { waiting: ['a'] as never })).to.include(
      'Failed: probe a has not answered',
    );
    expect(result('SteadyState', {}, aDrillFleet(), { noted: ['probe a broke: no'] as never })).to.include('Warning');
    expect(result('SteadyState', DRY, aDrillFleet(), { broken: ['probe a broke: no'] as never })).to.include('Warning');
  });
});

describe('targetsOf', () => {
  const fleet = aDrillFleet({
    holdings: [ON_A, { cluster: 'azure-b', zone: 'b', replicas: 1 }, { cluster: 'azure-c', phase: 'Draining' }],
    members: { 'aws-a': { labels: { tier: 'prod' } } },
    workload: { shapes: [{ capacity: 0.5 }] },
  });
  const found = (failure: object) => {
    const { clusters, targets } = targetsOf(aDrill({ '/spec/failure': failure }), fleet);
    return [clusters, targets.map(({ cluster, unitsBefore }) => `${cluster} ${unitsBefore}`)];
  };

  it('finds members by name, label, region and provider, and what they hold', () => {
    const onA = [['aws-a'], ['aws-a 1000']];
    expect(found({ scope: 'Cluster', clusters: ['aws-a'] })).to.deep.equal(onA);
    expect(found({ scope: 'Cluster', selector: { matchLabels: { tier: 'prod' } } })).to.deep.equal(onA);
    expect(found({ scope: 'Provider', providers: ['aws'] })).to.deep.equal(onA);
    expect(found({ scope: 'Region', regions: ['us-east-1'] })).to.deep.equal([
      ['aws-a', 'azure-b', 'azure-c'],
      ['aws-a 1000', 'azure-b 500'],
    ]);
  });

  it('finds only what is hit', () => {
    expect(found({ scope: 'Zone', clusters: ['azure-b'], zones: ['a'] })).to.deep.equal([['azure-b'], []]);
    expect(found({ scope: 'Zone', clusters: ['azure-b'], zones: ['b'] })).to.deep.equal([['azure-b'], ['azure-b 500']]);
    expect(found({ scope: 'SpotReclaim', clusters: ['aws-a'] })).to.deep.equal([['aws-a'], []]);
  });
});

describe('predictDrill', () => {
  const predicted = (fleet: FleetSnapshot, changes: Changes = {}) => {
    const drill = aDrill({ ...A_LOST, ...changes });
    return predictDrill(drill.spec, fleet, targetsOf(drill, fleet));
  };

  it('tells what would move where, what it costs and how long it takes', () => {
    const { moves, units, placeable, recovery, hourlyBefore, hourlyDuring, wouldFreeze } = predicted(aDrillFleet());
    expect(moves).to.deep.equal([{ deployment: 'ml-prod/llama', from: 'aws-a', to: 'azure-b', replicas: 2 }]);
    expect([units, placeable, hourlyBefore, hourlyDuring, wouldFreeze]).to.deep.equal([2000, 2000, 8, 8, false]);
    expect(recovery).to.equal(60_000 + 2000 + 180_000); // blindAfter, the decision and a cold start
  });

  it('reckons with a node that has to be opened, and with detection where nobody is blind', () => {
    const small = { offerings: [{ freeByNode: [], growableNodes: 2 }] };
    const fleet = aDrillFleet({ members: { 'azure-b': small, 'azure-c': { offerings: [{ freeByNode: [] }] } } });
    expect(predicted(fleet).recovery).to.equal(60_000 + 2000 + 240_000 + 180_000);
    const zone = { '/spec/failure': { scope: 'Zone', clusters: ['aws-a'], zones: ['a'] } };
    expect(predicted(aDrillFleet(), zone).recovery).to.equal(15_000 + 2000 + 180_000);
  });

  it('tells what finds no place, and promises no time for it', () => {
    const none = { offerings: [{ freeByNode: [] }] };
    const fleet = aDrillFleet({ members: { 'azure-b': { offerings: [{ freeByNode: [1] }] }, 'azure-c': none } });
    const { moves, placeable, recovery } = predicted(fleet);
    expect(moves.map(({ to, replicas }) => `${to} ${replicas}`)).to.deep.equal(['azure-b 1', 'null 1']);
    expect([placeable, recovery]).to.deep.equal([1000, null]);
  });

  it('moves nothing where nothing may move', () => {
    for (const scope of ['ControlPlaneOnly', 'PriceFeed', 'CapacityError']) {
      const { moves, placeable, recovery } = predicted(aDrillFleet(), {
        '/spec/failure': { scope, clusters: ['aws-a'] },
      });
      expect([moves, placeable, recovery], scope).to.deep.equal([[], 2000, null]);
    }
    expect(predicted(aDrillFleet(), { '/spec/mode': 'Cordon' }).moves).to.deep.equal([]);
  });

  it('tells the most important deployments first, and does not owe what was not held', () => {
    const views = [
      aView({ name: 'low', priority: 1 }, [{ cluster: 'aws-a' }]),
      aView({ name: 'high', priority: 9, replicas: 3 }, [{ cluster: 'aws-a' }]),
    ];
    const none = { offerings: [{ freeByNode: [] }] };
    const fleet = { ...aDrillFleet({ members: { 'azure-b': none, 'azure-c': none } }), workloads: views };
    const { moves, placeable, units } = predicted(fleet);
    expect(moves.map(({ deployment }) => deployment)).to.deep.equal(['ml-prod/high', 'ml-prod/low']);
    expect([placeable, units]).to.deep.equal([0, 2000]);
  });

  it('says that the operator would hold still when too much is lost at once', () => {
    const all = { '/spec/failure': { scope: 'Provider', providers: ['aws', 'azure'] } };
    expect(predicted(aDrillFleet(), all).wouldFreeze).to.equal(true);
  });
});
