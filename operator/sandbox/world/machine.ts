/** One virtual machine of a pool, as the cloud knows it: the truth that Node objects lag behind. */
import type { Instant } from '../../model/units.ts';
import type { NodePlan } from './node-template.ts';

export type MachineState =
  /** Asked for; joins the cluster at `joinsAt`. */
  | { readonly phase: 'Provisioning'; readonly joinsAt: Instant }
  | { readonly phase: 'Running' }
  /** The cloud has said that it will take it. */
  | { readonly phase: 'Noticed'; readonly diesAt: Instant; readonly announced: boolean }
  /** Scaled in: cordoned, its pods are asked to go, and it goes after them. */
  | { readonly phase: 'Draining'; readonly givesUpAt: Instant; readonly cordoned: boolean }
  /** Dead; the control plane finds out in steps. */
  | { readonly phase: 'Lost'; readonly since: Instant; readonly marked: boolean };

export interface Machine {
  readonly name: string;
  readonly plan: NodePlan;
  /** Accelerators that work; null: all of them. */
  healthyAccelerators: number | null;
  state: MachineState;
}

/** Whether its kubelet works: pods on it start, stop and answer. */
export const isAlive = (machine: Machine): boolean =>
  machine.state.phase === 'Running' || machine.state.phase === 'Noticed' || machine.state.phase === 'Draining';

/** Whether the pool counts it towards its size. */
export const isKept = (machine: Machine): boolean =>
  machine.state.phase === 'Provisioning' || machine.state.phase === 'Running' || machine.state.phase === 'Noticed';
