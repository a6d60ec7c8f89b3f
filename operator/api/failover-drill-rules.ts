/** The CEL rules of FailoverDrill, for objects that no API server has validated. A test holds the two equal. */
import { parseDuration } from './parse-duration.ts';
import type { SpecRule } from './parse-object.ts';
import type { DrillFailureSpec, FailoverDrillScheduleSpec, FailoverDrillSpec } from './wire-types.ts';

type Rule = SpecRule<FailoverDrillSpec>;

const BELIEFS: readonly string[] = ['CapacityError', 'ControlPlaneOnly', 'PriceFeed'];
const BELIEF_MODES: readonly string[] = ['DryRun', 'SignalOverride'];

const millisOf = (text: string): number => parseDuration(text) ?? 0;

const failureRule = (message: string, isBroken: (failure: DrillFailureSpec) => boolean): Rule => ({
  message,
  breaches: ({ failure }) => (isBroken(failure) ? ['spec.failure'] : []),
});

/** Whether a field that one scope needs and no other takes is there without it, or the scope without the field. */
const misplaced = (failure: DrillFailureSpec, scope: DrillFailureSpec['scope'], field: unknown): boolean =>
  (failure.scope === scope) !== (field !== undefined);

const namesItsOwn = ({ scope }: DrillFailureSpec): boolean => scope === 'Region' || scope === 'Provider';

const FAILURE_RULES: readonly Rule[] = [
  failureRule(
    'failure.clusters names the MemberClusters of every scope but Region and Provider, which name their own; add or remove it',
    (it) => (namesItsOwn(it) ? it.clusters !== undefined : it.clusters === undefined && it.selector === undefined),
  ),
  failureRule(
    'failure.selector is for scope Cluster; name the clusters instead',
    (it) => it.scope !== 'Cluster' && it.selector !== undefined,
  ),
  failureRule('failure.zones is for scope Zone, which needs it; add or remove it', (it) =>
    misplaced(it, 'Zone', it.zones),
  ),
  failureRule('failure.regions is for scope Region, which needs it; add or remove it', (it) =>
    misplaced(it, 'Region', it.regions),
  ),
  failureRule('failure.providers is for scope Provider, which needs it; add or remove it', (it) =>
    misplaced(it, 'Provider', it.providers),
  ),
  failureRule(
    'failure.capacityType is for scope CapacityError; remove it',
    (it) => it.scope !== 'CapacityError' && it.capacityType !== undefined,
  ),
];

const selectorsOf = ({ failure, deployments }: FailoverDrillSpec) =>
  [
    ['spec.failure.selector', failure.selector],
    ['spec.deployments', deployments],
  ] as const;

const selectionRule = (message: string, isBroken: (selection: DrillFailureSpec['selection']) => boolean): Rule => ({
  message,
  breaches: ({ failure: { selection } }) => (isBroken(selection) ? ['spec.failure.selection'] : []),
});

const SELECTION_RULES: readonly Rule[] = [
  selectionRule(
    'selection.value is for modes Count and Percent, which need it; add or remove it',
    ({ mode, value }) => (mode === 'All') === (value !== undefined),
  ),
  selectionRule(
    'selection.value may be at most 100 with mode Percent; lower it',
    ({ mode, value = 0 }) => mode === 'Percent' && value > 100,
  ),
];

/** Every rule that holds for a drill by itself; what may not change is only seen by the API server. */
export const FAILOVER_DRILL_RULES: readonly Rule[] = [
  {
    message: 'duration may not exceed abort.maxDuration; shorten it or raise abort.maxDuration',
    breaches: ({ duration, abort }) => (millisOf(duration) > millisOf(abort.maxDuration) ? ['spec.duration'] : []),
  },
  {
    message: 'mode EvictUngraceful deletes what serves and needs approval.required; set it, or choose DrainGraceful',
    breaches: ({ mode, approval }) =>
      mode === 'EvictUngraceful' && !approval.required ? ['spec.approval.required'] : [],
  },
  {
    message:
      'unless it is a DryRun, at least one probe of steadyState has to watch the phase During and Abort; add one',
    breaches: ({ mode, steadyState }) =>
      mode === 'DryRun' || steadyState.some((it) => it.phases.includes('During') && it.onFailure === 'Abort')
        ? []
        : ['spec.steadyState'],
  },
  {
    message:
      'scopes CapacityError, ControlPlaneOnly and PriceFeed are beliefs and not losses; use mode SignalOverride or DryRun',
    breaches: ({ failure, mode }) =>
      BELIEFS.includes(failure.scope) && !BELIEF_MODES.includes(mode) ? ['spec.mode'] : [],
  },
  ...FAILURE_RULES,
  ...SELECTION_RULES,
  {
    message: 'operators In and NotIn need values; Exists and DoesNotExist take none',
    breaches: (spec) =>
      selectorsOf(spec).flatMap(([path, selector]) =>
        (selector?.matchExpressions ?? []).flatMap(({ operator, values }, index) =>
          ['In', 'NotIn'].includes(operator) === (values ?? []).length > 0
            ? []
            : [`${path}.matchExpressions[${index}]`],
        ),
      ),
  },
  {
    message: 'a probe asks exactly one of http, readyShare and prometheus',
    breaches: ({ steadyState }) =>
      steadyState.flatMap(({ http, readyShare, prometheus }, index) =>
        [http, readyShare, prometheus].filter((it) => it !== undefined).length === 1
          ? []
          : [`spec.steadyState[${index}]`],
      ),
  },
];

const TEMPLATE = 'spec.drillTemplate.spec';

/** The rules of a schedule: its drills', at their place in the template, and its own. */
export const FAILOVER_DRILL_SCHEDULE_RULES: readonly SpecRule<FailoverDrillScheduleSpec>[] = [
  ...FAILOVER_DRILL_RULES.map(({ message, breaches }) => ({
    message,
    breaches: ({ drillTemplate }: FailoverDrillScheduleSpec) =>
      breaches(drillTemplate.spec).map((path) => path.replace(/^spec/, TEMPLATE)),
  })),
  {
    message: 'abort.requested and approval.approved are said of one drill by a person; remove them from the template',
    breaches: ({ drillTemplate: { spec } }) => [
      ...(spec.abort.requested ? [`${TEMPLATE}.abort.requested`] : []),
      ...(spec.approval.approved ? [`${TEMPLATE}.approval.approved`] : []),
    ],
  },
];
