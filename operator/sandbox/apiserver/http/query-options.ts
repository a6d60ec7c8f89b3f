/** The options of a request, read from its query string and, for deletions, its body. */
import type { JsonMap } from '../objects/json-tree.ts';
import { asList, asMap, asString, isMap } from '../objects/json-tree.ts';
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

/** The selectors and limits of a list or watch; `namespace` empty for all. */
export const listQuery = (query: URLSearchParams, namespace: string): ListQuery => ({
  namespace: namespace === '' ? null : namespace,
  labelSelector: text(query, 'labelSelector'),
  fieldSelector: text(query, 'fieldSelector'),
  limit: wholeNumber(query, 'limit'),
  continueToken: text(query, 'continue'),
  resourceVersion: text(query, 'resourceVersion'),
  resourceVersionMatch: text(query, 'resourceVersionMatch'),
});

/** In seconds; 0 for none. */
export const timeoutSeconds = (query: URLSearchParams): number => wholeNumber(query, 'timeoutSeconds');

function dryRunOf(values: readonly unknown[]): boolean {
  if (values.some((value) => value !== 'All')) {
    throw badRequest(`dryRun: Unsupported value: ${JSON.stringify(values[0])}: supported values: "All"`);
  }
  return values.length > 0;
}

const VALIDATIONS: ReadonlySet<string> = new Set(['Strict', 'Warn', 'Ignore']);

/** A manager that does not name itself is called after its user agent's product. */
const managerFrom = (userAgent: string): string => (userAgent.split('/')[0] ?? '').slice(0, 128) || 'unknown';

/** The options of a write; server-side apply insists on a manager, others are named after their user agent. */
export function writeOptions(query: URLSearchParams, userAgent: string, isApply = false): WriteOptions {
  const validation = text(query, 'fieldValidation') || 'Warn';
  if (!VALIDATIONS.has(validation)) {
    throw badRequest(
      `fieldValidation: Unsupported value: "${validation}": supported values: "Ignore", "Strict", "Warn"`,
    );
  }
  return {
    dryRun: dryRunOf(query.getAll('dryRun').filter((value) => value !== '')),
    fieldManager: text(query, 'fieldManager') || (isApply ? '' : managerFrom(userAgent)),
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
    throw badRequest(
      `DeleteOptions.meta.k8s.io "" is invalid: propagationPolicy: Unsupported value: "${propagation}": supported values: "Background", "Foreground", "Orphan"`,
    );
  }
  const orphan = options['orphanDependents'] ?? query.get('orphanDependents');
  const orphaning = orphan === true || orphan === 'true' ? 'Orphan' : null;
  return {
    gracePeriodSeconds: grace === null || grace === undefined ? null : Number(grace),
    uid: asString(preconditions['uid']) || null,
    resourceVersion: asString(preconditions['resourceVersion']) || null,
    propagation: propagation === '' ? orphaning : (propagation as Propagation),
    dryRun: dryRunOf([...asList(options['dryRun']), ...query.getAll('dryRun').filter((value) => value !== '')]),
  };
}
