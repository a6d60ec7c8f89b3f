/** Reads charts/permissions.yaml, the one list of Kubernetes permissions, and renders it as rules of roles and as tables. */
import { readFileSync } from 'node:fs';
import { load } from 'js-yaml';

export type Scope = 'cluster' | 'own' | 'workloads' | 'unconfined';

/** One line of the list: resources of one API group, or paths that are no resources. */
export interface Permission {
  readonly group?: string;
  readonly resources?: readonly string[];
  readonly urls?: readonly string[];
  readonly verbs: readonly string[];
  readonly scope: Scope;
  /** The only objects that it is for. */
  readonly names?: readonly string[];
  /** The chart's value that names the only objects that it is for. */
  readonly namesFrom?: string;
  /** The chart's value without which it is not granted. */
  readonly when?: string;
  readonly why: string;
}

export const HOLDERS = ['hub', 'member', 'test', 'view', 'edit'] as const;
export type Holder = (typeof HOLDERS)[number];
export type Permissions = Readonly<Record<Holder, readonly Permission[]>>;

const FILE = new URL('../charts/permissions.yaml', import.meta.url);

export const readPermissions = (): Permissions => load(readFileSync(FILE, 'utf8')) as Permissions;

const list = (items: readonly string[]): string => `[${items.map((it) => (it === '' ? '""' : it)).join(', ')}]`;

/** A rule as Kubernetes reads it, in a template of Helm. */
function ruleOf(permission: Permission): readonly string[] {
  const { group = '', resources = [], urls, verbs, names, namesFrom, when = namesFrom, why } = permission;
  const named =
    namesFrom === undefined
      ? names && [`  resourceNames: ${list(names)}`]
      : [`  resourceNames: {{- toYaml .Values.${namesFrom} | nindent 4 }}`];
  const what = urls
    ? [`- nonResourceURLs: ${list(urls)}`]
    : [`- apiGroups: ${list([group])}`, `  resources: ${list(resources)}`];
  const rule = [`# ${why}`, ...what, ...(named ?? []), `  verbs: ${list(verbs)}`];
  return when === undefined ? rule : [`{{- if .Values.${when} }}`, ...rule, '{{- end }}'];
}

/** A named template with the rules of one holder in one scope. */
export const rulesTemplate = (name: string, permissions: readonly Permission[]): string =>
  [`{{- define "${name}" -}}`, ...permissions.flatMap(ruleOf), '{{- end }}', ''].join('\n');

const PLACES: Readonly<Record<Scope, string>> = {
  cluster: 'whole cluster',
  own: "operator's namespace",
  workloads: 'the namespaces named, or all',
  unconfined: 'whole cluster, unless namespaces are named',
};

/** As kubectl names it: `deployments.apps/scale`. */
function nameOf({ group = '', urls }: Permission, resource: string): string {
  if (urls || group === '') return `\`${resource}\``;
  const [plural = '', ...subresource] = resource.split('/');
  return `\`${[`${plural}.${group}`, ...subresource].join('/')}\``;
}

/** For a README: a line for each permission. */
export function permissionTable(permissions: readonly Permission[]): string {
  const rows = permissions.map((it) => {
    const what = (it.urls ?? it.resources ?? []).map((resource) => nameOf(it, resource)).join(', ');
    const named = it.namesFrom ? ` named in \`${it.namesFrom}\`` : it.names ? ` named ${it.names.join(', ')}` : '';
    const when = it.when ? `, with \`${it.when}\`` : '';
    return `| ${what}${named}${when} | ${it.verbs.join(', ')} | ${PLACES[it.scope]} | ${it.why} |`;
  });
  return ['| what | verbs | where | why |', '|---|---|---|---|', ...rows].join('\n');
}
