/** What the operator sees of a simulated member: watches that may show the past, probes, and what the cloud tells. */
import type { MemberEvidence, ProbeOutcome } from '../../operator/model/fleet.ts';
import type { MemberSpec } from '../../operator/model/member-spec.ts';
import { poolName, regionName, zoneName, type AcceleratorModel } from '../../operator/model/names.ts';
import { millis, minutes, usdPerHour, type Instant } from '../../operator/model/units.ts';
import type { Quote } from '../../operator/clouds/cloud.ts';
import type { DeploymentView } from '../../operator/observe/deployment-view.ts';
import type { InventoryView } from '../../operator/observe/member-inventory.ts';
import type { MarketView } from '../../operator/observe/member-market.ts';
import type { NodeView } from '../../operator/observe/node-view.ts';
import { OfferingMemo } from '../../operator/observe/offering-memo.ts';
import type { PodView } from '../../operator/observe/pod-view.ts';
import { type Refusal, type SimDeployment } from './simulation-member-parts.ts';
import type { SimMember } from './simulation-member.ts';
import { specOf } from './simulation-member-spec.ts';

/** How it answers now. */
export interface Reception {
  readonly probe: 'Answers' | 'Slow' | Extract<ProbeOutcome, { kind: 'Failed' }>['failure'];
  readonly watches: 'Current' | 'Silent';
  /** So many ticks behind. */
  readonly lag: number;
  /** The cloud's prices: null, no news; otherwise times this. */
  readonly priceFactor: number | null;
  readonly refusal: Refusal | null;
  readonly dataPathServes: boolean;
}

interface Picture {
  readonly nodes: ReadonlyMap<string, NodeView>;
  readonly pods: ReadonlyMap<string, PodView>;
  readonly deployments: Map<string, DeploymentView>;
  /** Nodes of each pool as the cloud counts them. */
  readonly sizes: ReadonlyMap<string, number>;
}

const BLIND: MemberEvidence = {
  probe: null,
  consecutiveFailures: 0,
  consecutiveSuccesses: 0,
  watchFreshAt: null,
  nodes: null,
};
/** Clouds are asked for prices every hour in life; here every minute, so that they can grow old within a story. */
const QUOTES_PERIOD_TICKS = 12;
const MOST_LAG = 4;
/** As in the scenarios' policy: a price that is known again opens its offering again. */
const PRICES_GROW_OLD = minutes(3);

export class MemberSight {
  readonly truth: SimMember;
  readonly hasCloud = true;
  readonly credentialsExpireAt = null;
  readonly kubernetesVersion = '1.33';
  offerings = new OfferingMemo();
  evidence: MemberEvidence = BLIND;
  inventory: InventoryView = { nodes: null, pods: null, deployments: null, version: 0, nodesVersion: 0 };
  market: MarketView;
  spec: MemberSpec;
  readonly #history: Picture[] = [];
  #shown = '';
  #pools = '';
  #ticks = 0;

  constructor(truth: SimMember) {
    this.truth = truth;
    this.spec = specOf(truth.plan);
    this.market = this.#unknownMarket();
  }

  /** A new process has seen nothing yet. */
  forget(): void {
    this.evidence = BLIND;
    this.inventory = {
      ...this.inventory,
      nodes: null,
      pods: null,
      deployments: null,
      version: this.inventory.version + 1,
    };
    this.market = this.#unknownMarket();
    this.offerings = new OfferingMemo();
    this.#shown = '';
    this.#pools = '';
  }

  /** Looks; returns whether anything new was seen. */
  look(now: Instant, reception: Reception): boolean {
    this.#ticks += 1;
    this.#history.push(this.#picture(now));
    if (this.#history.length > MOST_LAG) this.#history.shift();
    const heard = this.#watch(reception);
    this.#probe(now, reception, heard);
    const told = this.#ask(now, reception);
    return heard || told;
  }

  /** What a server answered to an apply is seen at once. */
  showApplied(deployment: SimDeployment): void {
    const { deployments } = this.inventory;
    if (deployments === null) return;
    const view = viewOf(deployment);
    this.inventory = {
      ...this.inventory,
      deployments: new Map([...deployments, [view.uid, view]]),
      version: this.inventory.version + 1,
    };
    this.#shown = '';
  }

  #watch({ probe, watches, lag }: Reception): boolean {
    const answers = probe === 'Answers' || probe === 'Slow';
    if (!answers || watches === 'Silent') return false;
    const picture = this.#history.at(-1 - lag) ?? this.#history[0];
    if (!picture) return false;
    const shown = JSON.stringify([
      [...picture.nodes.values()],
      [...picture.pods.values()],
      [...picture.deployments.values()],
    ]);
    if (shown === this.#shown) return false;
    this.#shown = shown;
    const { version, nodesVersion } = this.inventory;
    const { nodes, pods, deployments } = picture;
    this.inventory = { nodes, pods, deployments, version: version + 1, nodesVersion: nodesVersion + 1 };
    return true;
  }

  #probe(now: Instant, { probe, watches, dataPathServes }: Reception, heard: boolean): void {
    const {
      consecutiveFailures,
      consecutiveSuccesses,
      heardAt = null,
      lastFailedAt = null,
      watchFreshAt,
      dataPathServedAt = null,
    } = this.evidence;
    const answers = probe === 'Answers' || probe === 'Slow';
    const outcome: ProbeOutcome = answers
      ? { kind: 'Answered', at: now, took: millis(probe === 'Slow' ? 3000 : 20), healthy: true }
      : { kind: 'Failed', at: now, failure: probe, message: probe };
    const nodes = [...(this.inventory.nodes?.values() ?? [])];
    const serves = this.truth.plan.hasDataPath && dataPathServes;
    this.evidence = {
      probe: outcome,
      consecutiveFailures: answers ? 0 : consecutiveFailures + 1,
      consecutiveSuccesses: answers ? consecutiveSuccesses + 1 : 0,
      lastFailedAt: answers ? lastFailedAt : now,
      watchFreshAt: answers && watches === 'Current' ? now : watchFreshAt,
      heardAt: heard ? now : heardAt,
      nodes:
        this.inventory.nodes === null ? null : { total: nodes.length, ready: nodes.filter((it) => it.ready).length },
      dataPathServedAt: serves ? now : dataPathServedAt,
    };
  }

  /** The cloud answers whatever the cluster does. */
  #ask(now: Instant, { refusal, priceFactor }: Reception): boolean {
    const { plan } = this.truth;
    const sizes = this.#history.at(-1)?.sizes ?? new Map<string, number>();
    const pools = plan.pools.map((pool) => {
      const refused =
        refusal !== null &&
        refusal.says !== 'Nothing' &&
        (refusal.capacityType ?? pool.capacityType) === pool.capacityType;
      const problems = refused ? [{ kind: refusal.says, code: refusal.says, message: `${refusal.says}: not now` }] : [];
      return {
        name: poolName(pool.name),
        capacityType: pool.capacityType,
        instanceType: `${plan.name}-${pool.name}`,
        accelerator: { model: pool.accelerator as AcceleratorModel, count: pool.perNode },
        zones: pool.zones.map(zoneName),
        minNodes: pool.minNodes,
        maxNodes: pool.maxNodes,
        desiredNodes: sizes.get(pool.name) ?? 0,
        autoscaled: true,
        usable: true,
        updating: false,
        nodeSelector: { pool: pool.name },
        taints: [],
        problems,
      };
    });
    const due = this.market.quotes.length === 0 || this.#ticks % QUOTES_PERIOD_TICKS === 0 || priceFactor !== 1;
    const quotes =
      due && priceFactor !== null
        ? plan.pools.map(
            (pool): Quote => ({
              instanceType: `${plan.name}-${pool.name}`,
              zone: null,
              capacityType: pool.capacityType,
              perNodeHour: usdPerHour(pool.perNodeHour * priceFactor),
              observedAt: now,
              source: pool.capacityType === 'spot' ? 'SpotHistory' : 'PriceList',
            }),
          )
        : this.market.quotes;
    const told = JSON.stringify([pools, quotes.map((it) => String(it.perNodeHour))]);
    const wasOld =
      quotes !== this.market.quotes && this.market.quotes.some((it) => now - it.observedAt > PRICES_GROW_OLD);
    const isNews = told !== this.#pools || wasOld;
    this.#pools = told;
    const version = this.market.version + (isNews || quotes !== this.market.quotes ? 1 : 0);
    this.market = { ...this.market, pools, poolsAt: now, quotes, version };
    return isNews;
  }

  #picture(now: Instant): Picture {
    const { nodes, deployments, plan } = this.truth;
    const all = [...deployments.values()];
    return {
      nodes: new Map(
        nodes.map((node): [string, NodeView] => [
          `/${node.name}`,
          {
            name: node.name,
            labels: { pool: node.pool },
            zone: node.zone,
            since: node.since,
            ready: node.ready,
            closed: node.leavesAt !== null,
            leaving: node.leavesAt !== null,
            accelerators: node.accelerators === null ? null : { resource: 'nvidia.com/gpu', count: node.accelerators },
          },
        ]),
      ),
      pods: new Map(
        all.flatMap((it) =>
          it.pods.map((pod): [string, PodView] => [
            pod.uid,
            {
              uid: pod.uid,
              namespace: 'ml-prod',
              node: pod.node,
              finished: false,
              deleting: pod.endsAt !== null,
              ready: this.truth.isReady(pod, now),
              accelerators: it.count,
              placement: it.uid,
              createdAt: pod.createdAt,
            },
          ]),
        ),
      ),
      deployments: new Map(all.map((it) => [it.uid, viewOf(it)])),
      sizes: new Map(plan.pools.map(({ name }) => [name, nodes.filter((it) => it.pool === name).length])),
    };
  }

  #unknownMarket(): MarketView {
    const description = {
      region: regionName(this.truth.plan.region),
      kubernetesVersion: '1.33',
      available: true,
      state: 'ACTIVE',
    };
    return { description, pools: null, poolsAt: null, quotes: [], version: (this.market?.version ?? 0) + 1 };
  }
}

/** A Deployment's name is its uid here: nobody looks at names. */
const viewOf = (it: SimDeployment): DeploymentView => ({
  uid: it.uid,
  namespace: 'ml-prod',
  name: it.uid,
  owner: it.owner,
  ownerUid: it.ownerUid,
  offering: it.offering,
  replicas: it.replicas,
  generation: it.generation,
  manifest: '',
  deleting: it.deleting,
});
