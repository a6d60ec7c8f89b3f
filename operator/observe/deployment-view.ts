/** What the operator reads of a Deployment that it made on a member. */
import type { OfferingId, WorkloadKey } from '../model/names.ts';
import { MANIFEST_ANNOTATION, OFFERING_ANNOTATION, OWNER_UID_LABEL } from '../api/ownership.ts';
import type { KubeObject } from '../kube/kube-client.ts';
import { ownerOf } from './owned-objects.ts';
import { numberAt, objectAt } from './read-field.ts';

export interface DeploymentView {
  readonly uid: string;
  readonly namespace: string;
  readonly name: string;
  readonly owner: WorkloadKey;
  readonly ownerUid: string;
  readonly offering: OfferingId;
  readonly replicas: number;
  readonly generation: number;
  /** Hash of the manifest that was applied last. */
  readonly manifest: string;
  readonly deleting: boolean;
}

/** Reads a Deployment that carries our labels. */
export function deploymentView(deployment: KubeObject): DeploymentView {
  const { metadata } = deployment;
  const annotations = metadata.annotations ?? {};
  return {
    uid: metadata.uid ?? '',
    namespace: metadata.namespace ?? '',
    name: metadata.name,
    owner: ownerOf(deployment),
    ownerUid: metadata.labels?.[OWNER_UID_LABEL] ?? '',
    offering: (annotations[OFFERING_ANNOTATION] ?? '') as OfferingId,
    replicas: numberAt(objectAt(deployment, 'spec'), 'replicas') ?? 1,
    generation: metadata.generation ?? 0,
    manifest: annotations[MANIFEST_ANNOTATION] ?? '',
    deleting: metadata.deletionTimestamp !== undefined,
  };
}
