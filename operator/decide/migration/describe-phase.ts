/** Tells people what the phase of a move waits for, and what comes next. */
import { assertNever } from '../../model/assert-never.ts';
import type { WorkloadView } from '../../model/fleet.ts';
import type { MigrationState, MovePhaseName } from '../../model/workload.ts';
import { arrivals, isInDoubt, type Source } from './batch.ts';
import { boundReplicas, counts, readyReplicas, type Row } from './ledger.ts';
import { shiftSteps } from './phase-limits.ts';
import { answers, hasAddress, requestsOf } from './requests-in-force.ts';

export interface PhaseInput {
  readonly phase: MovePhaseName;
  /** While Shifting. */
  readonly percent: number;
  readonly view: WorkloadView;
  readonly rows: readonly Row[];
  /** null: a move that has to be made, of everything that is wanted. */
  readonly source: Source | null;
}

/** One sentence without a subject, as in "waits for ...". It changes only with what is seen. */
export function waitingFor(input: PhaseInput): string {
  const { phase, rows, percent } = input;
  switch (phase) {
    case 'Reserving':
      return firstOf(comingOf(input), withoutAccelerators) ?? roomIn(rows);
    case 'Surging':
      return firstOf(comingOf(input), notReady) ?? roomIn(rows);
    case 'Verifying':
      return firstOf(comingOf(input), notReady) ?? firstOf(rows, doubt) ?? wayTo(input);
    case 'Shifting':
      return firstOf(rows, doubt) ?? `the replacements to serve well, with requests ${percent} % of the way`;
    case 'Draining':
      return (
        firstOf(comingOf(input), notReady) ??
        firstOf(rows, doubt) ??
        firstOf(rows, leaving) ??
        'what was replaced to go'
      );
    case 'RollingBack':
      return firstOf(rows, leaving) ?? 'what was started to go';
    default:
      return assertNever(phase);
  }
}

const comingOf = ({ rows, source }: PhaseInput): readonly Row[] =>
  source === null ? rows.filter((row) => counts(row) && row.wanted > 0) : arrivals(rows, source);

function firstOf(rows: readonly Row[], say: (row: Row) => string | null): string | null {
  for (const row of rows) {
    const said = say(row);
    if (said !== null) return said;
  }
  return null;
}

const missing = (row: Row, seen: number, what: string): string | null =>
  seen >= row.next ? null : `${what}: ${row.next - seen} of ${row.next} on ${row.offering}`;

const withoutAccelerators = (row: Row): string | null => missing(row, boundReplicas(row), 'accelerators for replicas');

const trust = ({ place }: Row): string => `${place.cluster} to be relied on again`;
const doubt = (row: Row): string | null => (isInDoubt(row) ? trust(row) : null);

const notReady = (row: Row): string | null =>
  row.standing === 'Closed' ? trust(row) : missing(row, readyReplicas(row), 'replicas to be ready');

const leaving = (row: Row): string | null =>
  counts(row) && row.next > row.wanted ? `requests under way on ${row.offering} to end` : null;

/** Something is wanted that could not be begun. */
const roomIn = (rows: readonly Row[]): string =>
  firstOf(rows, (row) => (counts(row) && row.next < row.wanted ? `${row.offering} to be free` : null)) ??
  'the replacements';

function wayTo({ view, rows, source }: PhaseInput): string {
  const traffic = requestsOf(view);
  const clusters = [...new Set(arrivals(rows, source ?? []).map((row) => row.place.cluster))];
  if (traffic === null) return 'the replacements';
  const unaddressed = clusters.find((cluster) => !hasAddress(traffic, cluster));
  if (unaddressed !== undefined) return `${unaddressed} to have an address for its load balancer`;
  const silent = clusters.find((cluster) => !answers(traffic, cluster));
  return silent === undefined ? 'the replacements' : `an answer from ${silent} through its load balancer`;
}

/** The phase after this one when all goes well. */
export function phaseAfter({ phase, percent, view, rows, source }: PhaseInput): MigrationState['phase'] {
  const traffic = requestsOf(view);
  switch (phase) {
    case 'Reserving':
      return 'Surging';
    case 'Surging':
      return traffic === null || source === null ? 'Draining' : 'Verifying';
    case 'Verifying':
      return 'Shifting';
    case 'Shifting':
      return traffic && shiftSteps(traffic.routing).some((it) => it > percent) ? 'Shifting' : 'Draining';
    case 'Draining':
      return source !== null && rows.some((row) => counts(row) && row.next < row.wanted) ? 'Reserving' : 'Idle';
    case 'RollingBack':
      return 'Idle';
    default:
      return assertNever(phase);
  }
}
