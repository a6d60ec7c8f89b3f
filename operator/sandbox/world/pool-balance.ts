/** What a pool needs so that its machines are as many as asked for and as the cloud can give; pure. */
import type { SandboxPool, SandboxProvider } from '../cloud-state.ts';
import type { Machine } from './machine.ts';
import { isKept } from './machine.ts';

/** Which node goes first when a pool is made smaller: as the cloud's default policy picks, or one without pods. */
export type ScaleIn = 'as-cloud' | 'idle-first';

export interface Balance {
  /** Zones to start a machine in. */
  readonly launch: readonly string[];
  /** Requests to take back. */
  readonly cancel: readonly Machine[];
  /** Machines to drain and end. */
  readonly retire: readonly Machine[];
  /** Spot machines that the cloud wants back. */
  readonly reclaim: readonly Machine[];
  /** A zone that could not give what was asked. */
  readonly shortage: string | null;
}

export interface BalanceInput {
  readonly provider: SandboxProvider;
  readonly pool: SandboxPool;
  /** Of this pool, in the order they were asked for. */
  readonly machines: readonly Machine[];
  readonly scaleIn: ScaleIn;
  readonly isIdle: (machine: Machine) => boolean;
}

const countIn = (machines: readonly Machine[], zone: string): number =>
  machines.filter((machine) => machine.plan.zone === zone).length;

/** What is left in a zone; Infinity where the cloud gives as many as asked. */
const roomIn = (pool: SandboxPool, zone: string, taken: number): number =>
  (pool.capacityByZone.get(zone) ?? Number.POSITIVE_INFINITY) - taken;

/** The zone with room that has the fewest machines; the pool's order of zones settles ties. null: no zone has room. */
export function nextZone(pool: SandboxPool, taken: ReadonlyMap<string, number>): string | null {
  const open = pool.zones.filter((zone) => roomIn(pool, zone, taken.get(zone) ?? 0) > 0);
  return open.toSorted((a, b) => (taken.get(a) ?? 0) - (taken.get(b) ?? 0))[0] ?? null;
}

/** Capacity that spot machines hold beyond what is left is taken back: requests first, then the youngest. */
function takenBack({ pool, machines }: BalanceInput): readonly Machine[] {
  if (pool.capacityType !== 'spot') return [];
  return pool.zones.flatMap((zone) => {
    const here = machines.filter((it) => it.plan.zone === zone && it.state.phase !== 'Lost');
    const going = here.filter((it) => it.state.phase === 'Noticed' || it.state.phase === 'Draining').length;
    const excess = -roomIn(pool, zone, here.length) - going;
    if (excess <= 0) return [];
    const asked = here.filter((it) => it.state.phase === 'Provisioning').toReversed();
    const running = here.filter((it) => it.state.phase === 'Running').toReversed();
    return [...asked, ...running].slice(0, excess);
  });
}

/** AWS takes from the fullest zone its oldest machine, Azure the one with the highest number. */
function scaledIn(input: BalanceInput, running: readonly Machine[], count: number): readonly Machine[] {
  const left = [...running];
  const picked: Machine[] = [];
  while (picked.length < count && left.length > 0) {
    const idle = input.scaleIn === 'idle-first' ? left.filter(input.isIdle) : [];
    const candidates = idle.length > 0 ? idle : left;
    const fullest = Math.max(...input.pool.zones.map((zone) => countIn(left, zone)));
    const inFullest = candidates.filter((it) => countIn(left, it.plan.zone) === fullest);
    const machine = input.provider === 'azure' ? candidates.at(-1) : (inFullest.length > 0 ? inFullest : candidates)[0];
    if (machine === undefined) break;
    picked.push(machine);
    left.splice(left.indexOf(machine), 1);
  }
  return picked;
}

function launches(input: BalanceInput, missing: number): { launch: readonly string[]; shortage: string | null } {
  const { pool, machines } = input;
  const present = machines.filter((it) => it.state.phase !== 'Lost');
  const taken = new Map(pool.zones.map((zone) => [zone, countIn(present, zone)]));
  const launch: string[] = [];
  while (launch.length < missing) {
    const zone = nextZone(pool, taken);
    if (zone === null) return { launch, shortage: pool.zones[0] ?? '' };
    taken.set(zone, (taken.get(zone) ?? 0) + 1);
    launch.push(zone);
  }
  return { launch, shortage: null };
}

export function balancePool(input: BalanceInput): Balance {
  const back = takenBack(input);
  const takenRequests = back.filter((it) => it.state.phase === 'Provisioning');
  const reclaim = back.filter((it) => it.state.phase === 'Running');
  const kept = input.machines.filter((machine) => isKept(machine) && !takenRequests.includes(machine));
  // Those under notice count until they die, and go first when there are too many.
  const going = reclaim.length + kept.filter((it) => it.state.phase === 'Noticed').length;
  const surplus = Math.max(0, kept.length - input.pool.desiredNodes - going);
  const cancel = kept
    .filter((it) => it.state.phase === 'Provisioning')
    .toReversed()
    .slice(0, surplus);
  const running = kept.filter((it) => it.state.phase === 'Running' && !reclaim.includes(it));
  return {
    ...launches(input, input.pool.desiredNodes - kept.length),
    cancel: [...takenRequests, ...cancel],
    retire: scaledIn(input, running, surplus - cancel.length),
    reclaim,
  };
}
