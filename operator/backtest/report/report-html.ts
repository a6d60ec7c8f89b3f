/** A backtest as one self-contained page: for each scenario a table, availability against cost, and each run over time. */
import type { ReplayedRun } from '../replay.ts';
import type { SimulationOptions } from '../simulate.ts';
import { escapeHtml } from './escape-html.ts';
import { linePlot, poolColour, scatterPlot, stackedPlot } from './plot-svg.ts';
import { SCORE_COLUMNS } from './score-columns.ts';

const STYLE = `
:root { color-scheme: light dark; --ink: #222; --paper: #fff; --faint: #bbb; }
@media (prefers-color-scheme: dark) { :root { --ink: #ddd; --paper: #161616; --faint: #555; } }
body { font: 15px/1.45 system-ui, sans-serif; color: var(--ink); background: var(--paper); max-width: 820px; margin: 2em auto; padding: 0 1em; }
table { border-collapse: collapse; width: 100%; } th, td { text-align: right; padding: .2em .5em; border-bottom: 1px solid var(--faint); }
th:first-child, td:first-child { text-align: left; }
svg { width: 100%; height: auto; display: block; } svg text { font-size: 11px; fill: var(--ink); }
.axis { stroke: var(--faint); } .target { stroke: var(--ink); stroke-dasharray: 4 3; } .line { fill: none; stroke: #D55E00; }
.legend span { margin-right: 1em; white-space: nowrap; } .legend i { display: inline-block; width: .8em; height: .8em; margin-right: .3em; }
h3 { margin-bottom: .2em; }`;

/** The whole page; nothing is fetched by it. */
export function reportHtml(runs: readonly ReplayedRun[], options: SimulationOptions): string {
  const byScenario = [...Map.groupBy(runs, ({ scenario }) => scenario)];
  const sections = byScenario.map(([scenario, its]) => sectionOf(scenario, its));
  const told = options.noticeSeconds > 0 ? `notices ${options.noticeSeconds} s ahead` : 'no notices';
  const terms =
    `Target ${options.target}, cold start ${options.coldStartSeconds} s, steps of ${options.dtSeconds} s, ` +
    `preemption ${options.preemption} first, ${told}. Cost is a share of the whole target on demand.`;
  return (
    `<!doctype html><html lang="en"><head><meta charset="utf-8"><title>Tradewind backtest</title>` +
    `<meta name="viewport" content="width=device-width"><style>${STYLE}</style></head><body>` +
    `<h1>Tradewind backtest</h1><p>${escapeHtml(terms)}</p>${sections.join('')}</body></html>\n`
  );
}

function sectionOf(scenario: string, runs: readonly ReplayedRun[]): string {
  const points = runs.map(({ policy, score }) => ({
    name: policy,
    cost: score.cost * 100,
    availability: score.availability * 100,
  }));
  const title = `Availability against cost on ${scenario}`;
  return (
    `<section><h2>${escapeHtml(scenario)}</h2>${tableOf(runs)}${scatterPlot({ title, points })}` +
    `${runs.map(runHtml).join('')}</section>`
  );
}

function tableOf(runs: readonly ReplayedRun[]): string {
  const head = SCORE_COLUMNS.map(({ title }) => `<th>${escapeHtml(title)}</th>`).join('');
  const rows = runs.map(({ policy, score }) => {
    const cells = SCORE_COLUMNS.map(({ show }) => `<td>${escapeHtml(show(score))}</td>`).join('');
    return `<tr><td>${escapeHtml(policy)}</td>${cells}</tr>`;
  });
  return `<table><tr><th>policy</th>${head}</tr>${rows.join('')}</table>`;
}

function runHtml({ policy, scenario, timeline, target }: ReplayedRun): string {
  const pools = [...(timeline[0]?.launched.keys() ?? [])];
  const hours = timeline.map(({ fromSecond }) => fromSecond / 3600);
  const layers = pools.map((name) => ({ name, values: timeline.map(({ launched }) => launched.get(name) ?? 0) }));
  const where = `${policy} on ${scenario}`;
  const costs = timeline.map(({ hourly }) => hourly);
  const available = timeline.map((bucket) => bucket.available * 100);
  return (
    `<h3>${escapeHtml(where)}</h3>${legendOf(pools)}` +
    stackedPlot({ title: `Replicas by pool: ${where}`, hours, layers, target }) +
    linePlot({ title: `Availability: ${where}`, unit: 'availability, %', hours, values: available, most: 100 }) +
    linePlot({
      title: `Cost: ${where}`,
      unit: 'cost of an hour',
      hours,
      values: costs,
      most: Math.max(0, ...costs) * 1.05,
    })
  );
}

function legendOf(pools: readonly string[]): string {
  const entries = pools.map(
    (name, index) => `<span><i style="background:${poolColour(index, pools.length)}"></i>${escapeHtml(name)}</span>`,
  );
  return `<p class="legend">${entries.join('')}</p>`;
}
