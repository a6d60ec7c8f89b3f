/** Reads and writes the Lease object of a leader election, and nothing else of it than what elections need. */
import { failureCode } from '../model/errors.ts';
import type { Instant, Millis } from '../model/units.ts';
import { seconds } from '../model/units.ts';
import { LEASES } from './builtin-resources.ts';
import type { KubeClient, KubeObject, ObjectName } from './kube-client.ts';
import { microTime } from './micro-time.ts';

export interface LeaseRecord {
  /** Empty: nobody. */
  readonly holder: string;
  readonly transitions: number;
  readonly duration: Millis;
  readonly version: string;
  /** The whole object, whose other fields are written back as they are. */
  readonly object: KubeObject;
}

/** What a lease looks like when `identity` holds it from `now` on. */
export function heldLease(
  current: LeaseRecord | null,
  wanted: {
    readonly namespace: string;
    readonly name: string;
    readonly identity: string;
    readonly durationSeconds: number;
    readonly now: Instant;
    /** What a lease that has to be made anew begins with, so that epochs never fall. */
    readonly epoch: number;
  },
): KubeObject {
  const now = microTime(wanted.now);
  const base = { holderIdentity: wanted.identity, leaseDurationSeconds: wanted.durationSeconds, renewTime: now };
  if (current === null) {
    return {
      apiVersion: 'coordination.k8s.io/v1',
      kind: 'Lease',
      metadata: { namespace: wanted.namespace, name: wanted.name },
      spec: { ...base, acquireTime: now, leaseTransitions: wanted.epoch },
    };
  }
  const renewed = { ...specOf(current.object), ...base };
  if (current.holder === wanted.identity) return { ...current.object, spec: renewed };
  const spec = { ...renewed, acquireTime: now, leaseTransitions: current.transitions + 1 };
  return { ...current.object, spec };
}

/** What a lease looks like when its holder has given it up. */
export const releasedLease = (current: LeaseRecord, now: Instant): KubeObject => ({
  ...current.object,
  spec: { ...specOf(current.object), holderIdentity: '', leaseDurationSeconds: 1, renewTime: microTime(now) },
});

/** Null when there is none. */
export async function readLease(
  client: KubeClient,
  name: ObjectName,
  signal: AbortSignal,
): Promise<LeaseRecord | null> {
  try {
    return recordOf(await client.get(LEASES, name, signal));
  } catch (error) {
    if (failureCode(error) === 'NotFound') return null;
    throw error;
  }
}

export const createLease = async (client: KubeClient, lease: KubeObject, signal: AbortSignal): Promise<LeaseRecord> =>
  recordOf(await client.create(LEASES, lease, signal));

/** Conflict when somebody wrote since it was read. */
export const replaceLease = async (client: KubeClient, lease: KubeObject, signal: AbortSignal): Promise<LeaseRecord> =>
  recordOf(await client.replace(LEASES, lease, signal));

function recordOf(object: KubeObject): LeaseRecord {
  const { holderIdentity, leaseTransitions, leaseDurationSeconds } = specOf(object);
  return {
    holder: typeof holderIdentity === 'string' ? holderIdentity : '',
    transitions: typeof leaseTransitions === 'number' ? leaseTransitions : 0,
    duration: seconds(typeof leaseDurationSeconds === 'number' ? leaseDurationSeconds : 0),
    version: object.metadata.resourceVersion ?? '',
    object,
  };
}

const specOf = (object: KubeObject): Readonly<Record<string, unknown>> =>
  (object['spec'] ?? {}) as Readonly<Record<string, unknown>>;
