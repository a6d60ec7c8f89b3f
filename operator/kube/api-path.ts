/** Builds the paths of the Kubernetes API from resource types and names. */
import { TerminalError } from '../model/errors.ts';
import type { ObjectName, ResourceType } from './kube-client.ts';

/** `group/version`, or the version alone in the core group. */
export const apiVersionOf = (type: ResourceType): string =>
  type.group === '' ? type.version : `${type.group}/${type.version}`;

/** How log lines and error messages name a resource type, as kubectl does: `deployments.apps`. */
export const resourceName = (type: ResourceType): string =>
  type.group === '' ? type.plural : `${type.plural}.${type.group}`;

/** Path of a collection, in one namespace or across all. */
export function collectionPath(type: ResourceType, namespace: string | undefined): string {
  const root =
    type.group === '' ? `/api/${segment(type.version)}` : `/apis/${segment(type.group)}/${segment(type.version)}`;
  if (!type.namespaced || namespace === undefined) return `${root}/${segment(type.plural)}`;
  return `${root}/namespaces/${segment(namespace)}/${segment(type.plural)}`;
}

/** Path of one object, or of one of its subresources. */
export function objectPath(type: ResourceType, name: ObjectName, subresource?: string): string {
  if (type.namespaced && name.namespace === undefined) {
    throw new TerminalError(`${resourceName(type)} "${name.name}" needs a namespace`, { code: 'Invalid' });
  }
  const path = `${collectionPath(type, name.namespace)}/${segment(name.name)}`;
  return subresource === undefined ? path : `${path}/${subresource}`;
}

/** The path with the parameters that are set. */
export function withQuery(path: string, query: Readonly<Record<string, string | undefined>>): string {
  const set = Object.entries(query).filter((entry): entry is [string, string] => entry[1] !== undefined);
  return set.length === 0 ? path : `${path}?${new URLSearchParams(set).toString()}`;
}

/** The rule of the API server for a name in a path: anything else would address another object. */
function segment(text: string): string {
  if (text === '' || text === '.' || text === '..' || /[/%?#\\]/u.test(text)) {
    throw new TerminalError('a name in an API path is empty or has a character that is not allowed', {
      code: 'Invalid',
    });
  }
  return encodeURIComponent(text);
}
