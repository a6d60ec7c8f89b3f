/**
 * Leader election on a Lease, after client-go's leaderelection: one process leads, the others wait. A leader that cannot
 * renew stops before anybody else may begin. Others' clocks are never trusted: a lease counts as expired when it has not
 * changed for its duration as measured here.
 */
import type { Clock } from '../model/clock.ts';
import { failureCode } from '../model/errors.ts';
import type { Instant, Millis } from '../model/units.ts';
import { fraction, millis, seconds, toSeconds } from '../model/units.ts';
import { jittered } from '../runtime/backoff.ts';
import type { Log } from '../runtime/log.ts';
import type { Metrics } from '../runtime/metrics.ts';
import type { Random } from '../runtime/random.ts';
import type { KubeClient } from './kube-client.ts';
import type { LeaseRecord } from './lease-record.ts';
import { createLease, heldLease, readLease, releasedLease, replaceLease } from './lease-record.ts';

export interface LeaderLeaseOptions {
  readonly client: KubeClient;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
  readonly metrics: Metrics;
  readonly namespace: string;
  readonly name: string;
  /** Unique for each process, restarts included: pod name and a random part. */
  readonly identity: string;
  readonly timing?: LeaseTiming;
}

export interface LeaseTiming {
  /** How long others wait after the last renewal they saw. */
  readonly leaseDuration: Millis;
  /** How long a leader leads without a renewal; shorter than the lease, so that it stops first. */
  readonly renewDeadline: Millis;
  readonly retryPeriod: Millis;
}

/** client-go's defaults. */
export const DEFAULT_LEASE_TIMING: LeaseTiming = {
  leaseDuration: seconds(15),
  renewDeadline: seconds(10),
  retryPeriod: seconds(2),
};

/** One time of leading. */
export interface LeaderTerm {
  readonly identity: string;
  /** Grows with each change of leader (leaseTransitions): what carries a lower one was written by a former leader. */
  readonly epoch: number;
  /** Whether this process certainly leads now; ask before a write that a second leader must not make. */
  held(): boolean;
}

/** Why the leader's signal aborts when the lease was lost. */
export class LeadershipLost extends Error {
  override readonly name = 'LeadershipLost';
}

/** Each retry waits up to this much less, so that candidates do not ask in step. */
const RETRY_JITTER = fraction(0.2);

/**
 * Waits for the lease, then leads until the signal aborts or `lead` ends, and gives the lease up after `lead` has
 * ended. Rejects with LeadershipLost when the lease was lost; the process should then begin anew.
 */
export async function runAsLeader(
  options: LeaderLeaseOptions,
  lead: (term: LeaderTerm, signal: AbortSignal) => Promise<void>,
  signal: AbortSignal,
): Promise<void> {
  const { metrics, name, log, identity } = options;
  const tenure = new Tenure(options);
  metrics.leaderStatus.set({ name }, 0);
  try {
    await tenure.acquire(signal);
  } catch (error) {
    if (signal.aborted) return;
    throw error;
  }
  metrics.leaderStatus.set({ name }, 1);
  log.info('became leader', { identity, count: tenure.epoch });
  const lost = new AbortController();
  const ended = new AbortController();
  const renewing = tenure.keep(lost, ended.signal);
  try {
    await lead(tenure, AbortSignal.any([signal, lost.signal]));
  } catch (error) {
    if (!signal.aborted && !lost.signal.aborted) throw error;
  } finally {
    ended.abort(new Error('leading has ended'));
    await renewing;
    metrics.leaderStatus.set({ name }, 0);
    if (!lost.signal.aborted) await tenure.release();
  }
  if (lost.signal.aborted && !signal.aborted) throw lost.signal.reason;
}

class Tenure implements LeaderTerm {
  readonly #options: LeaderLeaseOptions;
  readonly #timing: LeaseTiming;
  /** The lease as last read or written, and since when it has looked like that. */
  #seen: { readonly lease: LeaseRecord; readonly since: Millis } | null = null;
  /** Of this term, once it has begun; whatever the lease says later. */
  #epoch = 0;
  /** When the last successful renewal was sent, on both clocks: the wall's goes on while a machine is suspended. */
  #renewed: { readonly monotonic: Millis; readonly wall: Instant } | null = null;

  constructor(options: LeaderLeaseOptions) {
    this.#options = options;
    this.#timing = options.timing ?? DEFAULT_LEASE_TIMING;
  }

  get identity(): string {
    return this.#options.identity;
  }

  get epoch(): number {
    return this.#epoch;
  }

  held(): boolean {
    return this.#untilDeadline() > 0;
  }

  /** Tries until the lease is ours. */
  async acquire(signal: AbortSignal): Promise<void> {
    const { clock, log, random } = this.#options;
    let said = false;
    for (;;) {
      try {
        if (await this.#tryOnce(AbortSignal.any([signal, clock.deadline(this.#timing.renewDeadline)]))) return;
      } catch (error) {
        signal.throwIfAborted();
        if (!said && failureCode(error) !== 'Conflict') log.warn('lease could not be read or written', { err: error });
        said ||= failureCode(error) !== 'Conflict';
      }
      await clock.sleep(jittered(this.#timing.retryPeriod, RETRY_JITTER, random), signal);
    }
  }

  /** Renews until `ended` aborts; aborts `lost` when the lease is lost. Never rejects. */
  async keep(lost: AbortController, ended: AbortSignal): Promise<void> {
    const { clock, log } = this.#options;
    while (!ended.aborted) {
      const left = this.#untilDeadline();
      await clock.sleep(millis(Math.min(this.#timing.retryPeriod, left)), ended).catch(() => {});
      if (ended.aborted) return;
      try {
        // After a suspension the deadline may have passed while nobody took over: one try tells.
        const patience = clock.deadline(millis(Math.max(this.#untilDeadline(), this.#timing.retryPeriod)));
        if (await this.#tryOnce(AbortSignal.any([ended, patience]))) continue;
        this.#lose(lost, 'another process holds the lease');
        return;
      } catch (error) {
        if (ended.aborted) return;
        log.warn('lease could not be renewed', { err: error });
        if (this.held()) continue;
        this.#lose(lost, 'the lease could not be renewed in time');
        return;
      }
    }
  }

  /** Lets the next one begin at once. A failure only means that it waits for the lease to run out. */
  async release(): Promise<void> {
    const { client, clock, log, identity } = this.#options;
    const lease = this.#seen?.lease;
    if (lease === undefined || lease.holder !== identity) return;
    const signal = clock.deadline(this.#timing.renewDeadline);
    this.#renewed = null;
    try {
      await replaceLease(client, releasedLease(lease, clock.now()), signal);
      log.info('gave up leading', { identity });
    } catch (error) {
      log.warn('lease could not be given up', { err: error });
    }
  }

  #lose(lost: AbortController, why: string): void {
    this.#renewed = null;
    lost.abort(new LeadershipLost(why));
  }

  /** Takes or renews the lease; false while another holds it. */
  async #tryOnce(signal: AbortSignal): Promise<boolean> {
    const own = this.#renewed === null ? null : (this.#seen?.lease ?? null);
    if (own !== null) {
      try {
        await this.#write(own, signal);
        return true;
      } catch (error) {
        // Somebody touched or deleted the lease: only a look tells whether they took it.
        if (failureCode(error) !== 'Conflict' && failureCode(error) !== 'NotFound') throw error;
      }
    }
    const lease = await this.#look(signal);
    if (lease !== null && lease.holder !== this.identity) {
      // A former leader never takes over again within the same tenure, so that it cannot overlook the other's.
      if (own !== null || !this.#hasRunOut(lease)) return false;
    }
    await this.#write(lease, signal);
    return true;
  }

  async #write(current: LeaseRecord | null, signal: AbortSignal): Promise<void> {
    const { client, clock, namespace, name, identity } = this.#options;
    const sent = { monotonic: clock.monotonic(), wall: clock.now() };
    const durationSeconds = toSeconds(this.#timing.leaseDuration);
    const wanted = heldLease(current, {
      namespace,
      name,
      identity,
      durationSeconds,
      now: sent.wall,
      epoch: this.#epoch === 0 ? (this.#seen?.lease.transitions ?? 0) + 1 : this.#epoch,
    });
    const write = current === null ? createLease : replaceLease;
    const lease = await write(client, wanted, signal);
    this.#seen = { lease, since: clock.monotonic() };
    if (this.#epoch === 0) this.#epoch = lease.transitions;
    this.#renewed = sent;
  }

  async #look(signal: AbortSignal): Promise<LeaseRecord | null> {
    const { client, namespace, name, clock } = this.#options;
    const lease = await readLease(client, { namespace, name }, signal);
    if (lease === null) return null;
    if (this.#seen?.lease.version !== lease.version) this.#seen = { lease, since: clock.monotonic() };
    return lease;
  }

  #hasRunOut(lease: LeaseRecord): boolean {
    if (lease.holder === '') return true;
    const since = this.#seen?.since ?? this.#options.clock.monotonic();
    return this.#options.clock.monotonic() - since >= Math.max(lease.duration, this.#timing.leaseDuration);
  }

  /** How long leading may go on without another renewal; 0 or less: no longer. */
  #untilDeadline(): Millis {
    if (this.#renewed === null) return millis(0);
    const { clock } = this.#options;
    const passed = Math.max(clock.monotonic() - this.#renewed.monotonic, clock.now() - this.#renewed.wall);
    return millis(Math.max(0, this.#timing.renewDeadline - passed));
  }
}
