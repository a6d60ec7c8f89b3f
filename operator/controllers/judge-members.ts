/** Judges one member from what is seen of it, and records the verdict with its clocks. */
import type { MemberRecorder } from '../act/record-member.ts';
import { explainsLoss } from '../decide/health/cloud-word.ts';
import { judgeFleet, type SightedMember } from '../decide/health/judge-fleet.ts';
import { judgeMember } from '../decide/health/judge-member.ts';
import { memberSignals } from '../decide/health/member-signals.ts';
import { awaitChange, requeueAt, type Outcome } from '../kube/outcome.ts';
import type { Clock } from '../model/clock.ts';
import type { ActiveFailure } from '../model/drill.ts';
import type { MemberEvidence, VerdictState } from '../model/fleet.ts';
import type { ClusterName } from '../model/names.ts';
import { after, earliest, instant, seconds, type Instant } from '../model/units.ts';
import { countAccelerators } from '../observe/count-accelerators.ts';
import type { FleetObserver } from '../observe/fleet-observer.ts';
import { locationOf, type ObservedMember } from '../observe/fleet-snapshot.ts';
import type { HubMember } from '../observe/hub-observer.ts';
import type { Log } from '../runtime/log.ts';
import type { Metrics } from '../runtime/metrics.ts';
import type { BeliefStore, MemberBelief } from './beliefs.ts';
import type { LaunchLearner } from './learn-launches.ts';
import type { Wakes } from './wakes.ts';

export interface JudgingDeps {
  readonly clock: Clock;
  readonly log: Log;
  readonly metrics: Metrics;
  readonly fleet: FleetObserver;
  readonly beliefs: BeliefStore;
  readonly record: MemberRecorder;
  readonly learn: LaunchLearner;
  readonly pace: WritePace;
  readonly wakes: Pick<Wakes, 'verdictChanged' | 'fleetChanged'>;
  /** The drill that takes a member to fail; left out: none ever does. */
  readonly drillOn?: (member: ClusterName, now: Instant) => Pick<ActiveFailure, 'drill' | 'mode'> | null;
}

/** Room changes with every pod; people and other tools do not need it more often than this. */
const INVENTORY_WRITE_PERIOD = seconds(5);

/** Reads the evidence, judges, believes, records. What is believed counts at once; what is recorded survives a restart. */
export async function judgeOne(name: ClusterName, deps: JudgingDeps, signal: AbortSignal): Promise<Outcome> {
  const onHub = deps.fleet.hub.member(name);
  if (onHub === null) return forget(name, deps);
  if (!onHub.parsed.ok) return refuse(onHub, deps, signal);
  const observed = deps.fleet.roster.member(name);
  if (observed === null) return awaitChange();

  const now = deps.clock.now();
  const before = deps.beliefs.belief(name) ?? recordedBelief(onHub);
  const judged = judgeMember(before.verdict, observed.observer.evidence, observed.spec.health, now);
  const learned = deps.learn.learn({ observed, before: before.learned, now });
  deps.beliefs.hold(name, { verdict: judged.state, learned: learned.offerings });
  reactTo({ name, before, verdict: judged.state, learned: learned.offerings !== before.learned, now }, deps);

  const due = await record({ onHub, observed, before, now }, deps, signal);
  return requeueAt(earliest(earliest(judged.wakeAt, learned.wakeAt), due));
}

/** After a restart, belief begins with what was recorded. */
interface EarlierBelief extends Omit<MemberBelief, 'verdict'> {
  readonly verdict: MemberBelief['verdict'] | null;
}

const recordedBelief = ({ parsed }: HubMember): EarlierBelief => ({
  verdict: parsed.recorded.verdict,
  learned: parsed.recorded.offerings,
});

interface Judged {
  readonly name: ClusterName;
  readonly before: EarlierBelief;
  readonly verdict: VerdictState;
  /** Whether anything was learned of its offerings. */
  readonly learned: boolean;
  readonly now: Instant;
}

/** A changed verdict is acted on by those that hold something there; many lost at once freeze the fleet. */
function reactTo({ name, before, verdict, learned, now }: Judged, deps: JudgingDeps): void {
  const { beliefs, fleet, wakes, log, metrics } = deps;
  const sighted = fleet.roster.members().map((it) => sightOf(it, beliefs.verdictOf(it.spec.name), now));
  const { frozen, why, vouchedFor } = judgeFleet(sighted, fleet.hub.policy, now);
  if (beliefs.freeze(frozen)) {
    if (frozen) log.error('fleet frozen', { reason: why });
    else log.info('fleet thawed', { reason: why });
    wakes.fleetChanged();
  }
  if (beliefs.vouch(vouchedFor !== null) && vouchedFor !== null)
    log.warn('many members lost at once, and not frozen', { reason: vouchedFor });
  metrics.fleetFrozen.set({}, frozen ? 1 : 0);
  for (const it of VERDICTS) metrics.memberVerdict.set({ cluster: name, verdict: it }, it === verdict.verdict ? 1 : 0);
  const reachable = (state: VerdictState | null): boolean => state !== null && state.unreachableSince === null;
  if (before.verdict?.verdict !== verdict.verdict || reachable(before.verdict) !== reachable(verdict))
    wakes.verdictChanged(name);
  else if (learned) wakes.fleetChanged();
}

/** What the judgement of the whole fleet is made from. */
function sightOf(member: ObservedMember, verdict: VerdictState, now: Instant): SightedMember {
  const { evidence } = member.observer;
  return {
    name: member.spec.name,
    ...locationOf(member),
    verdict,
    answeredAt: answeredAt(evidence),
    endedByCloud: explainsLoss(evidence, verdict.unreachableSince, now),
  };
}

/** A probe counts from when it was sent; news on a watch from when it came. */
function answeredAt({ probe, heardAt = null }: MemberEvidence): Instant | null {
  const probed = probe?.kind === 'Answered' ? probe.at : null;
  return probed === null ? heardAt : instant(Math.max(probed, heardAt ?? probed));
}

const VERDICTS = ['Healthy', 'Suspect', 'ControlPlaneLost', 'Degraded', 'Down', 'Recovering'] as const;

interface Recording {
  readonly onHub: HubMember;
  readonly observed: ObservedMember;
  readonly before: EarlierBelief;
  readonly now: Instant;
}

/** Returns when to record again, where it is put off. */
async function record(
  { onHub, observed, before, now }: Recording,
  deps: JudgingDeps,
  signal: AbortSignal,
): Promise<Instant | null> {
  const { beliefs, fleet } = deps;
  const { spec, observer } = observed;
  const verdict = beliefs.verdictOf(spec.name);
  const due = deps.pace.dueAt(spec.name, now);
  const isNews =
    before.verdict === null || before.verdict.verdict !== verdict.verdict || before.verdict.reason !== verdict.reason;
  if (!isNews && due !== null) return due;
  const [member] = fleet.memberSnapshot(spec.name, now, beliefs).members;
  if (!member) return null;
  const judgement = {
    cluster: { object: onHub.object, status: onHub.parsed.status },
    member,
    before: before.verdict,
    evidence: observer.evidence,
    signals: memberSignals({
      evidence: observer.evidence,
      thresholds: spec.health,
      asksDataPath: Boolean(spec.dataPathUrl),
      hasCloud: observer.hasCloud,
      now,
    }),
    credentialsExpireAt: observer.credentialsExpireAt,
    kubernetesVersion: observer.kubernetesVersion,
    gpus: countAccelerators(observer.inventory),
    priceAgeLimit: fleet.hub.policy.priceAgeLimit,
    drill: deps.drillOn?.(spec.name, now) ?? null,
    now,
  };
  if (await deps.record.judgement(judgement, signal)) deps.pace.wrote(spec.name, now);
  return null;
}

function forget(name: ClusterName, { beliefs, learn, pace, metrics }: JudgingDeps): Outcome {
  beliefs.forget(name);
  learn.forget(name);
  pace.forget(name);
  for (const verdict of VERDICTS) metrics.memberVerdict.remove({ cluster: name, verdict });
  return awaitChange();
}

async function refuse(
  { object, parsed }: HubMember,
  { record: recorder, clock }: JudgingDeps,
  signal: AbortSignal,
): Promise<Outcome> {
  if (!parsed.ok)
    await recorder.invalid({ object, status: parsed.status }, { issues: parsed.issues, now: clock.now() }, signal);
  return awaitChange();
}

/** When each member's status was last written. */
export class WritePace {
  readonly #wroteAt = new Map<ClusterName, Instant>();

  wrote(name: ClusterName, at: Instant): void {
    this.#wroteAt.set(name, at);
  }

  forget(name: ClusterName): void {
    this.#wroteAt.delete(name);
  }

  /** null: now. */
  dueAt(name: ClusterName, now: Instant): Instant | null {
    const wroteAt = this.#wroteAt.get(name);
    if (wroteAt === undefined) return null;
    const due = after(wroteAt, INVENTORY_WRITE_PERIOD);
    return due <= now ? null : due;
  }
}
