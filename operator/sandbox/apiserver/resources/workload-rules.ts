/** Defaults and checks of the kinds that carry pod templates: Deployments, ReplicaSets, StatefulSets, DaemonSets, Jobs. */
import type { KubeDocument } from '../../kube-api.ts';
import type { FieldError } from '../objects/field-error.ts';
import { invalidValue } from '../objects/field-error.ts';
import type { JsonMap } from '../objects/json-tree.ts';
import { asMap, equalTrees, isMap, valueAt } from '../objects/json-tree.ts';
import { matchesLabelSelectorObject } from '../objects/selectors.ts';
import type { KindRules } from './builtin-strategy.ts';
import { defaultPodSpec, setDefault } from './pod-defaults.ts';
import { containerErrors } from './pod-rules.ts';

function defaultTemplate(spec: JsonMap): void {
  const podSpec = valueAt(spec, ['template', 'spec']);
  if (isMap(podSpec)) defaultPodSpec(podSpec);
}

function selectorErrors(object: KubeDocument, old: KubeDocument | null): FieldError[] {
  const selector = valueAt(object, ['spec', 'selector']);
  if (!isMap(selector)) return [];
  const labels = asMap(valueAt(object, ['spec', 'template', 'metadata', 'labels'])) as Record<string, string>;
  const errors: FieldError[] = [];
  if (Object.keys(selector).length === 0) {
    errors.push(invalidValue('spec.selector', selector, 'empty selector is invalid for deployment'));
  } else if (!matchesLabelSelectorObject(selector, labels)) {
    errors.push(invalidValue('spec.template.metadata.labels', labels, '`selector` does not match template `labels`'));
  }
  if (old !== null && !equalTrees(valueAt(old, ['spec', 'selector']), selector)) {
    errors.push(invalidValue('spec.selector', selector, 'field is immutable'));
  }
  return errors;
}

function replicaErrors(object: KubeDocument): FieldError[] {
  const replicas = valueAt(object, ['spec', 'replicas']);
  return typeof replicas === 'number' && replicas < 0
    ? [invalidValue('spec.replicas', replicas, 'must be greater than or equal to 0')]
    : [];
}

const templateErrors = (object: KubeDocument): FieldError[] =>
  containerErrors(asMap(valueAt(object, ['spec', 'template', 'spec'])), 'spec.template.spec');

const validateReplicated = (object: KubeDocument, old: KubeDocument | null): FieldError[] => [
  ...replicaErrors(object),
  ...selectorErrors(object, old),
  ...templateErrors(object),
];

export const DEPLOYMENT: KindRules = {
  hasGeneration: true,
  applyDefaults: (draft) => {
    const spec = asMap(draft['spec']);
    setDefault(spec, 'replicas', 1);
    setDefault(spec, 'revisionHistoryLimit', 10);
    setDefault(spec, 'progressDeadlineSeconds', 600);
    setDefault(spec, 'strategy', {});
    const strategy = asMap(spec['strategy']);
    setDefault(strategy, 'type', 'RollingUpdate');
    if (strategy['type'] === 'RollingUpdate') {
      setDefault(strategy, 'rollingUpdate', {});
      setDefault(asMap(strategy['rollingUpdate']), 'maxUnavailable', '25%');
      setDefault(asMap(strategy['rollingUpdate']), 'maxSurge', '25%');
    }
    defaultTemplate(spec);
  },
  validate: validateReplicated,
};

export const REPLICA_SET: KindRules = {
  hasGeneration: true,
  applyDefaults: (draft) => {
    const spec = asMap(draft['spec']);
    setDefault(spec, 'replicas', 1);
    defaultTemplate(spec);
  },
  validate: validateReplicated,
};

export const STATEFUL_SET: KindRules = {
  hasGeneration: true,
  applyDefaults: (draft) => {
    const spec = asMap(draft['spec']);
    setDefault(spec, 'replicas', 1);
    setDefault(spec, 'revisionHistoryLimit', 10);
    setDefault(spec, 'podManagementPolicy', 'OrderedReady');
    setDefault(spec, 'updateStrategy', { type: 'RollingUpdate', rollingUpdate: { partition: 0 } });
    setDefault(spec, 'persistentVolumeClaimRetentionPolicy', { whenDeleted: 'Retain', whenScaled: 'Retain' });
    defaultTemplate(spec);
  },
  validate: validateReplicated,
};

export const DAEMON_SET: KindRules = {
  hasGeneration: true,
  applyDefaults: (draft) => {
    const spec = asMap(draft['spec']);
    setDefault(spec, 'revisionHistoryLimit', 10);
    setDefault(spec, 'updateStrategy', { type: 'RollingUpdate', rollingUpdate: { maxUnavailable: 1, maxSurge: 0 } });
    defaultTemplate(spec);
  },
  validate: (object, old) => [...selectorErrors(object, old), ...templateErrors(object)],
};

function defaultJobSpec(spec: JsonMap): void {
  setDefault(spec, 'completions', 1);
  setDefault(spec, 'parallelism', 1);
  setDefault(spec, 'backoffLimit', 6);
  setDefault(spec, 'completionMode', 'NonIndexed');
  setDefault(spec, 'suspend', false);
  setDefault(spec, 'manualSelector', false);
  setDefault(spec, 'podReplacementPolicy', 'TerminatingOrFailed');
  defaultTemplate(spec);
}

/** A job selects its own pods by a label made of its uid. */
function selectOwnPods(job: KubeDocument): void {
  const spec = asMap(job['spec']);
  if (spec['selector'] !== undefined || !isMap(spec['template'])) return;
  const uid = job.metadata.uid ?? '';
  spec['selector'] = { matchLabels: { 'batch.kubernetes.io/controller-uid': uid } };
  setDefault(spec['template'], 'metadata', {});
  const metadata = asMap(spec['template']['metadata']);
  setDefault(metadata, 'labels', {});
  Object.assign(asMap(metadata['labels']), {
    'batch.kubernetes.io/controller-uid': uid,
    'batch.kubernetes.io/job-name': job.metadata.name,
    'controller-uid': uid,
    'job-name': job.metadata.name,
  });
}

export const JOB: KindRules = {
  hasGeneration: true,
  applyDefaults: (draft) => defaultJobSpec(asMap(draft['spec'])),
  prepareForCreate: selectOwnPods,
  validate: templateErrors,
};

export const CRON_JOB: KindRules = {
  hasGeneration: true,
  applyDefaults: (draft) => {
    const spec = asMap(draft['spec']);
    setDefault(spec, 'concurrencyPolicy', 'Allow');
    setDefault(spec, 'suspend', false);
    setDefault(spec, 'successfulJobsHistoryLimit', 3);
    setDefault(spec, 'failedJobsHistoryLimit', 1);
    const template = valueAt(spec, ['jobTemplate', 'spec', 'template', 'spec']);
    if (isMap(template)) defaultPodSpec(template);
  },
};
