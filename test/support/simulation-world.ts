/** A simulated fleet with its faults: what is true in each tick follows from the faults that are active in it. */
import type { Action } from '../../operator/model/action.ts';
import type { ActiveFailure } from '../../operator/model/drill.ts';
import { RetryableError } from '../../operator/model/errors.ts';
import { clusterName } from '../../operator/model/names.ts';
import { instant, type Instant } from '../../operator/model/units.ts';
import type { Workload } from '../../operator/model/workload.ts';
import { NOW } from './fleet-workload.ts';
import { isActive, type Fault, type FaultKind } from './simulation-fault.ts';
import { SimHub } from './simulation-hub.ts';
import { SimMember } from './simulation-member.ts';
import { TICK, ticksLater, type MemberTroubles } from './simulation-member-parts.ts';
import { MemberSight, type Reception } from './simulation-sight.ts';
import type { Scenario } from './simulation-scenario.ts';
import { SteppedClock } from './stepped-clock.ts';

type Of<Kind extends FaultKind['kind']> = Extract<Fault, { readonly kind: Kind }>;

export class SimWorld {
  readonly scenario: Scenario;
  readonly clock = new SteppedClock(NOW);
  readonly hub = new SimHub();
  readonly members: readonly SimMember[];
  readonly sights: ReadonlyMap<string, MemberSight>;
  tick = 0;
  /** Changes of what stands on members, by the operator. */
  memberWrites = 0;
  #recreated = 0;

  constructor(scenario: Scenario) {
    this.scenario = scenario;
    this.members = scenario.members.map((plan) => new SimMember(plan, scenario.loadTicks, NOW));
    this.sights = new Map(this.members.map((member) => [member.name, new MemberSight(member)]));
    scenario.workloads.forEach((workload, index) => this.hub.create(workload, scenario.routings[index] ?? null));
  }

  get now(): Instant {
    return this.clock.now();
  }

  member(name: string): SimMember {
    const found = this.members.find((it) => it.name === name);
    if (!found) throw new Error(`there is no member ${name}`);
    return found;
  }

  /** Time passes, faults begin and end, and members live on. Returns whether the operator sees anything new. */
  async pass(): Promise<boolean> {
    await this.clock.advance(TICK);
    this.tick += 1;
    for (const fault of this.scenario.faults) {
      if (fault.at === this.tick) this.#begin(fault);
      if (fault.at + fault.ticks === this.tick) this.#end(fault);
    }
    this.hub.fault = this.#hubFault();
    let news = false;
    for (const member of this.members) {
      member.tick(this.now, this.#troublesOf(member.name));
      const sight = this.sights.get(member.name);
      if (!sight) continue;
      const cordon = this.active('Cordon', member.name).length > 0;
      if (sight.spec.cordon !== cordon) {
        sight.spec = { ...sight.spec, cordon, generation: sight.spec.generation + 1 };
        news = true;
      }
      news = sight.look(this.now, this.receptionOf(member.name)) || news;
    }
    return news || this.#drillChanged();
  }

  active<Kind extends FaultKind['kind']>(kind: Kind, member?: string): readonly Of<Kind>[] {
    return this.scenario.faults.filter(
      (it): it is Of<Kind> =>
        it.kind === kind &&
        isActive(it, this.tick) &&
        (member === undefined || !('members' in it) || it.members.includes(member)),
    );
  }

  crashes(): Of<'Crash'> | null {
    return this.scenario.faults.find((it): it is Of<'Crash'> => it.kind === 'Crash' && it.at === this.tick) ?? null;
  }

  drills = (now: Instant): readonly ActiveFailure[] =>
    this.active('Drill').map(
      (drill): ActiveFailure => ({
        drill: `drill-${drill.at}`,
        mode: drill.mode,
        failure: { scope: 'Cluster', clusters: drill.members.map(clusterName), selector: null },
        clusters: drill.members.map(clusterName),
        since: instant(now - (this.tick - drill.at) * TICK),
      }),
    );

  #drillChanged(): boolean {
    return this.scenario.faults.some(
      (it) => it.kind === 'Drill' && (it.at === this.tick || it.at + it.ticks === this.tick),
    );
  }

  receptionOf(name: string): Reception {
    const [outage] = this.active('Outage', name);
    const flapping = this.active('Flap', name).some((it) => Math.floor((this.tick - it.at) / it.halfPeriod) % 2 === 0);
    const rejected = this.active('Credentials', name).length > 0;
    const slow = this.active('Throttled', name).length > 0;
    const [prices] = this.active('Prices', name);
    return {
      probe: outage?.failure ?? (flapping ? 'Refused' : rejected ? 'Credentials' : slow ? 'Slow' : 'Answers'),
      watches: this.active('FrozenWatch', name).length > 0 ? 'Silent' : 'Current',
      lag: Math.max(0, ...this.active('LaggingWatch', name).map((it) => it.lag)),
      priceFactor: prices ? prices.factor : 1,
      refusal: this.active('Refusal', name)[0] ?? null,
      dataPathServes: this.member(name).hasPower && this.active('SilentDataPath', name).length === 0,
    };
  }

  /** What a request to the member does; throws when it does not arrive, or when its answer does not. */
  perform = (action: Action, sight: MemberSight): void => {
    const member = sight.truth;
    const { probe } = this.receptionOf(member.name);
    const [lossy] = this.active('MemberWrites', member.name);
    if ((probe !== 'Answers' && probe !== 'Slow') || lossy?.loses === 'request')
      throw new RetryableError('it cannot be reached', { code: 'Timeout' });
    if (this.active('Throttled', member.name).length > 0 && this.tick % 3 !== 0)
      throw new RetryableError('not now', { code: 'Throttled' });
    const changed = this.#change(action, member);
    if (lossy?.loses === 'response') throw new RetryableError('no answer came', { code: 'Timeout' });
    if (changed && action.kind === 'ApplyPlacement') {
      const made = member.deploymentOf(action.workload.uid, action.offering);
      if (made) sight.showApplied(made);
    }
  };

  /** Returns whether anything is another thing than before. */
  #change(action: Action, member: SimMember): boolean {
    if (action.kind === 'DeletePlacement') {
      const standing = member.deploymentOf(action.ownerUid, action.offering);
      if (standing === null || standing.deleting) return false;
      standing.deleting = true;
    } else {
      const { workload, record, offering } = action;
      const standing = member.deploymentOf(workload.uid, offering);
      const count = workload.shapes.find((it) => it.accelerator === record.accelerator)?.count;
      if (standing?.deleting || standing?.replicas === record.replicas || count === undefined) return false;
      const { pool, zone, replicas } = record;
      member.apply({ ownerUid: workload.uid, owner: workload.key, offering, pool, zone, count, replicas });
    }
    this.memberWrites += 1;
    return true;
  }

  /** Whether a request through the member's load balancer is answered by that owner's copies. */
  answers = (cluster: string, ownerUid: string): boolean => {
    const member = this.member(cluster);
    if (this.active('SilentDataPath', cluster).length > 0) return false;
    return [...member.deployments.values()].some((it) => it.ownerUid === ownerUid && member.readyOf(it, this.now) > 0);
  };

  #troublesOf(name: string): MemberTroubles {
    return {
      hasPower: !this.active('Outage', name).some((it) => it.power),
      refusal: this.active('Refusal', name)[0] ?? null,
      liesOfCapacity: this.active('CapacityLie', name).length > 0,
      nodesUnready: this.active('NodesUnready', name).length > 0,
    };
  }

  #hubFault(): SimHub['fault'] {
    if (this.active('HubPartition').length > 0) return 'unreachable';
    const [writes] = this.active('HubWrites');
    return writes && this.tick % 2 === 0 ? writes.loses : 'none';
  }

  /** What happens once; all else follows from which faults are active. */
  #begin(fault: Fault): void {
    if (fault.kind === 'SpotWave') {
      const at = ticksLater(this.now, fault.noticeTicks);
      for (const name of fault.members) this.member(name).reclaim(fault.percent, at);
    }
    if (fault.kind === 'ForeignEdit') for (const name of fault.members) this.member(name).meddle(fault.replicas);
    if (fault.kind === 'UserScales') this.#respec(fault.workload, { replicas: fault.replicas });
    if (fault.kind === 'UserChangesRules') this.#changeRules(fault);
    if (fault.kind === 'Unreadable') this.hub.edit(this.#workload(fault.workload).key, () => ({ readable: false }));
    if (fault.kind === 'UserDeletes') this.hub.delete(this.#workload(fault.workload).key);
  }

  #changeRules({ workload, to }: Of<'UserChangesRules'>): void {
    const { placement } = this.#workload(workload);
    const providers = to === 'azure' || to === 'aws' ? [to] : null;
    const spot = to === 'no spot' ? 'Never' : placement.spot;
    this.#respec(workload, { placement: { ...placement, providers, spot } });
  }

  #end(fault: Fault): void {
    if (fault.kind === 'Outage' && fault.wiped) for (const name of fault.members) this.member(name).replace(this.now);
    if (fault.kind === 'Unreadable') this.hub.edit(this.#workload(fault.workload).key, () => ({ readable: true }));
    if (fault.kind === 'CapacityLie') for (const name of fault.members) this.member(name).repairNodes();
  }

  /** Those that were deleted are made again once they have gone, under the same name, as somebody else. */
  recreate(): void {
    this.scenario.workloads.forEach((workload, index) => {
      const deleted = this.scenario.faults.some(
        (it) =>
          it.kind === 'UserDeletes' && it.workload === index && it.at <= this.tick && it.at + it.ticks <= this.tick,
      );
      if (!deleted || this.hub.truth(workload.key) !== null) return;
      this.#recreated += 1;
      const routing = this.scenario.routings[index] ?? null;
      this.hub.create({ ...workload, uid: `${workload.uid}-${this.#recreated}` }, routing);
    });
  }

  #workload(index: number): Workload {
    const workload = this.scenario.workloads[index];
    if (!workload) throw new Error(`there is no workload ${index}`);
    return this.hub.truth(workload.key)?.workload ?? workload;
  }

  #respec(index: number, change: Partial<Workload>): void {
    this.hub.edit(this.#workload(index).key, ({ workload }) => ({
      workload: { ...workload, ...change, generation: workload.generation + 1 },
    }));
  }
}
