import { expect } from 'chai';
import { array, assert, boolean, constantFrom, integer, oneof, property, record } from 'fast-check';
import { activeFailureOf } from '../../../operator/decide/drill/active-failure.ts';
import type { DrillPhase } from '../../../operator/model/drill.ts';
import { after, seconds, type Instant } from '../../../operator/model/units.ts';
import { aDrillFleet, DrillRun, lostMember, ON_A } from '../../support/drill-runs.ts';

/** What the world does while drills run; each lasts until the next. */
type Twist =
  | {
      readonly kind: 'fleet';
      readonly fleet: 'well' | 'replacing' | 'replaced' | 'unready' | 'incident' | 'frozen' | 'gone';
    }
  | { readonly kind: 'probe'; readonly says: 'Held' | 'Broken' | 'Unknown' | 'Nothing' }
  | {
      readonly kind: 'person';
      readonly asks: 'abort' | 'approve' | 'delete' | 'suspend' | 'resume';
      readonly which: number;
    }
  | { readonly kind: 'policy'; readonly enabled: boolean }
  /** The operator is away, or restarts. */
  | { readonly kind: 'away'; readonly seconds: number };

const calmly = <const T>(calm: T, ...rest: readonly T[]) => constantFrom(calm, calm, calm, ...rest);

const twists = oneof(
  record({
    kind: constantFrom('fleet' as const),
    fleet: calmly('well' as const, 'replacing', 'replaced', 'unready', 'incident', 'frozen', 'gone'),
  }),
  record({ kind: constantFrom('probe' as const), says: calmly('Held' as const, 'Broken', 'Unknown', 'Nothing') }),
  record({
    kind: constantFrom('person' as const),
    asks: constantFrom(...(['approve', 'approve', 'abort', 'delete', 'suspend', 'resume'] as const)),
    which: integer({ min: 0, max: 1 }),
  }),
  record({ kind: constantFrom('policy' as const), enabled: calmly(true, false) }),
  record({ kind: constantFrom('away' as const), seconds: integer({ min: 1, max: 400 }) }),
);

const story = array(record({ twist: twists, lasts: integer({ min: 1, max: 40 }) }), { minLength: 1, maxLength: 25 });

const plans = record({
  mode: constantFrom('SignalOverride', 'Cordon', 'DrainGraceful', 'DryRun'),
  scope: constantFrom('Cluster', 'SpotReclaim', 'Zone', 'ControlPlaneOnly'),
  http: boolean(),
  approval: boolean(),
});
type Plan = { readonly mode: string; readonly scope: string; readonly http: boolean; readonly approval: boolean };

const DURATION = 60;
const TIMEOUT = 45;
const VERIFY = 15;
/** A look a second, and a probe that is asked every five. */
const SLACK = 10;

function drillOf({ mode, scope, http, approval }: Plan, name: string): DrillRun {
  const zones = scope === 'Zone' ? { zones: ['a'] } : {};
  const isBelief = scope === 'ControlPlaneOnly';
  return new DrillRun({
    '/metadata/name': name,
    '/metadata/uid': `uid-${name}`,
    '/spec/mode': isBelief && mode !== 'DryRun' ? 'SignalOverride' : mode,
    '/spec/failure': { scope, clusters: ['aws-a'], ...zones },
    '/spec/duration': `${DURATION}s`,
    '/spec/restore': { verifyFor: `${VERIFY}s`, timeout: `${TIMEOUT}s` },
    '/spec/approval': { required: approval },
    ...(http ? { '/spec/steadyState': [{ name: 'gateway', http: { url: 'http://a/' } }] } : {}),
  });
}

function fleetOf(kind: Extract<Twist, { kind: 'fleet' }>['fleet'], now: Instant) {
  const since = now;
  const starting = { cluster: 'azure-b', replicas: 2, phase: 'Starting', since, observed: { ready: 0 } } as const;
  switch (kind) {
    case 'well':
      return aDrillFleet();
    case 'replacing':
      return aDrillFleet({ holdings: [{ ...ON_A, phase: 'Stranded', since, observed: { ready: 2 } }, starting] });
    case 'replaced':
      return aDrillFleet({ holdings: [{ cluster: 'azure-b', replicas: 2, since }] });
    case 'unready':
      return aDrillFleet({ holdings: [{ ...ON_A, observed: { ready: 0 } }] });
    case 'incident':
      return aDrillFleet({ members: { 'azure-c': lostMember(now) } });
    case 'frozen':
      return aDrillFleet({ fleet: { frozen: true } });
    case 'gone':
      return { ...aDrillFleet(), workloads: [] };
  }
}

/** Two drills that want to begin, and a world that does as it likes. Returns them as they are in the end. */
function play(first: Plan, second: Plan, steps: readonly { readonly twist: Twist; readonly lasts: number }[]) {
  const runs = [drillOf(first, 'first'), drillOf(second, 'second')] as const;
  const struck = [false, false];
  let enabled = true;
  let fleet = aDrillFleet();
  let now = runs[0].now;
  const look = (): void => {
    runs.forEach((run, index) => {
      run.now = now;
      run.fleet = { ...fleet, policy: { ...fleet.policy, drills: { enabled, maxMode: 'DrainGraceful' } } };
      run.others = runs.filter((other) => other !== run).map(({ drill }) => drill);
      if (run.inForce && incidents(run)) struck[index] = true;
      run.look();
      holds(run, now);
    });
    expect(runs.filter(({ inForce }) => inForce).length, 'two failures in force').to.be.at.most(1);
  };
  look();
  for (const { twist, lasts } of [...steps, ...CALM]) {
    if (twist.kind === 'fleet') fleet = fleetOf(twist.fleet, now);
    if (twist.kind === 'policy') enabled = twist.enabled;
    if (twist.kind === 'away') now = after(now, seconds(twist.seconds));
    if (twist.kind === 'person') ask(runs[twist.which as 0 | 1], twist.asks);
    if (twist.kind === 'probe')
      for (const run of runs) {
        run.silent = twist.says === 'Nothing';
        run.answer = () => (twist.says === 'Nothing' ? 'Unknown' : twist.says);
      }
    for (let passed = 0; passed < lasts; passed += 1) {
      now = after(now, seconds(1));
      look();
    }
  }
  return { runs, struck };
}

/** In the end all is well, and there is time for two drills one after the other. */
const CALM: readonly { readonly twist: Twist; readonly lasts: number }[] = [
  { twist: { kind: 'fleet', fleet: 'well' }, lasts: 0 },
  { twist: { kind: 'policy', enabled: true }, lasts: 0 },
  { twist: { kind: 'person', asks: 'resume', which: 0 }, lasts: 0 },
  { twist: { kind: 'person', asks: 'resume', which: 1 }, lasts: 0 },
  { twist: { kind: 'person', asks: 'approve', which: 0 }, lasts: 0 },
  { twist: { kind: 'person', asks: 'approve', which: 1 }, lasts: 0 },
  { twist: { kind: 'probe', says: 'Held' }, lasts: 2 * (60 + DURATION + TIMEOUT + VERIFY + 60) },
];

const incidents = ({ fleet }: DrillRun): boolean =>
  fleet.frozen || fleet.members.some(({ verdict }) => verdict.verdict === 'Down');

const ASKED = {
  abort: { abortRequested: true },
  approve: { approved: true },
  delete: { deleting: true },
  suspend: { suspended: true },
  resume: { suspended: false },
} as const;

function ask(run: DrillRun, asks: keyof typeof ASKED): void {
  const change = ASKED[asks];
  run.drill = { ...run.drill, ...change };
}

const ON_RECORD: readonly DrillPhase[] = ['Injecting', 'Observing', 'Aborting'];

/** What is true at every moment. */
function holds({ drill, inForce, state }: DrillRun, now: Instant): void {
  const { phase, restored, readings, outcome } = state;
  const injectedAt = readings?.injectedAt ?? null;
  expect(outcome !== null, 'an outcome exactly when it is over').to.equal(phase === 'Completed');
  if (phase === 'Completed') expect(restored, 'over and not restored').to.not.equal(false);
  expect(restored === false, 'on record as injected').to.equal(ON_RECORD.includes(phase));
  if (injectedAt === null) {
    expect(restored, 'restored without anything injected').to.equal(null);
    return;
  }
  if (inForce) expect(now).to.be.lessThan(after(injectedAt, seconds(DURATION)));
  expect(activeFailureOf(drill, after(injectedAt, seconds(DURATION)))).to.equal(null);
  if (phase === 'Completed') return;
  const settled = after(injectedAt, seconds(DURATION + TIMEOUT));
  // Only who was away begins to verify later than that.
  const latest = phase === 'Verifying' ? Math.max(settled, state.since) + seconds(VERIFY) : settled;
  expect(now, `still ${phase}`).to.be.at.most(latest + seconds(SLACK));
}

describe('any drill', () => {
  it('ends, restores, gives way to incidents, and is never in force beside another', function () {
    this.timeout(60_000);
    assert(
      property(plans, plans, story, (first, second, steps) => {
        const { runs, struck } = play(first, second, steps);
        runs.forEach((run, index) => {
          expect(run.phase, run.state.message).to.equal('Completed');
          if (struck[index]) expect(run.state.outcome).to.equal('Interrupted');
          if (run.drill.spec.mode === 'DryRun') expect(run.state.restored).to.equal(null);
        });
      }),
      { numRuns: 30 },
    );
  });
});
