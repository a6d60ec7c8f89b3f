/** Names of things in the fleet, branded so that a cluster's name is never passed for a pool's. */
import type { Branded } from './units.ts';

export type ClusterName = Branded<string, 'ClusterName'>;
export type PoolName = Branded<string, 'PoolName'>;
/** A zone as the member's nodes carry it in topology.kubernetes.io/zone; '' where a cloud has no zones there. */
export type Zone = Branded<string, 'Zone'>;
export type Region = Branded<string, 'Region'>;
export type NamespaceName = Branded<string, 'NamespaceName'>;
/** An accelerator model of the table in accelerators.ts, for instance "H100". */
export type AcceleratorModel = Branded<string, 'AcceleratorModel'>;
/** `cluster/pool/zone`: what can be bought. */
export type OfferingId = Branded<string, 'OfferingId'>;
/** `namespace/name` of an InferenceDeployment. */
export type WorkloadKey = Branded<string, 'WorkloadKey'>;

export const clusterName = (value: string): ClusterName => value as ClusterName;
export const poolName = (value: string): PoolName => value as PoolName;
export const zoneName = (value: string): Zone => value as Zone;
export const regionName = (value: string): Region => value as Region;
export const namespaceName = (value: string): NamespaceName => value as NamespaceName;

/** The id of the offering (pool, zone) of a cluster. */
export const offeringId = (cluster: ClusterName, pool: PoolName, zone: Zone): OfferingId =>
  `${cluster}/${pool}/${zone}` as OfferingId;

export const workloadKey = (namespace: NamespaceName, name: string): WorkloadKey =>
  `${namespace}/${name}` as WorkloadKey;

/** Orders strings by code unit: the same on every machine and locale. */
export const compareText = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);
