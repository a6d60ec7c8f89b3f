/** What the API server knows of one resource at one version, and the rules by which its objects are written. */
import type { KubeDocument } from '../../kube-api.ts';
import type { FieldError } from '../objects/field-error.ts';
import type { FieldReader } from '../objects/selectors.ts';
import type { JsonMap } from '../objects/json-tree.ts';
import type { PrinterColumn } from '../printing/printer-column.ts';
import type { DiscoveredSubresource } from '../schema/builtin-schemas.ts';
import type { SchemaNode } from '../schema/schema-node.ts';
import type { ObjectStore } from '../storage/object-store.ts';

/** How a resource's objects are decoded, defaulted, checked and told apart, where resources differ. */
export interface Strategy {
  /** Keeps what the schema knows, in place. Returns the paths of what it does not; throws a 400 for wrong types. */
  decode(draft: JsonMap): string[];
  /** Fills in defaults, in place. */
  applyDefaults(draft: KubeDocument): void;
  /** Sets what clients may not choose on a new object, in place. */
  prepareForCreate(draft: KubeDocument): void;
  /** Takes back what clients may not change on an existing object, in place. */
  prepareForUpdate(draft: KubeDocument, old: KubeDocument): void;
  /** Everything wrong with an object; `old` is what it is to replace. */
  validate(object: KubeDocument, old: KubeDocument | null): FieldError[];
  /** Whether main writes leave the status alone and status writes everything else. */
  readonly hasStatus: boolean;
  /** Whether `metadata.generation` counts changes of what is wanted. */
  readonly hasGeneration: boolean;
  /** Whether status writes may also change labels and annotations. */
  readonly statusWritesMetadata: boolean;
  /** Whether a PUT may leave out the resource version. */
  readonly allowsUnconditionalUpdate: boolean;
  readonly isCustom: boolean;
}

/** Between what is stored and what a version serves, where the two differ in more than `apiVersion`. */
export interface Conversion {
  fromStorage(stored: KubeDocument): KubeDocument;
  toStorage(served: KubeDocument): KubeDocument;
}

/** Where the replicas are that the scale subresource shows, as paths of field names. */
export interface ScalePaths {
  readonly specReplicas: readonly string[];
  readonly statusReplicas: readonly string[];
  /** A field with the selector as text; null: the LabelSelector under spec.selector, or none. */
  readonly selectorText: readonly string[] | null;
}

/** One resource at one version. */
export interface ResourceDefinition {
  readonly group: string;
  readonly version: string;
  /** `v1`, `apps/v1`. */
  readonly apiVersion: string;
  readonly plural: string;
  readonly singular: string;
  readonly kind: string;
  readonly listKind: string;
  readonly namespaced: boolean;
  readonly shortNames: readonly string[];
  readonly categories: readonly string[];
  readonly verbs: readonly string[];
  readonly subresources: readonly DiscoveredSubresource[];
  readonly schema: SchemaNode;
  /** Shared by all versions of a resource. */
  readonly store: ObjectStore;
  readonly strategy: Strategy;
  readonly conversion: Conversion | null;
  readonly selectableFields: ReadonlyMap<string, FieldReader>;
  readonly columns: readonly PrinterColumn[];
  readonly scale: ScalePaths | null;
}

/** `apps/v1`, or just the version in the core group. */
export const apiVersionOf = (group: string, version: string): string =>
  group === '' ? version : `${group}/${version}`;

/** A stored object as this version of the resource serves it. */
export function served(resource: ResourceDefinition, stored: KubeDocument): KubeDocument {
  if (stored.apiVersion === resource.apiVersion) return stored;
  return resource.conversion?.fromStorage(stored) ?? { ...stored, apiVersion: resource.apiVersion };
}
