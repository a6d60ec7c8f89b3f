/** Custom resources as the hub shows them during a story, from a few words, and the reports that are read from them. */
import { reportFleet, type FleetReport } from '../../operator/cli/demo/fleet-report.ts';
import type { KubeObject } from '../../operator/kube/kube-client.ts';
import type { Verdict } from '../../operator/model/fleet.ts';
import { instant, seconds, type Instant } from '../../operator/model/units.ts';

export const STORY_START = instant(Date.UTC(2026, 0, 5, 9));
/** That many seconds into the story. */
export const storyTime = (after: number): Instant => instant(STORY_START + seconds(after));
const stamp = (after: number): string => new Date(storyTime(after)).toISOString();

export interface DeploymentWords {
  readonly name?: string;
  readonly wanted?: number;
  readonly minReady?: number;
  /** `cluster/pool replicas [phase] [ready]`: "aws-east/h100-spot 2 Starting 0"; "?" is what nobody knows. */
  readonly placements?: readonly string[];
  /** Left out: the sum over the placements. */
  readonly ready?: number;
  /** Left out: nothing was decided yet. */
  readonly trigger?: string;
  /** Seconds into the story. */
  readonly decidedAt?: number;
  readonly hourly?: number;
  readonly moving?: boolean;
}

const MODELS = { h100: 'H100', a100: 'A100-80GB', l40s: 'L40S', a10: 'A10' } as const;

function placementOf(words: string): Record<string, unknown> {
  const [where = '', replicas = '1', phase = 'Serving', ready = replicas] = words.split(' ');
  const [cluster = '', pool = ''] = where.split('/');
  const model = Object.entries(MODELS).find(([prefix]) => pool.startsWith(prefix))?.[1] ?? 'H100';
  const capacityType = pool.includes('spot') ? 'spot' : 'on-demand';
  const place = { cluster, pool, zone: 'a', capacityType, accelerator: model };
  const seen = ready === '?' ? {} : { ready: Number(ready) };
  return { ...place, ...seen, replicas: Number(replicas), phase, since: stamp(0) };
}

/** chat-70b: four units of four H100 each, two of which may be missing; nothing is placed yet. */
export function aDeployment(words: DeploymentWords = {}): KubeObject {
  const { name = 'chat-70b', wanted = 4, minReady = 2, trigger, decidedAt = 0, hourly = 40, moving = false } = words;
  const placements = (words.placements ?? []).map(placementOf);
  const ready = words.ready ?? placements.reduce((sum, it) => sum + Number(it['ready'] ?? 0), 0);
  const condition = {
    type: 'Ready',
    status: ready >= wanted ? 'True' : 'False',
    observedGeneration: 1,
    lastTransitionTime: stamp(0),
    reason: ready >= wanted ? 'Serving' : 'Starting',
    message: 'made up',
  };
  const migration = moving ? { phase: 'Surging', reason: 'Price', startedAt: stamp(0), target: [] } : { phase: 'Idle' };
  const decision = { at: stamp(decidedAt), trigger, summary: `${wanted} of ${wanted} units` };
  return {
    apiVersion: 'tradewind.dev/v1alpha1',
    kind: 'InferenceDeployment',
    metadata: { name, namespace: 'ml-prod', uid: `uid-${name}`, generation: 1 },
    spec: {
      replicas: wanted,
      accelerators: [
        { model: 'H100', count: 4 },
        { model: 'A100-80GB', count: 2 },
      ],
      template: { spec: { containers: [{ name: 'server', image: 'registry.example/server:1' }] } },
      availability: { minReady },
    },
    status: {
      observedGeneration: 1,
      conditions: [condition],
      readyReplicas: ready,
      placements,
      hourlyUSD: String(hourly),
      migration,
      ...(trigger === undefined ? {} : { lastDecision: decision }),
    },
  };
}

export interface MemberWords {
  readonly name?: string;
  /** null: never looked at. */
  readonly verdict?: Verdict | null;
  /** Price of a node by pool; every node has eight accelerators, all free, and there is room for more. */
  readonly pools?: Readonly<Record<string, number | null>>;
}

/** aws-east: a healthy EKS cluster with spot H100s at 19.20 a node and on-demand ones at 55.04. */
export function aMember(words: MemberWords = {}): KubeObject {
  const { name = 'aws-east', verdict = 'Healthy', pools = { 'h100-spot': 19.2, h100: 55.04 } } = words;
  const aks = { subscriptionId: '00000000-0000-4000-8000-000000000001', resourceGroup: 'inference', name };
  const judged = {
    verdict,
    verdictReason: verdict === 'Down' ? 'ApiUnreachable' : 'ProbesSucceed',
    verdictMessage: 'made up',
    verdictSince: stamp(0),
    ...(verdict === 'Down' ? { unreachableSince: stamp(0) } : { goodSince: stamp(0) }),
  };
  const offered = Object.entries(pools).map(([pool, price]) => ({
    name: pool,
    zone: 'a',
    capacityType: pool.includes('spot') ? 'spot' : 'on-demand',
    accelerator: Object.entries(MODELS).find(([prefix]) => pool.startsWith(prefix))?.[1] ?? 'H100',
    acceleratorsPerNode: 8,
    freeByNode: [8],
    growableNodes: 4,
    ...(price === null ? {} : { priceUSDPerNodeHour: String(price) }),
    interruptionsPerHour: '0.1',
  }));
  return {
    apiVersion: 'tradewind.dev/v1alpha1',
    kind: 'MemberCluster',
    metadata: { name, uid: `uid-${name}`, generation: 1 },
    spec: name.startsWith('azure') ? { aks } : { eks: { name, region: 'us-east-1' } },
    status: { observedGeneration: 1, region: 'here', pools: offered, ...(verdict === null ? {} : judged) },
  };
}

export interface DrillWords {
  readonly phase: string;
  /** Left out: it is not over, and has no report. */
  readonly outcome?: string;
}

const aDrillRun = ({ phase, outcome }: DrillWords): KubeObject => ({
  apiVersion: 'tradewind.dev/v1alpha1',
  kind: 'FailoverDrill',
  metadata: { name: 'westus3-spot' },
  status: { phase, message: 'So it is.', ...(outcome === undefined ? {} : { outcome, report: {} }) },
});

export interface ReportWords {
  /** Seconds into the story. */
  readonly at?: number;
  readonly deployments?: readonly DeploymentWords[];
  readonly members?: readonly MemberWords[];
  readonly drills?: readonly DrillWords[];
}

/** What the hub says at that moment. */
export const aReport = ({ at = 0, deployments = [], members = [], drills = [] }: ReportWords = {}): FleetReport =>
  reportFleet(
    { deployments: deployments.map(aDeployment), clusters: members.map(aMember), drills: drills.map(aDrillRun) },
    storyTime(at),
  );
