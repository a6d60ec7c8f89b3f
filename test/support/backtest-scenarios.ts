/** Markets to replay: written by hand, or drawn from a seed; and folders of traces as they lie on disk. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Observation, Policy, PolicyFactory, PoolObservation } from '../../operator/backtest/observation.ts';
import { constant, sampled, type Scenario } from '../../operator/backtest/scenario.ts';
import { DEFAULT_OPTIONS, type SimulationOptions } from '../../operator/backtest/simulate.ts';

/** Length of a tick, and of a sample of the traces made here. */
const TICK = 30;

/** Capacity by zone, tick by tick; spot at 1 an hour, on demand at 3. */
export const aScenario = (zones: Readonly<Record<string, readonly number[]>>): Scenario => ({
  name: 'by-hand',
  zones: Object.entries(zones).map(([zone, capacity]) => ({
    zone,
    capacity: sampled(TICK, capacity),
    price: constant(1),
  })),
  onDemandPrice: 3,
  seconds: TICK * Math.min(...Object.values(zones).map((capacity) => capacity.length)),
});

/** Ready two ticks after the launch, two replicas wanted. */
export const someOptions = (overrides: Partial<SimulationOptions> = {}): SimulationOptions => ({
  ...DEFAULT_OPTIONS,
  target: 2,
  coldStartSeconds: 60,
  ...overrides,
});

/** A policy that asks for the same, whatever it sees; `seen` collects what it was told. */
export const steadily =
  (desired: Readonly<Record<string, number>>, seen: Observation[] = []): PolicyFactory =>
  (): Policy => ({
    decide: (observation) => {
      seen.push(observation);
      return new Map(Object.entries(desired));
    },
  });

/** What a pool was told in a step. */
export function poolIn(observation: Observation | undefined, id: string): PoolObservation {
  const pool = observation?.pools.find((it) => it.id === id);
  if (!pool) throw new Error(`no pool ${id}`);
  return pool;
}

/** Drawn from 0 to 1 by a small generator with a seed. */
export function drawing(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state / 2 ** 32;
  };
}

export interface DrawnMarket {
  readonly seed: number;
  readonly zones: number;
  readonly days: number;
  /** Mean hours of a spell with capacity, and without. */
  readonly upHours: number;
  readonly downHours: number;
}

/** Zones whose spells with and without capacity have lengths of heavy tail, each with a rate of its own. */
export function aDrawnMarket({ seed, zones, days, upHours, downHours }: DrawnMarket): Scenario {
  const draw = drawing(seed);
  const spell = (mean: number): number => (mean * -Math.log(1 - draw())) / (-Math.log(1 - draw()) + 0.25);
  const capacities = Array.from({ length: zones }, (_, index) => {
    const values: number[] = [];
    let up = draw() < 0.5;
    while (values.length * TICK < days * 86_400) {
      const ticks = Math.ceil((spell(up ? upHours : downHours) * 3600) / TICK);
      const most = up ? 2 + Math.floor(draw() * 8) : 0;
      for (let each = 0; each < ticks; each += 1) values.push(most);
      up = !up;
    }
    return [`region-${Math.floor(index / 2)}${'ab'[index % 2]}`, values] as const;
  });
  return { ...aScenario(Object.fromEntries(capacities)), name: `drawn-${seed}`, seconds: days * 86_400 };
}

/** A folder with a file for each zone, gone when it goes out of scope; `files` are written beside them. */
export function aTraceFolder(
  zones: Readonly<Record<string, readonly number[]>>,
  files: Readonly<Record<string, string>> = {},
): { readonly path: string } & Disposable {
  const path = mkdtempSync(join(tmpdir(), 'tradewind-backtest-'));
  for (const [zone, data] of Object.entries(zones)) {
    writeFileSync(join(path, `${zone}_v100_1.json`), JSON.stringify({ metadata: { gap_seconds: TICK }, data }));
  }
  for (const [name, text] of Object.entries(files)) writeFileSync(join(path, name), text);
  return { path, [Symbol.dispose]: () => rmSync(path, { recursive: true }) };
}
