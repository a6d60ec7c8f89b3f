/** JSON patch (RFC 6902). */
import type { Operation } from 'fast-json-patch';
import fastJsonPatch from 'fast-json-patch';
import type { JsonMap } from '../objects/json-tree.ts';
import { isMap } from '../objects/json-tree.ts';
import { ApiError, badRequest } from '../objects/status-error.ts';

/** The patched tree; the one given may be changed. A failing test or a missing path is a 422, a malformed patch a 400. */
export function applyJsonPatch(target: JsonMap, patch: unknown): JsonMap {
  if (!Array.isArray(patch))
    throw badRequest('error decoding patch: json: cannot unmarshal object into Go value of type jsonpatch.Patch');
  try {
    const result: unknown = fastJsonPatch.applyPatch(target, patch as Operation[], true).newDocument;
    if (isMap(result)) return result;
  } catch (error) {
    const why = error instanceof Error ? (error.message.split('\n')[0] ?? '') : '';
    throw new ApiError(422, 'Invalid', `the server rejected our request due to an error in our request: ${why}`, {});
  }
  throw badRequest('the patched object is not an object');
}
