/** Small inline SVG plots: replicas by pool over time, one line over time, and availability against cost. */
import { escapeHtml } from './escape-html.ts';

/** Distinguishable without colour vision (Okabe and Ito); on-demand is always grey. */
const COLOURS = ['#0072B2', '#E69F00', '#009E73', '#CC79A7', '#56B4E9', '#D55E00', '#F0E442', '#7F3C8D', '#11A579'];
const ON_DEMAND_COLOUR = '#8A8A8A';

const WIDTH = 760;
const MARGIN = { left: 46, right: 12, top: 10, bottom: 24 };
const innerWidth = WIDTH - MARGIN.left - MARGIN.right;

/** The colour of the pool at that place among the pools; the last one is on demand. */
export const poolColour = (index: number, pools: number): string =>
  index === pools - 1 ? ON_DEMAND_COLOUR : (COLOURS[index % COLOURS.length] ?? ON_DEMAND_COLOUR);

export interface StackedPlot {
  readonly title: string;
  /** Hours from the start at which each sample begins. */
  readonly hours: readonly number[];
  readonly layers: readonly { readonly name: string; readonly values: readonly number[] }[];
  /** Drawn as a dashed line. */
  readonly target: number;
}

/** Layers stacked on one another over time. */
export function stackedPlot({ title, hours, layers, target }: StackedPlot): string {
  const height = 150;
  const sums = hours.map((_, at) => layers.reduce((sum, { values }) => sum + (values[at] ?? 0), 0));
  const frame = frameOf(hours, Math.max(target * 1.25, ...sums), height);
  const below = hours.map(() => 0);
  const areas = layers.map(({ name, values }, index) => {
    const bottom = hours.map((hour, at) => point(frame, hour, below[at] ?? 0));
    values.forEach((value, at) => (below[at] = (below[at] ?? 0) + value));
    const top = hours.map((hour, at) => point(frame, hour, below[at] ?? 0));
    const path = `M${top.join('L')}L${bottom.toReversed().join('L')}Z`;
    return `<path d="${path}" fill="${poolColour(index, layers.length)}"><title>${escapeHtml(name)}</title></path>`;
  });
  const y = frame.y(target).toFixed(1);
  const line = `<line x1="${MARGIN.left}" x2="${WIDTH - MARGIN.right}" y1="${y}" y2="${y}" class="target"/>`;
  return svg(title, height, areas.join('') + line + axes(frame, 'replicas'));
}

export interface LinePlot {
  readonly title: string;
  readonly unit: string;
  readonly hours: readonly number[];
  readonly values: readonly number[];
  readonly most: number;
}

/** One value over time, from 0 to `most`. */
export function linePlot({ title, unit, hours, values, most }: LinePlot): string {
  const height = 96;
  const frame = frameOf(hours, most, height);
  const path = hours.map((hour, at) => point(frame, hour, values[at] ?? 0)).join('L');
  return svg(title, height, `<path d="M${path}" class="line"/>${axes(frame, unit)}`);
}

export interface ScatterPlot {
  readonly title: string;
  readonly points: readonly { readonly name: string; readonly cost: number; readonly availability: number }[];
}

/** Availability over cost, both in percent, with a label at each point. */
export function scatterPlot({ title, points }: ScatterPlot): string {
  const height = 220;
  const lowest = Math.min(99, ...points.map(({ availability }) => Math.floor(availability)));
  const x = (cost: number): number => MARGIN.left + (cost / Math.max(100, ...points.map((it) => it.cost))) * innerWidth;
  const y = (availability: number): number =>
    MARGIN.top + ((100 - availability) / (100 - lowest)) * (height - MARGIN.top - MARGIN.bottom);
  const marks = points.map(({ name, cost, availability }, index) => {
    const [cx, cy] = [x(cost), y(availability)];
    const [anchor, shift] = cx > WIDTH * 0.8 ? ['end', -8] : ['start', 8];
    return (
      `<circle cx="${cx.toFixed(1)}" cy="${cy.toFixed(1)}" r="4" fill="${COLOURS[index % COLOURS.length]}"/>` +
      `<text x="${(cx + shift).toFixed(1)}" y="${(cy + 4).toFixed(1)}" text-anchor="${anchor}">${escapeHtml(name)}</text>`
    );
  });
  const base = height - MARGIN.bottom;
  const frame =
    `<line x1="${MARGIN.left}" x2="${WIDTH - MARGIN.right}" y1="${base}" y2="${base}" class="axis"/>` +
    `<text x="4" y="${MARGIN.top + 8}">100 %</text><text x="4" y="${base}">${lowest} %</text>` +
    `<text x="${WIDTH - MARGIN.right}" y="${height - 6}" text-anchor="end">cost, % of all on demand</text>`;
  return svg(title, height, frame + marks.join(''));
}

interface Frame {
  readonly x: (hour: number) => number;
  readonly y: (value: number) => number;
  readonly height: number;
  readonly most: number;
  readonly lastHour: number;
}

function frameOf(hours: readonly number[], most: number, height: number): Frame {
  const lastHour = Math.max(hours.at(-1) ?? 0, 1e-9);
  const inner = height - MARGIN.top - MARGIN.bottom;
  return {
    x: (hour) => MARGIN.left + (hour / lastHour) * innerWidth,
    y: (value) => MARGIN.top + inner * (1 - value / Math.max(most, 1e-9)),
    height,
    most,
    lastHour,
  };
}

const point = ({ x, y }: Frame, hour: number, value: number): string => `${x(hour).toFixed(1)},${y(value).toFixed(1)}`;

function axes({ height, most, lastHour }: Frame, unit: string): string {
  const base = height - MARGIN.bottom;
  return (
    `<line x1="${MARGIN.left}" x2="${WIDTH - MARGIN.right}" y1="${base}" y2="${base}" class="axis"/>` +
    `<text x="4" y="${MARGIN.top + 8}">${Number(most.toPrecision(3))}</text><text x="4" y="${base}">0</text>` +
    `<text x="${MARGIN.left}" y="${height - 6}">${escapeHtml(unit)}</text>` +
    `<text x="${WIDTH - MARGIN.right}" y="${height - 6}" text-anchor="end">${lastHour.toFixed(0)} h</text>`
  );
}

const svg = (title: string, height: number, body: string): string =>
  `<svg viewBox="0 0 ${WIDTH} ${height}" role="img" aria-label="${escapeHtml(title)}">` +
  `<title>${escapeHtml(title)}</title>${body}</svg>`;
