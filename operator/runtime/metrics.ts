/** The metrics of one process, made from metric-definitions.ts in a registry of its own. */
import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from 'prom-client';
import { assertNever } from '../model/assert-never.ts';
import type { MetricDefinition } from './metric-definitions.ts';
import { METRIC_DEFINITIONS } from './metric-definitions.ts';

type LabelValues<L extends string> = Readonly<Record<L, string>>;

/** Only goes up. */
export interface CounterMetric<L extends string> {
  inc(labels: LabelValues<L>, by?: number): void;
}

/** Goes up and down. */
export interface GaugeMetric<L extends string> {
  set(labels: LabelValues<L>, value: number): void;
  /** Forgets one series, for instance of an object that is gone. */
  remove(labels: LabelValues<L>): void;
  /** Forgets every series; set the ones that still hold right after, before the next await. */
  reset(): void;
}

/** Counts observations in buckets. */
export interface HistogramMetric<L extends string> {
  observe(labels: LabelValues<L>, value: number): void;
}

type Definitions = typeof METRIC_DEFINITIONS;
type LabelOf<D> = D extends { readonly labels: readonly (infer L extends string)[] } ? L : never;
type MetricOf<D> = D extends { readonly kind: 'counter' }
  ? CounterMetric<LabelOf<D>>
  : D extends { readonly kind: 'gauge' }
    ? GaugeMetric<LabelOf<D>>
    : HistogramMetric<LabelOf<D>>;

/** One metric for each definition, under the same name. */
export type MetricSet = { readonly [K in keyof Definitions]: MetricOf<Definitions[K]> };

export interface Metrics extends MetricSet {
  /** Prometheus' text format. */
  render(): Promise<{ readonly contentType: string; readonly text: string }>;
}

export interface MetricsOptions {
  /** Whether to add the process's own: memory, CPU, event loop, garbage collection. */
  readonly processMetrics: boolean;
}

/** Fresh metrics, all at zero. */
export function createMetrics(options: MetricsOptions = { processMetrics: false }): Metrics {
  const registry = new Registry();
  if (options.processMetrics) collectDefaultMetrics({ register: registry });
  const entries = Object.entries<MetricDefinition<Kind, string>>(METRIC_DEFINITIONS);
  const set = Object.fromEntries(entries.map(([key, definition]) => [key, metricOf(definition, registry)]));
  return {
    ...(set as unknown as MetricSet),
    render: async () => ({ contentType: registry.contentType, text: await registry.metrics() }),
  };
}

type Kind = Definitions[keyof Definitions]['kind'];
type AnyMetric = CounterMetric<string> | GaugeMetric<string> | HistogramMetric<string>;

function metricOf(definition: MetricDefinition<Kind, string>, registry: Registry): AnyMetric {
  const { name, help, labels: labelNames, kind } = definition;
  const common = { name, help, labelNames, registers: [registry] };
  switch (kind) {
    case 'counter': {
      return new Counter(common);
    }
    case 'gauge': {
      return new Gauge(common);
    }
    case 'histogram': {
      return new Histogram({ ...common, buckets: [...(definition.buckets ?? [])] });
    }
    default:
      return assertNever(kind);
  }
}
