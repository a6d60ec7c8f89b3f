/** Everything that is watched, polled and probed of one member, for as long as it is a member. */
import type { Clock } from '../model/clock.ts';
import type { MemberEvidence } from '../model/fleet.ts';
import type { MemberSpec } from '../model/member-spec.ts';
import type { OfferingId } from '../model/names.ts';
import type { OfferingRoute } from '../model/route.ts';
import { instant, type Instant } from '../model/units.ts';
import { MANAGED_SELECTOR } from '../api/ownership.ts';
import type { Cloud, ClusterRef } from '../clouds/cloud.ts';
import { DEPLOYMENTS, NODES, PODS } from '../kube/builtin-resources.ts';
import type { AccessSource } from '../kube/cluster-access.ts';
import type { KubeClient, ListOptions, ResourceType } from '../kube/kube-client.ts';
import { watchResource } from '../kube/resource-watch.ts';
import type { Random } from '../runtime/random.ts';
import type { Log } from '../runtime/log.ts';
import type { Metrics } from '../runtime/metrics.ts';
import { MemberInventory, type InventoryChange } from './member-inventory.ts';
import { MemberMarket, NO_MARKET, type MarketView, type PollPeriods } from './member-market.ts';
import { NodeCount } from './node-count.ts';
import { OfferingMemo, RouteMemo } from './offering-memo.ts';
import { CredentialExpiry } from './credential-expiry.ts';
import { probeDataPath } from './data-path-probe.ts';
import { HurriedClock, Hurry } from './hurry.ts';
import { NO_EVIDENCE, probeForever, withProbe } from './member-probe.ts';
import { toldOfCuts } from './told-of-cuts.ts';

/** What a change on a member may concern. */
export interface MemberListener {
  /** A probe ended, or nodes came or went: the verdict may change. */
  evidence(): void;
  /** Room or prices changed. */
  market(): void;
  inventory(change: InventoryChange): void;
}

export interface MemberObserverOptions {
  readonly spec: MemberSpec;
  readonly client: KubeClient;
  /** Whether a credential can be had; the client uses the same. */
  readonly access: AccessSource;
  /** null for members that no cloud describes. */
  readonly cloud: { readonly adapter: Cloud; readonly cluster: ClusterRef; readonly periods: PollPeriods } | null;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
  readonly metrics: Metrics;
  readonly listener: MemberListener;
  /** Whether its data path may be on this machine. Default: no. */
  readonly allowLoopback?: boolean;
}

export class MemberObserver {
  readonly inventory: MemberInventory;
  readonly offerings = new OfferingMemo();
  readonly #routes = new RouteMemo();
  readonly #nodeCount = new NodeCount();
  readonly #market: MemberMarket | null;
  readonly #options: MemberObserverOptions;
  #evidence: MemberEvidence = NO_EVIDENCE;
  /** When each watch last showed life; the stalest one says how old the picture is. */
  readonly #aliveAt = new Map<string, Instant>();
  #kubernetesVersion: string | null = null;
  readonly #expiry = new CredentialExpiry();
  readonly #probing: Hurry;
  readonly #watching: Hurry;

  constructor(options: MemberObserverOptions) {
    this.#options = options;
    this.#probing = new Hurry(options.clock);
    this.#watching = new Hurry(options.clock);
    this.inventory = new MemberInventory((change) => {
      if (change.room) options.listener.evidence();
      options.listener.inventory(change);
    });
    const { cloud, clock, log } = options;
    const onChange = () => options.listener.market();
    const onCloudStatus = () => options.listener.evidence();
    this.#market =
      cloud === null ? null : new MemberMarket({ ...cloud, cloud: cloud.adapter, clock, log, onChange, onCloudStatus });
  }

  get market(): MarketView {
    return this.#market ?? NO_MARKET;
  }

  /** The one connection to the member. */
  get client(): KubeClient {
    return this.#options.client;
  }

  /** Whether a cloud tells of its pools and prices. */
  get hasCloud(): boolean {
    return this.#market !== null;
  }

  /** How pods reach each of its offerings. */
  routes(spec: MemberSpec): ReadonlyMap<OfferingId, OfferingRoute> {
    const { inventory, market } = this;
    return this.#routes.read({ spec, inventory, market });
  }

  /** The version that the API server tells; null before it answered. */
  get kubernetesVersion(): string | null {
    return this.#kubernetesVersion ?? this.#market?.description?.kubernetesVersion ?? null;
  }

  get evidence(): MemberEvidence {
    const seen = { ...this.#evidence, cloudStatus: this.#market?.cloudStatus ?? null };
    const nodes = this.#nodeCount.read(this.inventory);
    return nodes === null ? seen : { ...seen, nodes };
  }

  /** When the credential that it is asked with runs out; null where that renews itself, or is not known. */
  get credentialsExpireAt(): Instant | null {
    return this.hasCloud ? null : this.#expiry.at;
  }

  /** Looks at the pools again soon. */
  lookAgain(): void {
    this.#market?.lookAgain();
  }

  /** Observes until the signal aborts; everything inside restarts by itself. */
  async run(signal: AbortSignal): Promise<void> {
    await Promise.all([
      this.#probe(signal),
      this.#watch({ kind: 'nodes', type: NODES, options: {} }, signal),
      this.#watch({ kind: 'pods', type: PODS, options: {} }, signal),
      this.#watch({ kind: 'deployments', type: DEPLOYMENTS, options: { labelSelector: MANAGED_SELECTOR } }, signal),
      this.#probeDataPath(signal),
      this.#market?.run(signal),
    ]);
  }

  async #probeDataPath(signal: AbortSignal): Promise<void> {
    const { clock, spec, allowLoopback = false } = this.#options;
    if (!spec.dataPathUrl) return;
    const { probePeriod: period, probeTimeout: timeout } = spec.health;
    const onServed = (at: Instant) => {
      this.#evidence = { ...this.#evidence, dataPathServedAt: at };
    };
    await probeDataPath({ url: spec.dataPathUrl, period, timeout, allowLoopback, clock, onServed }, signal);
  }

  async #probe(signal: AbortSignal): Promise<void> {
    const { client, clock, spec, listener } = this.#options;
    const access: AccessSource = {
      access: async (asked) => {
        const found = await this.#options.access.access(asked);
        this.#expiry.see(found);
        return found;
      },
      invalidate: () => this.#options.access.invalidate(),
    };
    const onOutcome = (outcome: Parameters<typeof withProbe>[1]) => {
      const wasInDoubt = this.#evidence.consecutiveFailures > 0;
      this.#evidence = withProbe(this.#evidence, outcome);
      // It is back: the watches need not sit out the rest of their pause.
      if (wasInDoubt && this.#evidence.consecutiveFailures === 0) this.#watching.now();
      this.#market?.doubt(this.#evidence.consecutiveFailures > 0);
      listener.evidence();
    };
    await probeForever({ client, access, clock, thresholds: spec.health, onOutcome, hurry: this.#probing }, signal);
  }

  async #watch(
    watch: { kind: 'nodes' | 'pods' | 'deployments'; type: ResourceType; options: ListOptions },
    signal: AbortSignal,
  ): Promise<void> {
    const { client, clock, random, log, metrics, spec } = this.#options;
    await watchResource(
      {
        client: toldOfCuts(client, () => this.#doubt()),
        clock: new HurriedClock(clock, this.#watching),
        random,
        log,
        metrics,
        host: spec.name,
        type: watch.type,
        options: watch.options,
        onReplace: (objects) => this.inventory.replace(watch.kind, objects),
        onEvent: (event) => {
          if (event.type === 'Bookmark') return;
          if (event.type === 'Deleted' && watch.kind === 'nodes') this.#market?.nodeWent();
          if (event.type === 'Deleted') this.inventory.remove(watch.kind, event.object);
          else this.inventory.put(watch.kind, event.object);
        },
        onAlive: (at: Instant) => {
          this.#aliveAt.set(watch.kind, at);
          this.#evidence = {
            ...this.#evidence,
            watchFreshAt: instant(Math.min(...this.#aliveAt.values())),
            heardAt: at,
          };
        },
      },
      signal,
    );
  }

  /** A watch broke off: the next probe says whether that means anything. */
  #doubt(): void {
    if (this.#evidence.consecutiveFailures === 0) this.#probing.now();
  }
}
