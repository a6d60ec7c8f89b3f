/** Who asked for what of a drill: the field managers that the API server has written down, which no spec can forge. */
import type { DrillActors } from '../model/drill.ts';
import { REQUESTED_BY_ANNOTATION } from './ownership.ts';
import { isObject } from './validate-schema.ts';

/** The managers of the fields by which a drill is created, stopped and approved; null where nobody is on record. */
export const askedBy = (metadata: unknown): DrillActors => ({
  ...requestedBy(metadata),
  created: managerOf(metadata, ['f:spec', 'f:failure']),
  aborted: managerOf(metadata, ['f:spec', 'f:abort', 'f:requested']),
  approved: managerOf(metadata, ['f:spec', 'f:approval', 'f:approved']),
});

function requestedBy(metadata: unknown): Pick<DrillActors, 'requestedBy'> {
  const annotations = isObject(metadata) ? metadata['annotations'] : null;
  const told = isObject(annotations) ? annotations[REQUESTED_BY_ANNOTATION] : null;
  return typeof told === 'string' && told !== '' ? { requestedBy: told } : {};
}

/** Who manages the field: whoever changed its value last. */
function managerOf(metadata: unknown, path: readonly string[]): string | null {
  const entries: unknown = isObject(metadata) ? metadata['managedFields'] : null;
  if (!Array.isArray(entries)) return null;
  const owner = entries.findLast((it: unknown) => isObject(it) && has(it['fieldsV1'], path)) as unknown;
  return isObject(owner) && typeof owner['manager'] === 'string' ? owner['manager'] : null;
}

const has = (fields: unknown, [first, ...rest]: readonly string[]): boolean =>
  first === undefined || (isObject(fields) && first in fields && has(fields[first], rest));
