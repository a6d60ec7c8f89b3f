/** The fields of Kubernetes objects that the world reads; the API server has validated their shape. */
import type { KubeDocument } from '../kube-api.ts';

export interface Condition {
  readonly type: string;
  readonly status: 'True' | 'False' | 'Unknown';
  readonly reason?: string;
  readonly message?: string;
  readonly lastTransitionTime?: string;
  readonly lastUpdateTime?: string;
  readonly lastHeartbeatTime?: string;
}

export interface Taint {
  readonly key: string;
  readonly value?: string;
  readonly effect: 'NoSchedule' | 'NoExecute' | 'PreferNoSchedule';
}

export interface Toleration {
  readonly key?: string;
  readonly operator?: 'Equal' | 'Exists';
  readonly value?: string;
  readonly effect?: string;
  readonly tolerationSeconds?: number;
}

export interface SelectorTerm {
  readonly key: string;
  readonly operator: 'In' | 'NotIn' | 'Exists' | 'DoesNotExist' | 'Gt' | 'Lt';
  readonly values?: readonly string[];
}

type Quantities = Readonly<Record<string, string | number>>;

export interface ContainerSpec {
  readonly name: string;
  readonly image?: string;
  readonly resources?: { readonly requests?: Quantities; readonly limits?: Quantities };
  readonly readinessProbe?: object;
  readonly startupProbe?: object;
  readonly lifecycle?: { readonly preStop?: { readonly sleep?: { readonly seconds?: number } } };
}

export interface ContainerStatus {
  readonly name: string;
  readonly ready: boolean;
  readonly state?: {
    readonly running?: { readonly startedAt?: string };
    readonly waiting?: { readonly reason: string };
  };
  readonly [field: string]: unknown;
}

export interface PodSpec {
  readonly nodeName?: string;
  readonly containers: readonly ContainerSpec[];
  readonly initContainers?: readonly ContainerSpec[];
  readonly overhead?: Quantities;
  readonly nodeSelector?: Readonly<Record<string, string>>;
  readonly affinity?: {
    readonly nodeAffinity?: {
      readonly requiredDuringSchedulingIgnoredDuringExecution?: {
        readonly nodeSelectorTerms: readonly {
          readonly matchExpressions?: readonly SelectorTerm[];
          readonly matchFields?: readonly SelectorTerm[];
        }[];
      };
    };
  };
  readonly tolerations?: readonly Toleration[];
  readonly terminationGracePeriodSeconds?: number;
  readonly schedulerName?: string;
  readonly schedulingGates?: readonly object[];
  readonly priority?: number;
  readonly hostNetwork?: boolean;
}

export interface PodDocument extends KubeDocument {
  readonly spec: PodSpec;
  readonly status?: {
    readonly phase?: 'Pending' | 'Running' | 'Succeeded' | 'Failed' | 'Unknown';
    readonly startTime?: string;
    readonly podIP?: string;
    readonly conditions?: readonly Condition[];
    readonly containerStatuses?: readonly ContainerStatus[];
  };
}

export interface NodeDocument extends KubeDocument {
  readonly spec: { readonly taints?: readonly Taint[]; readonly unschedulable?: boolean; readonly providerID?: string };
  readonly status?: {
    readonly allocatable?: Quantities;
    readonly capacity?: Quantities;
    readonly conditions?: readonly Condition[];
    readonly addresses?: readonly { readonly type: string; readonly address: string }[];
  };
}

export interface PodTemplate {
  readonly metadata?: {
    readonly labels?: Readonly<Record<string, string>>;
    readonly annotations?: Readonly<Record<string, string>>;
  };
  readonly spec: PodSpec;
}

interface ScaledSpec {
  readonly replicas?: number;
  readonly minReadySeconds?: number;
  readonly selector: { readonly matchLabels?: Readonly<Record<string, string>> };
  readonly template: PodTemplate;
}

export interface ReplicaSetDocument extends KubeDocument {
  readonly spec: ScaledSpec;
  readonly status?: {
    readonly replicas?: number;
    readonly readyReplicas?: number;
    readonly availableReplicas?: number;
    readonly fullyLabeledReplicas?: number;
    readonly observedGeneration?: number;
  };
}

export interface DeploymentDocument extends KubeDocument {
  readonly spec: ScaledSpec & {
    readonly paused?: boolean;
    readonly progressDeadlineSeconds?: number;
    readonly revisionHistoryLimit?: number;
    readonly strategy?: {
      readonly type?: 'RollingUpdate' | 'Recreate';
      readonly rollingUpdate?: { readonly maxSurge?: number | string; readonly maxUnavailable?: number | string };
    };
  };
  readonly status?: {
    readonly observedGeneration?: number;
    readonly conditions?: readonly Condition[];
    readonly [count: string]: unknown;
  };
}

/** Whether the object's condition of that type is True. */
export const hasCondition = (object: PodDocument | NodeDocument, type: string): boolean =>
  object.status?.conditions?.some((condition) => condition.type === type && condition.status === 'True') ?? false;

export const isPodReady = (pod: PodDocument): boolean => hasCondition(pod, 'Ready');

export const isDeleting = (object: KubeDocument): boolean => object.metadata.deletionTimestamp !== undefined;

/** Failed or Succeeded: it uses nothing and will not run again. */
export const isTerminal = (pod: PodDocument): boolean =>
  pod.status?.phase === 'Failed' || pod.status?.phase === 'Succeeded';

/** The owner that manages the object, as garbage collection and controllers see it. */
export const controllerUid = (object: KubeDocument): string | null =>
  object.metadata.ownerReferences?.find((owner) => owner.controller === true)?.uid ?? null;

export const keyOf = (object: KubeDocument): string =>
  object.metadata.namespace === undefined
    ? object.metadata.name
    : `${object.metadata.namespace}/${object.metadata.name}`;
