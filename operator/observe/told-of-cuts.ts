/** A client that tells when one of its watches breaks off: the first sign of an outage, before any probe is due. */
import type { KubeClient, WatchEvent } from '../kube/kube-client.ts';

/** The same client; `onCut` is called for a watch that had been accepted and then failed. */
export function toldOfCuts(client: KubeClient, onCut: () => void): KubeClient {
  async function* watch(...[type, options, signal]: Parameters<KubeClient['watch']>): AsyncGenerator<WatchEvent> {
    let isOpen = false;
    const onOpen = (): void => {
      isOpen = true;
      options.onOpen?.();
    };
    try {
      yield* client.watch(type, { ...options, onOpen }, signal);
    } catch (error) {
      if (isOpen && !signal.aborted) onCut();
      throw error;
    }
  }
  return {
    watch,
    get: (type, name, signal) => client.get(type, name, signal),
    list: (type, options, signal) => client.list(type, options, signal),
    raw: (path, signal) => client.raw(path, signal),
    close: () => client.close(),
    create: (type, object, signal) => client.create(type, object, signal),
    replace: (type, object, signal) => client.replace(type, object, signal),
    apply: (type, object, options, signal) => client.apply(type, object, options, signal),
    patch: (type, patch, signal) => client.patch(type, patch, signal),
    delete: (type, name, options, signal) => client.delete(type, name, options, signal),
  };
}
