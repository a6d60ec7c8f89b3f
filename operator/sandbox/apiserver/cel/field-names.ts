/** How property names that are no CEL identifiers are written in rules: `namespace` is `__namespace__`, `a-b` is `a__dash__b`. */

/** Words of CEL that cannot be field names. */
const RESERVED: ReadonlySet<string> = new Set(
  (
    'true false null in as break const continue else for function if import let loop package namespace return var ' +
    'void while'
  ).split(' '),
);

const ESCAPES: Readonly<Record<string, string>> = {
  __: '__underscores__',
  '.': '__dot__',
  '-': '__dash__',
  '/': '__slash__',
};

/** The name a rule uses for a property; null when rules cannot name it. */
export function escapedName(name: string): string | null {
  if (RESERVED.has(name)) return `__${name}__`;
  if (!/^[a-zA-Z_./-][a-zA-Z0-9_./-]*$/u.test(name)) return null;
  return name.replaceAll(/__|[./-]/gu, (found) => ESCAPES[found] ?? found);
}
