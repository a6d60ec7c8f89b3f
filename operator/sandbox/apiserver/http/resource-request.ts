/** Requests to the resource API as handlers see them, and how handlers read them. */
import type { Authenticator } from '../access/authentication.ts';
import type { TokenIssuer, UserInfo } from '../access/tokens.ts';
import type { Cluster } from '../cluster.ts';
import type { JsonMap } from '../objects/json-tree.ts';
import { isMap } from '../objects/json-tree.ts';
import { badRequest } from '../objects/status-error.ts';
import type { ResourceDefinition } from '../resources/resource-definition.ts';
import type { Patch } from '../verbs/patch.ts';
import type { Target, WriteOptions } from '../verbs/request.ts';
import { parseObject, parsePatch, patchTypeOf } from './body.ts';
import { isTrue, type OptionsKind, writeOptions } from './query-options.ts';
import type { ResourcePath } from './request-path.ts';

/** A request to the resource API, read but not understood yet. */
export interface ResourceRequest {
  readonly method: string;
  readonly path: ResourcePath;
  readonly query: URLSearchParams;
  readonly contentType: string | undefined;
  readonly body: string;
  readonly user: UserInfo;
  readonly userAgent: string;
  /** Collects what the client should be warned of. */
  readonly warnings: string[];
}

/** What handlers of resource requests act on. */
export interface HandlerParts {
  readonly cluster: Cluster;
  readonly authenticator: Authenticator;
  readonly issuer: TokenIssuer;
}

/** What a request is aimed at. */
export const targetOf = ({ path }: ResourceRequest, resource: ResourceDefinition): Target => ({
  resource,
  namespace: path.namespace,
  name: path.name,
  subresource: path.subresource,
});

const OPTIONS_KINDS: Readonly<Record<string, OptionsKind>> = { POST: 'CreateOptions', PUT: 'UpdateOptions' };

/** The write options of a request, collecting warnings into it. */
export const optionsOf = ({ method, query, userAgent, warnings }: ResourceRequest, isApply = false): WriteOptions => ({
  ...writeOptions(query, { userAgent, kind: OPTIONS_KINDS[method] ?? 'PatchOptions', isApply }),
  warnings,
});

/** The object in the body; 400 when there is none. */
export function objectIn(request: ResourceRequest): JsonMap {
  const body = parseObject(request.body, request.contentType);
  if (!isMap(body)) throw badRequest('the body of the request is not an object');
  return body;
}

export const bodyOrNothing = (request: ResourceRequest): unknown =>
  request.body === '' ? null : parseObject(request.body, request.contentType);

/** The patch in the body; 415 when the content type announces none. */
export function patchIn(request: ResourceRequest): Patch {
  const type = patchTypeOf(request.contentType);
  return { type, body: parsePatch(request.body, type), force: isTrue(request.query, 'force') };
}
