/** What a scenario says: the fleet at the start, how long things take, and what happens when. */
import type { Instant, Millis } from '../../model/units.ts';
import type { Fault } from '../apiserver/http/faults.ts';
import type { CloudFault, CloudService, SandboxCluster, SandboxPool } from '../cloud-state.ts';
import type { KubeDocument } from '../kube-api.ts';
import type { ScaleIn } from '../world/pool-balance.ts';
import type { MachineSelection } from '../world/node-pools.ts';
import type { Timings } from '../world/timings.ts';

/** The hub's name where a cluster is asked for. */
export const HUB = 'hub';

export interface ScenarioPool
  extends Omit<SandboxPool, 'nodesByZone' | 'trouble' | 'revision' | 'updatingUntil' | 'capacityByZone'> {
  readonly capacityByZone: Readonly<Record<string, number>>;
  /** Whether its MemberCluster lets the operator set its size. */
  readonly manageSize: boolean;
}

export interface ScenarioCluster extends Omit<SandboxCluster, 'server' | 'caPem' | 'state' | 'pools'> {
  /** Of its MemberCluster. */
  readonly labels: Readonly<Record<string, string>>;
  /** spec.health of its MemberCluster, as a user would write it. */
  readonly health: Readonly<Record<string, unknown>>;
  readonly pools: readonly ScenarioPool[];
}

/** A price of a pool's instance type, in one zone or, with '', everywhere in its region. */
export interface PriceSetting {
  readonly cluster: string;
  readonly pool: string;
  readonly zone: string;
  readonly usdPerHour: number;
}

export type ScenarioEvent =
  | ({ readonly action: 'price' } & PriceSetting)
  /** How many nodes the cloud can give; null: as many as asked. A spot pool that holds more loses the surplus. */
  | {
      readonly action: 'capacity';
      readonly cluster: string;
      readonly pool: string;
      /** null: every zone of the pool. */
      readonly zone: string | null;
      readonly nodes: number | null;
      readonly as: 'capacity' | 'quota';
    }
  /** `notice` null: without a word. */
  | {
      readonly action: 'reclaim';
      readonly cluster: string;
      readonly machines: MachineSelection;
      readonly notice: Millis | null;
    }
  | { readonly action: 'kill-nodes'; readonly cluster: string; readonly machines: MachineSelection }
  /** Only `healthy` accelerators of each of these nodes work; null: all of them again. */
  | {
      readonly action: 'accelerators';
      readonly cluster: string;
      readonly machines: MachineSelection;
      readonly healthy: number | null;
    }
  /** Whether pods that start in the pool never get ready. */
  | { readonly action: 'stuck-pods'; readonly cluster: string; readonly pool: string; readonly stuck: boolean }
  /** Somebody else changes a pool's size. */
  | { readonly action: 'resize'; readonly cluster: string; readonly pool: string; readonly nodes: number }
  /** What the cloud says of the control plane. */
  | { readonly action: 'control-plane'; readonly cluster: string; readonly state: SandboxCluster['state'] }
  /** `cluster` may be the hub. */
  | { readonly action: 'api'; readonly cluster: string; readonly fault: Fault }
  | { readonly action: 'cloud'; readonly service: CloudService; readonly fault: CloudFault }
  /** Ends faults of one API server, of one cloud service, or, with neither, of all. */
  | { readonly action: 'heal'; readonly cluster: string | null; readonly service: CloudService | null };

export interface TimedEvent {
  /** After the sandbox has started, in its own time. */
  readonly at: Millis;
  readonly event: ScenarioEvent;
}

/** A part of the scenario's story, played when somebody asks for it. */
export interface ScenarioStep {
  readonly name: string;
  /** One sentence for people. */
  readonly title: string;
  readonly events: readonly ScenarioEvent[];
}

export interface Scenario {
  readonly name: string;
  readonly seed: number;
  /** What the sandbox's clock shows first; null: the machine's time. */
  readonly epoch: Instant | null;
  /** How many times as fast as the machine's time. */
  readonly speed: number;
  readonly timings: Timings;
  readonly scaleIn: ScaleIn;
  readonly clusters: readonly ScenarioCluster[];
  readonly prices: readonly PriceSetting[];
  /** By time. */
  readonly timeline: readonly TimedEvent[];
  readonly steps: readonly ScenarioStep[];
  /** Manifests for the hub, in the order to create them. */
  readonly objects: readonly KubeDocument[];
}
