/** How a Deployment's ReplicaSets should be sized in the next step: the deployment controller's arithmetic; pure. */
import type { DeploymentDocument, PodTemplate, ReplicaSetDocument } from './kube-documents.ts';
import { createHash } from 'node:crypto';

const ALPHABET = 'bcdfghjklmnpqrstvwxz2456789';

/** JSON with sorted keys, so that equal templates read equal. */
function canonical(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(canonical).join(',')}]`;
  if (typeof value !== 'object' || value === null) return JSON.stringify(value) ?? 'null';
  const fields = Object.entries(value as Record<string, unknown>).filter(([, field]) => field !== undefined);
  fields.sort(([a], [b]) => (a < b ? -1 : 1));
  return `{${fields.map(([name, field]) => `${JSON.stringify(name)}:${canonical(field)}`).join(',')}}`;
}

/** The pod-template-hash of a template: ten letters that no other template of the Deployment has. */
export function templateHash(template: PodTemplate): string {
  const digest = createHash('sha256').update(canonical(template)).digest();
  return Array.from(digest.subarray(0, 10), (byte) => ALPHABET[byte % ALPHABET.length]).join('');
}

/** A count, or a percentage of `total` rounded up (surge) or down (unavailable). */
function scaled(value: number | string | undefined, total: number, round: (share: number) => number): number {
  const text = value ?? '25%';
  return typeof text === 'number' ? text : round((Number.parseFloat(text) / 100) * total);
}

export interface RolloutBounds {
  readonly desired: number;
  readonly maxSurge: number;
  readonly maxUnavailable: number;
}

export function rolloutBounds(deployment: DeploymentDocument): RolloutBounds {
  const desired = deployment.spec.replicas ?? 1;
  const rolling = deployment.spec.strategy?.rollingUpdate;
  const maxSurge = scaled(rolling?.maxSurge, desired, Math.ceil);
  const maxUnavailable = scaled(rolling?.maxUnavailable, desired, Math.floor);
  // Both zero would never move; Kubernetes lets one pod go then.
  return { desired, maxSurge, maxUnavailable: maxSurge + maxUnavailable === 0 ? 1 : Math.min(maxUnavailable, desired) };
}

export interface RolloutInput {
  readonly deployment: DeploymentDocument;
  /** Of the current template. */
  readonly current: ReplicaSetDocument;
  /** Of earlier templates, oldest first. */
  readonly old: readonly ReplicaSetDocument[];
}

const sizeOf = (set: ReplicaSetDocument): number => set.spec.replicas ?? 1;
const availableOf = (set: ReplicaSetDocument): number => set.status?.availableReplicas ?? 0;
const sum = (sets: readonly ReplicaSetDocument[], of: (set: ReplicaSetDocument) => number): number =>
  sets.reduce((total, set) => total + of(set), 0);

/** Wanted sizes by ReplicaSet name; a set that keeps its size is left out. */
export function nextSizes(input: RolloutInput): ReadonlyMap<string, number> {
  const { deployment, current, old } = input;
  const bounds = rolloutBounds(deployment);
  const recreate = deployment.spec.strategy?.type === 'Recreate';
  const sizes = recreate ? recreateSizes(bounds, current, old) : rollingSizes(bounds, current, old);
  return new Map([...sizes].filter(([name, size]) => sizeOf(find(name, current, old)) !== size));
}

const find = (name: string, current: ReplicaSetDocument, old: readonly ReplicaSetDocument[]): ReplicaSetDocument =>
  old.find((set) => set.metadata.name === name) ?? current;

function recreateSizes(
  { desired }: RolloutBounds,
  current: ReplicaSetDocument,
  old: readonly ReplicaSetDocument[],
): ReadonlyMap<string, number> {
  const sizes = new Map(old.map((set) => [set.metadata.name, 0]));
  const oldPods = sum(old, (set) => set.status?.replicas ?? 0);
  if (oldPods === 0) sizes.set(current.metadata.name, desired);
  return sizes;
}

function rollingSizes(
  { desired, maxSurge, maxUnavailable }: RolloutBounds,
  current: ReplicaSetDocument,
  old: readonly ReplicaSetDocument[],
): ReadonlyMap<string, number> {
  const total = sizeOf(current) + sum(old, sizeOf);
  const room = Math.max(0, desired + maxSurge - total);
  const grown = Math.min(desired, sizeOf(current) + room);
  const sizes = new Map([[current.metadata.name, sizeOf(current) > desired ? desired : grown]]);
  // Old pods may go as long as enough stay available, and those that do not serve go first.
  const minAvailable = desired - maxUnavailable;
  const currentUnavailable = sizeOf(current) - availableOf(current);
  let removable = Math.max(0, total - minAvailable - currentUnavailable);
  let spare = Math.max(0, availableOf(current) + sum(old, availableOf) - minAvailable);
  for (const set of old) {
    const unhealthy = Math.min(sizeOf(set) - availableOf(set), removable);
    const healthy = Math.min(availableOf(set), spare, removable - unhealthy);
    sizes.set(set.metadata.name, sizeOf(set) - unhealthy - healthy);
    removable -= unhealthy + healthy;
    spare -= healthy;
  }
  return sizes;
}
