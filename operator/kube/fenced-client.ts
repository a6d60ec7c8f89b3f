/** A client that refuses to write, and events that nobody is told, once their holder no longer leads. */
import { RetryableError } from '../model/errors.ts';
import type { EventRecorder } from './event-recorder.ts';
import type { KubeClient } from './kube-client.ts';

/**
 * The same client, whose writes reject with Conflict while `leads` says no: a process that was suspended past its lease
 * wakes up in the middle of a reconcile, and must not go on writing beside its successor.
 */
export function fencedClient(client: KubeClient, leads: () => boolean): KubeClient {
  const fenced =
    <A extends readonly unknown[], R>(write: (...args: A) => Promise<R>) =>
    async (...args: A): Promise<R> => {
      if (!leads())
        throw new RetryableError('this process no longer leads, so it writes nothing', { code: 'Conflict' });
      return write(...args);
    };
  return {
    get: (type, name, signal) => client.get(type, name, signal),
    list: (type, options, signal) => client.list(type, options, signal),
    watch: (type, options, signal) => client.watch(type, options, signal),
    raw: (path, signal) => client.raw(path, signal),
    close: () => client.close(),
    create: fenced((type, object, signal) => client.create(type, object, signal)),
    replace: fenced((type, object, signal) => client.replace(type, object, signal)),
    apply: fenced((type, object, options, signal) => client.apply(type, object, options, signal)),
    patch: fenced((type, patch, signal) => client.patch(type, patch, signal)),
    delete: fenced((type, name, options, signal) => client.delete(type, name, options, signal)),
  };
}

/** The same events while `leads` says yes: what a former leader believes is not for others. What it emitted before is written. */
export const fencedEvents = (events: EventRecorder, leads: () => boolean): EventRecorder => ({
  emit: (event) => {
    if (leads()) events.emit(event);
  },
});
