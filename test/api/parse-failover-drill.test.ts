import { expect } from 'chai';
import { parseFailoverDrill } from '../../operator/api/parse-failover-drill.ts';
import { aDrillObject } from '../support/api-objects.ts';
import { aDrill, DRILL_START } from '../support/drill-states.ts';

const issuesOf = (changes: Parameters<typeof aDrillObject>[0]) => {
  const parsed = parseFailoverDrill(aDrillObject(changes));
  return parsed.ok ? [] : parsed.issues;
};

describe('parseFailoverDrill', () => {
  it('makes a dry run with a probe and bounds of six lines of YAML', () => {
    const drill = aDrill();
    expect(drill).to.deep.include({ name: 'lose-use1', uid: 'uid-lose-use1', generation: 1, createdAt: DRILL_START });
    expect(drill).to.deep.include({
      abortRequested: false,
      approved: false,
      suspended: false,
      deleting: false,
      state: null,
    });
    expect(drill.spec).to.deep.equal({
      hypothesis: '',
      mode: 'DryRun',
      failure: { scope: 'Cluster', clusters: ['eks-use1'], selector: null },
      selection: { mode: 'All' },
      capacityErrors: 0,
      duration: 900_000,
      deployments: { matchLabels: { 'tradewind.dev/drill': 'allowed' }, matchExpressions: [] },
      blastRadius: { maxClusters: 1, maxDeployments: null, maxReplicas: null, survivorCapacity: 1 },
      objectives: { recovery: null, firstReplica: null, lostRequests: null, errorRatio: null, extraCost: null },
      steadyState: [
        {
          name: 'half-ready',
          phases: ['Before', 'During', 'After'],
          onFailure: 'Abort',
          patience: 0,
          check: { type: 'ReadyShare', atLeast: 0.5 },
        },
      ],
      abort: { onRealIncident: true, onUnknownProbe: true, maxDuration: 3_600_000 },
      window: { allowed: [], blockedDates: [], timeZone: 'UTC' },
      approvalRequired: false,
      restore: { verifyFor: 60_000, timeout: 900_000 },
      keptFor: null,
      webhookSecret: null,
    });
  });

  it('reads every scope in its own words', () => {
    const failureOf = (failure: object) => aDrill({ '/spec/failure': failure }).spec.failure;
    const clusters = ['a'];
    expect(failureOf({ scope: 'Cluster', selector: { matchLabels: { tier: 'prod' } } })).to.deep.equal({
      scope: 'Cluster',
      clusters: [],
      selector: { matchLabels: { tier: 'prod' }, matchExpressions: [] },
    });
    const zone = { scope: 'Zone', clusters, zones: ['us-east-1a'] };
    expect(failureOf(zone)).to.deep.equal(zone);
    expect(failureOf({ scope: 'Region', regions: ['eastus'] })).to.deep.equal({ scope: 'Region', regions: ['eastus'] });
    const provider = { scope: 'Provider', providers: ['aws'] };
    expect(failureOf(provider)).to.deep.equal(provider);
    const spotOnly = { scope: 'CapacityError', clusters, capacityType: 'spot' };
    expect(failureOf(spotOnly)).to.deep.equal(spotOnly);
    expect(failureOf({ scope: 'CapacityError', clusters })).to.deep.equal({ ...spotOnly, capacityType: null });
    for (const scope of ['SpotReclaim', 'ControlPlaneOnly', 'PriceFeed'])
      expect(failureOf({ scope, clusters })).to.deep.equal({ scope, clusters });
  });

  it('reads objectives, bounds and what people ask for', () => {
    const drill = aDrill({
      '/spec/objectives': {
        recovery: '10m',
        firstReplica: '90s',
        lostRequests: 3,
        errorRatio: '1.5%',
        extraHourlyUSD: '50.5',
      },
      '/spec/blastRadius': { maxClusters: 2, maxDeployments: 7, maxReplicas: '30%', survivorCapacity: '80%' },
      '/spec/abort': { requested: true },
      '/spec/approval': { required: true, approved: true },
      '/metadata/deletionTimestamp': '2026-11-23T11:00:00Z',
    });
    expect(drill).to.deep.include({ abortRequested: true, approved: true, deleting: true });
    const { objectives, blastRadius, approvalRequired } = drill.spec;
    const judged = { recovery: 600_000, firstReplica: 90_000, lostRequests: 3, errorRatio: 0.015, extraCost: 50.5 };
    expect(objectives).to.deep.equal(judged);
    expect(blastRadius).to.deep.equal({ maxClusters: 2, maxDeployments: 7, maxReplicas: 0.3, survivorCapacity: 0.8 });
    expect(approvalRequired).to.equal(true);
  });

  it('reads which of the members fail, who refuses capacity, how long it is kept and who is told', () => {
    const failure = { scope: 'Region', regions: ['eastus'], selection: { mode: 'Percent', value: 50 } };
    const drill = aDrill({
      '/spec/failure': { ...failure, capacityErrorPercent: 30 },
      '/spec/ttlAfterFinished': '2160h',
      '/spec/notify': { webhookSecretRef: { name: 'drill-hook' } },
      '/spec/suspend': true,
      '/metadata/annotations': { 'tradewind.dev/requested-by': 'ana' },
    });
    expect(drill.spec).to.deep.include({
      selection: { mode: 'Percent', value: 50 },
      capacityErrors: 0.3,
      keptFor: 90 * 24 * 3_600_000,
      webhookSecret: 'drill-hook',
    });
    expect(drill.suspended).to.equal(true);
    expect(drill.askedBy?.requestedBy).to.equal('ana');
  });

  it('reads probes of all kinds', () => {
    const { steadyState } = aDrill({
      '/spec/steadyState': [
        { name: 'gateway', http: { url: 'https://gateway.example.com/health' } },
        {
          name: 'errors',
          onFailure: 'RecordOnly',
          phases: ['During'],
          for: '1m',
          prometheus: { url: 'http://p:9090', query: 'errors', comparator: '<', value: '-0.5' },
        },
      ],
    }).spec;
    expect(steadyState.map(({ check }) => check)).to.deep.equal([
      { type: 'Http', url: 'https://gateway.example.com/health', statuses: [200], within: 2000 },
      { type: 'Prometheus', url: 'http://p:9090', query: 'errors', comparator: '<', value: -0.5 },
    ]);
    expect(steadyState[1]).to.deep.include({ onFailure: 'RecordOnly', phases: ['During'], patience: 60_000 });
  });

  it('reads windows day by day, past Saturday and past midnight', () => {
    const allowed = ['Tue 09:00-11:00', 'Sat-Mon 22:30-02:00', 'Wed 00:00-24:00'];
    const window = aDrill({ '/spec/window': { allowed, timeZone: 'Europe/London' } }).spec.window;
    expect(window.timeZone).to.equal('Europe/London');
    expect(window.allowed).to.deep.equal([
      { weekday: 2, from: 540, to: 660 },
      { weekday: 6, from: 1350, to: 120 },
      { weekday: 0, from: 1350, to: 120 },
      { weekday: 1, from: 1350, to: 120 },
      { weekday: 3, from: 0, to: 1440 },
    ]);
  });

  it('refuses a time zone that nobody knows', () => {
    expect(issuesOf({ '/spec/window': { timeZone: 'Europe/Atlantis' } })).to.deep.equal([
      {
        path: 'spec.window.timeZone',
        message: 'must be a time zone of the IANA database, for instance Europe/London, not "Europe/Atlantis"',
      },
    ]);
  });

  it('takes an object without a creation time for one from a file', () => {
    expect(aDrill({ '/metadata/creationTimestamp': undefined }).createdAt).to.equal(0);
    expect(aDrill({ '/metadata/uid': undefined, '/metadata/generation': undefined })).to.deep.include({
      uid: 'lose-use1',
      generation: 1,
    });
  });

  it('tells who asked for what, by the field managers', () => {
    const managedFields = [
      { manager: 'argocd', fieldsV1: { 'f:spec': { 'f:failure': {}, 'f:approval': { 'f:required': {} } } } },
      { manager: 'kubectl-patch', fieldsV1: { 'f:spec': { 'f:abort': { 'f:requested': {} } } } },
      { fieldsV1: { 'f:spec': { 'f:approval': { 'f:approved': {} } } } },
      'nonsense',
    ];
    const nobody = { created: null, aborted: null, approved: null };
    expect(aDrill().askedBy).to.deep.equal(nobody);
    const asked = aDrill({ '/metadata/managedFields': managedFields }).askedBy;
    expect(asked).to.deep.equal({ ...nobody, created: 'argocd', aborted: 'kubectl-patch' });
  });

  it('names what is wrong', () => {
    expect(parseFailoverDrill('drill').ok).to.equal(false);
    expect(issuesOf({ '/spec/failure/scope': 'Planet' })[0]).to.include({ path: 'spec.failure.scope' });
  });
});
