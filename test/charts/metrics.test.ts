import { readFileSync } from 'node:fs';
import { expect } from 'chai';
import { readAlerts } from '../../hack/chart-alerts.ts';
import { METRIC_DEFINITIONS } from '../../operator/runtime/metric-definitions.ts';

const CHART = 'charts/tradewind';
const read = (path: string): string => readFileSync(`${CHART}/${path}`, 'utf8');

interface Panel {
  readonly id: number;
  readonly title: string;
  readonly targets?: readonly { readonly expr: string; readonly legendFormat: string }[];
}

interface Dashboard {
  readonly panels: readonly Panel[];
  readonly templating: { readonly list: readonly { readonly definition?: string }[] };
}

/** Metrics of prom-client itself that are used. */
const OF_THE_PROCESS: Readonly<Record<string, readonly string[]>> = {
  process_resident_memory_bytes: [],
  process_cpu_seconds_total: [],
};
/** Labels that Prometheus adds. */
const ADDED = ['job', 'instance', 'le'];

/** Names of series and their labels, as Prometheus stores them. */
function seriesOf(): ReadonlyMap<string, readonly string[]> {
  const series = new Map(Object.entries(OF_THE_PROCESS));
  for (const { kind, name, labels } of Object.values(METRIC_DEFINITIONS)) {
    const suffixes = kind === 'histogram' ? ['_bucket', '_sum', '_count'] : [''];
    for (const suffix of suffixes) series.set(`${name}${suffix}`, labels);
  }
  return series;
}

const SELECTOR = /(?<name>[a-z][a-z0-9_]+)\{(?<matchers>[^}]*)\}/g;
const GROUPING = /\b(?:by|on|without) \((?<labels>[^)]*)\)/g;

interface Query {
  readonly where: string;
  readonly expr: string;
}

/** What is wrong with the query, as sentences. */
function mistakesOf({ where, expr }: Query, series: ReadonlyMap<string, readonly string[]>): readonly string[] {
  const found = [...expr.matchAll(SELECTOR)].map(({ groups = {} }) => ({
    name: groups['name'] ?? '',
    matchers: (groups['matchers'] ?? '').matchAll(/(?<label>\w+)(=~|!~|!=|=)"/g),
  }));
  if (found.length === 0) return [`${where}: has no series`];
  const known = new Set([...ADDED, ...found.flatMap(({ name }) => series.get(name) ?? [])]);
  const labels = [...expr.matchAll(GROUPING)].flatMap(({ groups = {} }) => (groups['labels'] ?? '').split(/, */));
  return [
    ...found.filter(({ name }) => !series.has(name)).map(({ name }) => `${where}: there is no ${name}`),
    ...found.flatMap(({ name, matchers }) =>
      [...matchers]
        .map((it) => it.groups?.['label'] ?? '')
        .filter((label) => ![...ADDED, ...(series.get(name) ?? [])].includes(label))
        .map((label) => `${where}: ${name} has no label ${label}`),
    ),
    ...labels.filter((label) => !known.has(label)).map((label) => `${where}: nothing in it has the label ${label}`),
  ];
}

const series = seriesOf();
const groups = readAlerts(read('files/alerts.yaml'));
const alerts = groups.flatMap(({ rules }) => rules);
const dashboard = JSON.parse(read('files/dashboard.json')) as Dashboard;

describe('mistakesOf', () => {
  const wrong: readonly (readonly [string, string])[] = [
    ['tradewind_member_up{job="x"}', 'there is no tradewind_member_up'],
    ['tradewind_replicas{job="x",pod="y"}', 'tradewind_replicas has no label pod'],
    ['sum by (cloud) (tradewind_replicas{job="x"})', 'nothing in it has the label cloud'],
    ['rate(workqueue_queue_duration_seconds{job="x"}[5m])', 'there is no workqueue_queue_duration_seconds'],
    ['up', 'has no series'],
  ];
  for (const [expr, mistake] of wrong)
    it(`finds that ${mistake}`, () => {
      expect(mistakesOf({ where: 'q', expr }, series)).to.deep.equal([`q: ${mistake}`]);
    });
});

describe('the alerts', () => {
  it('ask for series and labels that the operator has', () => {
    expect(alerts.flatMap(({ alert, expr }) => mistakesOf({ where: alert, expr }, series))).to.deep.equal([]);
  });

  it('ask for one release alone', () => {
    const selectors = alerts.flatMap(({ expr }) => [...expr.matchAll(SELECTOR)].map(([text]) => text));
    expect(selectors.filter((it) => !it.includes('job="JOB"'))).to.deep.equal([]);
  });

  it('speak of labels that are there', () => {
    const wrong = alerts.flatMap(({ alert, expr, annotations }) => {
      const known = [
        ...ADDED,
        ...[...expr.matchAll(SELECTOR)].flatMap(({ groups = {} }) => series.get(groups['name'] ?? '') ?? []),
      ];
      const spoken = [...annotations.description.matchAll(/\$labels\.(\w+)/g)].map(([, label = '']) => label);
      return spoken.filter((label) => !known.includes(label)).map((label) => `${alert}: ${label}`);
    });
    expect(wrong).to.deep.equal([]);
  });

  it('say how bad it is, for how long, and where it is explained', () => {
    const headings = new Set([...read('docs/alerts.md').matchAll(/^## (\w+)$/gm)].map(([, name]) => name));
    for (const { alert, for: duration, labels, annotations } of alerts) {
      expect(['critical', 'warning'], alert).to.include(labels.severity);
      expect(duration, alert).to.match(/^\d+m$/);
      expect(headings, 'docs/alerts.md').to.include(alert);
      expect(annotations.runbook_url).to.equal(`RUNBOOK#${alert.toLowerCase()}`);
    }
    expect(headings.size).to.equal(alerts.length);
  });

  it('have names of their own', () => {
    expect(new Set(alerts.map((it) => it.alert)).size).to.equal(alerts.length);
  });
});

describe('the dashboard', () => {
  const targets = dashboard.panels.flatMap(({ title, targets = [] }) => targets.map((it) => ({ ...it, title })));

  it('asks for series and labels that the operator has', () => {
    expect(targets.length).to.be.greaterThan(20);
    expect(targets.flatMap(({ title, expr }) => mistakesOf({ where: title, expr }, series))).to.deep.equal([]);
    const variables = dashboard.templating.list.flatMap(({ definition }) => definition ?? []);
    expect(variables.flatMap((expr) => mistakesOf({ where: 'variable', expr }, series))).to.deep.equal([]);
  });

  it('names its lines by labels that are left', () => {
    const wrong = targets.flatMap(({ title, expr, legendFormat }) => {
      const left = /by \(([^)]*)\)/.exec(expr)?.[1]?.split(/, */) ?? [...ADDED, ...series.values()].flat();
      const used = [...legendFormat.matchAll(/\{\{(\w+)\}\}/g)].map(([, label = '']) => label);
      return used.filter((label) => !left.includes(label)).map((label) => `${title}: ${label}`);
    });
    expect(wrong).to.deep.equal([]);
  });

  it('shows every metric of the fleet', () => {
    const asked = targets.map(({ expr }) => expr).join('\n');
    const own = Object.values(METRIC_DEFINITIONS).filter(({ name }) => name.startsWith('tradewind_'));
    expect(own.map(({ name }) => name).filter((name) => !asked.includes(name))).to.deep.equal([]);
  });

  it('numbers its panels once each', () => {
    expect(new Set(dashboard.panels.map((it) => it.id)).size).to.equal(dashboard.panels.length);
  });
});
