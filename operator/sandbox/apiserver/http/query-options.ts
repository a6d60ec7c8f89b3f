/** The options of a request, read from its query string and, for deletions, its body. */
import type { JsonMap } from '../objects/json-tree.ts';
import { asList, asMap, asString, isMap } from '../objects/json-tree.ts';
import { type FieldError, forbiddenField, invalid, required, unsupported } from '../objects/field-error.ts';
import { badRequest } from '../objects/status-error.ts';
import type { DeleteOptions, Propagation } from '../verbs/delete.ts';
import type { ListQuery } from '../verbs/read.ts';
import type { FieldValidation, WriteOptions } from '../verbs/request.ts';

const text = (query: URLSearchParams, name: string): string => query.get(name) ?? '';

export const isTrue = (query: URLSearchParams, name: string): boolean => {
  const value = query.get(name);
  return value === 'true' || value === '1';
};

function wholeNumber(query: URLSearchParams, name: string): number {
  const value = text(query, name);
  if (value === '') return 0;
  if (!/^\d+$/u.test(value)) throw badRequest(`strconv.ParseInt: parsing "${value}": invalid syntax`);
  return Number(value);
}

/** The 422 for an option that is wrong, in the words of the options' own kind. */
const wrongOption = (kind: string, error: FieldError): Error => invalid({ group: 'meta.k8s.io', kind }, '', [error]);

/** The selectors and limits of a list or watch; `namespace` empty for all. */
export function listQuery(query: URLSearchParams, namespace: string): ListQuery {
  const found = {
    namespace: namespace === '' ? null : namespace,
    labelSelector: text(query, 'labelSelector'),
    fieldSelector: text(query, 'fieldSelector'),
    limit: wholeNumber(query, 'limit'),
    continueToken: text(query, 'continue'),
    resourceVersion: text(query, 'resourceVersion'),
    resourceVersionMatch: text(query, 'resourceVersionMatch'),
  };
  const problem = matchProblem(query, found);
  if (problem !== null) throw wrongOption('ListOptions', problem);
  return found;
}

const MATCHES = ['Exact', 'NotOlderThan', ''];

/** What is wrong with how the resource version is to be matched. */
function matchProblem(query: URLSearchParams, found: ListQuery): FieldError | null {
  const { resourceVersion, resourceVersionMatch: match } = found;
  const forbidden = (why: string): FieldError => forbiddenField('resourceVersionMatch', why);
  if (isTrue(query, 'sendInitialEvents'))
    return match === 'NotOlderThan'
      ? null
      : forbidden('sendInitialEvents requires setting resourceVersionMatch to NotOlderThan');
  if (match === '') return null;
  if (isTrue(query, 'watch'))
    return forbidden('resourceVersionMatch is forbidden for watch unless sendInitialEvents is provided');
  if (resourceVersion === '') return forbidden('resourceVersionMatch is forbidden unless resourceVersion is provided');
  if (found.continueToken !== '') return forbidden('resourceVersionMatch is forbidden when continue is provided');
  if (!MATCHES.includes(match)) return unsupported('resourceVersionMatch', match, MATCHES);
  if (match === 'Exact' && resourceVersion === '0')
    return forbidden('resourceVersionMatch "exact" is forbidden for resourceVersion "0"');
  return null;
}

/** In seconds; 0 for none. */
export const timeoutSeconds = (query: URLSearchParams): number => wholeNumber(query, 'timeoutSeconds');

function dryRunOf(kind: string, values: readonly unknown[]): boolean {
  if (values.some((value) => value !== 'All')) throw wrongOption(kind, unsupported('dryRun', values, ['All']));
  return values.length > 0;
}

const VALIDATIONS: ReadonlySet<string> = new Set(['Strict', 'Warn', 'Ignore']);

/** A manager that does not name itself is called after its user agent's product. */
const managerFrom = (userAgent: string): string => (userAgent.split('/')[0] ?? '').slice(0, 128) || 'unknown';

/** The kinds in which Kubernetes keeps the options of a write. */
export type OptionsKind = 'CreateOptions' | 'UpdateOptions' | 'PatchOptions';

/** The options of a write; server-side apply insists on a manager, others are named after their user agent. */
export function writeOptions(
  query: URLSearchParams,
  { userAgent, kind, isApply }: { readonly userAgent: string; readonly kind: OptionsKind; readonly isApply: boolean },
): WriteOptions {
  const validation = text(query, 'fieldValidation') || 'Warn';
  if (!VALIDATIONS.has(validation)) {
    throw wrongOption(kind, unsupported('fieldValidation', validation, ['', 'Ignore', 'Strict', 'Warn']));
  }
  if (isApply && text(query, 'fieldManager') === '') {
    throw wrongOption(kind, required('fieldManager', 'is required for apply patch'));
  }
  return {
    dryRun: dryRunOf(
      kind,
      query.getAll('dryRun').filter((value) => value !== ''),
    ),
    fieldManager: text(query, 'fieldManager') || managerFrom(userAgent),
    fieldValidation: validation as FieldValidation,
    warnings: [],
  };
}

const PROPAGATIONS: ReadonlySet<string> = new Set(['Background', 'Foreground', 'Orphan']);

/** DeleteOptions from the body where there is one, else from the query. */
export function deleteOptions(query: URLSearchParams, body: unknown): DeleteOptions {
  const options: JsonMap = isMap(body) ? body : {};
  const preconditions = asMap(options['preconditions']);
  const grace = options['gracePeriodSeconds'] ?? query.get('gracePeriodSeconds');
  const propagation = asString(options['propagationPolicy']) || text(query, 'propagationPolicy');
  if (propagation !== '' && !PROPAGATIONS.has(propagation)) {
    const supported = ['Foreground', 'Background', 'Orphan'];
    throw wrongOption('DeleteOptions', unsupported('propagationPolicy', propagation, supported));
  }
  const orphan = options['orphanDependents'] ?? query.get('orphanDependents');
  const orphaning = orphan === true || orphan === 'true' ? 'Orphan' : null;
  return {
    gracePeriodSeconds: grace === null || grace === undefined ? null : Number(grace),
    uid: asString(preconditions['uid']) || null,
    resourceVersion: asString(preconditions['resourceVersion']) || null,
    propagation: propagation === '' ? orphaning : (propagation as Propagation),
    dryRun: dryRunOf('DeleteOptions', [
      ...asList(options['dryRun']),
      ...query.getAll('dryRun').filter((value) => value !== ''),
    ]),
  };
}
