/** Every resource a server serves, by group, version and plural; custom resources come and go. */
import type { ResourceDefinition } from './resource-definition.ts';

const keyOf = (group: string, version: string, plural: string): string => `${group}/${version}/${plural}`;

export class ResourceRegistry {
  readonly #resources = new Map<string, ResourceDefinition>();
  #revision = 0;

  /** Rises with every change, so that documents made from the registry know when they are stale. */
  get revision(): number {
    return this.#revision;
  }

  /** Adds resources, in the place of those with the same group, version and plural. */
  register(resources: readonly ResourceDefinition[]): void {
    for (const resource of resources) {
      this.#resources.set(keyOf(resource.group, resource.version, resource.plural), resource);
    }
    this.#revision += 1;
  }

  /** Forgets all versions of a resource. */
  unregister(group: string, plural: string): void {
    for (const [key, resource] of this.#resources) {
      if (resource.group === group && resource.plural === plural) this.#resources.delete(key);
    }
    this.#revision += 1;
  }

  find(group: string, version: string, plural: string): ResourceDefinition | undefined {
    return this.#resources.get(keyOf(group, version, plural));
  }

  /** The resource of a kind, such as an owner reference names it. */
  ofKind(apiVersion: string, kind: string): ResourceDefinition | undefined {
    for (const resource of this.#resources.values()) {
      if (resource.apiVersion === apiVersion && resource.kind === kind) return resource;
    }
    return undefined;
  }

  all(): ResourceDefinition[] {
    return [...this.#resources.values()];
  }

  /** One definition for each store: the first version registered. */
  stored(): ResourceDefinition[] {
    const seen = new Map(
      this.all()
        .reverse()
        .map((resource) => [resource.store, resource]),
    );
    return [...seen.values()].reverse();
  }
}
