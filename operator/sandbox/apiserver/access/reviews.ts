/** Reviews of who one is and what one may do; there is no RBAC here, so whoever is known may do everything. */
import type { JsonMap } from '../objects/json-tree.ts';
import { asMap, asString } from '../objects/json-tree.ts';
import type { Authenticator } from './authentication.ts';
import type { UserInfo } from './tokens.ts';

const userBody = (user: UserInfo): JsonMap => ({ username: user.username, groups: user.groups });

/** Fills in the status of a review; null when the resource is no review. */
export function answerReview(
  plural: string,
  body: unknown,
  { user, authenticator }: { user: UserInfo; authenticator: Authenticator },
): JsonMap | null {
  const review = asMap(body);
  const metadata = { creationTimestamp: null, ...asMap(review['metadata']) };
  switch (plural) {
    case 'tokenreviews': {
      const found = authenticator.ofToken(asString(asMap(review['spec'])['token']));
      const status =
        found === null
          ? { authenticated: false, error: 'invalid bearer token' }
          : { authenticated: true, user: userBody(found) };
      return { ...review, metadata, status };
    }
    case 'selfsubjectreviews':
      return { ...review, metadata, status: { userInfo: userBody(user) } };
    case 'selfsubjectrulesreviews':
      return {
        ...review,
        metadata,
        status: {
          incomplete: false,
          resourceRules: [{ verbs: ['*'], apiGroups: ['*'], resources: ['*'] }],
          nonResourceRules: [{ verbs: ['*'], nonResourceURLs: ['*'] }],
        },
      };
    case 'subjectaccessreviews':
    case 'selfsubjectaccessreviews':
    case 'localsubjectaccessreviews':
      return { ...review, metadata, status: { allowed: true, reason: 'the sandbox has no RBAC' } };
    default:
      return null;
  }
}
