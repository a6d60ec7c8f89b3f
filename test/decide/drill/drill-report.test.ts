import { expect } from 'chai';
import { drillReport } from '../../../operator/decide/drill/drill-report.ts';
import { judgeDrill, verdictsOf } from '../../../operator/decide/drill/judge-drill.ts';
import { notTested } from '../../../operator/decide/drill/not-tested.ts';
import { renderReportMarkdown } from '../../../operator/decide/drill/render-report.ts';
import { DRILL_MODES, type Drill, type DrillState } from '../../../operator/model/drill.ts';
import type { DrillReadings } from '../../../operator/model/drill-readings.ts';
import { clusterName } from '../../../operator/model/names.ts';
import { fraction, instant, millis, milliUnits, usdPerHour } from '../../../operator/model/units.ts';
import { aDrill, aDrillState, aFullDrillState, DRILL_START, theReadings } from '../../support/drill-states.ts';
import type { Changes } from '../../support/api-objects.ts';

const at = (seconds: number) => instant(DRILL_START + seconds * 1000);

const HTTP = { name: 'gateway', http: { url: 'https://gateway.example.com/' } };

const READ = {
  injectedAt: at(0),
  detectedAt: at(1),
  decidedAt: at(2),
  firstReadyAt: at(90),
  recoveredAt: at(200),
  liftedAt: at(260),
  restoredAt: at(262),
  failedBackAt: at(300),
  readyBefore: milliUnits(4000),
  lowestReady: milliUnits(4000),
  probesAsked: 50,
  moves: 2,
};

function over(changes: Changes = {}, state: Partial<DrillState> = {}, readings: Partial<DrillReadings> = {}): Drill {
  const drill = aDrill({
    '/spec/mode': 'SignalOverride',
    '/spec/hypothesis': 'All is well without eks-use1',
    '/spec/steadyState': [HTTP],
    '/spec/objectives': { recovery: '5m' },
    ...changes,
  });
  const ended = {
    phase: 'Completed',
    outcome: 'Succeeded',
    since: at(330),
    abortReason: null,
    stoppedAs: null,
  } as const;
  return { ...drill, state: aFullDrillState({ ...ended, readings: theReadings({ ...READ, ...readings }), ...state }) };
}

const EXTENT = {
  shortfall: { unitSeconds: 90, units: milliUnits(0), since: at(200), seenAt: at(200) },
  survivorsPeak: fraction(0.875),
  leftOver: 1,
  slowestAnswer: millis(1250),
};

const reportOf = (drill: Drill, previous: Drill | null = null) => drillReport({ drill, previous });

describe('drillReport', () => {
  it('tells times from injection, and those of restoring from lifting', () => {
    expect(reportOf(over()).seconds).to.deep.equal({
      detect: 1,
      decide: 2,
      firstReplica: 90,
      recovery: 200,
      restore: 2,
      failback: 40,
    });
  });

  it('tells what was wanted, seen, lost and paid', () => {
    const report = reportOf(over({}, {}, { costPeak: usdPerHour(150.004), probesBroken: 1, ...EXTENT }));
    expect(report.units).to.deep.equal({
      wanted: 4,
      onTargets: 2.4,
      readyBefore: 4,
      lowestReady: 4,
      shortfallUnitSeconds: 90,
    });
    expect(report.hourlyUSD).to.deep.equal({ before: 98, peak: 150, extra: 52 });
    expect(report.requests).to.deep.equal({
      asked: 50,
      broken: 1,
      errorRatio: 0.02,
      slowestSeconds: 1.25,
      method: 'http probes while the failure was in force: gateway',
    });
    expect(report).to.include({ survivorsPeak: 0.875, leftOver: 1 });
    expect(report).to.deep.include({ clusters: ['eks-use1'], deployments: ['ml-prod/llama'], moves: 2 });
    expect(report).to.include({ injectedAt: '2026-11-23T10:00:00Z', endedAt: '2026-11-23T10:05:30Z', restored: true });
    expect(report.prediction).to.include({ units: 2.4, placeable: 2, recoverySeconds: 252 });
  });

  it('is plain JSON: what is written is what is read', () => {
    for (const drill of [over(), aDrill({}, aDrillState({ phase: 'Completed', outcome: 'PreflightFailed' }))]) {
      const report = reportOf(drill, over());
      expect(JSON.parse(JSON.stringify(report))).to.deep.equal(report);
    }
  });

  it('of a drill that injected nothing measures nothing', () => {
    const report = reportOf(aDrill({}, aDrillState({ phase: 'Completed', outcome: 'CapacityCheckFailed' })));
    expect(report).to.deep.include({ units: null, requests: null, hourlyUSD: null, moves: null, objectives: [] });
    expect(report).to.include({ injectedAt: null, previous: null, prediction: null });
    expect(Object.values(report.seconds)).to.deep.equal([null, null, null, null, null, null]);
    expect(() => reportOf(aDrill())).to.throw('has not begun');
  });

  it('compares with the last drill of its kind, and forgives noise', () => {
    const same = reportOf(
      over({}, {}, { recoveredAt: at(219), detectedAt: at(5) }),
      over({ '/metadata/name': 'last' }),
    );
    expect(same.previous).to.deep.include({ drill: 'last', outcome: 'Succeeded' });
    expect(same.regressions).to.deep.equal([]);
  });

  it('names each thing that became worse', () => {
    const worse = over(
      {},
      { outcome: 'Failed' },
      {
        recoveredAt: at(250),
        failedBackAt: null,
        lowestReady: milliUnits(2000),
        probesBroken: 5,
        costPeak: usdPerHour(150),
      },
    );
    expect(reportOf(worse, over()).regressions).to.deep.equal([
      'The last drill of this kind succeeded; this one ended as Failed.',
      'Full recovery took 250 s, after 200 s the last time.',
      'The way back took 40 s the last time and was not seen this time.',
      'As few as 2 units were ready, after 4 the last time.',
      '10% of the probes of clients broke, after 0% the last time.',
      'It cost up to $52.00 an hour more, after $0.00 the last time.',
    ]);
    expect(reportOf(over(), worse).regressions).to.deep.equal([]);
  });

  it('compares little with a drill that measured little', () => {
    const nothing = aDrill({}, aDrillState({ phase: 'Completed', outcome: 'PreflightFailed' }));
    expect(reportOf(nothing, over()).regressions).to.deep.equal([
      'The last drill of this kind succeeded; this one ended as PreflightFailed.',
    ]);
    expect(reportOf(aDrill({}, aDrillState()), over()).regressions[0]).to.include('ended as unfinished');
    expect(reportOf(over({}, {}, { lowestReady: null, probesAsked: 0 }), over()).regressions).to.deep.equal([]);
  });
});

describe('judgeDrill', () => {
  const judged = (changes: Changes, readings: Partial<DrillReadings> = {}) => {
    const drill = over(changes, {}, readings);
    return judgeDrill(drill, drill.state?.readings ?? theReadings());
  };

  it('lets a drill succeed that met every objective', () => {
    const objectives = { recovery: '5m', firstReplica: '2m', lostRequests: 0, extraHourlyUSD: '10' };
    expect(judged({ '/spec/objectives': objectives })).to.deep.equal({
      outcome: 'Succeeded',
      why: 'Every objective was met, never fewer than 4 units ready.',
    });
    expect(judged({}, { lowestReady: null }).why).to.equal('Every objective was met.');
  });

  it('fails it by each objective that was missed', () => {
    const why = (objectives: object, readings: Partial<DrillReadings> = {}) =>
      judged({ '/spec/objectives': objectives }, readings).why;
    expect(why({ recovery: '3m' })).to.equal('Missed: recovery took 200 s; at most 180 s was wanted.');
    expect(why({ recovery: '3m' }, { recoveredAt: null })).to.include('recovery was not seen');
    expect(why({ firstReplica: '1m' })).to.include('the first replacement took 90 s; at most 60 s was wanted');
    expect(why({ lostRequests: 1 }, { probesBroken: 2 })).to.include('2 of 50 http probes broke; at most 1 was wanted');
    expect(why({ extraHourlyUSD: '10' }, { costPeak: usdPerHour(120) })).to.include(
      'it cost up to $22.00 an hour more',
    );
    expect(why({}, { recoveredAt: null })).to.equal('Every objective was met, never fewer than 4 units ready.'); // 2 of 2.4 units fit
  });

  it('does not call it a success when what fits did not come back', () => {
    const drill = over({ '/spec/objectives': {} }, {}, { recoveredAt: null });
    const fits = { ...drill, state: drill.state && { ...drill.state, prediction: null } };
    const again = verdictsOf(fits, theReadings(READ)).find(({ objective }) => objective === 'allReadyAgain');
    expect(again?.met).to.equal(true);
    expect(judgeDrill(fits, theReadings({ ...READ, recoveredAt: null })).outcome).to.equal('Failed');
    expect(judgeDrill({ ...fits, state: null }, theReadings({ ...READ, recoveredAt: null })).outcome).to.equal(
      'Failed',
    );
  });

  it('shows nothing when it could not be measured', () => {
    const { outcome, why } = judged({ '/spec/objectives': { lostRequests: 0 } }, { probesAsked: 0 });
    expect([outcome, why]).to.deep.equal([
      'Inconclusive',
      'It could not be measured: no http probe counted what clients would have seen.',
    ]);
  });

  it('asks of a belief that nothing moved', () => {
    const belief = { '/spec/failure': { scope: 'PriceFeed', clusters: ['eks-use1'] }, '/spec/objectives': {} };
    expect(judged(belief, { moves: 0 }).outcome).to.equal('Succeeded');
    expect(judged(belief, { moves: 1 }).outcome).to.equal('Failed');
    const drill = over({ '/spec/objectives': { recovery: '5m' } });
    expect(verdictsOf(drill, theReadings()).map(({ met }) => met)).to.deep.equal([false]);
  });
});

describe('notTested', () => {
  const scopes = [
    'Cluster',
    'Zone',
    'Region',
    'Provider',
    'SpotReclaim',
    'CapacityError',
    'ControlPlaneOnly',
    'PriceFeed',
  ];

  it('has honest sentences for every mode and scope', () => {
    const { spec } = aDrill();
    for (const mode of DRILL_MODES)
      for (const scope of scopes) {
        const sentences = notTested({ ...spec, mode, failure: { ...spec.failure, scope } as never });
        expect(sentences.length, `${mode} ${scope}`).to.be.at.least(3);
        for (const sentence of sentences) expect(sentence).to.match(/^[A-Z].*\.$/);
        expect(new Set(sentences).size).to.equal(sentences.length);
      }
  });

  it('says that nobody counted what clients would have seen, unless somebody did', () => {
    const said = (changes: Changes) => notTested(aDrill({ '/spec/mode': 'Cordon', ...changes }).spec).join(' ');
    expect(said({})).to.include('No http probe');
    expect(said({ '/spec/steadyState': [HTTP] })).to.not.include('No http probe');
  });
});

describe('renderReportMarkdown', () => {
  it('can be read by somebody who was not there', () => {
    const text = renderReportMarkdown(reportOf(over(), over({ '/metadata/name': 'last' }, {}, { recoveredAt: null })));
    expect(text).to.include('# Failover drill lose-use1');
    expect(text).to.include('> All is well without eks-use1');
    expect(text).to.include('**It succeeded.**');
    expect(text).to.include('| recovery | met | recovery took 200 s; at most 300 s was wanted |');
    expect(text).to.include('| until everything was ready without the targets | 200 s | not seen |');
    expect(text).to.include('Predicted for full recovery of a real loss: 252 s');
    expect(text).to.include(
      '- Capacity: 4 units wanted, 2.4 of them on the targets, 4 were ready before; fewest ready at any time: 4.',
    );
    expect(text).to.include('- Requests that clients would have lost: 0 of 50');
    expect(text).to.include('| ml-prod/llama | 1 | eks-use1 | no room |');
    expect(text).to.include('Nothing became worse since last.');
    expect(text).to.include('## What this drill did not test');
    expect(text).to.include('- Policy: Passed. The policy allows it.');
    expect(text).to.include('- 2026-11-23T10:00:00Z Injected (operator) eks-use1 is taken for lost');
    expect(text.endsWith('\n')).to.equal(true);
  });

  it('tells of a drill that injected nothing, or that is not over', () => {
    const nothing = aDrill({ '/spec/hypothesis': '' }, aDrillState({ phase: 'Completed', outcome: 'PreflightFailed' }));
    const text = renderReportMarkdown(reportOf(nothing));
    expect(text).to.include('Nothing was injected. It ended at');
    expect(text).to.include('targets: none');
    expect(text).to.not.include('## Times');
    expect(text).to.include('There was no drill of this kind before.');
    const running = over(
      {},
      { outcome: null, restored: false, prediction: null },
      { liftedAt: null, lowestReady: null, probesAsked: 0 },
    );
    const half = renderReportMarkdown(reportOf(running));
    expect(half).to.include('**It is not over.**');
    expect(half).to.include('and has not been lifted');
    expect(half).to.include('It may still be in force.');
    expect(half).to.include('fewest ready at any time: not seen');
  });

  it('tells of regressions, freezes and more moves than fit', () => {
    const drill = over({}, {}, { recoveredAt: at(290) });
    const [move] = drill.state?.prediction?.moves ?? [];
    const prediction = drill.state?.prediction &&
      move && {
        ...drill.state.prediction,
        recovery: null,
        wouldFreeze: true,
        moves: Array.from({ length: 25 }, () => move),
      };
    const state = drill.state && { ...drill.state, prediction: prediction ?? null };
    const { readyBefore: _, ...readings } = theReadings(READ);
    const text = renderReportMarkdown(reportOf({ ...drill, state: state && { ...state, readings } }, over()));
    expect(text).to.include('And 5 more.');
    expect(text).to.include('hold still');
    expect(text).to.include('Full recovery: cannot be said');
    const worse = renderReportMarkdown(reportOf(drill, over()));
    expect(worse).to.include('- Full recovery took 290 s, after 200 s the last time.');
  });

  it('lets nobody write into its form', () => {
    const evil = over({ '/spec/hypothesis': 'a\n# b | c <script> [x](y)' }, { clusters: [clusterName('a_b')] });
    const text = renderReportMarkdown(reportOf(evil));
    expect(text).to.include('> a \\# b \\| c \\<script\\> \\[x\\](y)');
    expect(text).to.include('a\\_b');
  });
});
