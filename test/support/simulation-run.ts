/** Plays one scenario to its end: warm-up, faults, and the quiet after them; says what was violated, and a hash of all that was decided. */
import { createHash } from 'node:crypto';
import type { WorkloadKey } from '../../operator/model/names.ts';
import type { Fault } from './simulation-fault.ts';
import { DecisionWatch } from './simulation-decisions.ts';
import { FleetWatch } from './simulation-fleet-watch.ts';
import { SimOperator } from './simulation-operator.ts';
import type { Tampering } from './simulation-operator-world.ts';
import { QuietWatch } from './simulation-quiet.ts';
import { aScenario, type Scenario, type Taste } from './simulation-scenario.ts';
import { SimWorld } from './simulation-world.ts';

export interface SimulationResult {
  readonly scenario: Scenario;
  /** Each once, in the order seen, with the tick. */
  readonly violations: readonly string[];
  readonly hash: string;
  readonly ticks: number;
  readonly passes: number;
  readonly decisions: number;
  /** Voluntary ones that were begun. */
  readonly moves: ReadonlyMap<WorkloadKey, number>;
}

export interface SimulationOptions extends Taste {
  readonly tampering?: Tampering;
  /** Instead of the scenario's own. */
  readonly faults?: readonly Fault[];
  readonly trace?: (line: string) => void;
}

/** Stops at the first violation: what follows from it says nothing new. */
export async function simulate(seed: number, options: SimulationOptions = {}): Promise<SimulationResult> {
  const drawn = aScenario(seed, options);
  const scenario = { ...drawn, faults: options.faults ?? drawn.faults };
  const result = await play(scenario, options);
  return scenario.flavour === 'Noise' && scenario.faults.length > 0 ? againstCalm(result, options) : result;
}

/**
 * S9: prices that move within the band in which nothing pays may end a doubt once, and move nothing to and fro: no more
 * than one move of each workload beyond those that are made without them.
 */
async function againstCalm(noisy: SimulationResult, options: SimulationOptions): Promise<SimulationResult> {
  const calm = await play({ ...noisy.scenario, faults: [] }, { ...options, trace: () => {} });
  const flapping = [...noisy.moves].filter(([key, moves]) => moves > (calm.moves.get(key) ?? 0) + 1);
  const violations = flapping.map(([key, moves]) => `S9: noise made ${moves} voluntary moves of ${key}`);
  return { ...noisy, violations: [...noisy.violations, ...calm.violations, ...violations] };
}

async function play(scenario: Scenario, { tampering, trace }: SimulationOptions): Promise<SimulationResult> {
  const world = new SimWorld(scenario);
  const violations: string[] = [];
  const hash = createHash('sha256');
  const violated = (invariant: string, what: string): void => {
    if (invariant === 'F12' && scenario.isScarce) return; // there may be nothing to replace it with
    violations.push(`${invariant} at tick ${world.tick}: ${what}`);
  };
  const fleet = new FleetWatch({ world, violated });
  const decisions = new DecisionWatch({ fleet, violated });
  const operator = new SimOperator({
    clock: world.clock,
    hub: world.hub,
    sights: world.sights,
    policy: scenario.policy,
    drills: world.drills,
    perform: world.perform,
    answers: world.answers,
    witness: decisions,
    ...(tampering ? { tampering } : {}),
  });
  let last = '';
  const quiet = new QuietWatch({ world, operator, violated });
  while (violations.length === 0 && !quiet.isOver) {
    const news = await world.pass();
    const crash = world.crashes();
    if (crash) operator.crash(crash.point);
    world.recreate();
    quiet.before(news);
    fleet.before();
    await operator.tick(news);
    fleet.check();
    quiet.after();
    const line = traceOf(world, operator);
    hash.update(line);
    if (line !== last) trace?.(`${world.tick}${line}`);
    last = line;
  }
  if (operator.mostEvacuating > scenario.policy.evacuationParallelism)
    violated('S10', `${operator.mostEvacuating} evacuations were recorded at once`);
  return {
    scenario,
    violations,
    hash: hash.digest('hex'),
    ticks: world.tick,
    passes: operator.passes,
    decisions: decisions.count,
    moves: fleet.moves,
  };
}

/** One line a tick: what is believed, what is on record, and what stands. */
function traceOf(world: SimWorld, operator: SimOperator): string {
  const beliefs = world.members.map(({ name }) => `${name}=${operator.verdictOf(name).verdict}`).join(' ');
  const records = world.hub.objects.map(({ workload, recorded, deleting }) => {
    const places = recorded.placements.map(
      (it) => `${it.cluster}/${it.pool}/${it.zone}:${it.replicas}${it.phase.slice(0, 3)}`,
    );
    const move = recorded.migration.phase === 'Idle' ? '' : ` ${recorded.migration.phase}/${recorded.migration.reason}`;
    return `${workload.name}(${workload.replicas}${deleting ? ' deleting' : ''})${move}[${places.join(' ')}]`;
  });
  const standing = world.members.flatMap((member) =>
    [...member.deployments.values()].map(
      (it) =>
        `${it.ownerUid}@${it.offering}:${it.replicas}/${it.pods.filter((pod) => pod.node !== null).length}/${member.readyOf(it, world.now)}${it.deleting ? 'D' : ''}`,
    ),
  );
  return `${operator.frozen ? ' FROZEN' : ''} ${beliefs} | ${records.join(' ')} | ${standing.join(' ')}`;
}
