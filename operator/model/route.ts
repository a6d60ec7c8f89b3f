/** How a pod reaches an offering on its member: what pins it there and what it must tolerate. */
import type { AcceleratorResource } from './accelerators.ts';
import type { ClusterName, OfferingId, Zone } from './names.ts';

export interface Toleration {
  readonly key: string;
  readonly operator: 'Exists' | 'Equal';
  readonly value?: string;
  readonly effect?: string;
}

export interface OfferingRoute {
  readonly offering: OfferingId;
  readonly cluster: ClusterName;
  /** The extended resource its accelerators are requested by. */
  readonly resource: AcceleratorResource;
  /** Node labels that identify the pool. */
  readonly nodeSelector: Readonly<Record<string, string>>;
  /** '' pins no zone. */
  readonly zone: Zone;
  readonly tolerations: readonly Toleration[];
  /** Added to the labels of its pods, for instance a queue's name. */
  readonly podLabels: Readonly<Record<string, string>>;
}
