/** JSON merge patch (RFC 7386). */
import type { JsonMap } from '../objects/json-tree.ts';
import { isMap } from '../objects/json-tree.ts';

/** Merges in place; a null removes the field. Maps of the patch are taken over into the target. */
export function mergePatch(target: JsonMap, patch: JsonMap): void {
  for (const [field, value] of Object.entries(patch)) {
    if (value === null) {
      delete target[field];
    } else if (isMap(value)) {
      const present = target[field];
      const below: JsonMap = isMap(present) ? present : {};
      target[field] = below;
      mergePatch(below, value);
    } else {
      target[field] = value;
    }
  }
}
