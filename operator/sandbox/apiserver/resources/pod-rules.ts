/** Defaults and checks of pods: a spec that hardly changes once written, and a status only the node sets. */
import type { KubeDocument } from '../../kube-api.ts';
import type { FieldError } from '../objects/field-error.ts';
import { duplicate, forbiddenField, invalidValue, required } from '../objects/field-error.ts';
import type { JsonMap } from '../objects/json-tree.ts';
import { asList, asMap, asString, cloneTree, equalTrees, isMap } from '../objects/json-tree.ts';
import { DNS_LABEL, DNS_LABEL_MESSAGE } from './metadata-rules.ts';
import type { KindRules } from './builtin-strategy.ts';
import { defaultPodSpec, setDefault } from './pod-defaults.ts';

const UPDATE_FORBIDDEN =
  'pod updates may not change fields other than `spec.containers[*].image`,`spec.initContainers[*].image`,`spec.activeDeadlineSeconds`,`spec.tolerations` (only additions to existing tolerations),`spec.terminationGracePeriodSeconds` (allow it to be set to 1 if it was previously negative)';

/** The spec without what an update may change. */
function fixedPart(spec: JsonMap): JsonMap {
  const fixed = cloneTree(spec);
  for (const field of ['activeDeadlineSeconds', 'tolerations', 'terminationGracePeriodSeconds', 'schedulingGates']) {
    delete fixed[field];
  }
  for (const list of ['containers', 'initContainers']) {
    for (const container of asList(fixed[list]).filter(isMap)) delete container['image'];
  }
  return fixed;
}

/** What is wrong with the containers of a pod spec at `path`. */
export function containerErrors(spec: JsonMap, path: string): FieldError[] {
  const seen = new Set<unknown>();
  const containers = asList(spec['containers']).filter(isMap);
  if (containers.length === 0) return [required(`${path}.containers`)];
  return containers.flatMap((container, index) => {
    const at = `${path}.containers[${index}]`;
    const errors = seen.has(container['name']) ? [duplicate(`${at}.name`, container['name'])] : [];
    seen.add(container['name']);
    const name = asString(container['name']);
    if (name !== '' && !DNS_LABEL.test(name)) errors.push(invalidValue(`${at}.name`, name, DNS_LABEL_MESSAGE));
    if ((container['image'] ?? '') === '') errors.push(required(`${at}.image`));
    return errors;
  });
}

function validatePod(pod: KubeDocument, old: KubeDocument | null): FieldError[] {
  const spec = asMap(pod['spec']);
  const errors = containerErrors(spec, 'spec');
  const grace = spec['terminationGracePeriodSeconds'];
  if (typeof grace === 'number' && grace < 0) {
    errors.push(invalidValue('spec.terminationGracePeriodSeconds', grace, 'must be greater than or equal to 0'));
  }
  if (old !== null && !equalTrees(fixedPart(spec), fixedPart(asMap(old['spec'])))) {
    errors.push(forbiddenField('spec', UPDATE_FORBIDDEN));
  }
  return errors;
}

const NOT_READY_TOLERATIONS = ['node.kubernetes.io/not-ready', 'node.kubernetes.io/unreachable'].map((key) => ({
  effect: 'NoExecute',
  key,
  operator: 'Exists',
  tolerationSeconds: 300,
}));

/** What admission adds to every pod: patience with nodes that go away, and an account. */
function admit(pod: KubeDocument): void {
  const spec = asMap(pod['spec']);
  const tolerations = asList(spec['tolerations']).filter(isMap);
  const missing = NOT_READY_TOLERATIONS.filter(
    ({ key }) =>
      !tolerations.some((own) => own['key'] === key || (own['key'] === undefined && own['operator'] === 'Exists')),
  );
  if (missing.length > 0) spec['tolerations'] = [...tolerations, ...missing];
  setDefault(spec, 'serviceAccountName', 'default');
  setDefault(spec, 'serviceAccount', spec['serviceAccountName']);
  setDefault(spec, 'enableServiceLinks', true);
  setDefault(spec, 'preemptionPolicy', 'PreemptLowerPriority');
  setDefault(spec, 'priority', 0);
}

const isEmptyMap = (value: unknown): boolean => isMap(value) && Object.keys(value).length === 0;

/** How a pod fares when memory runs out, told from its requests and limits. */
function qosClass(spec: JsonMap): string {
  const resources = asList(spec['containers'])
    .filter(isMap)
    .map((container) => asMap(container['resources']));
  const none = (part: unknown): boolean => part === undefined || isEmptyMap(part);
  if (resources.every((entry) => none(entry['requests']) && none(entry['limits']))) return 'BestEffort';
  const guaranteed = resources.every((entry) => {
    const limits = asMap(entry['limits']);
    return (
      limits['cpu'] !== undefined && limits['memory'] !== undefined && equalTrees(limits, asMap(entry['requests']))
    );
  });
  return guaranteed ? 'Guaranteed' : 'Burstable';
}

export const POD: KindRules = {
  hasGeneration: true,
  applyDefaults: (draft) => defaultPodSpec(asMap(draft['spec'])),
  prepareForCreate: (draft) => {
    admit(draft);
    draft['status'] = { phase: 'Pending', qosClass: qosClass(asMap(draft['spec'])) };
  },
  validate: validatePod,
};
