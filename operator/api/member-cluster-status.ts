/** Renders a MemberCluster's status: the same world gives the same bytes, so that nothing new writes nothing. */
import type { Member, MemberEvidence, MemberSignal, ProbeOutcome, VerdictState } from '../model/fleet.ts';
import type { Instant, Millis } from '../model/units.ts';
import type { MEMBER_REASONS, ReasonOf } from './condition-reasons.ts';
import { cutText, renderConditions, type ConditionStatement } from './conditions.ts';
import { describeIssues, type Issue } from './issue.ts';
import { memberConditions, type MemberState } from './member-conditions.ts';
import { formatInstant } from './parse-instant.ts';
import { poolStatuses } from './pool-status.ts';
import type { MemberClusterStatus, ProbeStatus } from './wire-types.ts';

export interface MemberStatusInput {
  readonly member: Member;
  readonly generation: number;
  readonly evidence: MemberEvidence;
  /** Each signal by itself; one that is left out is shown no more. Default: none. */
  readonly signals?: readonly MemberSignal[];
  /** null: not told yet; what was told before stays. */
  readonly kubernetesVersion: string | null;
  /** All accelerators of ready nodes, and those that replicas of InferenceDeployments hold; null: not seen. */
  readonly gpus: { readonly total: number; readonly ours: number } | null;
  /** When the credential expires; null for one that is renewed by itself, as the clouds' tokens are. */
  readonly credentialsExpireAt: Instant | null;
  /** The FleetPolicy's. */
  readonly priceAgeLimit: Millis;
  /** The drill that takes it to fail; null or left out: none does. */
  readonly drill?: MemberState['drill'];
  readonly previous: MemberClusterStatus | null;
  /** Stamps what changes, and nothing else. */
  readonly now: Instant;
}

const MESSAGE_LIMIT = 4096; // the schema's
const FAILURE_LIMIT = 1024; // the schema's
const SIGNAL_LIMIT = 64; // the schema's

/** The status to record, whole: a field that is absent is to be removed (mergePatch does that). */
export function memberClusterStatus(input: MemberStatusInput): MemberClusterStatus {
  const { member, generation, evidence, previous, now, credentialsExpireAt, priceAgeLimit, drill = null } = input;
  const { verdict } = member;
  const statements = memberConditions({
    ...member,
    probe: evidence.probe,
    credentialsExpireAt,
    priceAgeLimit,
    drill,
    now,
  });
  return {
    observedGeneration: generation,
    conditions: renderConditions(statements, previous?.conditions, { generation, now }),
    provider: member.provider,
    ...(member.region === '' ? {} : { region: member.region }),
    verdict: verdict.verdict,
    verdictReason: verdict.reason,
    verdictMessage: cutText(verdict.message, MESSAGE_LIMIT),
    verdictSince: formatInstant(verdict.since),
    ...(verdict.unreachableSince === null ? {} : { unreachableSince: formatInstant(verdict.unreachableSince) }),
    ...(verdict.goodSince === null ? {} : { goodSince: formatInstant(verdict.goodSince) }),
    ...outage(verdict),
    ...(evidence.probe === null
      ? kept(previous, 'lastProbe')
      : { lastProbe: probeStatus(evidence.probe, previous?.lastProbe) }),
    ...signalStatuses(input),
    ...(input.kubernetesVersion === null
      ? kept(previous, 'kubernetesVersion')
      : { kubernetesVersion: cutText(input.kubernetesVersion, 64) }),
    ...(credentialsExpireAt === null ? {} : { credentialsExpireAt: formatInstant(credentialsExpireAt) }),
    ...inventory(input),
  };
}

const outage = ({ lastOutage }: VerdictState): Partial<MemberClusterStatus> =>
  lastOutage ? { lastOutage: { endedAt: formatInstant(lastOutage.endedAt), flaps: lastOutage.flaps } } : {};

type Field = keyof MemberClusterStatus;

const kept = (previous: MemberClusterStatus | null, field: Field): Partial<MemberClusterStatus> =>
  previous?.[field] === undefined ? {} : { [field]: previous[field] };

/** Pools and accelerators as seen; while the member is not synced, as last seen. */
function inventory(input: MemberStatusInput): Partial<MemberClusterStatus> {
  const { member, gpus, previous, priceAgeLimit, now } = input;
  if (!member.synced || gpus === null)
    return { ...kept(previous, 'gpus'), ...kept(previous, 'pools'), ...kept(previous, 'summary') };
  const free = member.offerings.flatMap((it) => it.freeByNode).reduce((sum, it) => sum + it, 0);
  return {
    gpus: { total: gpus.total, free, ours: gpus.ours },
    pools: poolStatuses(member.offerings, previous?.pools ?? [], { priceAgeLimit, now }),
    summary: { gpus: `${free}/${gpus.total}`, pools: poolSummary(member) },
  };
}

function poolSummary({ offerings }: Member): string {
  const pools = (type: string): number =>
    new Set(offerings.filter((it) => it.capacityType === type).map((it) => it.pool)).size;
  const counts = [`${pools('spot')} spot`, `${pools('on-demand')} on-demand`].filter(
    (count) => !count.startsWith('0 '),
  );
  return counts.join(', ') || 'none';
}

/** By name. Only another value is news; a signal that has not been seen since the start is shown as it was. */
function signalStatuses({ signals = [], previous, now }: MemberStatusInput): Partial<MemberClusterStatus> {
  const known = new Map((previous?.signals ?? []).map((it) => [it.name, it]));
  const shown = signals.flatMap(({ name, value, message }) => {
    const before = known.get(name);
    if (value === null) return before ?? [];
    const word = cutText(value, SIGNAL_LIMIT);
    const since = before?.value === word ? before.since : formatInstant(now);
    return { name, value: word, since, ...(message === null ? {} : { message: cutText(message, FAILURE_LIMIT) }) };
  });
  return shown.length === 0 ? {} : { signals: shown };
}

/** Probes come every few seconds: only another outcome is news. How long an answer took is a metric. */
function probeStatus(probe: ProbeOutcome, previous: ProbeStatus | undefined): ProbeStatus {
  const told = probe.kind === 'Answered' ? ({ outcome: probe.healthy ? 'Ready' : 'NotReady' } as const) : failed(probe);
  const same =
    previous?.outcome === told.outcome && previous.failure === ('failure' in told ? told.failure : undefined);
  return same ? previous : { ...told, since: formatInstant(probe.at) };
}

const failed = ({ failure, message }: Extract<ProbeOutcome, { readonly kind: 'Failed' }>) =>
  ({ outcome: 'Failed', failure, message: cutText(message, FAILURE_LIMIT) }) as const;

export interface InvalidMemberInput {
  /** metadata.generation of the spec that cannot be read. */
  readonly generation: number;
  readonly issues: readonly Issue[];
  readonly previous: MemberClusterStatus | null;
  readonly now: Instant;
}

/** The status of one whose spec cannot be read: what is recorded stays, the conditions say what to correct. */
export function invalidMemberClusterStatus({
  generation,
  issues,
  previous,
  now,
}: InvalidMemberInput): MemberClusterStatus {
  const message = `Correct the spec: ${describeIssues(issues)}.`;
  const statements: readonly (ConditionStatement & ReasonOf<typeof MEMBER_REASONS>)[] = [
    { type: 'Ready', status: 'False', reason: 'InvalidSpec', message },
    { type: 'Stalled', status: 'True', reason: 'InvalidSpec', message },
  ];
  const conditions = renderConditions(statements, previous?.conditions, { generation, now });
  return { ...previous, observedGeneration: generation, conditions };
}
