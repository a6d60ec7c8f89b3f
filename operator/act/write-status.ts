/** Writes an object's status, only when it differs, and only over the version that it was decided on. */
import { mergePatch } from '../api/merge-patch.ts';
import type { KubeClient, KubeObject, ObjectName, ResourceType } from '../kube/kube-client.ts';

export interface StatusWrite {
  readonly type: ResourceType;
  /** As it was read: its resourceVersion is the precondition. */
  readonly object: KubeObject;
  readonly status: object;
  /** Whether a merge patch of the status is worth a write now; left out: every one is. */
  readonly isNews?: (patch: Readonly<Record<string, unknown>>) => boolean;
}

/** The name by which an object is patched or deleted. */
export const nameOf = ({ metadata: { name, namespace } }: KubeObject): ObjectName =>
  namespace === undefined ? { name } : { name, namespace };

/**
 * Returns the object as the server holds it afterwards, or null when there was nothing to write. Rejects with Conflict
 * when somebody else wrote the object since it was read.
 */
export async function writeStatus(
  client: KubeClient,
  write: StatusWrite,
  signal: AbortSignal,
): Promise<KubeObject | null> {
  const { type, object, status, isNews = () => true } = write;
  const patch = mergePatch((object['status'] as object | undefined) ?? null, status);
  if (patch === null || !isNews(patch)) return null;
  const { resourceVersion, uid } = object.metadata;
  const body = { metadata: { resourceVersion, uid }, status: patch };
  return client.patch(type, { ...nameOf(object), subresource: 'status', body }, signal);
}
