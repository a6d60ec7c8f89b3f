/** Objects that the operator made, kept by the workload that they belong to. */
import { OWNER_ANNOTATION } from '../api/ownership.ts';
import type { KubeObject } from '../kube/kube-client.ts';
import { ObjectStore } from '../kube/object-store.ts';
import type { WorkloadKey } from '../model/names.ts';

const OWNER_INDEX = 'owner';

/** `namespace/name` of the InferenceDeployment that it is for; '' on an object that does not say. */
export const ownerOf = ({ metadata }: Pick<KubeObject, 'metadata'>): WorkloadKey =>
  (metadata.annotations?.[OWNER_ANNOTATION] ?? '') as WorkloadKey;

/** A store that finds objects by their owner; `onChange` is told whose object came, changed or went. */
export function ownedObjects(onChange: (owner: WorkloadKey) => void): ObjectStore<KubeObject> {
  const store = new ObjectStore<KubeObject>({
    read: (object) => object,
    indexes: { [OWNER_INDEX]: (object) => [ownerOf(object)] },
  });
  store.subscribe(({ value, previous }) => {
    const object = value ?? previous;
    if (object) onChange(ownerOf(object));
  });
  return store;
}

export const ownedBy = (store: ObjectStore<KubeObject>, owner: WorkloadKey): readonly KubeObject[] =>
  store.byIndex(OWNER_INDEX, owner);
