/** Which few of many a drill hits: the same for the same drill, whatever the order, and others for another drill. */
import { compareText } from '../../model/names.ts';

/** `count` of the names, in their own order; ranked by a hash of the drill's name and theirs. */
export function chosenBy<Name extends string>(drill: string, names: readonly Name[], count: number): readonly Name[] {
  const ranked = names
    .map((name) => ({ name, rank: hash(`${drill}\n${name}`) }))
    .sort((a, b) => a.rank - b.rank || compareText(a.name, b.name));
  const chosen = new Set(ranked.slice(0, count).map(({ name }) => name));
  return names.filter((name) => chosen.has(name));
}

/** FNV-1a over UTF-16 units, and the finish of MurmurHash3, so that names that differ in their last letter lie apart. */
function hash(text: string): number {
  let value = 0x811c9dc5;
  for (let at = 0; at < text.length; at += 1) value = Math.imul(value ^ text.charCodeAt(at), 0x01000193);
  value = Math.imul(value ^ (value >>> 16), 0x85ebca6b);
  value = Math.imul(value ^ (value >>> 13), 0xc2b2ae35);
  return (value ^ (value >>> 16)) >>> 0;
}
