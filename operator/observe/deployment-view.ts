/** What the operator reads of a Deployment that it made on a member. */
import type { OfferingId, WorkloadKey } from '../model/names.ts';
import { MANIFEST_ANNOTATION, OFFERING_ANNOTATION, OWNER_UID_LABEL } from '../api/ownership.ts';
import type { KubeObject } from '../kube/kube-client.ts';
import { ownerOf } from './owned-objects.ts';
import { numberAt, objectAt } from './read-field.ts';

/** Whose a Deployment is: the uid alone could be claimed from another namespace. */
export interface Owner {
  readonly owner: WorkloadKey;
  readonly ownerUid: string;
}

/** Identifies the Deployment of a placement among all that are ours. */
export const placementOf = ({ owner, ownerUid }: Owner, offering: string): string => `${owner}|${ownerUid}|${offering}`;

export interface DeploymentView extends Owner {
  readonly uid: string;
  readonly namespace: string;
  readonly name: string;
  readonly offering: OfferingId;
  readonly replicas: number;
  readonly generation: number;
  /** Hash of the manifest that was applied last. */
  readonly manifest: string;
  readonly deleting: boolean;
}

/** Nobody in another namespace is an owner, whatever an annotation says. */
const ownOwner = (deployment: KubeObject): WorkloadKey => {
  const owner = ownerOf(deployment);
  return owner.startsWith(`${deployment.metadata.namespace ?? ''}/`) ? owner : ('' as WorkloadKey);
};

/** Reads a Deployment that carries our labels. */
export function deploymentView(deployment: KubeObject): DeploymentView {
  const { metadata } = deployment;
  const annotations = metadata.annotations ?? {};
  return {
    uid: metadata.uid ?? '',
    namespace: metadata.namespace ?? '',
    name: metadata.name,
    owner: ownOwner(deployment),
    ownerUid: metadata.labels?.[OWNER_UID_LABEL] ?? '',
    offering: (annotations[OFFERING_ANNOTATION] ?? '') as OfferingId,
    replicas: numberAt(objectAt(deployment, 'spec'), 'replicas') ?? 1,
    generation: metadata.generation ?? 0,
    manifest: annotations[MANIFEST_ANNOTATION] ?? '',
    deleting: metadata.deletionTimestamp !== undefined,
  };
}
