/** The objects that benches create and read, as a user would write them. */
import type { KubeDocument, ResourceRef } from '../../operator/sandbox/kube-api.ts';

export const NAMESPACE = 'bench';
export const INFERENCE_DEPLOYMENTS: ResourceRef = {
  group: 'tradewind.dev',
  version: 'v1alpha1',
  plural: 'inferencedeployments',
};
export const MEMBER_CLUSTERS: ResourceRef = { group: 'tradewind.dev', version: 'v1alpha1', plural: 'memberclusters' };
export const FLEET_POLICIES: ResourceRef = { group: 'tradewind.dev', version: 'v1alpha1', plural: 'fleetpolicies' };
export const DEPLOYMENTS: ResourceRef = { group: 'apps', version: 'v1', plural: 'deployments' };
export const NAMESPACES: ResourceRef = { group: '', version: 'v1', plural: 'namespaces' };

export interface SubjectOptions {
  readonly name: string;
  readonly replicas?: number;
  /** More of the spec. */
  readonly spec?: Readonly<Record<string, unknown>>;
}

/** One accelerator a replica. */
export const anInferenceDeployment = ({ name, replicas = 1, spec = {} }: SubjectOptions): KubeDocument => ({
  apiVersion: 'tradewind.dev/v1alpha1',
  kind: 'InferenceDeployment',
  metadata: { name, namespace: NAMESPACE },
  spec: {
    replicas,
    accelerators: [{ model: 'A100-80GB', count: 1 }],
    template: {
      spec: {
        containers: [
          {
            name: 'server',
            image: 'registry.example.com/inference/server:1.8.0',
            ports: [{ name: 'http', containerPort: 8000 }],
            readinessProbe: { httpGet: { path: '/health', port: 8000 } },
          },
        ],
      },
    },
    ...spec,
  },
});

export const aNamespace = (name: string): KubeDocument => ({
  apiVersion: 'v1',
  kind: 'Namespace',
  metadata: { name },
});

/** The InferenceDeployment that a Deployment on a member belongs to, `namespace/name`; '' for somebody else's. */
export const ownerOf = ({ metadata }: KubeDocument): string => metadata.annotations?.['tradewind.dev/owner'] ?? '';
