/** Asks one steady-state probe of a drill: an HTTP endpoint, or a number from Prometheus. What cannot be asked is unknown. */
import type { Clock } from '../model/clock.ts';
import type { DrillProbe, ProbeReading } from '../model/drill-probe.ts';
import { seconds } from '../model/units.ts';
import { boundedGet, type GetOutcome } from './bounded-get.ts';
import { arrayAt, objectAt, stringAt } from './read-field.ts';

type Check = DrillProbe['check'];
/** The checks that need somebody to be asked; the share of ready units is in the snapshot. */
export type AskedCheck = Extract<Check, { readonly type: 'Http' | 'Prometheus' }>;

export interface AskDeps {
  readonly clock: Clock;
  /** Whether what is asked may be on this machine, as in the sandbox. */
  readonly allowLoopback: boolean;
}

type Answer = Pick<ProbeReading, 'result' | 'detail'>;

const PROMETHEUS_TIMEOUT = seconds(5);
/** An instant query with one sample answers some hundred bytes; what is longer has too many. */
const PROMETHEUS_BODY_LIMIT = 65_536;

/** Whether somebody has to be asked for it. */
export const isAsked = (check: Check): check is AskedCheck => check.type !== 'ReadyShare';

/** Resolves to what was read, and when it was asked. An abort of the signal itself gives Unknown. */
export async function askProbe(
  probe: { readonly name: string; readonly check: AskedCheck },
  { clock, allowLoopback }: AskDeps,
  signal: AbortSignal,
): Promise<ProbeReading> {
  const { name, check } = probe;
  const at = clock.now();
  const timeout = check.type === 'Http' ? check.within : PROMETHEUS_TIMEOUT;
  const deadline = AbortSignal.any([signal, clock.deadline(timeout)]);
  const bodyLimit = check.type === 'Http' ? null : PROMETHEUS_BODY_LIMIT;
  const taken = clock.stopwatch();
  const outcome = await boundedGet({ url: urlOf(check), bodyLimit, allowLoopback }, deadline);
  const answer = signal.aborted ? unknown('asking was broken off') : readAnswer(check, outcome);
  const isTimed = check.type === 'Http' && outcome.kind === 'Answered' && !signal.aborted;
  return { probe: name, at, ...answer, ...(isTimed ? { took: taken() } : {}) };
}

function urlOf(check: AskedCheck): string {
  if (check.type === 'Http') return check.url;
  const base = URL.parse(check.url);
  if (base === null) return '';
  base.pathname = `${base.pathname.replace(/\/+$/u, '')}/api/v1/query`;
  base.search = new URLSearchParams({ query: check.query }).toString();
  return base.href;
}

const unknown = (detail: string): Answer => ({ result: 'Unknown', detail });

function readAnswer(check: AskedCheck, outcome: GetOutcome): Answer {
  if (outcome.kind === 'NotAsked') return unknown(outcome.why);
  if (check.type === 'Prometheus') {
    if (outcome.kind === 'Silent') return unknown(outcome.why);
    return readSample(check, outcome);
  }
  if (outcome.kind === 'Silent') return { result: 'Broken', detail: outcome.why };
  const result = check.statuses.includes(outcome.status) ? 'Held' : 'Broken';
  return { result, detail: `it answered ${outcome.status}` };
}

function readSample(
  check: Extract<AskedCheck, { readonly type: 'Prometheus' }>,
  { status, body }: Extract<GetOutcome, { readonly kind: 'Answered' }>,
): Answer {
  if (status !== 200) return unknown(`Prometheus answered ${status}`);
  const value = onlyValue(body);
  if (value === null) return unknown('the query has not exactly one value');
  const holds = COMPARATORS[check.comparator](value, check.value);
  return { result: holds ? 'Held' : 'Broken', detail: `${value} ${check.comparator} ${check.value} is ${holds}` };
}

const COMPARATORS = {
  '>=': (a: number, b: number): boolean => a >= b,
  '<=': (a: number, b: number): boolean => a <= b,
  '>': (a: number, b: number): boolean => a > b,
  '<': (a: number, b: number): boolean => a < b,
} as const;

/** The number of a scalar, or of a vector with one sample; null for anything else, NaN too. */
function onlyValue(body: string): number | null {
  const data = objectAt(parseJson(body), 'data');
  const result = arrayAt(data, 'result');
  const isScalar = stringAt(data, 'resultType') === 'scalar';
  if (!isScalar && result.length !== 1) return null;
  const [, text] = isScalar ? result : arrayAt(result[0], 'value');
  const value = typeof text === 'string' && text.trim() !== '' ? Number(text) : Number.NaN;
  return Number.isFinite(value) ? value : null;
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}
