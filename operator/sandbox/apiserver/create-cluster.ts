/** A new cluster: the built-in resources, the workers, and what every cluster is born with. */
import type { Clock } from '../../model/clock.ts';
import { Cluster } from './cluster.ts';
import { AccountWorker } from './lifecycle/account-worker.ts';
import { DefinitionWorker } from './lifecycle/definition-worker.ts';
import { GarbageCollector } from './lifecycle/garbage-collector.ts';
import { NamespaceWorker } from './lifecycle/namespace-worker.ts';
import { Identities } from './objects/identities.ts';
import { builtinResources } from './resources/builtin-resources.ts';
import { ResourceRegistry } from './resources/resource-registry.ts';
import { loadBuiltinSchemas } from './schema/builtin-schemas.ts';
import { Revisions } from './storage/revisions.ts';
import { createObject } from './verbs/create.ts';

const NAMESPACES = ['default', 'kube-node-lease', 'kube-public', 'kube-system'];

/** An empty cluster with Kubernetes' four namespaces; `name` seeds its uids. */
export function createCluster(name: string, clock: Clock): Cluster {
  const revisions = new Revisions();
  const schemas = loadBuiltinSchemas();
  const registry = new ResourceRegistry();
  registry.register(builtinResources(schemas, revisions));
  const cluster = new Cluster({ clock, revisions, registry, schemas, identities: new Identities(name) });
  cluster.addWorker(new DefinitionWorker(cluster));
  cluster.addWorker(new AccountWorker(cluster));
  cluster.addWorker(new NamespaceWorker(cluster));
  cluster.addWorker(new GarbageCollector(cluster));
  const namespaces = registry.find('', 'v1', 'namespaces');
  for (const namespace of NAMESPACES) {
    if (namespaces === undefined) break;
    const target = { resource: namespaces, namespace: '', name: namespace, subresource: '' };
    createObject(
      cluster,
      target,
      { metadata: { name: namespace } },
      {
        dryRun: false,
        fieldManager: 'kube-apiserver',
        fieldValidation: 'Ignore',
        warnings: [],
      },
    );
  }
  return cluster;
}
