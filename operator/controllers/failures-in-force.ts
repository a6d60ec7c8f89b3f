/** What drills inject into the fleet at this moment, as it is on record; a change of it wakes whoever plans with it. */
import { activeFailureOf } from '../decide/drill/active-failure.ts';
import type { ActiveFailure } from '../model/drill.ts';
import type { WorkloadView } from '../model/fleet.ts';
import type { ClusterName } from '../model/names.ts';
import type { Instant } from '../model/units.ts';
import type { HubDrills } from '../observe/hub-drills.ts';
import type { Metrics } from '../runtime/metrics.ts';

export interface FailuresInForceOptions {
  readonly hub: Pick<HubDrills, 'drills'>;
  readonly metrics: Pick<Metrics, 'drillActive'>;
  /** What is believed of these members is another thing than before. */
  readonly onChange: (members: readonly ClusterName[]) => void;
}

/**
 * Derived from the drills' status alone: whoever leads, and whatever died before, the same is in force, and nothing is
 * once no drill says so.
 */
export class FailuresInForce {
  readonly #options: FailuresInForceOptions;
  /** As they were last told, by drill. */
  #told = new Map<string, ActiveFailure>();

  constructor(options: FailuresInForceOptions) {
    this.#options = options;
  }

  /** In the order of their drills' names. */
  at(now: Instant): readonly ActiveFailure[] {
    const drills = this.#options.hub.drills.values().flatMap(({ parsed }) => (parsed.ok ? [parsed.drill] : []));
    return drills.flatMap((drill) => activeFailureOf(drill, now) ?? []).sort((a, b) => (a.drill < b.drill ? -1 : 1));
  }

  /** The drill that takes a member for lost; null when none does. */
  on(member: ClusterName, now: Instant): ActiveFailure | null {
    return this.at(now).find(({ clusters }) => clusters.includes(member)) ?? null;
  }

  /** The drill that a workload is decided under, in words; null when none takes anything of it to fail. */
  over({ holdings }: WorkloadView, now: Instant): string | null {
    const held = new Set(holdings.map(({ record }) => record.cluster));
    const found = this.at(now).find(({ clusters }) => clusters.some((it) => held.has(it)));
    return found
      ? `the failover drill ${found.drill} takes ${found.clusters.join(', ')} to fail (${found.mode})`
      : null;
  }

  /** Looks again, and tells when anything came into force or was lifted since the last look. */
  refresh(now: Instant): void {
    const current = new Map(this.at(now).map((failure) => [failure.drill, failure]));
    const came = [...current.values()].filter(({ drill }) => !this.#told.has(drill));
    const went = [...this.#told.values()].filter(({ drill }) => !current.has(drill));
    this.#told = current;
    if (came.length === 0 && went.length === 0) return;
    const { metrics, onChange } = this.#options;
    for (const { mode } of went) metrics.drillActive.set({ mode }, 0);
    for (const { mode } of current.values()) metrics.drillActive.set({ mode }, 1);
    onChange([...new Set([...came, ...went].flatMap(({ clusters }) => clusters))]);
  }
}
