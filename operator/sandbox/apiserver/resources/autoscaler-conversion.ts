/** HorizontalPodAutoscalers in autoscaling/v1, kept as autoscaling/v2: v1 knows a single CPU target. */
import { asList, asMap, isMap, valueAt } from '../objects/json-tree.ts';
import type { JsonMap } from '../objects/json-tree.ts';
import type { Conversion } from './resource-definition.ts';

const cpuMetric = (percentage: unknown): JsonMap => ({
  type: 'Resource',
  resource: { name: 'cpu', target: { type: 'Utilization', averageUtilization: percentage } },
});

const isCpu = (metric: unknown): boolean =>
  valueAt(metric, ['resource', 'name']) === 'cpu' &&
  valueAt(metric, ['resource', 'target', 'averageUtilization']) !== undefined;

export const AUTOSCALER_CONVERSION: Conversion = {
  fromStorage: (stored) => {
    const { metrics, behavior: _behavior, ...spec } = asMap(stored['spec']);
    const cpu = asList(metrics).find(isCpu);
    const percentage = valueAt(cpu, ['resource', 'target', 'averageUtilization']);
    const { currentMetrics: _metrics, conditions: _conditions, ...status } = asMap(stored['status']);
    return {
      ...stored,
      apiVersion: 'autoscaling/v1',
      spec: percentage === undefined ? spec : { ...spec, targetCPUUtilizationPercentage: percentage },
      ...(isMap(stored['status']) ? { status } : {}),
    };
  },
  toStorage: (served) => {
    const { targetCPUUtilizationPercentage: percentage, ...spec } = asMap(served['spec']);
    return {
      ...served,
      apiVersion: 'autoscaling/v2',
      spec: percentage === undefined ? spec : { ...spec, metrics: [cpuMetric(percentage)] },
    };
  },
};
