/** Request bodies: read up to a limit, parsed by their content type. */
import type { IncomingMessage } from 'node:http';
import { load } from 'js-yaml';
import { badRequest, tooLarge, unsupportedMediaType } from '../objects/status-error.ts';
import type { DecodeProtobuf } from '../schema/protobuf.ts';
import type { PatchType } from '../verbs/patch.ts';

/** The API server's own limit. */
const BODY_LIMIT = 3 * 1024 * 1024;

/** The whole body; 413 when it is too large. */
export async function readBody(request: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    size += chunk.length;
    if (size <= BODY_LIMIT) chunks.push(chunk);
  }
  if (size > BODY_LIMIT) throw tooLarge(BODY_LIMIT);
  return Buffer.concat(chunks);
}

const mediaType = (header: string | undefined): string => (header ?? '').split(';')[0]?.trim() ?? '';

const PROTOBUF = 'application/vnd.kubernetes.protobuf';

/** A body as text and the content type of that text: protobuf becomes JSON here, so that nobody else has to know it. */
export function toText(
  body: Buffer,
  contentType: string | undefined,
  decodeProtobuf: DecodeProtobuf,
): { readonly body: string; readonly contentType: string | undefined } {
  if (mediaType(contentType) !== PROTOBUF) return { body: body.toString('utf8'), contentType };
  return { body: body.length === 0 ? '' : JSON.stringify(decodeProtobuf(body)), contentType: 'application/json' };
}

const OBJECT_TYPES = ['application/json', 'application/yaml'];

/** The object in a body of JSON or YAML. */
export function parseObject(text: string, contentType: string | undefined): unknown {
  const type = mediaType(contentType);
  if (type !== '' && type !== '*/*' && !OBJECT_TYPES.includes(type)) throw unsupportedMediaType(OBJECT_TYPES);
  return type === 'application/yaml' ? parseYaml(text) : parseJson(text);
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    throw badRequest(`error decoding JSON: ${error instanceof Error ? error.message : ''}`);
  }
}

function parseYaml(text: string): unknown {
  if (text.startsWith('{')) {
    try {
      return JSON.parse(text);
    } catch {
      // Flow-style YAML looks like JSON and is not.
    }
  }
  try {
    return load(text);
  } catch (error) {
    throw badRequest(`error decoding YAML: ${error instanceof Error ? error.message : ''}`);
  }
}

const PATCH_TYPES: ReadonlyMap<string, PatchType> = new Map([
  ['application/json-patch+json', 'json'],
  ['application/merge-patch+json', 'merge'],
  ['application/strategic-merge-patch+json', 'strategic'],
  ['application/apply-patch+yaml', 'apply'],
]);

/** The kind of patch a content type announces; 415 for none. */
export function patchTypeOf(contentType: string | undefined): PatchType {
  const type = PATCH_TYPES.get(mediaType(contentType));
  if (type === undefined) throw unsupportedMediaType([...PATCH_TYPES.keys()]);
  return type;
}

export const parsePatch = (text: string, type: PatchType): unknown =>
  type === 'apply' ? parseYaml(text) : parseJson(text);
