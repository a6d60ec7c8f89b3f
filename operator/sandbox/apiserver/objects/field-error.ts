/** What is wrong with a field, in the words of Kubernetes' field package; `invalid` turns a list of them into a 422. */
import { ApiError } from './status-error.ts';

/** The reasons Kubernetes gives as the cause of a 422. */
export type FieldErrorType =
  | 'FieldValueRequired'
  | 'FieldValueInvalid'
  | 'FieldValueNotSupported'
  | 'FieldValueForbidden'
  | 'FieldValueDuplicate'
  | 'FieldValueTooLong'
  | 'FieldValueTooMany'
  | 'FieldValueTypeInvalid'
  | 'FieldValueNotFound'
  | 'InternalError';

/** One thing that is wrong with one field. */
export interface FieldError {
  readonly type: FieldErrorType;
  /** Path of the field, such as `spec.ports[0].port`; empty for the whole object. */
  readonly field: string;
  /** Everything after the path. */
  readonly detail: string;
}

const LONGEST_VALUE_SHOWN = 300;

/** A value as messages show it: strings quoted, maps and lists as JSON. */
export function shown(value: unknown): string {
  if (value === undefined || value === null) return 'null';
  const text = JSON.stringify(value);
  return text.length > LONGEST_VALUE_SHOWN ? `${text.slice(0, LONGEST_VALUE_SHOWN)}...` : text;
}

const withDetail = (label: string, detail: string): string => (detail === '' ? label : `${label}: ${detail}`);

export const required = (field: string, detail = ''): FieldError => ({
  type: 'FieldValueRequired',
  field,
  detail: withDetail('Required value', detail),
});

export const invalidValue = (field: string, value: unknown, why: string): FieldError => ({
  type: 'FieldValueInvalid',
  field,
  detail: withDetail(`Invalid value: ${shown(value)}`, why),
});

export const typeInvalid = (field: string, value: unknown, why: string): FieldError => ({
  type: 'FieldValueTypeInvalid',
  field,
  detail: withDetail(`Invalid value: ${shown(value)}`, why),
});

export const unsupported = (field: string, value: unknown, supported: readonly unknown[]): FieldError => ({
  type: 'FieldValueNotSupported',
  field,
  detail: `Unsupported value: ${shown(value)}: supported values: ${supported.map((item) => shown(item)).join(', ')}`,
});

export const forbiddenField = (field: string, why: string): FieldError => ({
  type: 'FieldValueForbidden',
  field,
  detail: `Forbidden: ${why}`,
});

export const duplicate = (field: string, value: unknown): FieldError => ({
  type: 'FieldValueDuplicate',
  field,
  detail: `Duplicate value: ${shown(value)}`,
});

export const tooLong = (field: string, limit: number): FieldError => ({
  type: 'FieldValueTooLong',
  field,
  detail: `Too long: may not be more than ${limit} bytes`,
});

export const tooMany = (field: string, actual: number, limit: number): FieldError => ({
  type: 'FieldValueTooMany',
  field,
  detail: `Too many: ${actual}: must have at most ${limit} items`,
});

const line = (error: FieldError): string => (error.field === '' ? error.detail : `${error.field}: ${error.detail}`);

/** Kubernetes' aggregate: one error plain, several in brackets. */
const aggregate = (errors: readonly FieldError[]): string => {
  const lines = [...new Set(errors.map(line))];
  return lines.length === 1 ? (lines[0] ?? '') : `[${lines.join(', ')}]`;
};

/** The 422 that refuses an object for these errors. */
export const invalid = (
  subject: { readonly group: string; readonly kind: string },
  name: string,
  errors: readonly FieldError[],
): ApiError => {
  const qualifiedKind = subject.group === '' ? subject.kind : `${subject.kind}.${subject.group}`;
  return new ApiError(422, 'Invalid', `${qualifiedKind} "${name}" is invalid: ${aggregate(errors)}`, {
    ...(name === '' ? {} : { name }),
    ...(subject.group === '' ? {} : { group: subject.group }),
    ...(subject.kind === '' ? {} : { kind: subject.kind }),
    causes: errors.map((error) => ({
      reason: error.type,
      message: error.detail,
      field: error.field === '' ? '<nil>' : error.field,
    })),
  });
};

/** `path.name`, or just the name at the top. */
export const child = (path: string, name: string): string => {
  const step = /^[A-Za-z_$][\w$-]*$/u.test(name) ? name : null;
  if (step === null) return `${path}[${name}]`;
  return path === '' ? name : `${path}.${name}`;
};
