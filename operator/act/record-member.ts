/** Where a judgement on a member becomes status, events and log lines. */
import type { Member, MemberEvidence, Verdict, VerdictState } from '../model/fleet.ts';
import type { ClusterName } from '../model/names.ts';
import type { Instant, Millis } from '../model/units.ts';
import type { Issue } from '../api/issue.ts';
import {
  invalidMemberClusterStatus,
  memberClusterStatus,
  type MemberStatusInput,
} from '../api/member-cluster-status.ts';
import { API_VERSION, MEMBER_CLUSTERS } from '../api/resources.ts';
import type { MemberClusterStatus } from '../api/wire-types.ts';
import type { EventRecorder } from '../kube/event-recorder.ts';
import type { KubeClient, KubeObject } from '../kube/kube-client.ts';
import type { Log } from '../runtime/log.ts';
import type { EventReason } from './event-reasons.ts';
import type { FleetMetrics } from './fleet-metrics.ts';
import { writeStatus } from './write-status.ts';

export interface MemberRecorderDeps {
  readonly hub: KubeClient;
  readonly events: EventRecorder;
  readonly log: Log;
  readonly metrics: FleetMetrics;
  /** Takes what the server returned, so that the next judgement reads it. */
  readonly onWritten: (object: KubeObject) => void;
}

/** A MemberCluster as it was read. */
export interface MemberAsRead {
  readonly object: KubeObject;
  readonly status: MemberClusterStatus | null;
}

export interface MemberJudgement {
  readonly cluster: MemberAsRead;
  readonly member: Member;
  /** The verdict before this one; null for the first. */
  readonly before: VerdictState | null;
  readonly evidence: MemberEvidence;
  readonly kubernetesVersion: string | null;
  readonly gpus: MemberStatusInput['gpus'];
  readonly signals: NonNullable<MemberStatusInput['signals']>;
  readonly credentialsExpireAt: MemberStatusInput['credentialsExpireAt'];
  readonly priceAgeLimit: Millis;
  /** The drill that takes it to fail; null or left out: none does. */
  readonly drill?: MemberStatusInput['drill'];
  readonly now: Instant;
}

const WARNING_VERDICTS: ReadonlySet<Verdict> = new Set(['Suspect', 'ControlPlaneLost', 'Degraded', 'Down']);

export class MemberRecorder {
  readonly #deps: MemberRecorderDeps;

  constructor(deps: MemberRecorderDeps) {
    this.#deps = deps;
  }

  /** Writes the status when it says anything new; returns whether it did. */
  async judgement(judgement: MemberJudgement, signal: AbortSignal): Promise<boolean> {
    const { cluster } = judgement;
    this.#tell(judgement);
    this.#deps.metrics.member(judgement.member, { ...judgement.evidence, now: judgement.now });
    const status = memberClusterStatus({
      ...judgement,
      generation: cluster.object.metadata.generation ?? 1,
      previous: cluster.status,
    });
    return this.#write(cluster.object, status, signal);
  }

  /** Says in status what is wrong with a spec that cannot be read. */
  async invalid(
    cluster: MemberAsRead,
    refusal: { readonly issues: readonly Issue[]; readonly now: Instant },
    signal: AbortSignal,
  ): Promise<void> {
    const generation = cluster.object.metadata.generation ?? 1;
    await this.#write(
      cluster.object,
      invalidMemberClusterStatus({ ...refusal, generation, previous: cluster.status }),
      signal,
    );
  }

  async #write(object: KubeObject, status: MemberClusterStatus, signal: AbortSignal): Promise<boolean> {
    const written = await writeStatus(this.#deps.hub, { type: MEMBER_CLUSTERS, object, status }, signal);
    if (written !== null) this.#deps.onWritten(written);
    return written !== null;
  }

  #tell({ cluster, member, before }: MemberJudgement): void {
    const { verdict, reason, message } = member.verdict;
    if (before?.verdict === verdict || (before === null && verdict === 'Suspect')) return;
    const type = WARNING_VERDICTS.has(verdict) ? 'Warning' : 'Normal';
    const regarding = memberSubject(member.name, cluster.object);
    const eventReason: EventReason = `Member${verdict}`;
    this.#deps.events.emit({ regarding, type, reason: eventReason, action: 'Judging', note: message });
    const fields = { memberCluster: member.name, verdict, reason };
    if (type === 'Warning') this.#deps.log.warn('member verdict changed', fields);
    else this.#deps.log.info('member verdict changed', fields);
  }
}

const memberSubject = (name: ClusterName, { metadata }: KubeObject) => ({
  apiVersion: API_VERSION,
  kind: 'MemberCluster',
  name,
  uid: metadata.uid ?? '',
});
