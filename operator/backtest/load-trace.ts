/** Reads a folder of traces: one JSON file of capacity a zone, and, where there is one, the file `prices`. */
import { readdirSync, readFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { constant, runLength, sampled, type Scenario, type ScenarioZone, type Series } from './scenario.ts';

interface CapacityFile {
  readonly metadata: { readonly gap_seconds: number };
  readonly data: readonly number[];
}

interface PricesFile {
  readonly metadata: { readonly gap_seconds: number; readonly samples: number; readonly on_demand_price: number };
  readonly zones: Readonly<Record<string, readonly (readonly [number, number])[]>>;
}

/** Traces with prices tell only whether a zone has capacity: where it has, as much as anybody asks for. */
const UNBOUNDED = 1_000_000;

/**
 * The scenario in `folder`. Without a file of prices a spot replica costs 1 and one on demand `onDemandRatio`. Throws
 * when the folder holds no trace, or one that cannot be read.
 */
export function loadTrace(folder: string, onDemandRatio: number): Scenario {
  const names = readdirSync(folder).sort();
  const prices = names.includes('prices') ? (readJson(join(folder, 'prices')) as PricesFile) : null;
  const priceOf = prices === null ? () => constant(1) : priceSeries(prices);
  const zones = names
    .filter((name) => name.endsWith('.json'))
    .map((name) => zoneOf(name, { folder, binary: prices !== null, priceOf }));
  if (zones.length === 0) throw new Error(`${folder} holds no trace: one <zone>_*.json a zone is expected`);
  return {
    name: basename(folder),
    zones: zones.map(({ zone }) => zone),
    onDemandPrice: prices?.metadata.on_demand_price ?? onDemandRatio,
    seconds: Math.min(...zones.map(({ seconds }) => seconds)),
  };
}

interface Reading {
  readonly folder: string;
  readonly binary: boolean;
  readonly priceOf: (zone: string) => Series;
}

function zoneOf(name: string, { folder, binary, priceOf }: Reading): { zone: ScenarioZone; seconds: number } {
  const { metadata, data } = readJson(join(folder, name)) as CapacityFile;
  const zone = zoneNameOf(name);
  const gap = metadata?.gap_seconds;
  if (!Array.isArray(data) || data.length === 0 || !(gap > 0)) throw new Error(`${join(folder, name)} is no trace`);
  const values = binary ? data.map((up) => (up > 0 ? UNBOUNDED : 0)) : data;
  return { zone: { zone, capacity: sampled(gap, values), price: priceOf(zone) }, seconds: gap * data.length };
}

function priceSeries({ metadata, zones }: PricesFile): (zone: string) => Series {
  const byZone = new Map(
    Object.entries(zones).map(([name, pairs]) => [
      zoneNameOf(name),
      runLength(metadata.gap_seconds, pairs, metadata.samples),
    ]),
  );
  return (zone) => {
    const series = byZone.get(zone);
    if (!series) throw new Error(`no price for ${zone}`);
    return series;
  };
}

const zoneNameOf = (name: string): string => name.split('_')[0] ?? name;

const readJson = (path: string): unknown => JSON.parse(readFileSync(path, 'utf8'));
