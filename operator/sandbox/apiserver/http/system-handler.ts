/** Requests that are about no resource: health, version, discovery and OpenAPI. */
import type { Cluster } from '../cluster.ts';
import { aggregated, coreVersions, groupList, oneGroup, resourceList } from '../discovery/discovery.ts';
import type { OpenApi } from '../discovery/openapi.ts';
import type { JsonMap } from '../objects/json-tree.ts';
import { pathNotFound } from '../objects/status-error.ts';
import type { Answer } from './answer.ts';
import { json } from './answer.ts';
import type { Form } from './negotiation.ts';

/** What handlers of requests about no resource act on. */
export interface SystemParts {
  readonly cluster: Cluster;
  readonly openapi: OpenApi;
  /** Such as `v1.37.2`. */
  readonly version: string;
  /** `host:port` for clients. */
  readonly address: () => string;
}

const HEALTH: ReadonlySet<string> = new Set(['/healthz', '/livez', '/readyz', '/livez/ping', '/readyz/ping']);

/** Whether a path is open to clients without credentials. */
export const isPublic = (pathname: string): boolean => HEALTH.has(pathname) || pathname === '/version';

function versionBody(gitVersion: string): JsonMap {
  const [, major = '', minor = ''] = /^v?(\d+)\.(\d+)/u.exec(gitVersion) ?? [];
  return {
    major,
    minor,
    gitVersion,
    gitCommit: '0000000000000000000000000000000000000000',
    gitTreeState: 'clean',
    buildDate: '2026-01-01T00:00:00Z',
    goVersion: 'go1.26.0',
    compiler: 'gc',
    platform: 'linux/amd64',
  };
}

const AGGREGATED = 'application/json;g=apidiscovery.k8s.io;v=%;as=APIGroupDiscoveryList';

function discoveryAnswer(cluster: Cluster, which: 'core' | 'groups', form: Form, legacy: JsonMap): Answer {
  if (form !== 'aggregated' && form !== 'aggregated-beta') return json(legacy);
  const version = form === 'aggregated' ? 'v2' : 'v2beta1';
  return {
    kind: 'json',
    code: 200,
    body: aggregated(cluster.registry, which, version),
    contentType: AGGREGATED.replace('%', version),
  };
}

/** Answers a path that is about no resource; 404 for one that means nothing. */
export function handleSystem(parts: SystemParts, pathname: string, form: Form): Answer {
  const { cluster } = parts;
  if (HEALTH.has(pathname)) return { kind: 'text', body: 'ok' };
  switch (pathname) {
    case '/version':
      return json(versionBody(parts.version));
    case '/api':
      return discoveryAnswer(cluster, 'core', form, coreVersions(parts.address()));
    case '/apis':
      return discoveryAnswer(cluster, 'groups', form, groupList(cluster.registry));
    case '/':
      return json({ paths: ['/api', '/apis', '/healthz', '/livez', '/openapi/v3', '/readyz', '/version'] });
    default:
      return parts.openapi.answer(pathname, form) ?? json(discoveryDocument(cluster, pathname));
  }
}

function discoveryDocument({ registry }: Cluster, pathname: string): JsonMap {
  const [root, ...rest] = pathname.split('/').filter((part) => part !== '');
  const [first = '', second = ''] = rest;
  let document: JsonMap | null = null;
  if (root === 'api' && rest.length === 1) document = resourceList(registry, '', first);
  if (root === 'apis' && rest.length === 1) document = oneGroup(registry, first);
  if (root === 'apis' && rest.length === 2) document = resourceList(registry, first, second);
  if (document === null) throw pathNotFound();
  return document;
}
