/** What a Gateway's controller says against an HTTPRoute. */
import type { KubeObject } from '../kube/kube-client.ts';
import { arrayAt, objectAt, stringAt } from './read-field.ts';

/** The message of the first parent that does not accept the route; null while none says so. */
export function routeRefusal(route: KubeObject): string | null {
  const conditions = arrayAt(objectAt(route, 'status'), 'parents').flatMap((it) => arrayAt(it, 'conditions'));
  const refused = conditions.find((it) => stringAt(it, 'type') === 'Accepted' && stringAt(it, 'status') === 'False');
  if (refused === undefined) return null;
  return stringAt(refused, 'message') ?? stringAt(refused, 'reason') ?? 'it does not say why';
}
