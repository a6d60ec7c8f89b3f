/** Turns a validated spec of a FailoverDrill into the model's: units, names and windows. */
import { assertNever } from '../model/assert-never.ts';
import type { DrillFailure, DrillSelection, DrillSpec, DrillWindow } from '../model/drill.ts';
import type { DrillProbe } from '../model/drill-probe.ts';
import { clusterName, regionName, zoneName } from '../model/names.ts';
import { fraction, usdPerHour, type Fraction, type Millis } from '../model/units.ts';
import type { LabelSelector } from '../model/workload.ts';
import { parseDecimal } from './parse-decimal.ts';
import { parseDuration } from './parse-duration.ts';
import { parsePercentage } from './parse-percentage.ts';
import { required } from './required.ts';
import type { DrillFailureSpec, DrillProbeSpec, FailoverDrillSpec } from './wire-types.ts';

/** The spec in the model's words; throws when it has not been validated. */
export const drillSpecOf = (spec: FailoverDrillSpec): DrillSpec => ({
  hypothesis: spec.hypothesis,
  mode: spec.mode,
  failure: failureOf(spec.failure),
  selection: selectionOf(spec.failure.selection),
  capacityErrors: fraction(spec.failure.capacityErrorPercent / 100),
  duration: duration(spec.duration),
  deployments: selectorOf(spec.deployments),
  blastRadius: {
    maxClusters: spec.blastRadius.maxClusters,
    maxDeployments: spec.blastRadius.maxDeployments ?? null,
    maxReplicas: optional(spec.blastRadius.maxReplicas, share),
    survivorCapacity: share(spec.blastRadius.survivorCapacity),
  },
  objectives: {
    recovery: optional(spec.objectives.recovery, duration),
    firstReplica: optional(spec.objectives.firstReplica, duration),
    lostRequests: spec.objectives.lostRequests ?? null,
    errorRatio: optional(spec.objectives.errorRatio, share),
    extraCost: optional(spec.objectives.extraHourlyUSD, (text) => usdPerHour(decimal(text))),
  },
  steadyState: spec.steadyState.map(probeOf),
  abort: {
    onRealIncident: spec.abort.onRealIncident,
    onUnknownProbe: spec.abort.onUnknownProbe,
    maxDuration: duration(spec.abort.maxDuration),
  },
  window: {
    allowed: spec.window.allowed.flatMap(windowsOf),
    blockedDates: spec.window.blockedDates,
    timeZone: spec.window.timeZone,
  },
  approvalRequired: spec.approval.required,
  restore: { verifyFor: duration(spec.restore.verifyFor), timeout: duration(spec.restore.timeout) },
  keptFor: optional(spec.ttlAfterFinished, duration),
  webhookSecret: spec.notify.webhookSecretRef?.name ?? null,
});

const selectionOf = ({ mode, value = 1 }: DrillFailureSpec['selection']): DrillSelection =>
  mode === 'All' ? { mode } : { mode, value };

function failureOf({ scope, ...failure }: DrillFailureSpec): DrillFailure {
  const clusters = (failure.clusters ?? []).map(clusterName);
  switch (scope) {
    case 'Cluster':
      return { scope, clusters, selector: optional(failure.selector, selectorOf) };
    case 'Zone':
      return { scope, clusters, zones: (failure.zones ?? []).map(zoneName) };
    case 'Region':
      return { scope, regions: (failure.regions ?? []).map(regionName) };
    case 'Provider':
      return { scope, providers: failure.providers ?? [] };
    case 'CapacityError':
      return { scope, clusters, capacityType: failure.capacityType ?? null };
    case 'SpotReclaim':
    case 'ControlPlaneOnly':
    case 'PriceFeed':
      return { scope, clusters };
    default:
      return assertNever(scope);
  }
}

const selectorOf = ({ matchLabels, matchExpressions }: FailoverDrillSpec['deployments']): LabelSelector => ({
  matchLabels: matchLabels ?? {},
  matchExpressions: (matchExpressions ?? []).map(({ key, operator, values }) => ({
    key,
    operator,
    values: values ?? [],
  })),
});

const probeOf = ({ name, phases, onFailure, for: patience, ...asked }: DrillProbeSpec): DrillProbe => ({
  name,
  phases,
  onFailure,
  patience: duration(patience),
  check: checkOf(asked),
});

function checkOf({ http, readyShare, prometheus }: Omit<DrillProbeSpec, 'name' | 'phases' | 'onFailure' | 'for'>) {
  if (http) return { type: 'Http', ...http, within: duration(http.within) } as const;
  if (readyShare) return { type: 'ReadyShare', atLeast: share(readyShare.atLeast) } as const;
  const { value, ...query } = required(prometheus, 'a probe without a question');
  return { type: 'Prometheus', ...query, value: Number(value) } as const;
}

const WEEKDAYS = ['Sun', 'Mon', 'Tue', 'Wed', 'Thu', 'Fri', 'Sat'];
const WINDOW = /^(\w{3})(?:-(\w{3}))? (\d\d):(\d\d)-(\d\d):(\d\d)$/;

/** One window for each day of "Mon-Fri 09:00-17:00"; the days may go past Saturday. */
function windowsOf(text: string): readonly DrillWindow[] {
  const [, first = '', last = first, ...clock] = required(WINDOW.exec(text), `window ${text}`);
  const [fromHour = 0, fromMinute = 0, toHour = 0, toMinute = 0] = clock.map(Number);
  const from = WEEKDAYS.indexOf(first);
  const days = ((WEEKDAYS.indexOf(last) - from + 7) % 7) + 1;
  return Array.from({ length: days }, (_, day) => ({
    weekday: (from + day) % 7,
    from: fromHour * 60 + fromMinute,
    to: toHour * 60 + toMinute,
  }));
}

const optional = <Given, Read>(value: Given | undefined, read: (value: Given) => Read): Read | null =>
  value === undefined ? null : read(value);

const share = (text: string): Fraction => required(parsePercentage(text), `percentage ${text}`);
const duration = (text: string): Millis => required(parseDuration(text), `duration ${text}`);
const decimal = (text: string): number => required(parseDecimal(text), `decimal ${text}`);
