/** Brings custom resources to life and to an end: registers what a CRD declares, and cleans up when it is deleted. */
import type { KubeDocument } from '../../kube-api.ts';
import type { Change, Cluster, LifecycleWorker } from '../cluster.ts';
import type { JsonMap } from '../objects/json-tree.ts';
import { asList, asMap, asString, cloneTree, equalTrees, isMap } from '../objects/json-tree.ts';
import { definitionsOf, namesOf } from '../resources/custom-resources.ts';
import type { ResourceDefinition } from '../resources/resource-definition.ts';
import { ObjectStore } from '../storage/object-store.ts';
import { DELETE_NOW, deleteObject } from '../verbs/delete.ts';

const CLEANUP_FINALIZER = 'customresourcecleanup.apiextensions.k8s.io';

const isDefinitions = (resource: ResourceDefinition): boolean =>
  resource.group === 'apiextensions.k8s.io' && resource.plural === 'customresourcedefinitions';

export class DefinitionWorker implements LifecycleWorker {
  readonly #cluster: Cluster;
  readonly #stores = new Map<string, ObjectStore>();
  readonly #pending = new Set<string>();

  constructor(cluster: Cluster) {
    this.#cluster = cluster;
  }

  observe({ resource, type, object }: Change): void {
    if (isDefinitions(resource)) {
      if (type === 'DELETED') this.#unregister(object);
      else this.#pending.add(object.metadata.name);
      return;
    }
    // The last object of a resource whose definition is being deleted lets the definition go.
    if (type === 'DELETED' && resource.strategy.isCustom) this.#pending.add(`${resource.plural}.${resource.group}`);
  }

  work(): boolean {
    const [name] = this.#pending;
    if (name === undefined) return false;
    this.#pending.delete(name);
    const resource = this.#definitions();
    const definition = resource?.store.get('', name);
    if (resource === undefined || definition === undefined) return true;
    if (definition.metadata.deletionTimestamp !== undefined) this.#cleanUp(resource, definition);
    else this.#establish(resource, definition);
    return true;
  }

  #definitions(): ResourceDefinition | undefined {
    return this.#cluster.registry.find('apiextensions.k8s.io', 'v1', 'customresourcedefinitions');
  }

  #establish(resource: ResourceDefinition, definition: KubeDocument): void {
    const { registry, revisions, schemas } = this.#cluster;
    const store = this.#stores.get(definition.metadata.name) ?? new ObjectStore(revisions);
    this.#stores.set(definition.metadata.name, store);
    const group = asString(asMap(definition['spec'])['group']);
    registry.unregister(group, namesOf(definition).plural);
    const versions = definitionsOf(definition, store, schemas);
    registry.register(versions);
    const [reader] = versions;
    if (reader !== undefined) store.reinterpret((stored) => readBy(reader, stored));
    const status = establishedStatus(definition, this.#cluster.timestamp());
    const finalizers = definition.metadata.finalizers ?? [];
    if (equalTrees(status, definition['status']) && finalizers.includes(CLEANUP_FINALIZER)) return;
    const metadata = { ...definition.metadata, finalizers: [...new Set([...finalizers, CLEANUP_FINALIZER])] };
    this.#cluster.commit(resource, { ...definition, metadata, status });
  }

  #cleanUp(resource: ResourceDefinition, definition: KubeDocument): void {
    const custom = this.#customResource(definition);
    for (const object of custom?.store.list(null) ?? []) {
      const { name, namespace = '' } = object.metadata;
      if (custom === undefined || object.metadata.deletionTimestamp !== undefined) continue;
      deleteObject(this.#cluster, { resource: custom, name, namespace, subresource: '' }, DELETE_NOW);
    }
    if ((custom?.store.size ?? 0) > 0) return;
    const finalizers = (definition.metadata.finalizers ?? []).filter((finalizer) => finalizer !== CLEANUP_FINALIZER);
    if (finalizers.length === 0) this.#cluster.remove(resource, definition);
    else if (finalizers.length !== definition.metadata.finalizers?.length) {
      this.#cluster.commit(resource, { ...definition, metadata: { ...definition.metadata, finalizers } });
    }
  }

  #customResource(definition: KubeDocument): ResourceDefinition | undefined {
    const group = asString(asMap(definition['spec'])['group']);
    const { plural } = namesOf(definition);
    return this.#cluster.registry.all().find((resource) => resource.group === group && resource.plural === plural);
  }

  #unregister(definition: KubeDocument): void {
    this.#stores.delete(definition.metadata.name);
    const group = asString(asMap(definition['spec'])['group']);
    this.#cluster.registry.unregister(group, namesOf(definition).plural);
  }
}

/** As the schema of now has it: pruned and with defaults, under the version at which it was written. */
function readBy({ strategy }: ResourceDefinition, stored: KubeDocument): KubeDocument {
  const object = cloneTree(stored);
  strategy.decode(object);
  strategy.applyDefaults(object);
  return equalTrees(object, stored) ? stored : object;
}

const ESTABLISHED_CONDITIONS = [
  { type: 'NamesAccepted', reason: 'NoConflicts', message: 'no conflicts found' },
  { type: 'Established', reason: 'InitialNamesAccepted', message: 'the initial names have been accepted' },
];

function establishedStatus(definition: KubeDocument, now: string): JsonMap {
  const spec = asMap(definition['spec']);
  const status = asMap(definition['status']);
  const before = asList(status['conditions']).filter(isMap);
  const versions = asList(spec['versions']).filter(isMap);
  const storage = versions.filter((version) => version['storage'] === true).map((version) => version['name']);
  const { plural, singular, kind, listKind, shortNames, categories } = namesOf(definition);
  return {
    conditions: ESTABLISHED_CONDITIONS.map((condition) => ({
      ...condition,
      lastTransitionTime: before.find((other) => other['type'] === condition.type)?.['lastTransitionTime'] ?? now,
      status: 'True',
    })),
    acceptedNames: {
      plural,
      singular,
      ...(shortNames.length === 0 ? {} : { shortNames }),
      kind,
      listKind,
      ...(categories.length === 0 ? {} : { categories }),
    },
    storedVersions: [...new Set([...asList(status['storedVersions']), ...storage])],
  };
}
