/** What a dry run found, for people: what would move where, whether it fits, how long it would take and what it would cost. */
import type { FailoverDrillStatus } from '../../api/wire-types.ts';
import { dollars } from '../plan/money.ts';
import { plainTable } from '../plan/plan-table.ts';

type Prediction = NonNullable<FailoverDrillStatus['prediction']>;
type Checks = NonNullable<FailoverDrillStatus['preflight']>;

export interface Digest {
  readonly prediction?: Prediction;
  /** Those that did not simply pass. */
  readonly remarks?: Checks;
}

/** Of a drill that is over and in which nothing was put in force; empty for any other. */
export function digestOf({ prediction, preflight = [], readings }: FailoverDrillStatus): Digest {
  if (readings !== undefined) return {};
  const remarks = preflight.filter(({ result }) => result !== 'Passed');
  return { ...(prediction === undefined ? {} : { prediction }), ...(remarks.length === 0 ? {} : { remarks }) };
}

/** Blocks of lines, each with something to say. */
export function digestText({ prediction, remarks = [] }: Digest): readonly string[] {
  const warnings = remarks.filter(({ result }) => result === 'Warning'); // what failed is in the drill's own message
  return [
    ...(prediction === undefined || Number(prediction.units) === 0
      ? []
      : [movesText(prediction), sumsText(prediction)]),
    ...(warnings.length === 0 ? [] : [warnings.map(({ check, message }) => `${check}: ${message}`).join('\n')]),
  ];
}

const MOVES_SHOWN = 20;

function movesText({ moves = [] }: Prediction): string {
  if (moves.length === 0) return 'Nothing would move.';
  const rows = moves
    .slice(0, MOVES_SHOWN)
    .map(({ deployment, replicas, from, to = '(no room)' }) => [deployment, String(replicas), from, to]);
  const more = moves.length - MOVES_SHOWN;
  const table = plainTable(['DEPLOYMENT', 'REPLICAS', 'FROM', 'TO'], rows);
  return more > 0 ? `${table}\nand ${more} more; tradewind drill report NAME -o json has them` : table;
}

function sumsText({ units, placeable, recovery, hourlyUSDBefore, hourlyUSDDuring, wouldFreeze }: Prediction): string {
  const [before, during] = [Number(hourlyUSDBefore), Number(hourlyUSDDuring)];
  const isAll = Number(placeable) >= Number(units);
  const fits = isAll ? 'All of it fits' : 'Not all of it fits';
  return [
    `${fits}: ${placeable} of ${units} units on the targets find room elsewhere.`,
    recovery === undefined
      ? 'How long the recovery would take cannot be said.'
      : `Everything would be ready again ${recovery} after a real loss: predicted, not measured.`,
    `It costs ${dollars(before)} an hour now, and would cost ${dollars(during)} under the failure${isAll ? '' : ', for what fits'}.`,
    ...(wouldFreeze ? ['So many members lost at once would make the operator suspect itself and hold still.'] : []),
  ].join('\n');
}
