/** Which seeds are played: a few by default, others by the environment. */
import type { FaultKind } from './simulation-fault.ts';
import type { Flavour, Taste } from './simulation-scenario.ts';

/** Of a run without any wishes: about ten seconds. */
const USUAL_SEEDS = 30;

const textIn = (name: string): string | null => process.env[name] || null;

const numberIn = (name: string): number | null => {
  const text = textIn(name);
  return text === null ? null : Number(text);
};

/** SIM_SEED plays that one; SIM_SEEDS so many, beginning with SIM_FROM. */
export function seedsToPlay(): readonly number[] {
  const one = numberIn('SIM_SEED');
  if (one !== null) return [one];
  const from = numberIn('SIM_FROM') ?? 0;
  return Array.from({ length: numberIn('SIM_SEEDS') ?? USUAL_SEEDS }, (_, index) => from + index);
}

/** SIM_FLAVOUR and SIM_THEME: Storm, Single or Noise; and a kind of fault that half of a storm is made of. */
export function tasteToPlay(): Taste {
  const flavour = textIn('SIM_FLAVOUR') as Flavour | null;
  const theme = textIn('SIM_THEME') as FaultKind['kind'] | null;
  return { ...(flavour === null ? {} : { flavour }), ...(theme === null ? {} : { theme }) };
}

/** The line that plays a seed again. */
export function commandFor(seed: number, { flavour, theme }: Taste): string {
  const wishes = [
    `SIM_SEED=${seed}`,
    ...(flavour ? [`SIM_FLAVOUR=${flavour}`] : []),
    ...(theme ? [`SIM_THEME=${theme}`] : []),
  ];
  return `${wishes.join(' ')} mocha test/simulation/simulation.test.ts`;
}
