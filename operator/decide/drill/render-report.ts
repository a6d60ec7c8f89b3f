/** The report as Markdown: plain English for people who were not there. */
import type { DrillReport, ReportedTimes } from '../../model/drill-report.ts';

type Section = (report: DrillReport) => readonly string[];

/** The whole report; every section that has something to say. */
export function renderReportMarkdown(report: DrillReport): string {
  const sections = SECTIONS.map((section) => section(report)).filter((lines) => lines.length > 0);
  return `${sections.map((lines) => lines.join('\n')).join('\n\n')}\n`;
}

/** No text of a person's may change the report's form: it is kept on its line, and its marks are text. */
const plain = (text: string): string => text.replace(/\s+/g, ' ').replace(/[\\`*_{}[\]<>|#]/g, '\\$&');

const OUTCOMES: Readonly<Record<NonNullable<DrillReport['outcome']>, string>> = {
  Succeeded: 'It succeeded.',
  Failed: 'It failed.',
  Aborted: 'It was aborted.',
  Interrupted: 'It gave way to a real incident.',
  CapacityCheckFailed: 'It did not begin, because the survivors have no room.',
  PreflightFailed: 'It did not begin, because a check failed.',
  Inconclusive: 'It shows nothing for certain.',
  DryRunOnly: 'It was a dry run: nothing was touched.',
};

const heading: Section = ({ drill, mode, scope, clusters, hypothesis, outcome, message }) => [
  `# Failover drill ${plain(drill)}`,
  '',
  `Mode ${mode}, scope ${scope}, targets: ${clusters.map(plain).join(', ') || 'none'}.`,
  ...(hypothesis === '' ? [] : ['', `> ${plain(hypothesis)}`]),
  '',
  `**${outcome === null ? 'It is not over.' : OUTCOMES[outcome]}** ${plain(message)}`,
];

const people: Section = ({ requestedBy, approvedBy, refused }) => [
  `Requested by: ${plain(requestedBy ?? 'nobody on record')}.${approvedBy === null ? '' : ` Approved by: ${plain(approvedBy)}.`}`,
  ...(refused.length === 0
    ? []
    : [`Capacity was refused at ${refused.length} offerings of the survivors: ${listOf(refused)}.`]),
];

const REFUSED_SHOWN = 10;

const listOf = (names: readonly string[]): string => {
  const more = names.length - REFUSED_SHOWN;
  return `${names.slice(0, REFUSED_SHOWN).map(plain).join(', ')}${more > 0 ? ` and ${more} more` : ''}`;
};

const course: Section = ({ injectedAt, liftedAt, endedAt, restored }) => {
  if (injectedAt === null) return [`Nothing was injected. It ended at ${endedAt}.`];
  const lifted = liftedAt === null ? 'and has not been lifted' : `and lifted at ${liftedAt}`;
  const left = restored === true ? 'Nothing of it is in force any more.' : 'It may still be in force.';
  return [`The failure was put in force at ${injectedAt} ${lifted}; the drill ended at ${endedAt}. ${left}`];
};

const MET = new Map<boolean | null, string>([
  [true, 'met'],
  [false, 'missed'],
  [null, 'not measured'],
]);

const objectives: Section = ({ objectives: all }) =>
  all.length === 0
    ? []
    : [
        '## Objectives',
        '',
        '| objective | result | what was seen |',
        '|---|---|---|',
        ...all.map(({ objective, met, detail }) => `| ${objective} | ${MET.get(met)} | ${plain(detail)} |`),
      ];

const TIMES: readonly (readonly [keyof ReportedTimes, string])[] = [
  ['detect', 'until it was noticed'],
  ['decide', 'until the first replacement was on record'],
  ['firstReplica', 'until the first replacement was ready'],
  ['recovery', 'until everything was ready without the targets'],
  ['restore', 'from lifting until everything had settled'],
  ['failback', 'from lifting until everything was back on the targets'],
];

const shown = (seconds: number | null): string => (seconds === null ? 'not seen' : `${seconds} s`);

const times: Section = ({ injectedAt, seconds, prediction, previous }) => {
  if (injectedAt === null) return [];
  const columns =
    previous === null ? ['time', 'measured'] : ['time', 'measured', `last time (${plain(previous.drill)})`];
  const predicted = prediction?.recoverySeconds ?? null;
  return [
    '## Times',
    '',
    `| ${columns.join(' | ')} |`,
    `|${columns.map(() => '---').join('|')}|`,
    ...TIMES.map(([figure, what]) => {
      const cells = [what, shown(seconds[figure]), ...(previous === null ? [] : [shown(previous.seconds[figure])])];
      return `| ${cells.join(' | ')} |`;
    }),
    ...(predicted === null
      ? []
      : ['', `Predicted for full recovery of a real loss: ${predicted} s, detection and a usual cold start included.`]),
  ];
};

const figures: Section = ({ units, requests, hourlyUSD, moves, survivorsPeak, leftOver }) => {
  if (units === null || requests === null || hourlyUSD === null) return [];
  const lowest = units.lowestReady === null ? 'not seen' : `${units.lowestReady}`;
  const before = units.readyBefore === null ? '' : `, ${units.readyBefore} were ready before`;
  const slowest = requests.slowestSeconds === null ? '' : `, the slowest answer took ${requests.slowestSeconds} s`;
  const lost = requests.asked === 0 ? requests.method : `${requests.broken} of ${requests.asked} (${requests.method})`;
  return [
    '## Figures',
    '',
    `- Capacity: ${units.wanted} units wanted, ${units.onTargets} of them on the targets${before}; fewest ready at any time: ${lowest}.`,
    `- Requests that clients would have lost: ${plain(lost)}${slowest}.`,
    `- Cost: $${hourlyUSD.before.toFixed(2)} an hour before, up to $${hourlyUSD.peak.toFixed(2)} during the drill, $${hourlyUSD.extra.toFixed(2)} more.`,
    `- Placements that changed: ${moves ?? 0}.`,
    `- Short of what is wanted: ${units.shortfallUnitSeconds === null ? 'not seen' : `${units.shortfallUnitSeconds} units times seconds`}.`,
    `- Survivors' accelerators taken on nodes that stand: ${survivorsPeak === null ? 'not seen' : `up to ${Math.round(survivorsPeak * 100)}%`}.`,
    `- Left over at the end: ${leftOver === null ? 'not seen' : `${leftOver} placements`}.`,
  ];
};

const MOVES_SHOWN = 20;

const predictionOf: Section = ({ prediction }) => {
  if (prediction === null) return [];
  const { units, placeable, hourlyBefore, hourlyDuring, recoverySeconds, moves, wouldFreeze } = prediction;
  const more = moves.length - MOVES_SHOWN;
  return [
    '## Prediction',
    '',
    `${placeable} of ${units} units on the targets find room elsewhere, at $${hourlyDuring.toFixed(2)} an hour instead of $${hourlyBefore.toFixed(2)}. Full recovery: ${recoverySeconds === null ? 'cannot be said' : `${recoverySeconds} s`}.`,
    ...(wouldFreeze
      ? ['', 'A real loss of all of them at once would make the operator suspect itself and hold still.']
      : []),
    ...(moves.length === 0
      ? []
      : [
          '',
          '| deployment | replicas | from | to |',
          '|---|---|---|---|',
          ...moves.slice(0, MOVES_SHOWN).map(moveRow),
        ]),
    ...(more > 0 ? ['', `And ${more} more.`] : []),
  ];
};

const moveRow = ({ deployment, replicas, from, to }: NonNullable<DrillReport['prediction']>['moves'][number]): string =>
  `| ${plain(deployment)} | ${replicas} | ${plain(from)} | ${to === null ? 'no room' : plain(to)} |`;

const checks: Section = ({ preflight }) =>
  preflight.length === 0
    ? []
    : [
        '## Checks before it began',
        '',
        ...preflight.map(({ check, result, message }) => `- ${check}: ${result}. ${plain(message)}`),
      ];

const events: Section = ({ timeline }) =>
  timeline.length === 0
    ? []
    : [
        '## What happened',
        '',
        ...timeline.map(({ at, event, actor, detail }) =>
          `- ${at} ${event} (${plain(actor)}) ${plain(detail)}`.trimEnd(),
        ),
      ];

const comparison: Section = ({ previous, regressions }) => {
  if (previous === null) return ['## Since the last drill', '', 'There was no drill of this kind before.'];
  if (regressions.length === 0)
    return ['## Since the last drill', '', `Nothing became worse since ${plain(previous.drill)}.`];
  return ['## Since the last drill', '', ...regressions.map((it) => `- ${plain(it)}`)];
};

const limits: Section = ({ notTested }) => ['## What this drill did not test', '', ...notTested.map((it) => `- ${it}`)];

const SECTIONS: readonly Section[] = [
  heading,
  people,
  course,
  objectives,
  times,
  figures,
  predictionOf,
  comparison,
  limits,
  checks,
  events,
];
