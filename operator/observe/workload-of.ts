/** The workload that an InferenceDeployment on the hub stands for, also at the end of one that cannot be read. */
import { fraction, minutes, seconds } from '../model/units.ts';
import { namespaceName } from '../model/names.ts';
import { NO_RULES, type Workload } from '../model/workload.ts';
import { identityOf } from '../api/identity.ts';
import type { HubDeployment } from './hub-observer.ts';

/**
 * null for one whose spec cannot be read: what runs is left as it is. While it is being deleted its spec does not
 * matter any more: then it is a workload that wants nothing, so that what is on record can go.
 */
export function workloadOf(deployment: HubDeployment): Workload | null {
  const { parsed, deleting } = deployment;
  if (parsed.ok) return parsed.workload;
  return deleting ? wantingNothing(deployment) : null;
}

function wantingNothing({ key, object: { metadata }, parsed }: HubDeployment): Workload {
  return {
    key,
    namespace: namespaceName(metadata.namespace ?? ''),
    name: metadata.name,
    uid: identityOf(metadata, parsed.status) ?? '',
    generation: metadata.generation ?? 1,
    replicas: 0,
    shapes: [],
    template: {},
    placement: NO_RULES,
    minReady: 0,
    availabilityTarget: fraction(0),
    maxHourly: null,
    migration: { minSavings: fraction(1), payback: minutes(1), maxSurge: 1, cooldown: minutes(0) },
    failover: { blindAfter: seconds(60), failback: { mode: 'Manual', stabilization: minutes(0) } },
    traffic: null,
    priority: 0,
  };
}
