/** Whether a pod may run on a node, and if not why: kube-scheduler's filters for names, taints, affinity and room. */
import type { KubeDocument } from '../kube-api.ts';
import type {
  ContainerSpec,
  NodeDocument,
  PodDocument,
  PodSpec,
  SelectorTerm,
  Taint,
  Toleration,
} from './kube-documents.ts';
import { isTerminal } from './kube-documents.ts';
import type { Amounts } from './quantity.ts';
import { addAmounts, amountsOf, maxAmounts } from './quantity.ts';

/** Limits stand in for requests that are not given, as the API server defaults them. */
const containerRequests = (container: ContainerSpec): Amounts => ({
  ...amountsOf(container.resources?.limits),
  ...amountsOf(container.resources?.requests),
});

/** What the pod takes of a node: its containers together or its largest init container, and one of "pods". */
export function podRequests(spec: PodSpec): Amounts {
  const containers = spec.containers.map(containerRequests).reduce(addAmounts, {});
  const withInit = (spec.initContainers ?? []).map(containerRequests).reduce(maxAmounts, containers);
  return addAmounts(addAmounts(withInit, amountsOf(spec.overhead)), { pods: 1 });
}

/** What the pods on a node take together; those that have ended take nothing. */
export const usedBy = (pods: readonly PodDocument[]): Amounts =>
  pods
    .filter((pod) => !isTerminal(pod))
    .map((pod) => podRequests(pod.spec))
    .reduce(addAmounts, {});

function tolerates(toleration: Toleration, taint: Taint): boolean {
  if (toleration.effect !== undefined && toleration.effect !== '' && toleration.effect !== taint.effect) return false;
  const anyKey = toleration.key === undefined || toleration.key === '';
  if (toleration.operator === 'Exists') return anyKey || toleration.key === taint.key;
  return toleration.key === taint.key && (toleration.value ?? '') === (taint.value ?? '');
}

/** The first taint of that effect that the pod does not tolerate. */
export const untolerated = (
  spec: PodSpec,
  taints: readonly Taint[],
  effects: readonly Taint['effect'][],
): Taint | undefined =>
  taints.find(
    (taint) => effects.includes(taint.effect) && !(spec.tolerations ?? []).some((it) => tolerates(it, taint)),
  );

function matchesTerm(term: SelectorTerm, value: string | undefined): boolean {
  const values = term.values ?? [];
  switch (term.operator) {
    case 'In':
      return value !== undefined && values.includes(value);
    case 'NotIn':
      return value === undefined || !values.includes(value);
    case 'Exists':
      return value !== undefined;
    case 'DoesNotExist':
      return value === undefined;
    case 'Gt':
      return Number(value) > Number(values[0]);
    case 'Lt':
      return Number(value) < Number(values[0]);
    default:
      return false;
  }
}

function matchesAffinity(spec: PodSpec, node: KubeDocument): boolean {
  const labels = node.metadata.labels ?? {};
  const wanted = Object.entries(spec.nodeSelector ?? {});
  if (!wanted.every(([key, value]) => labels[key] === value)) return false;
  const required = spec.affinity?.nodeAffinity?.requiredDuringSchedulingIgnoredDuringExecution;
  if (required === undefined) return true;
  return required.nodeSelectorTerms.some((term) => {
    const byLabel = term.matchExpressions ?? [];
    const byField = term.matchFields ?? [];
    if (byLabel.length + byField.length === 0) return false;
    return (
      byLabel.every((it) => matchesTerm(it, labels[it.key])) &&
      byField.every((it) => it.key === 'metadata.name' && matchesTerm(it, node.metadata.name))
    );
  });
}

/** Resources of which the node has too little left, by name. */
const insufficient = (requests: Amounts, allocatable: Amounts, used: Amounts): readonly string[] =>
  Object.entries(requests)
    .filter(([name, amount]) => amount > 0 && amount > (allocatable[name] ?? 0) - (used[name] ?? 0) + 1e-9)
    .map(([name]) => name);

const UNSCHEDULABLE_TAINT: Taint = { key: 'node.kubernetes.io/unschedulable', effect: 'NoSchedule' };

/** A node with what it offers and what is taken of it. */
export interface Room {
  readonly node: NodeDocument;
  readonly allocatable: Amounts;
  used: Amounts;
}

export const roomOn = (node: NodeDocument, pods: readonly PodDocument[]): Room => ({
  node,
  allocatable: amountsOf(node.status?.allocatable),
  used: usedBy(pods),
});

/** Why a pod that takes `requests` may not go to the node, in kube-scheduler's words; empty when it may. */
export function whyNot(pod: PodDocument, requests: Amounts, { node, allocatable, used }: Room): readonly string[] {
  if (node.spec.unschedulable === true && untolerated(pod.spec, [UNSCHEDULABLE_TAINT], ['NoSchedule']))
    return ['node(s) were unschedulable'];
  const taint = untolerated(pod.spec, node.spec.taints ?? [], ['NoSchedule', 'NoExecute']);
  if (taint) return [`node(s) had untolerated taint {${taint.key}: ${taint.value ?? ''}}`];
  if (!matchesAffinity(pod.spec, node)) return ["node(s) didn't match Pod's node affinity/selector"];
  const short = insufficient(requests, allocatable, used);
  return short.map((name) => (name === 'pods' ? 'Too many pods' : `Insufficient ${name}`));
}
