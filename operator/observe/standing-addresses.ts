/** The addresses that an EndpointSlice of ours holds: what a load balancer's name stood for when it last resolved. */
import type { ClusterName, WorkloadKey } from '../model/names.ts';
import { backendName } from '../api/traffic-names.ts';
import { ENDPOINT_SLICES } from '../kube/builtin-resources.ts';
import type { HubRoutes } from './hub-routes.ts';
import { arrayAt } from './read-field.ts';

export interface StandingBackend {
  readonly key: WorkloadKey;
  /** Of the InferenceDeployment. */
  readonly name: string;
  readonly cluster: ClusterName;
}

/** None when there is no such slice. */
export function standingAddresses(
  routes: Pick<HubRoutes, 'ownedBy'>,
  { key, name, cluster }: StandingBackend,
): readonly string[] {
  const slice = routes
    .ownedBy(ENDPOINT_SLICES, key)
    .find(({ metadata }) => metadata.name === backendName(name, cluster));
  return arrayAt(slice, 'endpoints')
    .flatMap((endpoint) => arrayAt(endpoint, 'addresses'))
    .filter((it) => typeof it === 'string');
}
