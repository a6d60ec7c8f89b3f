/** What every object's metadata must be like, in the words of Kubernetes' validation. */
import type { KubeDocument } from '../../kube-api.ts';
import type { FieldError } from '../objects/field-error.ts';
import { forbiddenField, invalidValue, required } from '../objects/field-error.ts';
import { equalTrees } from '../objects/json-tree.ts';

/** What a resource's names may look like. */
export type NameRule = 'subdomain' | 'label' | 'path';

/** Names of containers and the like. */
export const DNS_LABEL = /^[a-z0-9]([-a-z0-9]*[a-z0-9])?$/u;
const SUBDOMAIN = /^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$/u;
const QUALIFIED = /^([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]$/u;
const LABEL_VALUE = /^(([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9])?$/u;

const SUBDOMAIN_MESSAGE =
  "a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or '.', and must start and end with an alphanumeric character (e.g. 'example.com', regex used for validation is '[a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*')";
export const DNS_LABEL_MESSAGE =
  "a lowercase RFC 1123 label must consist of lower case alphanumeric characters or '-', and must start and end with an alphanumeric character (e.g. 'my-name',  or '123-abc', regex used for validation is '[a-z0-9]([-a-z0-9]*[a-z0-9])?')";
const QUALIFIED_MESSAGE =
  "name part must consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character (e.g. 'MyName',  or 'my.name',  or '123-abc', regex used for validation is '([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]')";
const VALUE_MESSAGE =
  "a valid label must be an empty string or consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character (e.g. 'MyValue',  or 'my_value',  or '12345', regex used for validation is '(([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9])?')";

const ANNOTATIONS_LIMIT = 256 * 1024;

function nameProblem(name: string, rule: NameRule): string | null {
  switch (rule) {
    case 'path':
      if (name === '.' || name === '..') return `may not be '${name}'`;
      return /[/%]/u.test(name) ? "may not contain '/' or '%'" : null;
    case 'label':
      if (name.length > 63) return 'must be no more than 63 characters';
      return DNS_LABEL.test(name) ? null : DNS_LABEL_MESSAGE;
    case 'subdomain':
      if (name.length > 253) return 'must be no more than 253 characters';
      return SUBDOMAIN.test(name) ? null : SUBDOMAIN_MESSAGE;
  }
}

function keyProblem(key: string): string | null {
  const slash = key.lastIndexOf('/');
  const prefix = key.slice(0, Math.max(0, slash));
  const name = key.slice(slash + 1);
  if (slash >= 0 && !SUBDOMAIN.test(prefix)) return `prefix part ${SUBDOMAIN_MESSAGE}`;
  if (name === '') return 'name part must be non-empty';
  if (name.length > 63) return 'name part must be no more than 63 characters';
  return QUALIFIED.test(name) ? null : QUALIFIED_MESSAGE;
}

/** Everything wrong with an object's metadata. */
export function validateMetadata(object: KubeDocument, rule: NameRule): FieldError[] {
  const { metadata } = object;
  const errors: FieldError[] = [];
  if (metadata.name === '') errors.push(required('metadata.name', 'name or generateName is required'));
  else {
    const problem = nameProblem(metadata.name, rule);
    if (problem !== null) errors.push(invalidValue('metadata.name', metadata.name, problem));
  }
  errors.push(...labelErrors(metadata.labels ?? {}), ...annotationErrors(metadata.annotations ?? {}));
  for (const finalizer of metadata.finalizers ?? []) {
    const problem = keyProblem(finalizer);
    if (problem !== null) errors.push(invalidValue('metadata.finalizers', finalizer, problem));
  }
  return [...errors, ...ownerErrors(metadata.ownerReferences ?? [])];
}

function labelErrors(labels: Readonly<Record<string, string>>): FieldError[] {
  return Object.entries(labels).flatMap(([key, value]) => {
    const problem = keyProblem(key);
    const errors = problem === null ? [] : [invalidValue('metadata.labels', key, problem)];
    if (value.length > 63) errors.push(invalidValue('metadata.labels', value, 'must be no more than 63 bytes'));
    else if (!LABEL_VALUE.test(value)) errors.push(invalidValue('metadata.labels', value, VALUE_MESSAGE));
    return errors;
  });
}

function annotationErrors(annotations: Readonly<Record<string, string>>): FieldError[] {
  let size = 0;
  const errors = Object.entries(annotations).flatMap(([key, value]) => {
    size += key.length + value.length;
    const problem = keyProblem(key.toLowerCase());
    return problem === null ? [] : [invalidValue('metadata.annotations', key, problem)];
  });
  if (size > ANNOTATIONS_LIMIT) {
    const detail = `Too long: may not be more than ${ANNOTATIONS_LIMIT} bytes`;
    errors.push({ type: 'FieldValueTooLong', field: 'metadata.annotations', detail });
  }
  return errors;
}

type OwnerReferences = NonNullable<KubeDocument['metadata']['ownerReferences']>;

function ownerErrors(owners: OwnerReferences): FieldError[] {
  const errors = owners.flatMap((owner, index) =>
    (['apiVersion', 'kind', 'name', 'uid'] as const)
      .filter((field) => (owner[field] ?? '') === '')
      .map((field) => invalidValue(`metadata.ownerReferences[${index}].${field}`, '', `${field} must not be empty`)),
  );
  const controllers = owners.filter((owner) => owner.controller === true);
  if (controllers.length > 1) {
    errors.push(
      invalidValue(
        'metadata.ownerReferences',
        owners,
        'Only one reference can have Controller set to true. Found "true" in references for several owners',
      ),
    );
  }
  return errors;
}

/** What an update may not do to metadata. */
export function validateMetadataUpdate(next: KubeDocument, old: KubeDocument): FieldError[] {
  const errors: FieldError[] = [];
  for (const field of ['name', 'namespace', 'uid', 'creationTimestamp'] as const) {
    if (!equalTrees(next.metadata[field], old.metadata[field])) {
      errors.push(invalidValue(`metadata.${field}`, next.metadata[field], 'field is immutable'));
    }
  }
  if (old.metadata.deletionTimestamp !== undefined) {
    const before = new Set(old.metadata.finalizers);
    const added = (next.metadata.finalizers ?? []).filter((finalizer) => !before.has(finalizer));
    if (added.length > 0) {
      const list = added.map((finalizer) => JSON.stringify(finalizer)).join(', ');
      errors.push(
        forbiddenField(
          'metadata.finalizers',
          `no new finalizers can be added if the object is being deleted, found new finalizers []string{${list}}`,
        ),
      );
    }
  }
  return errors;
}
