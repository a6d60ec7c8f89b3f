/** Cuts a failing story down to the faults that it needs, and says how to tell it again. */
import { describeFault, type Fault } from './simulation-fault.ts';
import { commandFor } from './simulation-seeds.ts';
import type { Taste } from './simulation-scenario.ts';
import { simulate, type SimulationOptions, type SimulationResult } from './simulation-run.ts';

const invariantOf = ({ violations }: SimulationResult): string => (violations[0] ?? '').split(' ')[0] ?? '';

/** The same invariant is broken without any of the faults that are left out. */
export async function shrink(failed: SimulationResult, options: SimulationOptions = {}): Promise<SimulationResult> {
  const { seed } = failed.scenario;
  let smallest = failed;
  for (let at = smallest.scenario.faults.length - 1; at >= 0; at -= 1) {
    const faults: readonly Fault[] = smallest.scenario.faults.filter((_, index) => index !== at);
    const tried = await simulate(seed, { ...options, faults });
    if (invariantOf(tried) === invariantOf(failed)) smallest = tried;
  }
  return smallest;
}

/** What was violated, the faults that it takes, and the line that plays it again. */
export function tell({ scenario, violations }: SimulationResult, taste: Taste = {}): string {
  const faults = scenario.faults.map((fault) => `  ${describeFault(fault)}`);
  return [
    ...violations,
    `${scenario.flavour} of seed ${scenario.seed}, with these faults alone (ticks of 5 s):`,
    ...faults,
    commandFor(scenario.seed, taste),
  ].join('\n');
}
