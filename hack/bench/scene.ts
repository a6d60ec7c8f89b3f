/** Follows what stands on members and what is recorded on the hub, so that a look at thousands of them is cheap. */
import type { KubeApi, KubeDocument } from '../../operator/sandbox/kube-api.ts';
import { DEPLOYMENTS, INFERENCE_DEPLOYMENTS, MEMBER_CLUSTERS, ownerOf } from './subjects.ts';

/** What stands of one InferenceDeployment. */
export interface Standing {
  readonly wanted: number;
  /** Ready replicas by member; 0 for a Deployment that has none yet. */
  readonly ready: Readonly<Record<string, number>>;
  readonly moving: boolean;
}

export interface Look {
  /** By member. */
  readonly verdicts: Readonly<Record<string, string>>;
  /** By `namespace/name`. */
  readonly deployments: Readonly<Record<string, Standing>>;
}

interface Recorded {
  readonly wanted: number;
  readonly moving: boolean;
}

export interface SceneApis {
  readonly hub: KubeApi;
  readonly members: ReadonlyMap<string, KubeApi>;
}

export class Scene {
  /** Ready replicas by `member|namespace/name of the Deployment`. */
  readonly #standing = new Map<string, { readonly owner: string; readonly member: string; readonly ready: number }>();
  readonly #recorded = new Map<string, Recorded>();
  readonly #verdicts = new Map<string, string>();

  /** Follows until the signal aborts. */
  async run({ hub, members }: SceneApis, signal: AbortSignal): Promise<void> {
    await Promise.all([
      hub.watch(INFERENCE_DEPLOYMENTS, (type, object) => this.#record(type === 'DELETED', object), signal),
      hub.watch(MEMBER_CLUSTERS, (_type, object) => this.#judge(object), signal),
      ...[...members].map(([member, api]) =>
        api.watch(DEPLOYMENTS, (type, object) => this.#stand(member, type === 'DELETED', object), signal),
      ),
    ]);
  }

  look(): Look {
    const ready = new Map<string, Record<string, number>>();
    for (const { owner, member, ready: count } of this.#standing.values()) {
      const byMember = ready.get(owner) ?? {};
      byMember[member] = (byMember[member] ?? 0) + count;
      ready.set(owner, byMember);
    }
    const deployments = [...this.#recorded].map(([key, it]) => [key, { ...it, ready: ready.get(key) ?? {} }] as const);
    return { verdicts: Object.fromEntries(this.#verdicts), deployments: Object.fromEntries(deployments) };
  }

  #record(gone: boolean, { metadata, spec, status }: KubeDocument): void {
    const key = `${metadata.namespace ?? ''}/${metadata.name}`;
    const { migration } = (status ?? {}) as { migration?: { phase?: string } };
    const { replicas = 1 } = spec as { replicas?: number };
    if (gone) this.#recorded.delete(key);
    else this.#recorded.set(key, { wanted: replicas, moving: (migration?.phase ?? 'Idle') !== 'Idle' });
  }

  #judge({ metadata, status }: KubeDocument): void {
    this.#verdicts.set(metadata.name, (status as { verdict?: string } | undefined)?.verdict ?? '');
  }

  #stand(member: string, gone: boolean, object: KubeDocument): void {
    const owner = ownerOf(object);
    const key = `${member}|${object.metadata.namespace ?? ''}/${object.metadata.name}`;
    if (owner === '') return;
    const { readyReplicas = 0 } = (object['status'] ?? {}) as { readyReplicas?: number };
    if (gone) this.#standing.delete(key);
    else this.#standing.set(key, { owner, member, ready: readyReplicas });
  }
}
