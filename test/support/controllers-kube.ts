/** API servers in memory that behave as the controllers' counterparts do: merge patches, generations, finalizers, probes. */
import type {
  ApplyOptions,
  DeleteOptions,
  KubeObject,
  MergePatch,
  ObjectName,
  ResourceType,
} from '../../operator/kube/kube-client.ts';
import { resourceName } from '../../operator/kube/api-path.ts';
import { DEPLOYMENTS, PODS } from '../../operator/kube/builtin-resources.ts';
import { RetryableError, TerminalError } from '../../operator/model/errors.ts';
import { MemoryKube } from './kube-memory-client.ts';
import { aPod } from './observe-objects.ts';

type Fields = Readonly<Record<string, unknown>>;

export class ServerKube extends MemoryKube {
  /** What a probe meets; null: it answers 200. */
  broken: Error | null = null;

  override async raw(path: string, signal: AbortSignal): Promise<{ status: number; body: string }> {
    if (this.broken !== null) throw this.broken;
    return super.raw(path, signal);
  }

  /** A fault sees the resource and the name: `inferencedeployments.tradewind.dev/llama`. */
  override async patch(type: ResourceType, patch: MergePatch, signal: AbortSignal): Promise<KubeObject> {
    signal.throwIfAborted();
    const subject = `${resourceName(type)}/${patch.name}`;
    this.calls.push(`patch ${subject}`);
    const fault = this.fault('patch', subject);
    if (fault instanceof Error) throw fault;
    const known = this.peek(type, patch);
    if (known === null) throw new TerminalError(`${subject} not found`, { code: 'NotFound' });
    const { metadata = {} } = patch.body as { metadata?: { resourceVersion?: string } };
    if (metadata.resourceVersion !== undefined && metadata.resourceVersion !== known.metadata.resourceVersion)
      throw new RetryableError('somebody wrote first', { code: 'Conflict' });
    const merged = merge(known, patch.body) as KubeObject;
    if (merged.metadata.deletionTimestamp === undefined || (merged.metadata.finalizers ?? []).length > 0)
      return this.put(type, merged);
    this.remove(type, patch);
    return merged;
  }

  override async apply(
    type: ResourceType,
    object: KubeObject,
    options: ApplyOptions,
    signal: AbortSignal,
  ): Promise<KubeObject> {
    const known = this.peek(type, object.metadata);
    const changed = JSON.stringify(known?.['spec']) !== JSON.stringify(object['spec']);
    const generation = (known?.metadata.generation ?? 0) + (changed ? 1 : 0);
    const metadata = { ...object.metadata, generation, uid: known?.metadata.uid ?? `uid-${object.metadata.name}` };
    return super.apply(type, { ...object, metadata }, options, signal);
  }

  override async delete(
    type: ResourceType,
    name: ObjectName,
    options: DeleteOptions,
    signal: AbortSignal,
  ): Promise<void> {
    await super.delete(type, name, options, signal);
    for (const pod of this.all(PODS)) if (ownerOf(pod) === name.name) this.remove(PODS, pod.metadata);
  }

  /** Begins to delete the object; who holds a finalizer of it ends that. */
  beginDeletion(type: ResourceType, name: ObjectName): void {
    const known = this.peek(type, name);
    if (known === null) throw new Error(`there is no ${name.name}`);
    const metadata = { ...known.metadata, deletionTimestamp: '2026-09-01T12:00:00Z' };
    this.put(type, { ...known, metadata });
  }

  /** Lets as many pods be ready as the Deployments want, all on that node; null: they wait for one. */
  runPods(node: string | null, accelerators = 1): void {
    for (const deployment of this.all(DEPLOYMENTS)) {
      const { name, namespace = '' } = deployment.metadata;
      const { replicas = 1 } = deployment['spec'] as { replicas?: number };
      const mine = this.all(PODS).filter((pod) => ownerOf(pod) === name);
      for (const pod of mine.slice(replicas)) this.remove(PODS, pod.metadata);
      for (let index = 0; index < replicas; index += 1)
        this.put(
          PODS,
          aPod({ name: `${name}-${index}`, namespace, node, accelerators, placement: name, ready: node !== null }),
        );
    }
  }
}

const ownerOf = (pod: KubeObject): string | undefined => pod.metadata.labels?.['tradewind.dev/placement'];

/** RFC 7386. */
function merge(target: unknown, patch: unknown): unknown {
  if (!isFields(patch)) return patch;
  const merged: Record<string, unknown> = { ...(isFields(target) ? target : {}) };
  for (const [name, value] of Object.entries(patch)) {
    if (value === null) delete merged[name];
    else merged[name] = merge(merged[name], value);
  }
  return merged;
}

const isFields = (value: unknown): value is Fields =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
