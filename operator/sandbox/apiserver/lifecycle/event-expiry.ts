/** Events do not last: expireEvents removes those older than a kube-apiserver keeps them. */
import { hours } from '../../../model/units.ts';
import type { Cluster } from '../cluster.ts';
import { asText } from '../objects/json-tree.ts';

const EVENT_TTL = hours(1);

/** Removes every event that was last written too long ago. */
export function expireEvents(cluster: Cluster): void {
  const resource = cluster.registry.find('', 'v1', 'events');
  if (resource === undefined) return;
  const oldest = cluster.clock.now() - EVENT_TTL;
  for (const event of resource.store.list(null)) {
    const written = asText(event['lastTimestamp'] ?? event['eventTime'] ?? event.metadata.creationTimestamp);
    if (Date.parse(written) < oldest) cluster.remove(resource, event);
  }
}
