/** Empties namespaces that are being deleted, and lets them go when they are empty. */
import type { KubeDocument } from '../../kube-api.ts';
import type { Change, Cluster, LifecycleWorker } from '../cluster.ts';
import type { JsonMap } from '../objects/json-tree.ts';
import { asMap, equalTrees } from '../objects/json-tree.ts';
import type { ResourceDefinition } from '../resources/resource-definition.ts';
import { DELETE_NOW, deleteObject } from '../verbs/delete.ts';

export class NamespaceWorker implements LifecycleWorker {
  readonly #cluster: Cluster;
  /** Namespaces that are being deleted. */
  readonly #terminating = new Set<string>();
  readonly #pending = new Set<string>();

  constructor(cluster: Cluster) {
    this.#cluster = cluster;
  }

  observe({ resource, type, object }: Change): void {
    if (resource.group === '' && resource.plural === 'namespaces') {
      const { name } = object.metadata;
      if (type === 'DELETED') this.#terminating.delete(name);
      else if (object.metadata.deletionTimestamp !== undefined && !this.#terminating.has(name)) {
        this.#terminating.add(name);
        this.#pending.add(name);
      }
      return;
    }
    const namespace = object.metadata.namespace ?? '';
    if (this.#terminating.has(namespace)) this.#pending.add(namespace);
  }

  work(): boolean {
    const [name] = this.#pending;
    if (name === undefined) return false;
    this.#pending.delete(name);
    const resource = this.#cluster.registry.find('', 'v1', 'namespaces');
    const namespace = resource?.store.get('', name);
    if (resource === undefined || namespace === undefined) return true;
    const left = this.#empty(name);
    if (left.length === 0) this.#cluster.remove(resource, namespace);
    else this.#report(resource, namespace, left);
    return true;
  }

  /** Deletes what is in the namespace; returns what would not go at once. */
  #empty(namespace: string): KubeDocument[] {
    const left: KubeDocument[] = [];
    for (const resource of this.#cluster.registry.stored()) {
      if (!resource.namespaced) continue;
      for (const object of resource.store.list(namespace)) {
        if (object.metadata.deletionTimestamp !== undefined) {
          left.push(object);
          continue;
        }
        const target = { resource, namespace, name: object.metadata.name, subresource: '' };
        const deletion = deleteObject(this.#cluster, target, DELETE_NOW);
        if (!deletion.gone) left.push(deletion.object);
      }
    }
    return left;
  }

  #report(resource: ResourceDefinition, namespace: KubeDocument, left: readonly KubeDocument[]): void {
    const status = {
      ...asMap(namespace['status']),
      phase: 'Terminating',
      conditions: this.#conditions(namespace, left),
    };
    if (!equalTrees(status, namespace['status'])) this.#cluster.commit(resource, { ...namespace, status });
  }

  #conditions(namespace: KubeDocument, left: readonly KubeDocument[]): JsonMap[] {
    const kinds = new Map<string, number>();
    const finalizers = new Map<string, number>();
    for (const object of left) {
      kinds.set(object.kind, (kinds.get(object.kind) ?? 0) + 1);
      for (const finalizer of object.metadata.finalizers ?? []) {
        finalizers.set(finalizer, (finalizers.get(finalizer) ?? 0) + 1);
      }
    }
    const content = [...kinds].map(([kind, count]) => `${kind} has ${count} resource instances`).join(', ');
    const held = [...finalizers].map(([name, count]) => `${name} in ${count} resource instances`).join(', ');
    const at = namespace.metadata.deletionTimestamp ?? this.#cluster.timestamp();
    const condition = (type: string, reason: string, message: string): JsonMap => ({
      type,
      status: 'True',
      lastTransitionTime: at,
      reason,
      message,
    });
    const conditions = [
      condition('NamespaceContentRemaining', 'SomeResourcesRemain', `Some resources are remaining: ${content}`),
    ];
    if (held !== '') {
      conditions.push(
        condition(
          'NamespaceFinalizersRemaining',
          'SomeFinalizersRemain',
          `Some content in the namespace has finalizers remaining: ${held}`,
        ),
      );
    }
    return conditions;
  }
}
