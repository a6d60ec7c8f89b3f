/** Keeps a store at what the hub holds of one resource, all of it. */
import type { ResourceType } from './kube-client.ts';
import type { ObjectStore } from './object-store.ts';
import { watchResource, type ResourceWatchOptions } from './resource-watch.ts';

export interface HubWatchOptions<T>
  extends Pick<ResourceWatchOptions, 'client' | 'clock' | 'random' | 'log' | 'metrics'> {
  readonly type: ResourceType;
  readonly store: ObjectStore<T>;
}

/** Resolves when the signal aborts, and not before. */
export function watchHub<T>({ store, ...options }: HubWatchOptions<T>, signal: AbortSignal): Promise<void> {
  return watchResource(
    {
      ...options,
      options: {},
      host: 'hub',
      onReplace: (items, resourceVersion) => store.replace(items, resourceVersion),
      onEvent: (event) => store.apply(event),
      onAlive: () => {},
    },
    signal,
  );
}
