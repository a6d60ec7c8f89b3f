/** Objects as a Table, the form `kubectl get` asks for. */
import type { KubeDocument } from '../../kube-api.ts';
import type { JsonMap } from '../objects/json-tree.ts';
import type { ResourceDefinition } from '../resources/resource-definition.ts';

/** How much of each object its row carries. */
export type IncludedObject = 'None' | 'Metadata' | 'Object';

/** How to print a table. */
export interface TableOptions {
  readonly include: IncludedObject;
  /** In milliseconds since the epoch. */
  readonly now: number;
  /** A watch sends the columns with its first table only. */
  readonly withColumns: boolean;
}

/** The metadata of an object and nothing else. */
export const partialMetadata = (object: KubeDocument): JsonMap => ({
  kind: 'PartialObjectMetadata',
  apiVersion: 'meta.k8s.io/v1',
  metadata: object.metadata,
});

/** A table of objects; `listMeta` is the metadata of the list they are from. */
export function toTable(
  resource: ResourceDefinition,
  objects: readonly KubeDocument[],
  listMeta: JsonMap,
  options: TableOptions,
): JsonMap {
  return {
    kind: 'Table',
    apiVersion: 'meta.k8s.io/v1',
    metadata: listMeta,
    columnDefinitions: options.withColumns
      ? resource.columns.map(({ name, type, format, description, priority }) => ({
          name,
          type,
          format,
          description,
          priority,
        }))
      : null,
    rows: objects.map((object) => ({
      cells: resource.columns.map((column) => column.read(object, options.now)),
      object: included(object, options.include),
    })),
  };
}

function included(object: KubeDocument, include: IncludedObject): unknown {
  if (include === 'None') return null;
  return include === 'Object' ? object : partialMetadata(object);
}
