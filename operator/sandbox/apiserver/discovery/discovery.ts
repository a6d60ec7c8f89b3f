/** Discovery: which groups, versions and resources there are, in the legacy and in the aggregated form. */
import type { JsonMap } from '../objects/json-tree.ts';
import type { ResourceDefinition } from '../resources/resource-definition.ts';
import type { ResourceRegistry } from '../resources/resource-registry.ts';

/** `GET /api`. */
export const coreVersions = (address: string): JsonMap => ({
  kind: 'APIVersions',
  versions: ['v1'],
  serverAddressByClientCIDRs: [{ clientCIDR: '0.0.0.0/0', serverAddress: address }],
});

/** Versions in Kubernetes' order: stable before beta before alpha, higher before lower. */
export function byVersionPriority(a: string, b: string): number {
  const rank = (version: string): number[] => {
    const parts = /^v(\d+)(?:(alpha|beta)(\d+))?$/u.exec(version);
    if (parts === null) return [0, 0, 0];
    const stage = parts[2] === undefined ? 3 : parts[2] === 'beta' ? 2 : 1;
    return [stage, Number(parts[1]), Number(parts[3] ?? 0)];
  };
  const [left, right] = [rank(a), rank(b)];
  for (const [index, value] of left.entries()) {
    const difference = (right[index] ?? 0) - value;
    if (difference !== 0) return difference;
  }
  return a < b ? -1 : a > b ? 1 : 0;
}

/** The versions of every group but the core one, groups in order of registration. */
function groupVersions(registry: ResourceRegistry): Map<string, string[]> {
  const groups = new Map<string, string[]>();
  for (const { group, version } of registry.all()) {
    if (group === '') continue;
    const versions = groups.get(group) ?? [];
    if (!versions.includes(version)) versions.push(version);
    groups.set(group, versions);
  }
  for (const versions of groups.values()) versions.sort(byVersionPriority);
  return groups;
}

function groupBody(name: string, versions: readonly string[]): JsonMap {
  const entries = versions.map((version) => ({ groupVersion: `${name}/${version}`, version }));
  return { name, versions: entries, preferredVersion: entries[0] };
}

/** `GET /apis`. */
export const groupList = (registry: ResourceRegistry): JsonMap => ({
  kind: 'APIGroupList',
  apiVersion: 'v1',
  groups: [...groupVersions(registry)].map(([name, versions]) => groupBody(name, versions)),
});

/** `GET /apis/{group}`; null when there is none of that name. */
export function oneGroup(registry: ResourceRegistry, name: string): JsonMap | null {
  const versions = groupVersions(registry).get(name);
  return versions === undefined ? null : { kind: 'APIGroup', apiVersion: 'v1', ...groupBody(name, versions) };
}

/** `GET /api/v1` and `GET /apis/{group}/{version}`; null when there is no such version. */
export function resourceList(registry: ResourceRegistry, group: string, version: string): JsonMap | null {
  const resources = registry.all().filter((resource) => resource.group === group && resource.version === version);
  const [first] = resources;
  if (first === undefined) return null;
  return {
    kind: 'APIResourceList',
    apiVersion: 'v1',
    groupVersion: first.apiVersion,
    resources: resources.flatMap(legacyEntries),
  };
}

function legacyEntries(resource: ResourceDefinition): JsonMap[] {
  const { plural, singular, namespaced, kind, verbs, shortNames, categories } = resource;
  const own: JsonMap = {
    name: plural,
    singularName: singular,
    namespaced,
    kind,
    verbs,
    ...(shortNames.length === 0 ? {} : { shortNames }),
    ...(categories.length === 0 ? {} : { categories }),
  };
  return [
    own,
    ...resource.subresources.map(({ subresource, responseKind, verbs }) => ({
      name: `${plural}/${subresource}`,
      singularName: '',
      namespaced,
      ...(responseKind.group === '' ? {} : { group: responseKind.group, version: responseKind.version }),
      kind: responseKind.kind,
      verbs,
    })),
  ];
}

/** The aggregated form: of the core group for `/api`, of all others for `/apis`. */
export function aggregated(registry: ResourceRegistry, which: 'core' | 'groups', version: 'v2' | 'v2beta1'): JsonMap {
  const groups = which === 'core' ? new Map([['', ['v1']]]) : groupVersions(registry);
  return {
    kind: 'APIGroupDiscoveryList',
    apiVersion: `apidiscovery.k8s.io/${version}`,
    metadata: {},
    items: [...groups].map(([group, versions]) => ({
      metadata: { ...(group === '' ? {} : { name: group }), creationTimestamp: null },
      versions: versions.map((version) => ({
        version,
        resources: registry
          .all()
          .filter((resource) => resource.group === group && resource.version === version)
          .map(aggregatedEntry),
        freshness: 'Current',
      })),
    })),
  };
}

function aggregatedEntry(resource: ResourceDefinition): JsonMap {
  const { group, version, shortNames, categories, subresources } = resource;
  return {
    resource: resource.plural,
    responseKind: { group, version, kind: resource.kind },
    scope: resource.namespaced ? 'Namespaced' : 'Cluster',
    singularResource: resource.singular,
    verbs: resource.verbs,
    ...(shortNames.length === 0 ? {} : { shortNames }),
    ...(categories.length === 0 ? {} : { categories }),
    ...(subresources.length === 0 ? {} : { subresources: subresources.map(aggregatedSubresource(resource)) }),
  };
}

const aggregatedSubresource =
  ({ group, version }: ResourceDefinition) =>
  ({ subresource, responseKind, verbs }: ResourceDefinition['subresources'][number]): JsonMap => ({
    subresource,
    responseKind: {
      group: responseKind.version === '' ? group : responseKind.group,
      version: responseKind.version || version,
      kind: responseKind.kind,
    },
    verbs,
  });
