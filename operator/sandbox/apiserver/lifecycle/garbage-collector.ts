/** The garbage collector's stand-in: what has lost all its owners goes, as deletions with propagation ask. */
import type { KubeDocument } from '../../kube-api.ts';
import type { Change, Cluster, LifecycleWorker } from '../cluster.ts';
import type { ResourceDefinition } from '../resources/resource-definition.ts';
import { DELETE_NOW, deleteObject, FOREGROUND_FINALIZER, ORPHAN_FINALIZER } from '../verbs/delete.ts';

/** Where an object is. */
interface Place {
  readonly resource: ResourceDefinition;
  readonly namespace: string;
  readonly name: string;
}

type OwnerReference = NonNullable<KubeDocument['metadata']['ownerReferences']>[number];

const owners = (object: KubeDocument): readonly OwnerReference[] => object.metadata.ownerReferences ?? [];

export class GarbageCollector implements LifecycleWorker {
  readonly #cluster: Cluster;
  /** Every living object by uid. */
  readonly #places = new Map<string, Place>();
  /** The uids of objects that name an owner, by the owner's uid. */
  readonly #dependents = new Map<string, Set<string>>();
  readonly #pending = new Set<string>();

  constructor(cluster: Cluster) {
    this.#cluster = cluster;
  }

  observe({ type, resource, object, previous }: Change): void {
    const { uid, name, namespace = '' } = object.metadata;
    if (uid === undefined) return;
    const sameOwners = previous !== null && type === 'MODIFIED' && owners(previous) === owners(object);
    if (!sameOwners)
      this.#reindex(uid, type === 'DELETED' ? [] : owners(object), previous === null ? [] : owners(previous));
    if (type === 'DELETED') {
      this.#places.delete(uid);
      for (const dependent of this.#dependents.get(uid) ?? []) this.#pending.add(dependent);
      for (const owner of owners(object)) this.#pending.add(owner.uid);
      return;
    }
    if (type === 'ADDED') this.#places.set(uid, { resource, namespace, name });
    if (owners(object).length > 0 && !sameOwners) this.#pending.add(uid);
    if (object.metadata.deletionTimestamp !== undefined) this.#pending.add(uid);
  }

  #reindex(uid: string, now: readonly OwnerReference[], before: readonly OwnerReference[]): void {
    for (const owner of before) {
      const dependents = this.#dependents.get(owner.uid);
      dependents?.delete(uid);
      if (dependents?.size === 0) this.#dependents.delete(owner.uid);
    }
    for (const owner of now) {
      const dependents = this.#dependents.get(owner.uid) ?? new Set();
      this.#dependents.set(owner.uid, dependents.add(uid));
    }
  }

  work(): boolean {
    const [uid] = this.#pending;
    if (uid === undefined) return false;
    this.#pending.delete(uid);
    const place = this.#places.get(uid);
    const object = place?.resource.store.get(place.namespace, place.name);
    if (place === undefined || object === undefined || object.metadata.uid !== uid) return true;
    this.#process(place, object);
    return true;
  }

  #process(place: Place, object: KubeDocument): void {
    const finalizers = object.metadata.finalizers ?? [];
    if (object.metadata.deletionTimestamp !== undefined) {
      if (finalizers.includes(ORPHAN_FINALIZER)) this.#orphan(place, object);
      else if (finalizers.includes(FOREGROUND_FINALIZER)) this.#deleteDependentsFirst(place, object);
      return;
    }
    const present = owners(object).filter((owner) => this.#isPresent(owner));
    if (present.length === owners(object).length) return;
    if (present.length > 0) this.#commit(place, { ...object.metadata, ownerReferences: present }, object);
    else deleteObject(this.#cluster, { ...place, subresource: '' }, DELETE_NOW);
  }

  /** An owner that waits for its dependents no longer keeps them. */
  #isPresent(owner: OwnerReference): boolean {
    const object = this.#object(owner.uid);
    if (object === undefined) return false;
    const isWaiting =
      object.metadata.deletionTimestamp !== undefined &&
      (object.metadata.finalizers ?? []).includes(FOREGROUND_FINALIZER);
    return !isWaiting;
  }

  #object(uid: string): KubeDocument | undefined {
    const place = this.#places.get(uid);
    return place?.resource.store.get(place.namespace, place.name);
  }

  /** A copy: what is done to dependents changes the index. */
  #dependentsOf(uid: string): string[] {
    return Array.from(this.#dependents.get(uid) ?? []);
  }

  #orphan(place: Place, owner: KubeDocument): void {
    for (const uid of this.#dependentsOf(owner.metadata.uid ?? '')) {
      const dependentPlace = this.#places.get(uid);
      const dependent = this.#object(uid);
      if (dependentPlace === undefined || dependent === undefined) continue;
      const ownerReferences = owners(dependent).filter((reference) => reference.uid !== owner.metadata.uid);
      this.#commit(dependentPlace, { ...dependent.metadata, ownerReferences }, dependent);
    }
    this.#dropFinalizer(place, owner, ORPHAN_FINALIZER);
  }

  #deleteDependentsFirst(place: Place, owner: KubeDocument): void {
    const uid = owner.metadata.uid ?? '';
    let blocked = false;
    for (const dependentUid of this.#dependentsOf(uid)) {
      const dependentPlace = this.#places.get(dependentUid);
      const dependent = this.#object(dependentUid);
      if (dependentPlace === undefined || dependent === undefined) continue;
      const isKept = owners(dependent).some((reference) => this.#isPresent(reference));
      if (isKept) {
        this.#pending.add(dependentUid);
        continue;
      }
      if (dependent.metadata.deletionTimestamp === undefined) {
        const target = { ...dependentPlace, subresource: '' };
        deleteObject(this.#cluster, target, { ...DELETE_NOW, propagation: 'Foreground' });
      }
      const blocks = owners(dependent).some(
        (reference) => reference.uid === uid && reference.blockOwnerDeletion === true,
      );
      if (blocks && this.#object(dependentUid) !== undefined) blocked = true;
    }
    if (!blocked) this.#dropFinalizer(place, owner, FOREGROUND_FINALIZER);
  }

  #dropFinalizer(place: Place, object: KubeDocument, finalizer: string): void {
    const finalizers = (object.metadata.finalizers ?? []).filter((other) => other !== finalizer);
    const isPodInGrace = (object.metadata.deletionGracePeriodSeconds ?? 0) > 0;
    if (finalizers.length === 0 && !isPodInGrace) this.#cluster.remove(place.resource, object);
    else this.#commit(place, { ...object.metadata, finalizers }, object);
  }

  #commit(place: Place, metadata: KubeDocument['metadata'], object: KubeDocument): void {
    const next = { ...metadata };
    if (next.finalizers?.length === 0) delete next.finalizers;
    if (next.ownerReferences?.length === 0) delete next.ownerReferences;
    this.#cluster.commit(place.resource, { ...object, metadata: next });
  }
}
