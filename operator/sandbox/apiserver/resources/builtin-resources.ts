/** The built-in resources of a server, made from the discovery and schemas of a kube-apiserver: builtinResources. */
import { builtinColumns } from '../printing/builtin-columns.ts';
import type { BuiltinSchemas, DiscoveredResource } from '../schema/builtin-schemas.ts';
import { ANYTHING } from '../schema/schema-node.ts';
import { ObjectStore } from '../storage/object-store.ts';
import type { Revisions } from '../storage/revisions.ts';
import { AUTOSCALER_CONVERSION } from './autoscaler-conversion.ts';
import type { KindRules } from './builtin-strategy.ts';
import { builtinStrategy } from './builtin-strategy.ts';
import { EVENT_CONVERSION } from './event-conversion.ts';
import { kindRules } from './kind-rules.ts';
import type { Conversion, ResourceDefinition, ScalePaths } from './resource-definition.ts';
import { apiVersionOf } from './resource-definition.ts';
import { selectableFields } from './selectable-fields.ts';

const CONVERSIONS: ReadonlyMap<string, Conversion> = new Map([
  ['events.k8s.io/v1/events', EVENT_CONVERSION],
  ['autoscaling/v1/horizontalpodautoscalers', AUTOSCALER_CONVERSION],
]);

const WORKLOAD_SCALE: ScalePaths = {
  specReplicas: ['spec', 'replicas'],
  statusReplicas: ['status', 'replicas'],
  selectorText: null,
};

/** Both groups' events share one store. */
const storeKey = (group: string, plural: string): string => (plural === 'events' ? 'events' : `${group}/${plural}`);

/** Every built-in resource, each with its store; the versions of one share theirs. */
export function builtinResources(schemas: BuiltinSchemas, revisions: Revisions): ResourceDefinition[] {
  const rules = kindRules();
  const stores = new Map<string, ObjectStore>();
  const storeOf = (group: string, plural: string): ObjectStore => {
    const key = storeKey(group, plural);
    const store = stores.get(key) ?? new ObjectStore(revisions);
    stores.set(key, store);
    return store;
  };
  return schemas.groups.flatMap(({ group, versions }) =>
    versions.flatMap(({ version, resources }) =>
      resources.map((resource) =>
        define({
          schemas,
          group,
          version,
          resource,
          rules: rules.get(`${group}/${resource.resource}`) ?? {},
          store: storeOf(group, resource.resource),
        }),
      ),
    ),
  );
}

function define(input: {
  schemas: BuiltinSchemas;
  group: string;
  version: string;
  resource: DiscoveredResource;
  rules: KindRules;
  store: ObjectStore;
}): ResourceDefinition {
  const { group, version, resource } = input;
  const { kind } = resource.responseKind;
  const schema = input.schemas.ofKind(group, version, kind) ?? ANYTHING;
  const subresources = resource.subresources ?? [];
  const has = (name: string): boolean => subresources.some(({ subresource }) => subresource === name);
  return {
    group,
    version,
    apiVersion: apiVersionOf(group, version),
    plural: resource.resource,
    singular: resource.singularResource,
    kind,
    listKind: `${kind}List`,
    namespaced: resource.scope === 'Namespaced',
    shortNames: resource.shortNames ?? [],
    categories: resource.categories ?? [],
    verbs: resource.verbs,
    subresources,
    schema,
    store: input.store,
    strategy: builtinStrategy({ kind, version, schema, hasStatus: has('status'), rules: input.rules }),
    conversion: CONVERSIONS.get(`${group}/${version}/${resource.resource}`) ?? null,
    selectableFields: selectableFields(group, resource.resource),
    columns: builtinColumns(group, resource.resource),
    scale: has('scale') ? WORKLOAD_SCALE : null,
  };
}
