/**
 * The InferencePool beside a member's Service, for a gateway of that member: the API's pools select pods of their own
 * cluster and namespace only. It is asked for each time, not watched: few have one, and a CRD that is missing has no watch.
 */
import { failureCode } from '../model/errors.ts';
import type { NamespaceName, WorkloadKey } from '../model/names.ts';
import type { EndpointPicker } from '../model/traffic-routing.ts';
import { MANAGED_BY, MANAGED_BY_LABEL, OWNER_ANNOTATION, OWNER_UID_LABEL } from '../api/ownership.ts';
import { ENDPOINT, TRAFFIC_LABEL } from '../api/traffic-names.ts';
import type { KubeClient, KubeObject, ResourceType } from '../kube/kube-client.ts';
import { coversManifest } from './covers-manifest.ts';
import { nameOf } from './write-status.ts';

/** Gateway API Inference Extension. */
export const INFERENCE_POOLS: ResourceType = {
  group: 'inference.networking.k8s.io',
  version: 'v1',
  plural: 'inferencepools',
  kind: 'InferencePool',
  namespaced: true,
};

export interface PoolOwner {
  readonly key: WorkloadKey;
  readonly name: string;
  readonly namespace: NamespaceName;
  readonly uid: string;
}

export interface InferencePoolRequest {
  readonly workload: PoolOwner;
  /** Of the container. */
  readonly port: number;
  readonly picker: EndpointPicker;
}

/** Missing: the member does not serve the resource. NameTaken: somebody else's has the name. */
export type PoolOutcome = 'Written' | 'Unchanged' | 'Missing' | 'NameTaken';

/** The manifest for server-side apply: named as the InferenceDeployment, so that routes on the member can be written ahead. */
export function renderInferencePool({ workload, port, picker }: InferencePoolRequest): KubeObject {
  const owned = { [MANAGED_BY_LABEL]: MANAGED_BY, [OWNER_UID_LABEL]: workload.uid };
  const { name, port: number, failureMode } = picker;
  return {
    apiVersion: 'inference.networking.k8s.io/v1',
    kind: 'InferencePool',
    metadata: {
      name: workload.name,
      namespace: workload.namespace,
      labels: { ...owned, [TRAFFIC_LABEL]: ENDPOINT },
      annotations: { [OWNER_ANNOTATION]: workload.key },
    },
    spec: {
      selector: { matchLabels: owned },
      targetPorts: [{ number: port }],
      endpointPickerRef: { group: '', kind: 'Service', name, port: { number }, failureMode },
    },
  };
}

/** Applies it unless it stands as wanted, and never over somebody else's. */
export async function applyInferencePool(
  request: InferencePoolRequest,
  client: KubeClient,
  signal: AbortSignal,
): Promise<PoolOutcome> {
  const manifest = renderInferencePool(request);
  const standing = await standingPool(request.workload, client, signal);
  if (standing !== null && !isOf(standing, request.workload)) return 'NameTaken';
  if (standing !== null && coversManifest(standing, manifest)) return 'Unchanged';
  try {
    await client.apply(INFERENCE_POOLS, manifest, { force: true }, signal);
    return 'Written';
  } catch (error) {
    if (failureCode(error) === 'NotFound') return 'Missing'; // its namespace is there: the Service came first
    throw error;
  }
}

/** Deletes it when it is ours. Returns whether anything was written. */
export async function deleteInferencePool(owner: PoolOwner, client: KubeClient, signal: AbortSignal): Promise<boolean> {
  const standing = await standingPool(owner, client, signal);
  if (standing === null || !isOf(standing, owner) || standing.metadata.deletionTimestamp !== undefined) return false;
  const { uid } = standing.metadata;
  await client.delete(INFERENCE_POOLS, nameOf(standing), uid === undefined ? {} : { uid }, signal);
  return true;
}

const isOf = ({ metadata }: KubeObject, { uid }: PoolOwner): boolean => metadata.labels?.[OWNER_UID_LABEL] === uid;

async function standingPool(owner: PoolOwner, client: KubeClient, signal: AbortSignal): Promise<KubeObject | null> {
  try {
    return await client.get(INFERENCE_POOLS, { name: owner.name, namespace: owner.namespace }, signal);
  } catch (error) {
    if (failureCode(error) === 'NotFound') return null;
    throw error;
  }
}
