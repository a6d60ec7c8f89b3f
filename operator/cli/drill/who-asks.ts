/** Writes on a drill who asks for it: an admission policy may want to know, and holds the name against the user. */
import { REQUESTED_BY_ANNOTATION } from '../../api/ownership.ts';
import type { KubeClient, KubeObject, ResourceType } from '../../kube/kube-client.ts';
import { isFailure } from '../../model/errors.ts';

const SELF_SUBJECT_REVIEWS: ResourceType = {
  group: 'authentication.k8s.io',
  version: 'v1',
  plural: 'selfsubjectreviews',
  kind: 'SelfSubjectReview',
  namespaced: false,
};

/** The name by which the API server knows the caller; null where it does not tell. */
export async function whoAsks(client: Pick<KubeClient, 'create'>, signal: AbortSignal): Promise<string | null> {
  try {
    const review = await client.create(SELF_SUBJECT_REVIEWS, { metadata: { name: '' } }, signal);
    const { userInfo } = (review['status'] ?? {}) as { readonly userInfo?: { readonly username?: string } };
    return userInfo?.username ?? null;
  } catch (error) {
    if (!isFailure(error)) throw error;
    return null;
  }
}

/** The drill with that name on it; what a file says already stays. */
export function signed(drill: KubeObject, user: string | null): KubeObject {
  if (user === null) return drill;
  const annotations = { [REQUESTED_BY_ANNOTATION]: user, ...drill.metadata.annotations };
  return { ...drill, metadata: { ...drill.metadata, annotations } };
}
