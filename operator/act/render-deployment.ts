/** Renders the Deployment of one placement: the template of the InferenceDeployment, pinned to its offering. */
import { createHash } from 'node:crypto';
import type { Json, JsonObject } from '../model/json.ts';
import type { OfferingRoute } from '../model/route.ts';
import type { Shape, Workload } from '../model/workload.ts';
import {
  MANAGED_BY,
  MANAGED_BY_LABEL,
  MANIFEST_ANNOTATION,
  OFFERING_ANNOTATION,
  OWNER_ANNOTATION,
  OWNER_UID_LABEL,
  PLACEMENT_LABEL,
  placementName,
} from '../api/ownership.ts';
import type { KubeObject } from '../kube/kube-client.ts';

export interface DeploymentRequest {
  readonly workload: Workload;
  readonly shape: Shape;
  readonly route: OfferingRoute;
  readonly replicas: number;
}

const objectOf = (value: Json | undefined): JsonObject =>
  typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as JsonObject) : {};
const listOf = (value: Json | undefined): readonly JsonObject[] => (Array.isArray(value) ? value.map(objectOf) : []);

/** Overrides replace args and image; env entries replace those of the same name and are added otherwise. */
function withOverrides(container: JsonObject, shape: Shape): JsonObject {
  const { args, env, image } = shape.overrides;
  const replaced = new Set((env ?? []).map((entry) => entry['name']));
  const kept = listOf(container['env']).filter((entry) => !replaced.has(entry['name']));
  return {
    ...container,
    ...(args === null ? {} : { args }),
    ...(image === null ? {} : { image }),
    ...(env === null ? {} : { env: [...kept, ...env] }),
  };
}

/** Requests and limits of extended resources must be equal; both are set here and nowhere else. */
function withAccelerators(container: JsonObject, shape: Shape, route: OfferingRoute): JsonObject {
  const resources = objectOf(container['resources']);
  const count = { [route.resource]: String(shape.count) };
  return {
    ...container,
    resources: {
      ...resources,
      requests: { ...objectOf(resources['requests']), ...count },
      limits: { ...objectOf(resources['limits']), ...count },
    },
  };
}

const RESTRICTED_CONTAINER = { allowPrivilegeEscalation: false, capabilities: { drop: ['ALL'] } };
const RESTRICTED_POD = { runAsNonRoot: true, seccompProfile: { type: 'RuntimeDefault' } };

const restricted = (container: JsonObject): JsonObject => ({
  ...container,
  securityContext: { ...objectOf(container['securityContext']), ...RESTRICTED_CONTAINER },
});

function affinityTo(route: OfferingRoute): JsonObject {
  const labels = { ...route.nodeSelector, ...(route.zone === '' ? {} : { 'topology.kubernetes.io/zone': route.zone }) };
  const matchExpressions = Object.entries(labels)
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([key, value]) => ({ key, operator: 'In', values: [value] }));
  return {
    nodeAffinity: { requiredDuringSchedulingIgnoredDuringExecution: { nodeSelectorTerms: [{ matchExpressions }] } },
  };
}

const tolerationsOf = (route: OfferingRoute): readonly JsonObject[] =>
  route.tolerations.map(({ key, operator, value, effect }) => ({
    key,
    operator,
    ...(value === undefined ? {} : { value }),
    ...(effect === undefined ? {} : { effect }),
  }));

function podSpec({ workload, shape, route }: DeploymentRequest): JsonObject {
  const spec = objectOf(workload.template['spec']);
  const [first, ...others] = listOf(spec['containers']);
  const server = withAccelerators(withOverrides(first ?? {}, shape), shape, route);
  const initContainers = listOf(spec['initContainers']).map(restricted);
  return {
    ...spec,
    containers: [server, ...others].map(restricted),
    ...(initContainers.length > 0 ? { initContainers } : {}),
    securityContext: { ...objectOf(spec['securityContext']), ...RESTRICTED_POD },
    automountServiceAccountToken: false,
    enableServiceLinks: false,
    affinity: affinityTo(route),
    tolerations: tolerationsOf(route),
  };
}

/** Labels that select exactly this placement's pods. */
const selectorOf = (workload: Workload, name: string): Record<string, string> => ({
  [MANAGED_BY_LABEL]: MANAGED_BY,
  [PLACEMENT_LABEL]: name,
  [OWNER_UID_LABEL]: workload.uid,
});

/** The manifest for server-side apply, with its own hash in an annotation. The same request gives the same bytes. */
export function renderDeployment(request: DeploymentRequest): KubeObject {
  const { workload, route, replicas } = request;
  const name = placementName(workload.name, route.offering);
  const selector = selectorOf(workload, name);
  const podMetadata = objectOf(workload.template['metadata']);
  const spec = {
    replicas,
    selector: { matchLabels: selector },
    // A replica fills its accelerators, so a rolling update cannot count on room for one more.
    strategy: { type: 'RollingUpdate', rollingUpdate: { maxSurge: 0, maxUnavailable: 1 } },
    template: {
      metadata: {
        labels: { ...objectOf(podMetadata['labels']), ...route.podLabels, ...selector },
        annotations: { ...objectOf(podMetadata['annotations']), [OWNER_ANNOTATION]: workload.key },
      },
      spec: podSpec(request),
    },
  };
  return {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: {
      name,
      namespace: workload.namespace,
      labels: selector,
      annotations: {
        [OWNER_ANNOTATION]: workload.key,
        [OFFERING_ANNOTATION]: route.offering,
        [MANIFEST_ANNOTATION]: manifestHash(spec),
      },
    },
    spec,
  };
}

const manifestHash = (spec: object): string =>
  createHash('sha256').update(JSON.stringify(spec)).digest('hex').slice(0, 16);

/** The hash that renderDeployment put on the manifest. */
export const hashOf = (manifest: KubeObject): string => manifest.metadata.annotations?.[MANIFEST_ANNOTATION] ?? '';
