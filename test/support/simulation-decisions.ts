/** Looks at every decision as it is recorded: what may be done, given what was seen, worked out here once more and otherwise. */
import type { DecisionToRecord } from '../../operator/act/record-deployment.ts';
import type { KeyResult } from '../../operator/kube/outcome.ts';
import type { FleetSnapshot, Member, VerdictState, WorkloadView } from '../../operator/model/fleet.ts';
import type { ClusterName, WorkloadKey } from '../../operator/model/names.ts';
import type { TrafficState } from '../../operator/model/traffic-state.ts';
import { checkDecision } from './simulation-decision-rules.ts';
import { checkPass } from './simulation-pass-rules.ts';
import type { Witness } from './simulation-operator-world.ts';
import type { FleetWatch } from './simulation-fleet-watch.ts';

export type Violated = (invariant: string, what: string) => void;

export interface WatchDeps {
  readonly fleet: Pick<FleetWatch, 'judged' | 'released'>;
  readonly violated: Violated;
}

export class DecisionWatch implements Witness {
  readonly #deps: WatchDeps;
  readonly #pass: DecisionToRecord[] = [];
  count = 0;

  constructor(deps: WatchDeps) {
    this.#deps = deps;
  }

  judged = (member: ClusterName, before: VerdictState | null, state: VerdictState): void => {
    this.#deps.fleet.judged(member, before, state);
  };

  decided = (decision: DecisionToRecord, fleet: FleetSnapshot): void => {
    this.count += 1;
    this.#pass.push(decision);
    checkDecision(decision, fleet, this.#deps.violated);
  };

  passed = (fleet: FleetSnapshot, results: ReadonlyMap<WorkloadKey, KeyResult>): void => {
    for (const [key, result] of results)
      if (result.kind === 'Failed' && !isExpected(result.error))
        this.#deps.violated('no crash', `${key}: ${String(result.error)}`);
    checkPass(this.#pass, fleet, this.#deps.violated);
    this.#pass.length = 0;
  };

  /** Requests are never led to nobody while somebody is seen to serve. */
  led = ({ workload, holdings }: WorkloadView, { backends }: TrafficState, fleet: FleetSnapshot): void => {
    const trusted = new Set(fleet.members.filter(isTrusted).map(({ name }) => name));
    const serving = new Set(
      holdings
        .filter(({ record, observed }) => trusted.has(record.cluster) && (observed?.ready ?? 0) > 0)
        .map((it) => it.record.cluster),
    );
    const isLed = backends.some(({ weight }) => weight > 0);
    if (!isLed && backends.some(({ cluster }) => serving.has(cluster)))
      this.#deps.violated(
        'traffic',
        `${workload.name} serves on ${[...serving].join(', ')} and no requests are led there`,
      );
  };

  released = (key: WorkloadKey): void => {
    this.#deps.fleet.released(key);
  };
}

const isTrusted = ({ synced, verdict }: Member): boolean =>
  synced && verdict.unreachableSince === null && (verdict.verdict === 'Healthy' || verdict.verdict === 'Degraded');

const isExpected = (error: unknown): boolean => error instanceof Error && error.name === 'RetryableError';
