/** Reads objects: one by name, or a list by selectors, in pages, at a resource version. */
import type { KubeDocument } from '../../kube-api.ts';
import type { Cluster } from '../cluster.ts';
import type { Selector } from '../objects/selectors.ts';
import { both, everything, parseFieldSelector, parseLabelSelector } from '../objects/selectors.ts';
import { badRequest, expired, resourceVersionTooLarge } from '../objects/status-error.ts';
import type { ResourceDefinition } from '../resources/resource-definition.ts';
import { served } from '../resources/resource-definition.ts';
import type { ListPage } from '../storage/list-pages.ts';

/** What to list or watch; selectors in their text form, empty for everything. */
export interface ListQuery {
  /** null for all namespaces. */
  readonly namespace: string | null;
  readonly labelSelector: string;
  readonly fieldSelector: string;
  /** 0 for no limit. */
  readonly limit: number;
  readonly continueToken: string;
  readonly resourceVersion: string;
  readonly resourceVersionMatch: string;
}

/** Both selectors of a query as one; throws a 400 for a malformed one. */
export function selectorOf(
  resource: ResourceDefinition,
  query: Pick<ListQuery, 'labelSelector' | 'fieldSelector'>,
): Selector {
  return both(
    parseLabelSelector(query.labelSelector),
    parseFieldSelector(query.fieldSelector, resource.selectableFields),
  );
}

/** A resource version as the counter's value; null for none given. Throws what `refuse` makes of anything else. */
export function parseResourceVersion(text: string, refuse: (why: string) => Error): number | null {
  if (text === '') return null;
  if (!/^\d+$/u.test(text))
    throw refuse(`resourceVersion: Invalid value: "${text}": strconv.ParseUint: parsing "${text}": invalid syntax`);
  return Number(text);
}

/** A consistent list, or a page of one. */
export function listObjects(cluster: Cluster, resource: ResourceDefinition, query: ListQuery): ListPage {
  const isSelected = query.labelSelector !== '' || query.fieldSelector !== '';
  if (query.continueToken !== '') {
    return cluster.pages.next(query.continueToken, query.limit, () => ({
      items: select(resource, resource.store.list(query.namespace), query),
      revision: cluster.revisions.current,
      isSelected,
    }));
  }
  const asked = parseResourceVersion(query.resourceVersion, (why) => badRequest(`invalid resource version: ${why}`));
  if (asked !== null && asked > cluster.revisions.current) {
    throw resourceVersionTooLarge(asked, cluster.revisions.current);
  }
  const exact = query.resourceVersionMatch === 'Exact' && asked !== null;
  const revision = exact ? asked : cluster.revisions.current;
  const stored = exact ? objectsAt(resource, query.namespace, asked) : resource.store.list(query.namespace);
  return cluster.pages.first({ items: select(resource, stored, query), revision, isSelected }, query.limit);
}

function select(resource: ResourceDefinition, stored: KubeDocument[], query: ListQuery): KubeDocument[] {
  const selector = selectorOf(resource, query);
  const isPlain = stored[0] === undefined || served(resource, stored[0]) === stored[0];
  const objects = isPlain ? stored : stored.map((object) => served(resource, object));
  return selector === everything ? objects : objects.filter(selector);
}

/** The objects as they were at a revision: the present ones with every later change undone. */
function objectsAt(resource: ResourceDefinition, namespace: string | null, revision: number): KubeDocument[] {
  const later = resource.store.history.since(revision);
  if (later === null) throw expired(`The provided resource version is too old: ${revision}`);
  const keyOf = (object: KubeDocument): string => `${object.metadata.namespace ?? ''}/${object.metadata.name}`;
  const objects = new Map(resource.store.list(null).map((object) => [keyOf(object), object]));
  for (const event of later.toReversed()) {
    if (event.previous === null) objects.delete(keyOf(event.object));
    else objects.set(keyOf(event.object), event.previous);
  }
  return [...objects]
    .filter(([, object]) => namespace === null || object.metadata.namespace === namespace)
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([, object]) => object);
}
