/** Where the commands that look at a fleet get it from: files, or a hub. */
import { createSystemClock } from '../../runtime/system-clock.ts';
import { offlineFleet } from '../plan/offline-fleet.ts';
import { readDocuments } from '../plan/read-documents.ts';
import type { HubFleet } from './read-hub.ts';

export interface SourceFlags {
  readonly filename?: readonly string[];
  readonly kubeconfig?: string;
}

/** The hub's client is only loaded when a hub is asked. */
export async function fleetFrom({ filename, kubeconfig }: SourceFlags): Promise<HubFleet> {
  const clock = createSystemClock();
  if (filename !== undefined) return { fleet: offlineFleet(readDocuments(filename), clock.now()), notes: [] };
  const { connectHub, DEFAULT_KUBECONFIG, readHub } = await import('./read-hub.ts');
  const client = connectHub(kubeconfig ?? DEFAULT_KUBECONFIG, clock);
  try {
    return await readHub(client, clock, new AbortController().signal);
  } finally {
    await client.close();
  }
}
