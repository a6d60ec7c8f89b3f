/** The schemas and the discovery of the built-in resources, as a kube-apiserver serves them: loadBuiltinSchemas. */
import { shippedFolder } from '../../shipped-folders.ts';
import { readFileSync } from 'node:fs';
import type { JsonMap } from '../objects/json-tree.ts';
import { asList, asMap } from '../objects/json-tree.ts';
import { SchemaNode } from './schema-node.ts';

/** A resource or subresource as aggregated discovery lists it. */
export interface DiscoveredResource {
  readonly resource: string;
  readonly responseKind: { readonly group: string; readonly version: string; readonly kind: string };
  readonly scope: 'Cluster' | 'Namespaced';
  readonly singularResource: string;
  readonly verbs: readonly string[];
  readonly shortNames?: readonly string[];
  readonly categories?: readonly string[];
  readonly subresources?: readonly DiscoveredSubresource[];
}

/** A subresource as aggregated discovery lists it. */
export interface DiscoveredSubresource {
  readonly subresource: string;
  readonly responseKind: { readonly group: string; readonly version: string; readonly kind: string };
  readonly verbs: readonly string[];
}

/** A group of resources as aggregated discovery lists it. */
export interface DiscoveredGroup {
  readonly group: string;
  readonly versions: readonly { readonly version: string; readonly resources: readonly DiscoveredResource[] }[];
}

/** What is known of the built-in kinds. */
export interface BuiltinSchemas {
  readonly groups: readonly DiscoveredGroup[];
  /** Component schemas by name. */
  readonly schemas: ReadonlyMap<string, JsonMap>;
  /** The schema of a kind; null for a kind without one. */
  ofKind(group: string, version: string, kind: string): SchemaNode | null;
  /** The name of a kind's component; null for a kind without one. Options are of every version alike. */
  nameOf(apiVersion: string, kind: string): string | null;
  /** The schema of a component by the end of its name, such as `meta.v1.ObjectMeta`. */
  component(suffix: string): SchemaNode;
}

const DATA = new URL('kubernetes-schemas.json', shippedFolder('data'));

/** Reads the data file; a server keeps what it gets for its lifetime. */
export function loadBuiltinSchemas(): BuiltinSchemas {
  const data = JSON.parse(readFileSync(DATA, 'utf8')) as {
    discovery: DiscoveredGroup[];
    schemas: Record<string, JsonMap>;
  };
  const schemas = new Map(Object.entries(data.schemas));
  const resolve = (name: string): JsonMap => schemas.get(name) ?? {};
  const names = new Map<string, string>();
  for (const [name, schema] of schemas) {
    for (const gvk of asList(schema['x-kubernetes-group-version-kind']).map(asMap)) {
      names.set(`${String(gvk['group'])}/${String(gvk['version'])}/${String(gvk['kind'])}`, name);
    }
  }
  const nodes = new Map<string, SchemaNode>();
  const node = (name: string): SchemaNode => {
    let found = nodes.get(name);
    if (found === undefined) {
      found = new SchemaNode({ $ref: `#/components/schemas/${name}` }, resolve);
      nodes.set(name, found);
    }
    return found;
  };
  return {
    groups: data.discovery,
    schemas,
    ofKind: (group, version, kind) => {
      const name = names.get(`${group}/${version}/${kind}`);
      return name === undefined ? null : node(name);
    },
    nameOf: (apiVersion, kind) => {
      const key = apiVersion.includes('/') ? apiVersion : `/${apiVersion}`;
      return names.get(`${key}/${kind}`) ?? (kind.endsWith('Options') ? (names.get(`/v1/${kind}`) ?? null) : null);
    },
    component: (suffix) => {
      const name = [...schemas.keys()].find((candidate) => candidate.endsWith(`.${suffix}`));
      if (name === undefined) throw new Error(`no built-in schema is called ${suffix}`);
      return node(name);
    },
  };
}
