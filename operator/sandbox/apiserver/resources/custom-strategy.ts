/** How custom resources are written: pruning, defaulting and validation by the structural schema of their CRD. */
import type { KubeDocument } from '../../kube-api.ts';
import { type FieldError, type FieldErrorType, invalidValue } from '../objects/field-error.ts';
import type { JsonMap } from '../objects/json-tree.ts';
import { isMap } from '../objects/json-tree.ts';
import { badRequest } from '../objects/status-error.ts';
import { decodeBuiltin } from '../schema/decode-builtin.ts';
import { applyDefaults } from '../schema/defaulting.ts';
import { pruneUnknown } from '../schema/prune.ts';
import type { SchemaNode } from '../schema/schema-node.ts';
import { validateAgainst } from '../schema/validation.ts';
import { validateMetadata, validateMetadataUpdate } from './metadata-rules.ts';
import type { Strategy } from './resource-definition.ts';

/** A custom kind at one version. */
export interface CustomKind {
  readonly kind: string;
  readonly version: string;
  /** The CRD's schema for the version. */
  readonly schema: SchemaNode;
  readonly metadataSchema: SchemaNode;
  readonly hasStatus: boolean;
  readonly hasRules: boolean;
  /** What the schema's CEL rules find wrong; only asked of objects whose types fit the schema. */
  readonly checkRules: (object: KubeDocument, old: KubeDocument | null) => FieldError[];
}

/** What is wrong in these ways may not be of the types that rules rely on. */
const BLOCKING: ReadonlySet<FieldErrorType> = new Set([
  'FieldValueNotSupported',
  'FieldValueRequired',
  'FieldValueTooLong',
  'FieldValueTooMany',
  'FieldValueTypeInvalid',
]);
const RULES_NOT_CHECKED = invalidValue(
  '<nil>',
  null,
  'some validation rules were not checked because the object was invalid; correct the existing errors to complete validation',
);

/** The strategy of a custom kind. */
export function customStrategy(custom: CustomKind): Strategy {
  const { schema, hasStatus } = custom;
  return {
    isCustom: true,
    hasStatus,
    hasGeneration: true,
    statusWritesMetadata: false,
    allowsUnconditionalUpdate: false,
    decode: (draft) => decodeCustom(draft, custom),
    applyDefaults: (draft) => applyDefaults(draft, schema),
    prepareForCreate: (draft) => {
      if (!hasStatus) return;
      delete draft['status'];
      applyDefaults(draft, schema); // a status that has a default is read with it from the store
    },
    prepareForUpdate: () => undefined,
    validate: (object, old) => {
      const misfits = validateAgainst(object, schema, '');
      const errors = [
        ...validateMetadata(object, 'subdomain'),
        ...(old === null ? [] : validateMetadataUpdate(object, old)),
        ...misfits,
      ];
      if (!custom.hasRules) return errors;
      const isBlocked = misfits.some(({ type }) => BLOCKING.has(type));
      return [...errors, ...(isBlocked ? [RULES_NOT_CHECKED] : custom.checkRules(object, old))];
    },
  };
}

function decodeCustom(draft: JsonMap, { kind, version, schema, metadataSchema }: CustomKind): string[] {
  const unknown: string[] = [];
  const { metadata } = draft;
  if (metadata !== undefined) {
    const findings = { unknown, typeErrors: [] as string[] };
    if (isMap(metadata)) decodeBuiltin(metadata, metadataSchema, { path: 'metadata', owner: 'ObjectMeta' }, findings);
    const [problem] = findings.typeErrors;
    if (problem !== undefined || !isMap(metadata)) {
      throw badRequest(
        `${kind} in version "${version}" cannot be handled as a ${kind}: ${problem ?? 'json: cannot unmarshal metadata into Go value'}`,
      );
    }
  }
  pruneUnknown(draft, schema, '', unknown);
  return unknown;
}
