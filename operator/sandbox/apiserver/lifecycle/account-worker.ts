/** Gives every namespace its service account `default`, as the service account controller does. */
import type { Change, Cluster, LifecycleWorker } from '../cluster.ts';
import { createObject } from '../verbs/create.ts';

const DEFAULT_ACCOUNT = 'default';

export class AccountWorker implements LifecycleWorker {
  readonly #cluster: Cluster;
  readonly #pending = new Set<string>();

  constructor(cluster: Cluster) {
    this.#cluster = cluster;
  }

  observe({ resource, type, object }: Change): void {
    const isNamespace = resource.group === '' && resource.plural === 'namespaces';
    if (isNamespace && type === 'ADDED') this.#pending.add(object.metadata.name);
  }

  work(): boolean {
    const [namespace] = this.#pending;
    if (namespace === undefined) return false;
    this.#pending.delete(namespace);
    const resource = this.#cluster.registry.find('', 'v1', 'serviceaccounts');
    if (resource === undefined) return true;
    const target = { resource, namespace, name: DEFAULT_ACCOUNT, subresource: '' };
    createObject(
      this.#cluster,
      target,
      { metadata: { name: DEFAULT_ACCOUNT } },
      {
        dryRun: false,
        fieldManager: 'kube-controller-manager',
        fieldValidation: 'Ignore',
        warnings: [],
      },
    );
    return true;
  }
}
