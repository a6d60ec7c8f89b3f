/** What the probes' answers mean: whether the steady state holds, is broken or is not known yet. */
import type { Drill } from '../../model/drill.ts';
import type { DrillProbe, ProbeReading } from '../../model/drill-probe.ts';
import { elapsed, type Instant } from '../../model/units.ts';
import { isInForce } from './active-failure.ts';
import { probesInForce } from './due-probes.ts';

export interface SteadyState {
  /** Probes that stop the drill by what they said, a sentence each. */
  readonly broken: readonly string[];
  /** Probes that broke, or could not be asked, and are only written down. */
  readonly noted: readonly string[];
  /** Probes that have not answered since `from`. */
  readonly waiting: readonly string[];
}

/** What the probes of this phase said since `from`; what they said before does not count. */
export function steadyState(drill: Drill, from: Instant): SteadyState {
  const last = new Map((drill.state?.probes ?? []).filter(({ at }) => at >= from).map((it) => [it.probe, it]));
  const broken: string[] = [];
  const noted: string[] = [];
  const waiting: string[] = [];
  for (const probe of probesInForce(drill)) {
    const reading = last.get(probe.name);
    if (reading === undefined) waiting.push(probe.name);
    else if (reading.result !== 'Held' && !isBorne(probe, reading, drill))
      (stops(probe, reading, drill) ? broken : noted).push(told(reading));
  }
  return { broken, noted, waiting };
}

/** Whether it has not been broken for long enough while the failure is in force; before and after that it has to hold. */
const isBorne = ({ patience }: DrillProbe, { at, brokenSince = at }: ProbeReading, drill: Drill): boolean =>
  isInForce(drill) && elapsed(brokenSince, at) < patience;

const stops = ({ onFailure }: DrillProbe, { result }: ProbeReading, { spec }: Drill): boolean =>
  onFailure === 'Abort' && (result === 'Broken' || spec.abort.onUnknownProbe);

const told = ({ probe, result, detail }: ProbeReading): string =>
  result === 'Broken' ? `probe ${probe} broke: ${detail}` : `probe ${probe} could not be asked: ${detail}`;
