/** What may go wrong in a simulated fleet, as data: a list of faults is a story that can be cut down and told again. */
import type { ProbeFailure } from '../../operator/model/fleet.ts';

/** When the operator's process dies. */
export type CrashPoint = 'before recording' | 'after recording' | 'while recording' | 'while acting';

export type FaultKind =
  /** F7, F15: the API is gone; with `power` so is everything that runs there, and `wiped` it comes back empty (F16). */
  | {
      readonly kind: 'Outage';
      readonly members: readonly string[];
      readonly failure: ProbeFailure;
      readonly power: boolean;
      readonly wiped: boolean;
    }
  /** F14: the API comes and goes, so many ticks each way. */
  | { readonly kind: 'Flap'; readonly members: readonly string[]; readonly halfPeriod: number }
  /** F10: the API answers and refuses us. */
  | { readonly kind: 'Credentials'; readonly members: readonly string[] }
  /** F6: answers are slow, and requests are refused for now. */
  | { readonly kind: 'Throttled'; readonly members: readonly string[] }
  /** F3, F4: the watches show the past, and say so by their silence. */
  | { readonly kind: 'FrozenWatch'; readonly members: readonly string[] }
  /** F3: the watches show what was so many ticks ago. */
  | { readonly kind: 'LaggingWatch'; readonly members: readonly string[]; readonly lag: number }
  /** F8: the hub cannot be read or written. */
  | { readonly kind: 'HubPartition' }
  /** F2, F5: a write to the hub conflicts, or is made and its answer lost. */
  | { readonly kind: 'HubWrites'; readonly loses: 'request' | 'response' }
  /** F2: requests to the member are lost, or made and their answers lost. */
  | { readonly kind: 'MemberWrites'; readonly members: readonly string[]; readonly loses: 'request' | 'response' }
  /** F1: once, at the beginning. */
  | { readonly kind: 'Crash'; readonly point: CrashPoint }
  /** F11: nothing can be had, and the cloud says so or does not. */
  | {
      readonly kind: 'Refusal';
      readonly members: readonly string[];
      readonly capacityType: 'spot' | 'on-demand' | null;
      readonly says: 'Capacity' | 'Quota' | 'Nothing';
    }
  /** F11: nodes that join are ready and have no accelerators to allocate. */
  | { readonly kind: 'CapacityLie'; readonly members: readonly string[] }
  /** F12: so many percent of the spot nodes go, after a notice of so many ticks (0: without one). */
  | {
      readonly kind: 'SpotWave';
      readonly members: readonly string[];
      readonly percent: number;
      readonly noticeTicks: number;
    }
  /** F13: no news, or prices times this factor; `NaN` stands for a feed that talks nonsense. */
  | { readonly kind: 'Prices'; readonly members: readonly string[]; readonly factor: number | null }
  /** F14: what is ready answers no requests. */
  | { readonly kind: 'SilentDataPath'; readonly members: readonly string[] }
  /** F14: nodes say that they are not ready. */
  | { readonly kind: 'NodesUnready'; readonly members: readonly string[] }
  /** F5: somebody scales or deletes our Deployments on the member. */
  | { readonly kind: 'ForeignEdit'; readonly members: readonly string[]; readonly replicas: number | null }
  /** F5: the user wants another number, or other rules. */
  | { readonly kind: 'UserScales'; readonly workload: number; readonly replicas: number }
  | { readonly kind: 'UserChangesRules'; readonly workload: number; readonly to: 'azure' | 'aws' | 'any' | 'no spot' }
  /** F17: the spec cannot be read for a while. */
  | { readonly kind: 'Unreadable'; readonly workload: number }
  /** F18: deleted, and made again under the same name when the fault ends. */
  | { readonly kind: 'UserDeletes'; readonly workload: number }
  | { readonly kind: 'Cordon'; readonly members: readonly string[] }
  /** F22: what a drill makes believe. */
  | {
      readonly kind: 'Drill';
      readonly members: readonly string[];
      readonly mode: 'SignalOverride' | 'Cordon' | 'DrainGraceful';
    };

/** From tick `at` for so many ticks. */
export type Fault = FaultKind & { readonly at: number; readonly ticks: number };

export const isActive = ({ at, ticks }: Pick<Fault, 'at' | 'ticks'>, tick: number): boolean =>
  tick >= at && tick < at + ticks;

/** `12+30 Outage aws-a power` for people. */
export function describeFault(fault: Fault): string {
  const { kind, at, ticks, ...rest } = fault as Fault & Record<string, unknown>;
  return `${at}+${ticks} ${kind} ${JSON.stringify(rest)}`;
}
