/** What a drill says nothing about: evidence is only evidence for what was exercised. */
import type { DrillMode, DrillScope, DrillSpec } from '../../model/drill.ts';

/** By mode. */
const BY_MODE: Readonly<Record<DrillMode, readonly string[]>> = {
  DryRun: [
    'Nothing was injected: every time and cost is predicted by the planner, none is measured.',
    'Whether the clouds have the capacity that the plan counts on was not asked.',
    'Whether replicas start on the survivors, and how fast, was not tried.',
  ],
  SignalOverride: [
    'The loss was believed without having happened: how fast probes and watches notice a real one was not measured.',
    'What served on the targets went on serving, so the gap until replacements are ready, and the requests that it costs, were not felt.',
    'Connections, streams and caches that break with a real loss were not broken.',
  ],
  Cordon: [
    'Nothing was moved: whether replicas start elsewhere, and how fast, was not tried.',
    'How fast a real loss is noticed was not measured.',
  ],
  DrainGraceful: [
    'Replicas left only when their replacements were ready: a loss without notice is harder than this.',
    'How fast a real loss is noticed was not measured.',
    'The API servers of the targets answered all the time, as they would not in an outage.',
  ],
  EvictUngraceful: [
    'The nodes and API servers of the targets stayed up: how fast their loss is noticed was not measured.',
    'The network to the targets worked all the time, so no connection was left hanging.',
  ],
};

/** By scope. */
const BY_SCOPE: Readonly<Record<DrillScope, readonly string[]>> = {
  Cluster: [
    'The loss of a whole region or provider, with everybody else in search of the same capacity, was not rehearsed.',
  ],
  Zone: ['The loss of a whole cluster, with its control plane, was not rehearsed.'],
  Region: [
    'In a real loss of a region many look for the same capacity elsewhere at the same moment; whether there is enough then was not tried.',
  ],
  Provider: [
    "In a real loss of a provider many look for the other providers' capacity at the same moment; whether there is enough then was not tried.",
    'What else depends on the provider, such as registries, DNS and identity, was not taken away.',
  ],
  SpotReclaim: [
    "The clouds' own notices and their lead times were not exercised; real reclaims may come without any.",
    'On-demand capacity did not go away with the spot capacity.',
  ],
  CapacityError: [
    'The clouds were not asked for anything, so their real errors, quotas and delays were not seen.',
    'What runs on the targets was not touched.',
  ],
  ControlPlaneOnly: [
    'The API servers of the targets went on answering their own nodes: what breaks inside a cluster without its API was not seen.',
  ],
  PriceFeed: ['Prices were taken for old, not for wrong: a feed that lies was not rehearsed.'],
};

const NO_CLIENT = 'No http probe asked the serving endpoints, so what clients would have seen was not counted.';
const NO_LATENCY =
  'How slow answers became for most clients was not measured: a probe every few seconds has no 95th percentile. A prometheus probe can ask for it.';
const ALWAYS = 'The failure of the operator itself, and of the cluster that it runs in, was not part of this drill.';

/** Honest sentences on what a drill of that mode and scope leaves open. */
export function notTested({
  mode,
  failure,
  steadyState,
}: Pick<DrillSpec, 'mode' | 'failure' | 'steadyState'>): readonly string[] {
  const asksClients = steadyState.some(({ check, phases }) => check.type === 'Http' && phases.includes('During'));
  const noClient = mode === 'DryRun' || asksClients ? [] : [NO_CLIENT];
  const asksNumbers = steadyState.some(({ check }) => check.type === 'Prometheus');
  const noLatency = mode === 'DryRun' || asksNumbers ? [] : [NO_LATENCY];
  return [...BY_MODE[mode], ...BY_SCOPE[failure.scope], ...noClient, ...noLatency, ALWAYS];
}
