/** Runs an observer for each MemberCluster, and starts it anew when the way to reach the member changes. */
import type { MemberSpec } from '../model/member-spec.ts';
import type { ClusterName, Region } from '../model/names.ts';
import type { Log } from '../runtime/log.ts';
import { whenAborted } from '../runtime/when-aborted.ts';
import type { ObservedMember } from './fleet-snapshot.ts';
import type { MemberObserver } from './member-observer.ts';

export interface RosterOptions {
  readonly log: Log;
  /** Makes the observer of a member; nothing is sent before it runs. */
  readonly observe: (spec: MemberSpec) => MemberObserver;
}

interface Running {
  member: ObservedMember;
  readonly identity: string;
  readonly stop: AbortController;
  readonly ended: Promise<void>;
}

/** What makes it another cluster, or the same one probed differently. */
const identityOf = ({ uid, source, health, dataPathUrl }: MemberSpec): string =>
  JSON.stringify([uid, source, health, dataPathUrl]);

export class MemberRoster {
  readonly #options: RosterOptions;
  readonly #running = new Map<ClusterName, Running>();
  readonly #leaving = new Set<Promise<void>>();
  #signal: AbortSignal | null = null;

  constructor(options: RosterOptions) {
    this.#options = options;
  }

  /** The observed members by name. */
  members(): readonly ObservedMember[] {
    return [...this.#running.values()].map((it) => it.member).sort((a, b) => (a.spec.name < b.spec.name ? -1 : 1));
  }

  member(name: ClusterName): ObservedMember | null {
    return this.#running.get(name)?.member ?? null;
  }

  /** Observes a member from now on, as this spec says; takes it in place where only words about it changed. */
  keep(spec: MemberSpec, recordedRegion: Region | null): void {
    const running = this.#running.get(spec.name);
    if (running?.identity === identityOf(spec)) {
      running.member = { ...running.member, spec, recordedRegion };
      return;
    }
    this.forget(spec.name);
    if (this.#signal === null || this.#signal.aborted) return;
    this.#running.set(spec.name, this.#start({ spec, recordedRegion }, this.#signal));
  }

  /** Stops observing; its connections are closed in the background. */
  forget(name: ClusterName): void {
    const running = this.#running.get(name);
    if (!running) return;
    this.#running.delete(name);
    running.stop.abort(new Error(`${name} is no member any more`));
    this.#leaving.add(running.ended);
    void running.ended.finally(() => this.#leaving.delete(running.ended));
  }

  /** Observes until the signal aborts, then waits for every observer to end. */
  async run(signal: AbortSignal): Promise<void> {
    this.#signal = signal;
    await whenAborted(signal);
    for (const name of this.#running.keys()) this.forget(name);
    await Promise.all(this.#leaving);
  }

  #start({ spec, recordedRegion }: Pick<ObservedMember, 'spec' | 'recordedRegion'>, signal: AbortSignal): Running {
    const stop = new AbortController();
    const observer = this.#options.observe(spec);
    const log = this.#options.log.child({ memberCluster: spec.name });
    const ended = observer
      .run(AbortSignal.any([signal, stop.signal]))
      .catch((error: unknown) => {
        if (!signal.aborted && !stop.signal.aborted) log.error('member observer ended', { err: error });
      })
      .then(() => observer.client.close());
    return { member: { spec, observer, recordedRegion }, identity: identityOf(spec), stop, ended };
  }
}
