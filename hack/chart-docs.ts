/** Makes the table of a chart's values from the comments in its values.yaml: `# -- what it is for` above each value. */
import { load } from 'js-yaml';

export interface DocumentedValue {
  /** As Helm's --set takes it: `image.tag`. */
  readonly path: string;
  readonly fallback: unknown;
  readonly text: string;
}

const LINE = /^(?<indent> *)(?<key>[A-Za-z][\w-]*):(?<rest>.*)$/;
const COMMENT = /^ *# ?(?<text>.*)$/;

const valueAt = (values: unknown, path: readonly string[]): unknown =>
  path.reduce((value, key) => (value as Readonly<Record<string, unknown>>)[key], values);

/** Every value that has a comment, in the order of the file. Throws for a value that has none and holds none that have. */
export function documentedValues(text: string): readonly DocumentedValue[] {
  const values = load(text);
  const found: DocumentedValue[] = [];
  let path: readonly { readonly key: string; readonly indent: number }[] = [];
  let comment: readonly string[] = [];
  let opaque = Number.POSITIVE_INFINITY;
  for (const line of text.split('\n')) {
    const said = COMMENT.exec(line)?.groups?.['text'];
    if (said !== undefined) {
      comment = said.startsWith('-- ') ? [said.slice(3)] : comment.length > 0 ? [...comment, said] : [];
      continue;
    }
    const { indent: spaces = '', key = '' } = LINE.exec(line)?.groups ?? {};
    if (key === '' || spaces.length > opaque) continue;
    opaque = Number.POSITIVE_INFINITY;
    path = [...path.filter(({ indent }) => indent < spaces.length), { key, indent: spaces.length }];
    const keys = path.map((it) => it.key);
    const fallback = valueAt(values, keys);
    if (comment.length > 0) {
      found.push({ path: keys.join('.'), fallback, text: comment.join(' ') });
      opaque = spaces.length;
    } else if (!isSection(fallback)) throw new Error(`values.yaml: ${keys.join('.')} has no comment`);
    comment = [];
  }
  return found;
}

const isSection = (value: unknown): boolean =>
  typeof value === 'object' && value !== null && !Array.isArray(value) && Object.keys(value).length > 0;

const asCode = (value: unknown): string => `\`${JSON.stringify(value)}\``.replaceAll('|', '\\|');

/** For a README: a line for each value. */
export const valuesTable = (text: string): string =>
  [
    '| value | default | what it is for |',
    '|---|---|---|',
    ...documentedValues(text).map(
      (it) => `| \`${it.path}\` | ${asCode(it.fallback)} | ${it.text.replaceAll('|', '\\|')} |`,
    ),
  ].join('\n');
