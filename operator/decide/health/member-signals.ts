/** Every signal of a member by itself, for people: what the verdict is made from. */
import type { HealthThresholds, MemberEvidence, MemberSignal } from '../../model/fleet.ts';
import { elapsed, type Instant } from '../../model/units.ts';

export interface SignalSources {
  readonly evidence: MemberEvidence;
  readonly thresholds: HealthThresholds;
  /** Whether anybody asks its serving endpoint. */
  readonly asksDataPath: boolean;
  readonly hasCloud: boolean;
  readonly now: Instant;
}

/** By name; words change when what they stand for does, so that an unchanged member writes nothing. */
export function memberSignals(sources: SignalSources): readonly MemberSignal[] {
  const { asksDataPath, hasCloud } = sources;
  return [
    apiServer(sources),
    ...(hasCloud ? [cloud(sources)] : []),
    ...(asksDataPath ? [dataPath(sources)] : []),
    nodes(sources),
    watches(sources),
  ];
}

function apiServer({ evidence: { probe }, thresholds }: SignalSources): MemberSignal {
  const name = 'ApiServer';
  if (probe === null) return { name, value: null, message: null };
  if (probe.kind === 'Failed') return { name, value: probe.failure, message: probe.message };
  const isSlow = probe.took > thresholds.slowAfter;
  return { name, value: !probe.healthy ? 'NotReady' : isSlow ? 'Slow' : 'Ready', message: null };
}

function cloud({ evidence: { cloudStatus = null } }: SignalSources): MemberSignal {
  const name = 'Cloud';
  if (cloudStatus === null) return { name, value: null, message: null };
  const { state, problems } = cloudStatus;
  return { name, value: state === '' ? 'Unknown' : state, message: problems.length === 0 ? null : problems.join('; ') };
}

function dataPath({ evidence: { dataPathServedAt = null, probe }, thresholds, now }: SignalSources): MemberSignal {
  const name = 'DataPath';
  if (dataPathServedAt === null) return { name, value: probe === null ? null : 'Silent', message: null };
  const serves = elapsed(dataPathServedAt, now) < thresholds.downAfter;
  return { name, value: serves ? 'Serves' : 'Silent', message: null };
}

function nodes({ evidence: { nodes: seen }, thresholds }: SignalSources): MemberSignal {
  const name = 'Nodes';
  if (seen === null) return { name, value: null, message: null };
  const { total, ready } = seen;
  const lost = total - ready;
  if (lost === 0) return { name, value: 'Ready', message: null };
  const message = `${ready} of ${total} nodes with accelerators are ready`;
  return { name, value: lost / total >= thresholds.degradedNodes ? 'Lost' : 'SomeLost', message };
}

function watches({ evidence: { watchFreshAt }, thresholds, now }: SignalSources): MemberSignal {
  const name = 'Watches';
  if (watchFreshAt === null) return { name, value: null, message: null };
  const isStale = elapsed(watchFreshAt, now) > thresholds.watchStaleAfter;
  return { name, value: isStale ? 'Stale' : 'Fresh', message: null };
}
