/** Looks at what is true after every tick: what serves, what stands and who owns it, whatever the operator believes. */
import type { VerdictState } from '../../operator/model/fleet.ts';
import type { WorkloadKey } from '../../operator/model/names.ts';
import type { Workload } from '../../operator/model/workload.ts';
import { capacityOn, isVoluntary } from './simulation-decision-rules.ts';
import type { Violated } from './simulation-decisions.ts';
import { TICK, type SimDeployment } from './simulation-member-parts.ts';
import type { SimMember } from './simulation-member.ts';
import type { SimWorld } from './simulation-world.ts';

/** What stands without being on record is taken up or taken away within this time, once it can be seen. */
const ORPHAN_TICKS = 60;
/** Reads and writes that went wrong this long ago no longer explain anything. */
const TAINT_TICKS = 4;
/** L4: changes of one deployment's status within ten minutes. */
const WRITES_WINDOW_TICKS = 120;
const MOST_WRITES = 60;

interface Watched {
  readonly world: SimWorld;
  readonly violated: Violated;
}

export class FleetWatch {
  readonly #world: SimWorld;
  readonly #violated: Violated;
  readonly #orphans = new Map<string, number>();
  readonly #writes = new Map<WorkloadKey, number[]>();
  readonly #versions = new Map<WorkloadKey, number>();
  /** Since which tick each member has not answered a probe at all. */
  readonly #silentSince = new Map<string, number>();
  readonly #serving = new Map<string, number>();
  readonly #lastTaint = new Map<string, number>();
  #moving: ReadonlySet<WorkloadKey> = new Set();
  /** Voluntary moves that were begun. */
  readonly moves = new Map<WorkloadKey, number>();

  constructor({ world, violated }: Watched) {
    this.#world = world;
    this.#violated = violated;
  }

  /** Before the operator acts, after the world has moved on. */
  before(): void {
    const { members, hub, tick } = this.#world;
    for (const { name } of members) {
      const { probe } = this.#world.receptionOf(name);
      const isSilent = probe === 'Refused' || probe === 'Timeout' || probe === 'Reset';
      if (!isSilent) this.#silentSince.delete(name);
      else if (!this.#silentSince.has(name)) this.#silentSince.set(name, tick);
    }
    for (const { workload } of hub.objects) {
      this.#serving.set(workload.uid, this.#unitsOf(workload));
      if (this.#isTainted(workload)) this.#lastTaint.set(workload.uid, tick);
    }
    for (const member of members) member.losses.clear();
  }

  /** Units that go on serving once what has been asked for has happened. */
  #unitsOf(workload: Workload): number {
    const { members, now } = this.#world;
    let units = 0;
    for (const member of members) {
      for (const it of ours(member, workload)) {
        const staying = it.deleting ? 0 : Math.min(member.readyOf(it, now), it.replicas);
        units += staying * capacityOn(workload, acceleratorOf(member, it));
      }
    }
    return units;
  }

  /** What is read or written of it is not what it is, or part of it has just been lost. */
  #isTainted(workload: Workload): boolean {
    const world = this.#world;
    if (world.active('HubPartition').length + world.active('HubWrites').length + world.active('Unreadable').length > 0)
      return true;
    return world.members.some((member) => {
      if ((member.losses.get(workload.uid) ?? 0) > 0) return true;
      const { probe, watches, lag } = world.receptionOf(member.name);
      const lossy =
        world.active('MemberWrites', member.name).length + world.active('ForeignEdit', member.name).length > 0;
      return probe !== 'Answers' || watches === 'Silent' || lag > 0 || lossy;
    });
  }

  check(): void {
    this.#checkFloor();
    this.#checkOrphans();
    this.#checkWrites();
    this.#countMoves();
    this.#checkRecovery();
  }

  /** S2, by what is true: the operator never takes away what is needed. */
  #checkFloor(): void {
    const { hub, tick, scenario } = this.#world;
    for (const { workload, deleting } of hub.objects) {
      const before = this.#serving.get(workload.uid) ?? 0;
      const after = this.#unitsOf(workload);
      const floor = scenario.policy.shedding
        ? Math.min(workload.minReady, workload.replicas) * 1000
        : workload.replicas * 1000;
      const isTainted = tick - (this.#lastTaint.get(workload.uid) ?? -TAINT_TICKS) < TAINT_TICKS;
      if (!deleting && !isTainted && after < before && after < floor)
        this.#violated(
          'S2',
          `${workload.name} is left with ${after / 1000} of ${before / 1000} serving units, and wants ${workload.replicas}`,
        );
    }
  }

  /** S7: what stands is on its owner's record, or is taken up soon. */
  #checkOrphans(): void {
    const { hub, members, tick } = this.#world;
    const recorded = new Set(
      hub.objects.flatMap(({ workload, recorded: { placements } }) =>
        placements.map((it) => `${workload.uid}|${it.cluster}/${it.pool}/${it.zone}`),
      ),
    );
    const owners = new Map(hub.objects.map((it) => [it.workload.uid, it]));
    for (const member of members) {
      const { probe, watches } = this.#world.receptionOf(member.name);
      const isSeen = probe === 'Answers' && watches === 'Current' && this.#world.hub.fault === 'none';
      for (const [key, { ownerUid }] of member.deployments) {
        const isOrphan = !recorded.has(key) && owners.get(ownerUid)?.readable === true;
        if (!isOrphan || !isSeen) this.#orphans.delete(key);
        else if (!this.#orphans.has(key)) this.#orphans.set(key, tick);
        if (tick - (this.#orphans.get(key) ?? tick) > ORPHAN_TICKS)
          this.#violated('no orphan', `${key} is on nobody's record`);
      }
    }
  }

  /** L4: no hot loop. */
  #checkWrites(): void {
    const { hub, tick } = this.#world;
    for (const { workload, version } of hub.objects) {
      const { key } = workload;
      const writes = (this.#writes.get(key) ?? []).filter((at) => tick - at < WRITES_WINDOW_TICKS);
      if ((this.#versions.get(key) ?? version) !== version) writes.push(tick);
      this.#versions.set(key, version);
      this.#writes.set(key, writes);
      if (writes.length > MOST_WRITES)
        this.#violated('L4', `${workload.name} was written ${writes.length} times in ten minutes`);
    }
  }

  #countMoves(): void {
    const moving = this.#world.hub.objects.filter(
      ({ recorded: { migration } }) => migration.phase !== 'Idle' && isVoluntary(migration.reason),
    );
    for (const {
      workload: { key },
    } of moving)
      if (!this.#moving.has(key)) this.moves.set(key, (this.moves.get(key) ?? 0) + 1);
    this.#moving = new Set(moving.map(({ workload }) => workload.key));
  }

  /** L2: after one member is lost, what it held serves elsewhere within the time that all steps take. */
  #checkRecovery(): void {
    const { hub, scenario, tick } = this.#world;
    const [outage] = scenario.faults;
    if (scenario.flavour !== 'Single' || outage === undefined) return;
    const growTicks = Math.max(...scenario.members.flatMap(({ pools }) => pools.map((it) => it.growTicks)));
    for (const { workload } of hub.objects) {
      const budget = SLACK_TICKS + workload.failover.blindAfter / TICK + growTicks + scenario.loadTicks;
      if (tick < outage.at + budget || tick >= outage.at + outage.ticks) continue;
      const units = this.#unitsOf(workload);
      if (units < workload.replicas * 1000)
        this.#violated(
          'L2',
          `${workload.name} has ${units / 1000} of ${workload.replicas} units, ${tick - outage.at} ticks after the loss`,
        );
    }
  }

  /** F7: down is what has been silent for long enough, with its data path, and nothing else. */
  judged(name: string, before: VerdictState | null, state: VerdictState): void {
    if (state.verdict !== 'Down' || before?.verdict === 'Down') return;
    const sight = this.#world.sights.get(name);
    const since = this.#silentSince.get(name);
    const silent = since === undefined ? 0 : (this.#world.tick - since) * TICK;
    const { downAfter, failureThreshold } = sight?.spec.health ?? { downAfter: 0, failureThreshold: 0 };
    if (since === undefined || silent < downAfter || silent / TICK + 1 < failureThreshold)
      this.#violated('S3', `${name} is believed down after ${silent / 1000} s of silence`);
    if (sight?.truth.plan.hasDataPath && this.#world.receptionOf(name).dataPathServes)
      this.#violated('S3', `${name} is believed down while its data path serves`);
  }

  /** S15: an InferenceDeployment goes when nothing of it is left. */
  released(key: WorkloadKey): void {
    const workload = this.#world.hub.truth(key)?.workload;
    const left = workload ? this.#world.members.flatMap((member) => ours(member, workload)) : [];
    for (const it of left)
      this.#violated('S15', `${key} goes, and ${it.offering} still has ${it.pods.length} of its pods`);
  }
}

/** Three probes, a pass or two, and a replacement that is asked for where nothing comes. */
const SLACK_TICKS = 10;

const ours = (member: SimMember, { uid }: Workload): readonly SimDeployment[] =>
  [...member.deployments.values()].filter(({ ownerUid }) => ownerUid === uid);

const acceleratorOf = ({ plan }: SimMember, { pool }: SimDeployment): string =>
  plan.pools.find(({ name }) => name === pool)?.accelerator ?? '';
