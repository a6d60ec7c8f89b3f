/** Puts answers on the wire: the right form, headers and status code. */
import type { ServerResponse } from 'node:http';
import { dump } from 'js-yaml';
import type { Cluster } from '../cluster.ts';
import type { JsonMap } from '../objects/json-tree.ts';
import { type ApiError, PathNotFound } from '../objects/status-error.ts';
import type { Answer, Wording } from './answer.ts';
import { listBody, objectBody } from './answer.ts';

type Immediate = Exclude<Answer, { kind: 'watch' }>;

/** Headers of every answer. */
const COMMON = { 'cache-control': 'no-cache, private' };

interface Body {
  readonly code: number;
  readonly body: JsonMap;
  readonly headers: Readonly<Record<string, string>>;
}

function bodyOf(cluster: Cluster, answer: Exclude<Immediate, { kind: 'text' | 'binary' }>, wording: Wording): Body {
  switch (answer.kind) {
    case 'object':
      return { code: answer.code, body: objectBody(cluster, answer, wording), headers: {} };
    case 'list':
      return { code: 200, body: listBody(cluster, answer, wording), headers: {} };
    case 'json':
      return {
        code: answer.code,
        body: answer.body,
        headers: {
          ...(answer.etag === undefined ? {} : { etag: answer.etag }),
          ...(answer.contentType === undefined ? {} : { 'content-type': answer.contentType }),
        },
      };
  }
}

/** How a client wants its answer. */
export interface Reply extends Wording {
  readonly yaml: boolean;
  readonly warnings: readonly string[];
}

/** Sends an answer that is complete at once. */
export function send(cluster: Cluster, response: ServerResponse, answer: Immediate, reply: Reply): void {
  if (answer.kind === 'text' || answer.kind === 'binary') {
    const contentType = answer.kind === 'text' ? 'text/plain; charset=utf-8' : answer.contentType;
    response.writeHead(200, { ...COMMON, 'content-type': contentType });
    response.end(answer.body);
    return;
  }
  const { code, body, headers } = bodyOf(cluster, answer, reply);
  const text = reply.yaml ? dump(body) : JSON.stringify(body);
  for (const warning of reply.warnings) response.appendHeader('warning', `299 - ${JSON.stringify(warning)}`);
  response.writeHead(code, {
    ...COMMON,
    'content-type': reply.yaml ? 'application/yaml' : 'application/json',
    'content-length': Buffer.byteLength(text),
    ...headers,
  });
  response.end(text);
}

/** Sends the Status of a refusal. */
export function sendError(response: ServerResponse, error: ApiError): void {
  if (response.headersSent) {
    response.destroy();
    return;
  }
  if (error instanceof PathNotFound) {
    response.writeHead(404, { ...COMMON, 'content-type': 'text/plain; charset=utf-8' });
    response.end('404 page not found\n');
    return;
  }
  const text = JSON.stringify(error.status());
  const retryAfter = error.details?.retryAfterSeconds;
  response.writeHead(error.code, {
    ...COMMON,
    'content-type': 'application/json',
    'content-length': Buffer.byteLength(text),
    ...(retryAfter === undefined ? {} : { 'retry-after': String(retryAfter) }),
  });
  response.end(text);
}
