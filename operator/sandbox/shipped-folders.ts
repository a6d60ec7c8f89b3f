/** Where files that come with Tradewind lie: in the checkout, or beside the bundle that was built from it. */
import { existsSync } from 'node:fs';

const CANDIDATES = {
  data: ['./data/'],
  crds: ['./crds/', '../crds/', '../../crds/'],
  scenarios: ['./scenarios/', '../operator/sandbox/scenarios/'],
} as const satisfies Record<string, readonly string[]>;

/** The folder's address, ending in a slash. Throws when it is nowhere. */
export function shippedFolder(name: keyof typeof CANDIDATES): URL {
  const places = CANDIDATES[name].map((path) => new URL(path, import.meta.url));
  const found = places.find((place) => existsSync(place));
  if (found === undefined) throw new Error(`the folder ${name} is in none of ${places.map(String).join(', ')}`);
  return found;
}
