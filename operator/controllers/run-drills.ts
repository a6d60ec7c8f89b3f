/** Brings every failover drill one step further: observe, ask, decide, record, and act on what is recorded. */
import { performPlacement, type MemberTarget } from '../act/perform-placements.ts';
import type { DrillRecorder } from '../act/record-drill.ts';
import { tellDrills } from '../act/drill-metrics.ts';
import { advanceDrill, mayBeLetGo } from '../decide/drill/advance-drill.ts';
import { forbiddenBy } from '../decide/drill/drill-policy.ts';
import { expiryOf } from '../api/drill-figures.ts';
import { dueProbes } from '../decide/drill/due-probes.ts';
import { evictionsOf } from '../decide/drill/evictions-of.ts';
import { requeueAfter, requeueAt, type Outcome } from '../kube/outcome.ts';
import type { KubeClient } from '../kube/kube-client.ts';
import type { Clock } from '../model/clock.ts';
import type { Drill } from '../model/drill.ts';
import type { FleetPolicy, FleetSnapshot } from '../model/fleet.ts';
import type { ClusterName } from '../model/names.ts';
import { after, earliest, hours, seconds, type Instant } from '../model/units.ts';
import type { HubDrill, HubDrills } from '../observe/hub-drills.ts';
import type { Log } from '../runtime/log.ts';
import type { Metrics } from '../runtime/metrics.ts';
import type { ProbeDesk } from './ask-probes.ts';
import type { FailuresInForce } from './failures-in-force.ts';
import type { WebhookDesk } from './notify-drills.ts';
import { reportDrill } from './report-drills.ts';

export interface DrillingDeps {
  readonly clock: Clock;
  readonly log: Log;
  readonly metrics: Metrics;
  /** The fleet as it is, without what drills make believe: so a real incident is seen for what it is. */
  readonly truth: (now: Instant) => FleetSnapshot;
  /** The one in force at this moment. */
  readonly policy: () => FleetPolicy;
  readonly ready: () => boolean;
  readonly drills: HubDrills;
  /** Writes only while this process leads. */
  readonly hub: KubeClient;
  /** Where reports are kept: the operator's own. */
  readonly namespace: string;
  readonly record: DrillRecorder;
  readonly probes: ProbeDesk;
  readonly webhooks: Pick<WebhookDesk, 'tell'>;
  readonly inForce: FailuresInForce;
  /** null while the member is not observed. */
  readonly target: (cluster: ClusterName) => MemberTarget | null;
  /** Asks for another look by then, beside the pause that follows a failure; null: for none. */
  readonly lookAgainAt: (at: Instant | null) => void;
}

const SYNC_RETRY_DELAY = seconds(1);
const FAILED_LOOK_DELAY = seconds(5);
/** Drills may be kept for longer than timers can be set. */
const EXPIRY_LOOK_PERIOD = hours(1);

interface Pass extends DrillingDeps {
  /** Made when the first drill needs it, and once. */
  readonly fleet: () => FleetSnapshot;
  readonly now: Instant;
}

/** One look at every drill, one after the other; one that fails holds nobody up, and is looked at again. */
export async function runDrills(deps: DrillingDeps, signal: AbortSignal): Promise<Outcome> {
  if (!deps.ready()) return requeueAfter(SYNC_RETRY_DELAY);
  const pass = beginPass(deps);
  const failures: unknown[] = [];
  let wakeAt: Instant | null = null;
  for (const name of namesInOrder(deps.drills)) {
    try {
      wakeAt = earliest(wakeAt, await lookAt(name, pass, signal));
    } catch (error) {
      failures.push(error);
    }
  }
  tellDrills(readable(deps.drills), deps.metrics);
  if (failures.length === 0) return requeueAt(wakeAt);
  // The others keep their pace, and what is in force is not left alone, however long the pause after failures has become.
  const isInForce = deps.inForce.at(deps.clock.now()).length > 0;
  deps.lookAgainAt(earliest(wakeAt, isInForce ? after(pass.now, FAILED_LOOK_DELAY) : null));
  throw failures[0];
}

function beginPass(deps: DrillingDeps): Pass {
  const now = deps.clock.now();
  deps.inForce.refresh(now); // a failure may have lapsed though nothing could be written
  let seen: FleetSnapshot | null = null;
  return { ...deps, now, fleet: () => (seen ??= deps.truth(now)) };
}

const readable = ({ drills }: HubDrills): readonly Drill[] =>
  drills.values().flatMap(({ parsed }) => (parsed.ok ? [parsed.drill] : []));

/** Those under way first, so that what is to be restored waits for nothing; then in the order in which they came. */
function namesInOrder({ drills }: HubDrills): readonly string[] {
  const rank = ({ parsed }: HubDrill): readonly [number, number] => {
    if (!parsed.ok) return [2, 0];
    return [parsed.drill.state?.restored === false ? 0 : 1, parsed.drill.createdAt];
  };
  return drills
    .values()
    .map((it) => ({ name: it.name, rank: rank(it) }))
    .sort((a, b) => a.rank[0] - b.rank[0] || a.rank[1] - b.rank[1] || (a.name < b.name ? -1 : 1))
    .map(({ name }) => name);
}

/** Returns when to look again though nothing changes. */
async function lookAt(name: string, pass: Pass, signal: AbortSignal): Promise<Instant | null> {
  const onHub = pass.drills.drills.get(name);
  if (onHub === null) return null;
  const { object, parsed, deleting } = onHub;
  if (!parsed.ok) {
    if (deleting) await pass.record.release(object, signal);
    else await pass.record.invalid({ object, status: parsed.status }, { issues: parsed.issues, now: pass.now }, signal);
    return null;
  }
  if (isOver(parsed.drill)) {
    return finish(onHub, parsed.drill, { pass, signal });
  }
  return step(onHub, parsed.drill, { pass, signal });
}

const isOver = (drill: Drill): boolean => drill.state?.phase === 'Completed' || (drill.deleting && mayBeLetGo(drill));

interface Run {
  readonly pass: Pass;
  readonly signal: AbortSignal;
}

async function step({ object, parsed }: HubDrill, drill: Drill, { pass, signal }: Run): Promise<Instant | null> {
  const { probes, record, inForce, now } = pass;
  const fleet = pass.fleet();
  probes.ask(drill.uid, dueProbes(drill, now), signal);
  const readings = probes.answers(drill.uid);
  const others = readable(pass.drills).filter((it) => it.name !== drill.name);
  const { state, wakeAt } = advanceDrill({ drill, fleet, others, readings, now });
  await record.state({ object, status: parsed.status, drill, state, report: null, now }, signal);
  pass.webhooks.tell(drill, state, signal);
  probes.take(drill.uid, readings);
  inForce.refresh(now);
  await evict({ ...drill, state }, { pass, signal });
  return wakeAt;
}

/** Deletes what the drill has to delete by what is on record; what is gone is not deleted again. */
async function evict(drill: Drill, { pass, signal }: Run): Promise<void> {
  const fleet = pass.fleet();
  for (const action of evictionsOf(drill, fleet)) {
    if (!isEvictionAllowed(pass.policy())) return;
    const target = pass.target(action.cluster);
    if (target === null) continue;
    const { kind } = await performPlacement(action, target, signal);
    const fields = { failoverDrill: drill.name, memberCluster: action.cluster, inferenceDeployment: action.workload };
    if (kind === 'Deleted') pass.log.warn('drill evicted placement', { ...fields, offering: action.offering });
  }
}

/** Asked once more right before: a policy that was tightened since the preflight counts. */
const isEvictionAllowed = (policy: FleetPolicy): boolean => forbiddenBy(policy, 'EvictUngraceful') === null;

/** The report, and then the drill may be deleted: by anybody, and by the operator once its time is over. */
async function finish({ object, parsed }: HubDrill, drill: Drill, { pass, signal }: Run): Promise<Instant | null> {
  const { probes, record, now } = pass;
  const { status } = parsed;
  probes.forget(drill.uid);
  if (drill.deleting || drill.state === null) {
    await record.release(object, signal);
    return null;
  }
  const over = { object, status, drill, state: drill.state };
  if (status?.report === undefined) {
    await reportDrill(over, pass, signal);
    return null;
  }
  // How long it is kept may be changed when it is over.
  if (status.observedGeneration !== drill.generation) await record.state({ ...over, report: null, now }, signal);
  await record.release(object, signal);
  const expiresAt = expiryOf(drill.spec, drill.state);
  if (expiresAt === null || now < expiresAt) return earliest(expiresAt, expiresAt && after(now, EXPIRY_LOOK_PERIOD));
  await record.expire(object, signal);
  return null;
}
