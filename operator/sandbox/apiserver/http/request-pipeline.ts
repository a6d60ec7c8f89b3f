/** The way of one request: fault, credentials, meaning, answer, account. */
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Log } from '../../../runtime/log.ts';
import { ADMIN } from '../access/authentication.ts';
import type { UserInfo } from '../access/tokens.ts';
import { ApiError, unauthorized } from '../objects/status-error.ts';
import type { DecodeProtobuf } from '../schema/protobuf.ts';
import type { Answer, Wording } from './answer.ts';
import { readBody, toText } from './body.ts';
import type { EventLines } from './event-lines.ts';
import type { FaultGate } from './faults.ts';
import type { Ledger, LedgerKey, Outcome } from './ledger.ts';
import { negotiate } from './negotiation.ts';
import { parseResourcePath } from './request-path.ts';
import { handleResource, verbOf } from './resource-handler.ts';
import type { HandlerParts } from './resource-request.ts';
import { send, sendError } from './respond.ts';
import type { SystemParts } from './system-handler.ts';
import { handleSystem, isPublic } from './system-handler.ts';
import { WatchStream } from './watch-stream.ts';

/** Everything a request may need. */
export interface PipelineParts extends HandlerParts, SystemParts {
  readonly decodeProtobuf: DecodeProtobuf;
  readonly gate: FaultGate;
  readonly ledger: Ledger;
  /** The watches that are open. */
  readonly watches: Set<WatchStream>;
  readonly lines: EventLines;
  readonly log: Log | null;
}

const READS: ReadonlySet<string> = new Set(['get', 'list', 'watch', 'head', 'options']);

/** A refusal is an answer; anything else is a fault of this server, and logged. */
function toApiError(error: unknown, log: Log | null): ApiError {
  if (error instanceof ApiError) return error;
  log?.error('sandbox API server failed at a request', { err: error });
  const why = error instanceof Error ? error.message : 'unknown';
  return new ApiError(500, 'InternalError', `Internal error occurred: ${why}`);
}

/** Answers one request; never throws. */
export async function answerRequest(
  parts: PipelineParts,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const url = new URL(request.url ?? '/', 'https://localhost');
  const path = parseResourcePath(url.pathname);
  const method = request.method ?? 'GET';
  const user = parts.authenticator.userOf(request);
  const key: LedgerKey = {
    verb: path === null ? method.toLowerCase() : verbOf(method, path, url.searchParams),
    resource: path === null ? url.pathname : ledgerResource(path),
    userAgent: request.headers['user-agent'] ?? '',
    user: user?.username ?? 'system:anonymous',
  };
  let outcome: Outcome = 'failed';
  try {
    const body = await readBody(request);
    if (parts.gate.swallowsRequests) return;
    await parts.gate.admit({ group: path?.group ?? '', plural: path?.plural ?? '' });
    if (parts.gate.swallowsRequests || response.destroyed) return;
    const before = parts.cluster.revisions.current;
    answer(parts, { request, response, url, body, user });
    const changed = parts.cluster.revisions.current !== before;
    outcome = READS.has(key.verb) ? 'read' : changed ? 'changed' : 'unchanged';
  } catch (error) {
    sendError(response, toApiError(error, parts.log));
  } finally {
    parts.ledger.record(key, outcome);
  }
}

const ledgerResource = (path: { group: string; plural: string; subresource: string }): string => {
  const name = path.group === '' ? path.plural : `${path.plural}.${path.group}`;
  return path.subresource === '' ? name : `${name}/${path.subresource}`;
};

interface Exchange {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  readonly url: URL;
  readonly body: Buffer;
  readonly user: UserInfo | null;
}

function answer(parts: PipelineParts, { request, response, url, body, user }: Exchange): void {
  const path = parseResourcePath(url.pathname);
  if (user === null && !isPublic(url.pathname)) throw unauthorized();
  const { form, yaml } = negotiate(request.headers.accept);
  const include = includeOf(url.searchParams.get('includeObject'));
  const warnings: string[] = [];
  const result =
    path === null
      ? handleSystem(parts, url.pathname, form)
      : handleResource(parts, {
          method: request.method ?? 'GET',
          path,
          query: url.searchParams,
          ...toText(body, request.headers['content-type'], parts.decodeProtobuf),
          user: user ?? ADMIN,
          userAgent: request.headers['user-agent'] ?? '',
          warnings,
        });
  if (result.kind === 'watch') openWatch(parts, response, result, { form, include });
  else send(parts.cluster, response, result, { form, include, yaml, warnings });
}

const includeOf = (text: string | null): Wording['include'] =>
  text === 'None' || text === 'Object' ? text : 'Metadata';

function openWatch(
  parts: PipelineParts,
  response: ServerResponse,
  watch: Extract<Answer, { kind: 'watch' }>,
  wording: Wording,
): void {
  const stream = new WatchStream(parts, watch, wording, response);
  stream.start(parts.gate.stallsWatches);
  parts.watches.add(stream);
  response.on('close', () => parts.watches.delete(stream));
  if (parts.gate.dropsWatches) stream.drop();
}
