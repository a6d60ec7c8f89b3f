import { expect } from 'chai';
import { activeFailureOf } from '../../../operator/decide/drill/active-failure.ts';
import { mayBeLetGo } from '../../../operator/decide/drill/advance-drill.ts';
import { dueProbes } from '../../../operator/decide/drill/due-probes.ts';
import { evictionsOf } from '../../../operator/decide/drill/evictions-of.ts';
import { after, fraction, hours, instant, minutes, seconds } from '../../../operator/model/units.ts';
import { aDrillFleet, ALLOWED, DrillRun, lostMember, ON_A } from '../../support/drill-runs.ts';
import { aVerdict } from '../../support/fleet-members.ts';
import { aDrill, aDrillState } from '../../support/drill-states.ts';
import { aView, NOW } from '../../support/fleet-workload.ts';

const QUICK = { '/spec/restore': { verifyFor: '20s', timeout: '1m' }, '/spec/duration': '2m' };
const HTTP = { '/spec/steadyState': [{ name: 'gateway', http: { url: 'https://gateway.example.com/' } }] };

describe('a drill that goes well', () => {
  it('is checked, announced, put in force, watched, lifted, restored and verified', () => {
    const run = new DrillRun({ ...QUICK, '/spec/objectives': { recovery: '1m', firstReplica: '30s' } });
    run.until('Injecting');
    expect(run.inForce).to.equal(true);
    run.pass(3).replace('Starting').pass(5);
    expect(run.phase).to.equal('Observing');
    run.replace('Serving').until('Restoring');
    expect(run.inForce).to.equal(false);
    run.fleet = aDrillFleet();
    run.until('Completed');
    expect(run.phases).to.deep.equal([
      'Preflight',
      'Announced',
      'Injecting',
      'Observing',
      'Restoring',
      'Verifying',
      'Completed',
    ]);
    expect(run.state).to.include({ outcome: 'Succeeded', restored: true, abortReason: null });
    expect(run.state.timeline.map(({ event, actor }) => `${event} ${actor}`)).to.include('Injecting operator');
  });

  it('is measured by what is on record', () => {
    const run = new DrillRun(QUICK).until('Injecting');
    const injectedAt = run.now;
    run.pass(3).replace('Starting');
    run.fleet = { ...run.fleet };
    run.pass(7).replace('Serving').pass(1).until('Restoring');
    run.fleet = aDrillFleet();
    run.until('Completed');
    const { readings } = run.state;
    expect(readings?.injectedAt).to.equal(injectedAt);
    expect(readings?.detectedAt).to.equal(after(injectedAt, seconds(3)));
    expect(readings?.decidedAt).to.equal(after(injectedAt, seconds(3)));
    expect(readings?.firstReadyAt).to.equal(after(injectedAt, seconds(10)));
    expect(readings?.recoveredAt).to.equal(after(injectedAt, seconds(10)));
    expect(readings?.liftedAt).to.equal(after(injectedAt, seconds(30))); // recovered, and steady for 20 s
    expect(readings).to.include({ wanted: 2000, lowestReady: 2000, moves: 1, costBefore: 8, costPeak: 16 });
    expect(readings?.restoredAt).to.equal(readings?.failedBackAt);
  });

  it('is lifted when its time is over though not everything has recovered, and then it has failed', () => {
    const run = new DrillRun(QUICK).until('Injecting').pass(10).replace('Starting').until('Restoring');
    expect(run.now - (run.state.readings?.injectedAt ?? 0)).to.equal(minutes(2));
    run.fleet = aDrillFleet();
    run.until('Completed');
    expect(run.state.outcome).to.equal('Failed');
    expect(run.state.message).to.include('all units were to be ready without the targets');
  });

  it('goes on observing for its whole time where nothing may move, and fails when something does', () => {
    const changes = { ...QUICK, '/spec/failure': { scope: 'ControlPlaneOnly', clusters: ['aws-a'] } };
    const still = new DrillRun(changes).until('Completed');
    const { injectedAt, liftedAt } = still.state.readings ?? {};
    expect((liftedAt ?? 0) - (injectedAt ?? 0)).to.equal(minutes(2));
    expect(still.state.outcome).to.equal('Succeeded');
    const moved = new DrillRun(changes).until('Observing').replace('Serving').until('Restoring');
    moved.fleet = aDrillFleet();
    expect(moved.until('Completed').state).to.include({ outcome: 'Failed' });
    expect(moved.state.message).to.include('1 placement moved, and none was to');
  });

  it('waits for the moves that lead back, and not for ever', () => {
    const run = new DrillRun(QUICK).until('Injecting').replace('Serving').until('Restoring');
    const back = { phase: 'Surging', reason: 'Failback', startedAt: run.now, target: [], lastMoveAt: null } as const;
    const settled = aView({ replicas: 2, labels: ALLOWED }, [{ cluster: 'azure-b', replicas: 2 }], back);
    run.fleet = { ...run.fleet, workloads: [settled] };
    run.pass(40);
    expect(run.phase).to.equal('Restoring');
    expect(run.state.message).to.equal('Waits for 1 move to end.');
    run.until('Verifying');
    expect(run.now - (run.state.readings?.liftedAt ?? 0)).to.equal(minutes(1));
    expect(run.until('Completed').state.outcome).to.equal('Succeeded');
    expect(run.state.readings?.failedBackAt).to.equal(null);
  });
});

describe('a drill that waits', () => {
  it('waits for the one that is under way', () => {
    const run = new DrillRun(QUICK);
    const busy = aDrill({ '/metadata/name': 'first', '/spec/mode': 'Cordon' }, aDrillState({ phase: 'Verifying' }));
    run.others = [busy];
    run.pass(60);
    expect(run.phases).to.deep.equal(['Pending']);
    expect(run.state.message).to.equal('Waits for the drill first, because there is one at a time.');
    run.others = [{ ...busy, state: aDrillState({ phase: 'Completed' }) }];
    run.until('Injecting');
  });

  it('lets the older of two that are announced go first', () => {
    const run = new DrillRun(QUICK).until('Announced');
    const older = aDrill({
      '/metadata/name': 'a-drill',
      '/spec/mode': 'Cordon',
      '/metadata/creationTimestamp': undefined,
    });
    run.others = [{ ...older, state: aDrillState({ phase: 'Announced' }) }];
    expect(run.look().phase).to.equal('Pending');
    const second = new DrillRun(QUICK).until('Announced');
    const younger = { ...older, createdAt: after(NOW, hours(1)), state: aDrillState({ phase: 'Announced' }) };
    second.others = [younger];
    expect(second.look().phase).to.equal('Announced');
  });

  it('waits again when another begins while it is checked', () => {
    const run = new DrillRun({ ...QUICK, ...HTTP });
    run.answer = () => 'Held';
    const other = aDrill({ '/metadata/name': 'first', '/spec/mode': 'Cordon' }, aDrillState({ phase: 'Injecting' }));
    run.drill = { ...run.drill, state: aDrillState({ phase: 'Preflight', since: run.now }) };
    run.others = [other];
    expect(run.look().phase).to.equal('Pending');
  });

  it('is not kept waiting by dry runs, and a dry run by nobody', () => {
    const dry = aDrill({ '/metadata/name': 'dry' }, aDrillState({ phase: 'Announced' }));
    const run = new DrillRun(QUICK);
    run.others = [dry];
    run.until('Announced');
    const second = new DrillRun({ '/spec/mode': 'DryRun' });
    second.others = [run.drill];
    expect(second.look().state.outcome).to.equal('DryRunOnly');
  });

  it('waits for its window in its time zone, summer and winter, past midnight and around blocked dates', () => {
    const begins = (window: object, at: string): boolean => {
      const run = new DrillRun({ '/spec/window': window });
      run.now = instant(Date.parse(at));
      run.fleet = aDrillFleet({ members: {} });
      return run.look().phase !== 'Pending';
    };
    const london = { allowed: ['Tue 09:00-11:00'], timeZone: 'Europe/London' };
    expect(begins(london, '2026-07-07T08:30:00Z')).to.equal(true); // 09:30 in summer
    expect(begins(london, '2026-07-07T10:30:00Z')).to.equal(false); // 11:30
    expect(begins(london, '2026-12-01T10:30:00Z')).to.equal(true); // winter
    expect(begins(london, '2026-12-01T08:30:00Z')).to.equal(false);
    expect(begins(london, '2026-12-02T10:30:00Z')).to.equal(false); // Wednesday
    const night = { allowed: ['Sat 22:00-02:00'] };
    expect(begins(night, '2026-12-05T23:00:00Z')).to.equal(true);
    expect(begins(night, '2026-12-06T01:59:00Z')).to.equal(true);
    expect(begins(night, '2026-12-06T02:00:00Z')).to.equal(false);
    expect(begins(night, '2026-12-05T01:00:00Z')).to.equal(false);
    const blocked = { blockedDates: ['2026-12-24'], timeZone: 'America/New_York' };
    expect(begins(blocked, '2026-12-25T03:00:00Z')).to.equal(false); // still the 24th there
    expect(begins(blocked, '2026-12-25T06:00:00Z')).to.equal(true);
  });

  it('waits for approval, and is checked once more when it has it', () => {
    const run = new DrillRun({ ...QUICK, '/spec/approval': { required: true } }).pass(300);
    expect(run.phase).to.equal('AwaitingApproval');
    expect(run.state.message).to.include('tradewind drill approve lose-use1');
    run.drill = { ...run.drill, approved: true };
    run.fleet = aDrillFleet({ members: { 'azure-b': lostMember(run.now) } });
    expect(run.look().state.outcome).to.equal('PreflightFailed');
    const well = new DrillRun({ ...QUICK, '/spec/approval': { required: true, approved: true } });
    well.until('Injecting');
  });

  it('waits for a first look at every member, for a minute', () => {
    for (const unseen of [{ synced: false }, { verdict: aVerdict('Suspect', { reason: 'NotYetProbed' }) }]) {
      const run = new DrillRun(QUICK, aDrillFleet({ members: { 'azure-b': unseen } }));
      expect(run.pass(30).state).to.include({ phase: 'Preflight', message: 'Waits for a first look at azure-b.' });
      run.fleet = aDrillFleet();
      expect(run.pass(1).phase).to.equal('Announced');
      const never = new DrillRun(QUICK, aDrillFleet({ members: { 'aws-a': unseen } }));
      expect(never.pass(60).state.outcome).to.equal('PreflightFailed');
    }
  });

  it('gives the probes a minute to answer', () => {
    const run = new DrillRun({ ...QUICK, ...HTTP });
    run.silent = true;
    run.pass(59);
    expect(run.phase).to.equal('Preflight');
    expect(run.state.message).to.equal('Waits for what the probe gateway says.');
    expect(dueProbes(run.drill, run.now).map(({ name }) => name)).to.deep.equal(['gateway']);
    expect(run.pass(1).state).to.include({ outcome: 'PreflightFailed' });
    expect(run.state.message).to.equal('probe gateway has not answered; see to it before a drill.');
  });
});

describe('a drill that is stopped', () => {
  const stops: readonly (readonly [string, (run: DrillRun) => void, RegExp])[] = [
    ['by a person', (run) => (run.drill = { ...run.drill, abortRequested: true }), /a person asked for it/],
    ['by its deletion', (run) => (run.drill = { ...run.drill, deleting: true }), /it is being deleted/],
    [
      'by the policy',
      (run) =>
        (run.fleet = { ...run.fleet, policy: { ...run.fleet.policy, drills: { enabled: false, maxMode: 'Cordon' } } }),
      /does not let drills run/,
    ],
    [
      'by a probe that breaks',
      (run) => (run.fleet = aDrillFleet({ holdings: [{ ...ON_A, observed: { ready: 0 } }] })),
      /probe half-ready broke: 0 of 2 units of ml-prod\/llama are ready/,
    ],
  ];
  for (const [how, stop, why] of stops) {
    it(`${how} is lifted at once and restored`, () => {
      const run = new DrillRun(QUICK).until('Injecting').replace('Starting').pass(1);
      stop(run);
      run.pass(6);
      expect(run.inForce).to.equal(false);
      expect(run.phases).to.include('Aborting');
      expect(run.state).to.include({ restored: true, stoppedAs: 'Aborted' });
      expect(run.state.abortReason).to.match(why);
      run.fleet = aDrillFleet();
      run.until('Completed');
      expect(run.state).to.include({ outcome: 'Aborted', restored: true });
    });
  }

  it('is stopped, approved and created by somebody, and says by whom', () => {
    const run = new DrillRun({ ...QUICK, '/spec/approval': { required: true } });
    const actors = { created: 'argocd', aborted: 'kubectl-patch', approved: 'tradewind-cli' };
    run.drill = { ...run.drill, askedBy: actors };
    run.until('AwaitingApproval');
    run.drill = { ...run.drill, approved: true };
    run.until('Injecting');
    run.drill = { ...run.drill, abortRequested: true };
    run.look();
    const by = run.state.timeline
      .filter(({ actor }) => actor !== 'operator')
      .map(({ event, actor }) => `${event} ${actor}`);
    expect(by).to.deep.equal(['Created argocd', 'Pending tradewind-cli', 'Aborting kubectl-patch']);
    const early = new DrillRun({ ...QUICK, '/spec/abort': { requested: true } });
    early.drill = { ...early.drill, askedBy: actors };
    expect(early.look().state.timeline.at(-1)).to.include({ event: 'Completed', actor: 'kubectl-patch' });
  });

  it('never begins when it is stopped before', () => {
    for (const changes of [{}, { '/spec/approval': { required: true } }, HTTP]) {
      const run = new DrillRun({ ...QUICK, ...changes });
      run.look();
      run.drill = { ...run.drill, abortRequested: true };
      expect(run.look().state).to.include({ outcome: 'Aborted', restored: null });
    }
    const fresh = new DrillRun({ '/spec/abort': { requested: true } });
    expect(fresh.look().phases).to.deep.equal(['Completed']);
    const checked = new DrillRun(QUICK);
    checked.drill = { ...checked.drill, abortRequested: true, state: aDrillState({ phase: 'Preflight' }) };
    expect(checked.look().state.outcome).to.equal('Aborted');
  });

  it('is stopped by a probe that cannot be asked, unless that does not count', () => {
    const run = new DrillRun({ ...QUICK, ...HTTP }).until('Injecting');
    run.answer = () => 'Unknown';
    expect(run.pass(6).state.stoppedAs).to.equal('Aborted');
    expect(run.state.abortReason).to.equal('probe gateway could not be asked: so it says');
    const lenient = new DrillRun({ ...QUICK, ...HTTP, '/spec/abort': { onUnknownProbe: false } }).until('Injecting');
    lenient.answer = () => 'Unknown';
    expect(lenient.pass(20).inForce).to.equal(true);
  });

  it('counts what clients would have seen, and only writes down what is RecordOnly', () => {
    const probe = { name: 'gateway', http: { url: 'https://gateway.example.com/' }, onFailure: 'RecordOnly' };
    const steadyState = [probe, { name: 'half-ready', readyShare: { atLeast: '50%' } }];
    const run = new DrillRun({ ...QUICK, '/spec/steadyState': steadyState, '/spec/objectives': { lostRequests: 1 } });
    run.until('Injecting').replace('Serving');
    run.answer = () => 'Broken';
    run.pass(11);
    expect(run.inForce).to.equal(true);
    expect(run.state.readings).to.include({ probesAsked: 3, probesBroken: 2 });
    run.answer = () => 'Held';
    run.until('Restoring');
    run.fleet = aDrillFleet();
    expect(run.until('Completed').state).to.include({ outcome: 'Failed' });
    expect(run.state.message).to.match(/2 of \d+ http probes broke; at most 1 was wanted/);
  });

  it('lapses by itself when its time is over, when it is stopped and when it is deleted, though nothing is written', () => {
    const { drill, now } = new DrillRun(QUICK).until('Injecting');
    expect(activeFailureOf(drill, now)).to.include({ drill: 'lose-use1', mode: 'SignalOverride', since: now });
    expect(activeFailureOf(drill, after(now, minutes(2)))).to.equal(null);
    expect(activeFailureOf({ ...drill, abortRequested: true }, now)).to.equal(null);
    expect(activeFailureOf({ ...drill, deleting: true }, now)).to.equal(null);
    expect(activeFailureOf({ ...drill, spec: { ...drill.spec, mode: 'DryRun' } }, now)).to.equal(null);
    const abort = { ...drill.spec.abort, maxDuration: seconds(30) };
    expect(activeFailureOf({ ...drill, spec: { ...drill.spec, abort } }, after(now, seconds(30)))).to.equal(null);
  });

  it('is lifted when the clock goes back, lest it last longer than it may', () => {
    const run = new DrillRun(QUICK).until('Injecting').replace('Starting').pass(60);
    run.now = after(run.now, minutes(-30));
    expect(run.inForce).to.equal(false);
    expect(run.look().state).to.include({ stoppedAs: 'Aborted', abortReason: 'the clock went back' });
    const adjusted = new DrillRun(QUICK).until('Injecting').pass(10);
    adjusted.now = after(adjusted.now, seconds(-5));
    expect(adjusted.look().inForce).to.equal(true);
  });

  it('is not stopped by a restart, after which nothing can be seen for a moment', () => {
    const run = new DrillRun(QUICK).until('Injecting').replace('Serving').pass(5);
    const before = run.state.readings;
    const seen = run.fleet;
    const verdict = aVerdict('Suspect', { reason: 'NotYetProbed' });
    const blank = aDrillFleet({
      holdings: [
        { ...ON_A, phase: 'Stranded', observed: null },
        { cluster: 'azure-b', replicas: 2, observed: null },
      ],
      members: { 'aws-a': { verdict, synced: false }, 'azure-b': { verdict, synced: false }, 'azure-c': { verdict } },
    });
    run.fleet = blank;
    run.pass(10);
    expect(run.inForce).to.equal(true);
    expect(run.state.readings).to.deep.equal(before);
    run.fleet = seen;
    expect(run.until('Restoring').state.stoppedAs ?? null).to.equal(null);
  });

  it('is aborted at maxDuration whatever its duration says', () => {
    const run = new DrillRun(QUICK).until('Injecting');
    const abort = { ...run.drill.spec.abort, maxDuration: seconds(40) };
    run.drill = { ...run.drill, spec: { ...run.drill.spec, abort } };
    run.pass(41);
    expect(run.state).to.include({ stoppedAs: 'Aborted', abortReason: 'abort.maxDuration is over' });
  });

  it('is known to have been lifted at its end by an operator that was away', () => {
    const run = new DrillRun(QUICK).until('Injecting').replace('Starting').pass(1);
    run.now = after(run.now, minutes(30));
    run.look();
    expect(run.phases).to.include('Restoring');
    const { injectedAt, liftedAt } = run.state.readings ?? {};
    expect((liftedAt ?? 0) - (injectedAt ?? 0)).to.equal(minutes(2));
  });
});

describe('a real incident', () => {
  const incident = (run: DrillRun): void => {
    run.fleet = aDrillFleet({ members: { 'azure-c': lostMember(run.now) } });
  };

  for (const phase of ['Injecting', 'Observing'] as const) {
    it(`in ${phase} lifts the failure and ends the drill as Interrupted`, () => {
      const run = new DrillRun(QUICK).until('Injecting');
      if (phase === 'Observing') run.replace('Starting').until('Observing');
      incident(run);
      run.look();
      expect(run.inForce).to.equal(false);
      expect(run.state).to.include({ restored: true, stoppedAs: 'Interrupted' });
      expect(run.until('Completed').state).to.include({ outcome: 'Interrupted' });
      expect(run.state.message).to.include('azure-c is Down');
    });
  }

  for (const phase of ['Restoring', 'Verifying'] as const) {
    it(`in ${phase} wins over success`, () => {
      const run = new DrillRun(QUICK).until('Injecting').replace('Serving').until('Restoring');
      run.fleet = aDrillFleet();
      run.until(phase);
      incident(run);
      run.look();
      run.fleet = aDrillFleet();
      expect(run.until('Completed').state).to.include({ outcome: 'Interrupted' });
    });
  }

  it('comes before a person and before what a probe says', () => {
    const run = new DrillRun(QUICK).until('Injecting');
    incident(run);
    run.drill = { ...run.drill, abortRequested: true };
    expect(run.look().state.stoppedAs).to.equal('Interrupted');
  });

  it('while it is announced keeps it from beginning', () => {
    const run = new DrillRun(QUICK).until('Announced');
    incident(run);
    expect(run.look().state).to.include({ outcome: 'Interrupted', restored: null });
  });

  it('is a frozen fleet, a degraded member and a lost API too, and no slow answer', () => {
    const after1 = (fleet: ReturnType<typeof aDrillFleet>) => {
      const run = new DrillRun(QUICK).until('Injecting');
      run.fleet = fleet;
      return run.look().state.stoppedAs ?? null;
    };
    expect(after1({ ...aDrillFleet(), frozen: true })).to.equal('Interrupted');
    for (const verdict of ['Degraded', 'ControlPlaneLost'] as const)
      expect(after1(aDrillFleet({ members: { 'azure-b': { verdict } } }))).to.equal('Interrupted');
    expect(after1(aDrillFleet({ members: { 'azure-b': { verdict: 'Suspect' } } }))).to.equal(null);
  });

  it('does not end a drill that its author watches', () => {
    const run = new DrillRun({ ...QUICK, '/spec/abort': { onRealIncident: false } }).until('Injecting');
    incident(run);
    expect(run.look().inForce).to.equal(true);
  });
});

describe('a drill that cannot begin', () => {
  const outcomeOf = (changes: object, fleet = aDrillFleet()) => {
    const run = new DrillRun({ ...QUICK, ...changes }, fleet);
    return run.look().until('Completed').state.outcome;
  };

  it('says why: the survivors have no room', () => {
    const full = { offerings: [{ freeByNode: [] }] };
    const fleet = aDrillFleet({ members: { 'azure-b': full, 'azure-c': full } });
    expect(outcomeOf({}, fleet)).to.equal('CapacityCheckFailed');
    expect(outcomeOf({ '/spec/mode': 'DryRun' }, fleet)).to.equal('CapacityCheckFailed');
  });

  it('says why: nothing is there', () => {
    expect(outcomeOf({}, aDrillFleet({ holdings: [{ cluster: 'azure-b', replicas: 2 }] }))).to.equal('Inconclusive');
    expect(outcomeOf({ '/spec/failure': { scope: 'Cluster', clusters: ['aws-z'] } })).to.equal('PreflightFailed');
  });

  it('says why: the policy was tightened while it was announced', () => {
    const run = new DrillRun(QUICK).until('Announced');
    const policy = { ...run.fleet.policy, drills: { enabled: true, maxMode: 'DryRun' } } as const;
    run.fleet = { ...run.fleet, policy };
    expect(run.look().state).to.include({ outcome: 'PreflightFailed', restored: null });
  });

  it('is checked once more when a deployment has come to the targets that nobody asked', () => {
    const run = new DrillRun(QUICK).until('Announced');
    const stranger = aView({ name: 'stranger' }, [{ cluster: 'aws-a' }]);
    run.fleet = { ...run.fleet, workloads: [...run.fleet.workloads, stranger] };
    run.pass(10);
    expect(run.state).to.include({ outcome: 'PreflightFailed', restored: null });
    expect(run.state.message).to.include('ml-prod/stranger does not match spec.deployments');
  });
});

describe('a dry run', () => {
  it('touches nothing and tells what would move', () => {
    const run = new DrillRun({ '/spec/mode': 'DryRun' });
    run.look();
    expect(run.phases).to.deep.equal(['Preflight', 'Completed']);
    expect(run.state).to.include({ outcome: 'DryRunOnly', restored: null, readings: null });
    expect(run.state.message).to.equal('Nothing was touched. 2 of 2 units on the targets find room elsewhere.');
    expect(run.state.prediction?.moves).to.deep.equal([
      { deployment: 'ml-prod/llama', from: 'aws-a', to: 'azure-b', replicas: 2 },
    ]);
  });

  it('needs no opt-in, and remarks on it', () => {
    const run = new DrillRun({ '/spec/mode': 'DryRun' }, aDrillFleet({ workload: { labels: {} } }));
    run.look();
    expect(run.state.outcome).to.equal('DryRunOnly');
    expect(run.state.message).to.include('See 1 remark in status.preflight.');
  });
});

describe('restoring', () => {
  it('that takes longer than its timeout has failed, and is said to be lifted', () => {
    const run = new DrillRun(QUICK).until('Injecting').replace('Serving').until('Restoring');
    run.until('Completed');
    expect(run.state).to.include({ outcome: 'Failed', restored: true });
    expect(run.state.readings?.restoredAt).to.equal(null);
    expect(run.state.message).to.include('not everything was ready again within restore.timeout');
  });

  it('begins its verification anew when a probe breaks, and fails when it goes on', () => {
    const run = new DrillRun(QUICK).until('Injecting').replace('Serving').until('Restoring');
    run.fleet = aDrillFleet();
    run.until('Verifying').pass(10);
    run.fleet = aDrillFleet({ holdings: [{ ...ON_A, observed: { ready: 0 } }] });
    run.pass(5);
    run.fleet = aDrillFleet();
    expect(run.until('Completed').state.outcome).to.equal('Succeeded');
    expect(run.phases.filter((phase) => phase === 'Verifying').length).to.be.greaterThan(1);

    const broken = new DrillRun(QUICK).until('Injecting').replace('Serving').until('Restoring');
    broken.fleet = aDrillFleet();
    broken.until('Verifying');
    broken.fleet = aDrillFleet({ holdings: [{ ...ON_A, observed: { ready: 0 } }] });
    expect(broken.until('Completed').state).to.include({ outcome: 'Failed' });
    expect(broken.state.message).to.include('The steady state did not come back: probe half-ready broke');
    expect(broken.now - (broken.state.readings?.liftedAt ?? 0)).to.be.at.most(minutes(1) + seconds(25));
  });

  it('of a drill that is deleted ends as soon as everything is ready, and then it may go', () => {
    const run = new DrillRun(QUICK).until('Injecting').replace('Serving').pass(1);
    run.drill = { ...run.drill, deleting: true };
    run.pass(2);
    expect(mayBeLetGo(run.drill)).to.equal(false);
    run.fleet = aDrillFleet();
    run.pass(1);
    expect(run.state).to.include({ phase: 'Completed', outcome: 'Aborted' });
    expect(mayBeLetGo(run.drill)).to.equal(true);
    const late = new DrillRun(QUICK).until('Injecting').replace('Serving').until('Restoring');
    late.fleet = aDrillFleet();
    late.until('Verifying');
    late.drill = { ...late.drill, deleting: true };
    expect(late.look().phase).to.equal('Completed');
    expect(mayBeLetGo(aDrill())).to.equal(true);
    expect(mayBeLetGo(aDrill({}, aDrillState({ phase: 'Announced' })))).to.equal(true);
  });

  it('takes a deployment that is gone for settled', () => {
    const run = new DrillRun(QUICK).until('Injecting').replace('Serving').until('Restoring');
    run.fleet = { ...run.fleet, workloads: [] };
    expect(run.until('Completed').state.restored).to.equal(true);
  });

  it('leaves a drill that is over as it is', () => {
    const run = new DrillRun({ '/spec/mode': 'DryRun' }).look();
    const before = run.state;
    run.now = after(run.now, hours(1));
    run.drill = { ...run.drill, abortRequested: true };
    expect(run.look().state).to.deep.equal(before);
  });

  it('is inconclusive where nothing was measured', () => {
    const run = new DrillRun({ ...QUICK });
    run.drill = { ...run.drill, state: aDrillState({ phase: 'Verifying', since: NOW, restored: true }) };
    expect(run.until('Completed').state.outcome).to.equal('Inconclusive');
    const lost = new DrillRun({ ...QUICK });
    lost.drill = { ...lost.drill, state: aDrillState({ phase: 'Restoring', since: NOW, restored: true }) };
    expect(lost.until('Completed').state).to.include({ outcome: 'Failed', restored: true });
    const odd = new DrillRun(QUICK);
    odd.drill = { ...odd.drill, state: aDrillState({ phase: 'Observing', since: NOW, restored: false }) };
    expect(odd.inForce).to.equal(true);
    expect(odd.until('Completed').state.restored).to.equal(true);
  });
});

describe('evictionsOf', () => {
  const EVICT = { ...QUICK, '/spec/mode': 'EvictUngraceful', '/spec/approval': { required: true, approved: true } };
  const allowing = {
    policy: { drills: { enabled: true, maxMode: 'EvictUngraceful' } as const, freezeThreshold: fraction(1) },
  };
  const evicting = (changes: object = {}): DrillRun =>
    new DrillRun({ ...EVICT, ...changes }, aDrillFleet({ fleet: allowing }));

  it('deletes what stands on the targets, the last copies too, until none is left', () => {
    const run = evicting().until('Injecting');
    expect(evictionsOf(run.drill, { ...run.fleet, at: run.now })).to.deep.equal([
      {
        kind: 'DeletePlacement',
        workload: 'ml-prod/llama',
        ownerUid: 'uid-ml-prod-llama',
        offering: 'aws-a/h100/a',
        cluster: 'aws-a',
      },
    ]);
    expect(run.state.message).to.include('Waits for the deletion of 1 placement.');
    run.fleet = aDrillFleet({
      fleet: allowing,
      holdings: [
        { ...ON_A, observed: { present: false, replicas: 0, bound: 0, ready: 0 } },
        { cluster: 'azure-b', replicas: 2, since: run.now, phase: 'Starting', observed: { ready: 1 } },
      ],
    });
    expect(evictionsOf(run.drill, { ...run.fleet, at: run.now })).to.deep.equal([]);
    expect(run.look().phase).to.equal('Observing');
  });

  it('deletes nothing of another deployment, of one created anew, or of another member', () => {
    const run = evicting().until('Injecting');
    const [llama] = run.fleet.workloads;
    const anew = llama && { ...llama, workload: { ...llama.workload, uid: 'another' } };
    const stranger = aView({ name: 'stranger' }, [{ cluster: 'aws-a' }]);
    const elsewhere = aDrillFleet({ holdings: [{ cluster: 'azure-b', replicas: 2 }], fleet: allowing });
    const at = run.now;
    expect(evictionsOf(run.drill, { ...run.fleet, at, workloads: [anew ?? stranger, stranger] })).to.deep.equal([]);
    expect(evictionsOf(run.drill, { ...elsewhere, at })).to.deep.equal([]);
  });

  it('deletes nothing that the policy no longer allows, nothing in other modes, and nothing after its time', () => {
    const run = evicting().until('Injecting');
    const fleet = { ...run.fleet, at: run.now };
    const tightened = { ...fleet, policy: { ...fleet.policy, drills: { enabled: true, maxMode: 'Cordon' } as const } };
    expect(evictionsOf(run.drill, tightened)).to.deep.equal([]);
    const off = {
      ...fleet,
      policy: { ...fleet.policy, drills: { enabled: false, maxMode: 'EvictUngraceful' } as const },
    };
    expect(evictionsOf(run.drill, off)).to.deep.equal([]);
    expect(evictionsOf(run.drill, { ...fleet, at: after(run.now, hours(1)) })).to.deep.equal([]);
    expect(evictionsOf({ ...run.drill, state: null }, fleet)).to.deep.equal([]);
    const gentle = new DrillRun(QUICK).until('Injecting');
    expect(evictionsOf(gentle.drill, { ...gentle.fleet, at: gentle.now })).to.deep.equal([]);
  });

  it('is not waited for longer than half a minute', () => {
    const run = evicting({ '/spec/steadyState': [{ name: 'a', readyShare: { atLeast: '0.1%' } }] }).until('Injecting');
    expect(run.pass(31).phase).to.equal('Observing');
  });
});
