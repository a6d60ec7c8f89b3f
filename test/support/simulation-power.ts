/** How the power of the simulation is measured: by the first seed in which a mutant breaks an invariant. */
import type { Mutant } from './simulation-mutants.ts';
import { simulate } from './simulation-run.ts';

/** The set that every mutant has to be caught within. */
const SEEDS = 40;

export interface Catch {
  readonly seed: number;
  readonly invariant: string;
  readonly violation: string;
}

/** null: it survives. A seed that is known to do is tried first. */
export async function provokedBy(mutant: Mutant): Promise<Catch | null> {
  const { tampering, theme, flavour, breaks, seed: likely = 0 } = mutant;
  const taste = { ...(theme ? { theme } : {}), ...(flavour ? { flavour } : {}) };
  const seeds = [likely, ...Array.from({ length: SEEDS }, (_, seed) => seed).filter((seed) => seed !== likely)];
  for (const seed of seeds) {
    const { violations } = await simulate(seed, { tampering, ...taste });
    const caught = violations.find((it) => breaks.includes(invariantOf(it)));
    if (caught !== undefined) return { seed, invariant: invariantOf(caught), violation: caught };
  }
  return null;
}

/** `S2` of `S2 at tick 12: ...`. */
const invariantOf = (violation: string): string => violation.replace(/(:| at tick).*$/s, '');
