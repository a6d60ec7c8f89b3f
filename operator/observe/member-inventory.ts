/** What runs on a member, kept current by watches: nodes, pods, and the Deployments that are ours. */
import type { WorkloadKey } from '../model/names.ts';
import type { KubeObject } from '../kube/kube-client.ts';
import { deploymentView, placementOf, type DeploymentView, type Owner } from './deployment-view.ts';
import { nodeView, type NodeView } from './node-view.ts';
import { podView, type PodView } from './pod-view.ts';

/** Which part of what is known changed, so that only what depends on it is looked at again. */
export interface InventoryChange {
  /** Room, prices or nodes changed: any workload may be affected. */
  readonly room: boolean;
  /** Workloads whose own replicas changed. */
  readonly workloads: ReadonlySet<WorkloadKey>;
}

type Kind = 'nodes' | 'pods' | 'deployments';

const identity = (object: KubeObject): string => `${object.metadata.namespace ?? ''}/${object.metadata.name}`;

/** Readers of the inventory see null until the first list: not seen is not empty. */
export interface InventoryView {
  readonly nodes: ReadonlyMap<string, NodeView> | null;
  readonly pods: ReadonlyMap<string, PodView> | null;
  readonly deployments: ReadonlyMap<string, DeploymentView> | null;
  /** Grows with every change. */
  readonly version: number;
  /** Grows with every change of a node. */
  readonly nodesVersion: number;
}

export class MemberInventory implements InventoryView {
  nodes: Map<string, NodeView> | null = null;
  pods: Map<string, PodView> | null = null;
  deployments: Map<string, DeploymentView> | null = null;
  version = 0;
  nodesVersion = 0;
  /** Our Deployments by owner and offering: asked for at every apply, so it is kept rather than made. */
  readonly #byPlacement = new Map<string, DeploymentView>();
  readonly #onChange: (change: InventoryChange) => void;

  constructor(onChange: (change: InventoryChange) => void) {
    this.#onChange = onChange;
  }

  /** Takes a whole list: what is not in it is gone. */
  replace(kind: Kind, objects: readonly KubeObject[]): void {
    const before = new Set(this.#owners());
    if (kind === 'nodes') this.nodesVersion += 1;
    if (kind === 'nodes') this.nodes = new Map(objects.map((it) => [identity(it), nodeView(it)]));
    else if (kind === 'pods') this.pods = new Map(objects.map((it) => [identity(it), podView(it)]));
    else this.#replaceDeployments(new Map(objects.map((it) => [identity(it), deploymentView(it)])));
    this.#changed({ room: true, workloads: new Set([...before, ...this.#owners()]) });
  }

  /** The Deployment of a placement; null when there is none, or none is known of. */
  deploymentOf(owner: Owner, offering: string): DeploymentView | null {
    return this.#byPlacement.get(placementOf(owner, offering)) ?? null;
  }

  /** Takes one object as it is now. */
  put(kind: Kind, object: KubeObject): void {
    const id = identity(object);
    if (kind === 'nodes') this.#putNode(id, nodeView(object));
    else if (kind === 'pods') this.#putPod(id, podView(object));
    else this.#putDeployment(id, deploymentView(object));
  }

  remove(kind: Kind, object: KubeObject): void {
    const id = identity(object);
    if (kind === 'nodes') {
      if (!this.nodes?.delete(id)) return;
      this.nodesVersion += 1;
      this.#changed({ room: true, workloads: new Set() });
    } else if (kind === 'pods') {
      const gone = this.pods?.get(id);
      this.pods?.delete(id);
      if (gone) this.#changed({ room: gone.accelerators > 0, workloads: this.#ownerOfPod(gone) });
    } else {
      const gone = this.deployments?.get(id);
      this.deployments?.delete(id);
      if (!gone) return;
      const placement = placementOf(gone, gone.offering);
      if (this.#byPlacement.get(placement) === gone) this.#byPlacement.delete(placement);
      this.#changed({ room: false, workloads: new Set([gone.owner]) });
    }
  }

  #replaceDeployments(deployments: Map<string, DeploymentView>): void {
    this.deployments = deployments;
    this.#byPlacement.clear();
    for (const it of deployments.values()) this.#byPlacement.set(placementOf(it, it.offering), it);
  }

  /** A node's heartbeat changes nothing that is read: no reason to look again. */
  #putNode(id: string, next: NodeView): void {
    const previous = this.nodes?.get(id);
    if (this.nodes === null || sameFields(previous, next)) return;
    this.nodes.set(id, next);
    this.nodesVersion += 1;
    // A notice gives two minutes at the most: whoever runs there is looked at now.
    const noticed = (previous?.leaving ?? false) !== next.leaving;
    this.#changed({ room: true, workloads: noticed ? this.#ownersOn(next.name) : new Set() });
  }

  #ownersOn(node: string): ReadonlySet<WorkloadKey> {
    const pods = [...(this.pods?.values() ?? [])].filter((pod) => pod.node === node);
    return new Set(pods.flatMap((pod) => [...this.#ownerOfPod(pod)]));
  }

  #putPod(id: string, next: PodView): void {
    const previous = this.pods?.get(id);
    if (this.pods === null || sameFields(previous, next)) return;
    this.pods.set(id, next);
    const boundElsewhere = previous?.node !== next.node || previous.finished !== next.finished;
    this.#changed({ room: next.accelerators > 0 && boundElsewhere, workloads: this.#ownerOfPod(next) });
  }

  #putDeployment(id: string, next: DeploymentView): void {
    if (this.deployments === null || sameFields(this.deployments.get(id), next)) return;
    this.deployments.set(id, next);
    this.#byPlacement.set(placementOf(next, next.offering), next);
    this.#changed({ room: false, workloads: new Set([next.owner]) });
  }

  #ownerOfPod(pod: PodView): ReadonlySet<WorkloadKey> {
    const deployment = pod.placement === null ? undefined : this.deployments?.get(`${pod.namespace}/${pod.placement}`);
    return new Set(deployment ? [deployment.owner] : []);
  }

  #owners(): readonly WorkloadKey[] {
    return [...(this.deployments?.values() ?? [])].map((it) => it.owner);
  }

  #changed(change: InventoryChange): void {
    this.version += 1;
    this.#onChange(change);
  }
}

const sameFields = (a: object | undefined, b: object): boolean =>
  a !== undefined && JSON.stringify(a) === JSON.stringify(b);
