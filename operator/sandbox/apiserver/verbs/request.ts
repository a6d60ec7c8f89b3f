/** What a request is aimed at and how it is to be carried out, whatever transport it came by. */
import type { KubeDocument } from '../../kube-api.ts';
import type { Cluster } from '../cluster.ts';
import { notFound } from '../objects/status-error.ts';
import type { ResourceDefinition } from '../resources/resource-definition.ts';
import { served } from '../resources/resource-definition.ts';

/** One object, or a part of one. */
export interface Target {
  readonly resource: ResourceDefinition;
  /** Empty for cluster-scoped resources. */
  readonly namespace: string;
  readonly name: string;
  /** Empty for the object itself. */
  readonly subresource: string;
}

/** What to do about unknown fields: refuse, warn, or pass over. */
export type FieldValidation = 'Strict' | 'Warn' | 'Ignore';

/** How to write. */
export interface WriteOptions {
  readonly dryRun: boolean;
  readonly fieldManager: string;
  readonly fieldValidation: FieldValidation;
  /** Collects what the client should be warned of. */
  readonly warnings: string[];
}

/** The stored object as the target's version serves it; 404 when it is not there. */
export function liveObject(target: Target): KubeDocument {
  const stored = target.resource.store.get(target.namespace, target.name);
  if (stored === undefined) throw notFound(target.resource, target.name);
  return served(target.resource, stored);
}

/** The namespace object; undefined when there is none. */
export function namespaceObject(cluster: Cluster, namespace: string): KubeDocument | undefined {
  return cluster.registry.find('', 'v1', 'namespaces')?.store.get('', namespace);
}
