/** The resources that the sandbox's world reads and writes. */
import type { ResourceRef } from '../kube-api.ts';

export const NODES: ResourceRef = { group: '', version: 'v1', plural: 'nodes' };
export const PODS: ResourceRef = { group: '', version: 'v1', plural: 'pods' };
/** Creating one binds the pod of its name to a node. */
export const BINDINGS: ResourceRef = { group: '', version: 'v1', plural: 'bindings' };
export const EVENTS: ResourceRef = { group: '', version: 'v1', plural: 'events' };
export const LEASES: ResourceRef = { group: 'coordination.k8s.io', version: 'v1', plural: 'leases' };
export const DEPLOYMENTS: ResourceRef = { group: 'apps', version: 'v1', plural: 'deployments' };
export const REPLICA_SETS: ResourceRef = { group: 'apps', version: 'v1', plural: 'replicasets' };
