/** The paths of the Kubernetes API: which resource, object and subresource a URL is about. */

/** What a path of the resource API names; empty strings where it names nothing. */
export interface ResourcePath {
  readonly group: string;
  readonly version: string;
  readonly plural: string;
  readonly namespace: string;
  readonly name: string;
  readonly subresource: string;
}

/** The parts of a resource path; null for paths that are not about resources. */
export function parseResourcePath(pathname: string): ResourcePath | null {
  const parts = pathname
    .split('/')
    .filter((part) => part !== '')
    .map(decodeURIComponent);
  const isCore = parts[0] === 'api';
  const prefix = isCore ? 2 : 3;
  if ((!isCore && parts[0] !== 'apis') || parts.length <= prefix) return null;
  const group = isCore ? '' : (parts[1] ?? '');
  const version = parts[prefix - 1] ?? '';
  return { group, version, ...objectPath(parts.slice(prefix)) };
}

type ObjectPath = Omit<ResourcePath, 'group' | 'version'>;

/** Subresources of namespaces, where `namespaces/x/y` could as well mean the resource y in the namespace x. */
const OF_NAMESPACES: ReadonlySet<string> = new Set(['status', 'finalize']);

function objectPath(parts: readonly string[]): ObjectPath {
  const [first = '', second = '', third = ''] = parts;
  const isInNamespace = first === 'namespaces' && parts.length > 2 && !(OF_NAMESPACES.has(third) && parts.length === 3);
  if (isInNamespace) {
    const [, namespace = '', plural = '', name = '', ...rest] = parts;
    return { plural, namespace, name, subresource: rest.join('/') };
  }
  return { plural: first, namespace: '', name: second, subresource: parts.slice(2).join('/') };
}
