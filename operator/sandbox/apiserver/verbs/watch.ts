/** Watches a resource: replays what happened since a resource version, then passes on what happens. */
import type { KubeDocument } from '../../kube-api.ts';
import type { Cluster } from '../cluster.ts';
import type { Selector } from '../objects/selectors.ts';
import { ApiError, expired, resourceVersionTooLarge } from '../objects/status-error.ts';
import type { ResourceDefinition } from '../resources/resource-definition.ts';
import { served } from '../resources/resource-definition.ts';
import type { StoreEvent } from '../storage/watch-history.ts';
import { parseResourceVersion, selectorOf } from './read.ts';

/** What to watch; selectors in their text form, empty for everything. */
export interface WatchQuery {
  /** null for all namespaces. */
  readonly namespace: string | null;
  readonly labelSelector: string;
  readonly fieldSelector: string;
  readonly resourceVersion: string;
  /** Send what exists first, and then a bookmark that says so. */
  readonly sendInitialEvents: boolean;
}

/** What a watch tells. A bookmark says that everything up to `revision` has been told. */
export type WatchSignal =
  | { readonly type: 'ADDED' | 'MODIFIED' | 'DELETED'; readonly object: KubeDocument }
  | { readonly type: 'BOOKMARK'; readonly revision: number; readonly endsInitialEvents: boolean };

/** Starts a watch; `onSignal` is called at once for what is past. Returns how to end it. Throws 410 when too old. */
export function watchObjects(
  cluster: Cluster,
  resource: ResourceDefinition,
  query: WatchQuery,
  onSignal: (signal: WatchSignal) => void,
): () => void {
  const selector = selectorOf(resource, query);
  const pass = (event: StoreEvent): void => {
    const signal = signalOf(resource, event, { selector, namespace: query.namespace });
    if (signal !== null) onSignal(signal);
  };
  for (const signal of initialSignals(cluster, resource, query, selector)) onSignal(signal);
  for (const event of pastEvents(cluster, resource, query)) pass(event);
  return resource.store.history.listen(pass);
}

const startsFromState = (query: WatchQuery): boolean =>
  query.sendInitialEvents || query.resourceVersion === '' || query.resourceVersion === '0';

function initialSignals(
  cluster: Cluster,
  resource: ResourceDefinition,
  query: WatchQuery,
  selector: Selector,
): WatchSignal[] {
  if (!startsFromState(query)) return [];
  const signals: WatchSignal[] = resource.store
    .list(query.namespace)
    .map((stored) => served(resource, stored))
    .filter(selector)
    .map((object) => ({ type: 'ADDED', object }));
  if (query.sendInitialEvents) {
    signals.push({ type: 'BOOKMARK', revision: cluster.revisions.current, endsInitialEvents: true });
  }
  return signals;
}

function pastEvents(cluster: Cluster, resource: ResourceDefinition, query: WatchQuery): readonly StoreEvent[] {
  const from = parseResourceVersion(query.resourceVersion, (why) => new ApiError(500, '', why));
  if (from !== null && from > cluster.revisions.current) throw resourceVersionTooLarge(from, cluster.revisions.current);
  if (from === null || startsFromState(query)) return [];
  const events = resource.store.history.since(from);
  if (events === null) throw expired(`too old resource version: ${from} (${cluster.revisions.current})`);
  return events;
}

/** A change as a watch with a selector sees it: what comes to match is added, what ceases to match is deleted. */
function signalOf(
  resource: ResourceDefinition,
  event: StoreEvent,
  { selector, namespace }: { selector: Selector; namespace: string | null },
): WatchSignal | null {
  if (namespace !== null && event.object.metadata.namespace !== namespace) return null;
  const object = served(resource, event.object);
  const previous = event.previous === null ? null : served(resource, event.previous);
  const matched = previous !== null && selector(previous);
  const matches = event.type !== 'DELETED' && selector(object);
  if (matched && matches) return { type: 'MODIFIED', object };
  if (matches) return { type: 'ADDED', object };
  if (!matched) return null;
  if (event.type === 'DELETED') return { type: 'DELETED', object };
  // The client is told of the object it knew, at the version that took it out of sight.
  const metadata = { ...previous.metadata, resourceVersion: object.metadata.resourceVersion ?? '' };
  return { type: 'DELETED', object: { ...previous, metadata } };
}
