/** The Service through which a member answers a workload's requests: applied while it holds any of it, deleted after. */
import type { NamespaceName, WorkloadKey } from '../model/names.ts';
import type { EndpointPicker } from '../model/traffic-routing.ts';
import { MANAGED_BY, MANAGED_BY_LABEL, OWNER_ANNOTATION, OWNER_UID_LABEL } from '../api/ownership.ts';
import { ENDPOINT, memberServiceName, POOL_ANNOTATION, TRAFFIC_LABEL } from '../api/traffic-names.ts';
import { SERVICES } from '../kube/builtin-resources.ts';
import type { KubeClient, KubeObject } from '../kube/kube-client.ts';
import { coversManifest } from './covers-manifest.ts';
import { nameOf } from './write-status.ts';

export interface MemberServiceRequest {
  readonly workload: {
    readonly key: WorkloadKey;
    readonly name: string;
    readonly namespace: NamespaceName;
    readonly uid: string;
  };
  /** Of the container and of the load balancer. */
  readonly port: number;
  readonly annotations: Readonly<Record<string, string>>;
  /** Of the InferencePool that is to stand beside it; left out: none is. */
  readonly picker?: EndpointPicker;
}

/**
 * The manifest for server-side apply. Selects every copy on the member, whatever its pool. It is owned by no Deployment:
 * one that is deleted in the foreground would take the way to its last streams along.
 */
export function renderMemberService({ workload, port, annotations, picker }: MemberServiceRequest): KubeObject {
  const selector = { [MANAGED_BY_LABEL]: MANAGED_BY, [OWNER_UID_LABEL]: workload.uid };
  return {
    apiVersion: 'v1',
    kind: 'Service',
    metadata: {
      name: memberServiceName(workload.name),
      namespace: workload.namespace,
      labels: { ...selector, [TRAFFIC_LABEL]: ENDPOINT },
      annotations: {
        ...annotations,
        [OWNER_ANNOTATION]: workload.key,
        ...(picker === undefined ? {} : { [POOL_ANNOTATION]: workload.name }),
      },
    },
    spec: {
      type: 'LoadBalancer',
      selector,
      ports: [{ name: 'http', port, protocol: 'TCP', targetPort: port }],
    },
  };
}

/** One member, as far as its Services need it. */
export interface MemberServiceTarget {
  readonly client: KubeClient;
  /** What stands; null when nothing does. */
  readonly standing: KubeObject | null;
  readonly onApplied: (service: KubeObject) => void;
}

/** Applies the Service unless it stands as wanted; null wants none. Returns whether anything was written. */
export async function applyMemberService(
  request: MemberServiceRequest | null,
  target: MemberServiceTarget,
  signal: AbortSignal,
): Promise<boolean> {
  const { client, standing, onApplied } = target;
  if (request === null) return standing !== null && deleteService(client, standing, signal);
  const manifest = renderMemberService(request);
  if (standing !== null && isMarked(standing) === isMarked(manifest) && coversManifest(standing, manifest))
    return false;
  onApplied(await client.apply(SERVICES, manifest, { force: true }, signal));
  return true;
}

/** A mark that is no longer wanted is no difference to a manifest that says nothing of it. */
const isMarked = ({ metadata }: KubeObject): boolean => metadata.annotations?.[POOL_ANNOTATION] !== undefined;

async function deleteService(client: KubeClient, standing: KubeObject, signal: AbortSignal): Promise<boolean> {
  const { uid, deletionTimestamp } = standing.metadata;
  if (deletionTimestamp !== undefined) return false;
  await client.delete(SERVICES, nameOf(standing), uid === undefined ? {} : { uid }, signal);
  return true;
}
