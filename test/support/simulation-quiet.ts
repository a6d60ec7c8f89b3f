/** What has to come true once the faults are over: everything is where it is wanted, stays there, and nobody writes any more. */
import { seconds } from '../../operator/model/units.ts';
import type { Violated } from './simulation-decisions.ts';
import type { SimOperator } from './simulation-operator.ts';
import type { SimWorld } from './simulation-world.ts';

/** Longer than a backoff of the longest kind, a cooldown and a move together. */
const CONVERGENCE_TICKS = (150 * 60) / 5;
/** Nothing changes for this long: what is left would not happen by itself. */
const CALM_TICKS = (8 * 60) / 5;
const RESYNCS = 10;
/** What is looked at again this often changes its mind with time alone; a resync may find that a little earlier. */
const REVIEW_PERIOD = seconds(30);

interface QuietDeps {
  readonly world: SimWorld;
  readonly operator: SimOperator;
  readonly violated: Violated;
}

export class QuietWatch {
  readonly #world: SimWorld;
  readonly #operator: SimOperator;
  readonly #violated: Violated;
  #writes = 0;
  #calmSince = 0;
  #resyncs = 0;
  #isResync = false;
  #isForeseen = false;
  isOver = false;

  constructor({ world, operator, violated }: QuietDeps) {
    this.#world = world;
    this.#operator = operator;
    this.#violated = violated;
  }

  /** A resync asks for nothing that is not there already; what is due by itself at that moment is no resync. */
  before(news: boolean): void {
    this.#writes = this.#total();
    this.#isResync = this.#isCalm && !news && !this.#operator.isDueWithin(seconds(0));
    this.#isForeseen = this.#operator.isDueWithin(REVIEW_PERIOD);
    if (!this.#isResync) return;
    if (this.#resyncs === 0) this.#checkEnd();
    this.#operator.wakeAll();
  }

  after(): void {
    const { tick, scenario } = this.#world;
    const wrote = this.#total() - this.#writes;
    if (tick <= scenario.faultTicks) {
      this.#calmSince = tick;
      return;
    }
    if (this.#isResync) {
      if (wrote > 0 && !this.#isForeseen)
        this.#violated('S8', `${wrote} writes in resync ${this.#resyncs + 1} of a converged fleet`);
      if (wrote > 0) this.#calmSince = tick;
      this.#resyncs += 1;
      this.isOver = this.#resyncs >= RESYNCS;
      return;
    }
    if (wrote > 0) this.#calmSince = tick;
    if (tick > scenario.faultTicks + CONVERGENCE_TICKS) this.#violated('L1', 'no rest in two and a half hours');
  }

  get #isCalm(): boolean {
    const { tick, scenario } = this.#world;
    return tick > scenario.faultTicks && tick - this.#calmSince > CALM_TICKS;
  }

  #total = (): number => this.#world.hub.writes + this.#world.memberWrites;

  #checkEnd(): void {
    const { hub, members, now, scenario } = this.#world;
    for (const { workload, recorded, deleting } of hub.objects) {
      if (deleting) this.#violated('L1', `${workload.name} is still being deleted`);
      // Where there is no room, what is asked for may wait for ever.
      const waits = scenario.isScarce && recorded.placements.some(({ phase }) => phase === 'Starting');
      if (recorded.migration.phase !== 'Idle' && !waits)
        this.#violated('L1', `${workload.name} is still ${recorded.migration.phase} for ${recorded.migration.reason}`);
      if (workload.replicas === 0 && recorded.placements.length > 0)
        this.#violated('L1', `${workload.name} wants nothing, and still has something`);
      for (const it of recorded.placements)
        if (it.phase !== 'Serving' && !(scenario.isScarce && it.phase === 'Starting'))
          this.#violated(
            'L1',
            `${workload.name} has ${it.replicas} ${it.phase} on ${it.cluster}/${it.pool}/${it.zone}`,
          );
      const ready = members.reduce((sum, member) => {
        const ours = [...member.deployments.values()].filter((it) => it.ownerUid === workload.uid);
        return (
          sum +
          ours.reduce((units, it) => units + member.readyOf(it, now) * this.#capacity(workload.key, it.offering), 0)
        );
      }, 0);
      if (!scenario.isScarce && ready < workload.replicas * 1000)
        this.#violated('L1', `${workload.name} has ${ready / 1000} of ${workload.replicas} units`);
    }
    const records = new Set(
      hub.objects.flatMap(({ workload, recorded }) =>
        recorded.placements.map((it) => `${workload.uid}|${it.cluster}/${it.pool}/${it.zone}`),
      ),
    );
    for (const member of members)
      for (const key of member.deployments.keys())
        if (!records.has(key)) this.#violated('no orphan', `${key} is on nobody's record`);
  }

  #capacity(key: string, offering: string): number {
    const object = this.#world.hub.objects.find(({ workload }) => workload.key === key);
    const [cluster, pool] = offering.split('/');
    const accelerator = this.#world.member(cluster ?? '').plan.pools.find((it) => it.name === pool)?.accelerator;
    return object?.workload.shapes.find((it) => it.accelerator === accelerator)?.capacity ?? 0;
  }
}
