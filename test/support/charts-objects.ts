/** What tests read of the objects that the charts render: pods, roles, environment. */
import type { AlertGroup } from '../../hack/chart-alerts.ts';
import type { Permission } from '../../hack/chart-permissions.ts';
import type { KubeDocument } from '../../operator/sandbox/kube-api.ts';
import { only } from './charts-helm.ts';

export interface Rule {
  readonly apiGroups?: readonly string[];
  readonly resources?: readonly string[];
  readonly resourceNames?: readonly string[];
  readonly nonResourceURLs?: readonly string[];
  readonly verbs: readonly string[];
}

export interface Container {
  readonly name: string;
  readonly image: string;
  readonly command?: readonly string[];
  readonly env: readonly { readonly name: string; readonly value?: string }[];
  readonly securityContext: unknown;
  readonly [field: string]: unknown;
}

export interface PodSpec {
  readonly securityContext: Readonly<Record<string, unknown>>;
  readonly containers: readonly [Container, ...Container[]];
  readonly volumes: readonly Readonly<Record<string, unknown>>[];
  readonly [field: string]: unknown;
}

export const rulesOf = (role: KubeDocument): readonly Rule[] => role['rules'] as readonly Rule[];

/** Of any kind: what is read of its spec, where it has it. */
export interface Spec {
  readonly replicas: number;
  readonly maxUnavailable: number;
  readonly selector: { readonly matchLabels: Readonly<Record<string, string>> };
  readonly podSelector: unknown;
  readonly ingress: readonly unknown[];
  readonly egress: readonly { readonly ports: readonly { readonly port: number }[] }[];
  readonly groups: readonly AlertGroup[];
  readonly template: { readonly metadata: KubeDocument['metadata']; readonly spec: PodSpec };
}

export const specOf = (object: KubeDocument): Spec => object['spec'] as Spec;

/** The pods that a chart brings, by the object that holds their template. */
export function podsOf(objects: readonly KubeDocument[]): readonly { readonly of: string; readonly pod: PodSpec }[] {
  return objects.flatMap((object) => {
    const of = `${object.kind} ${object.metadata.name}`;
    if (object.kind === 'Pod') return [{ of, pod: object['spec'] as PodSpec }];
    return object.kind === 'Deployment' ? [{ of, pod: specOf(object).template.spec }] : [];
  });
}

/** The rule that a permission of the list becomes. */
export const ruleOf = ({ group = '', resources, urls, names, verbs }: Permission): Rule => ({
  ...(urls ? { nonResourceURLs: urls } : { apiGroups: [group], resources: resources ?? [] }),
  ...(names ? { resourceNames: names } : {}),
  verbs,
});

/** The pods of the operator. */
export const operatorOf = (objects: readonly KubeDocument[]): PodSpec =>
  specOf(only(objects, 'Deployment')).template.spec;

export const envOf = (objects: readonly KubeDocument[]): Readonly<Record<string, string | undefined>> =>
  Object.fromEntries(operatorOf(objects).containers[0].env.map(({ name, value }) => [name, value]));
