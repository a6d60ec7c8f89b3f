/** How built-in resources are written: Go's typed decoding, the defaults and rules of the kind, and the schema's checks. */
import type { KubeDocument } from '../../kube-api.ts';
import type { FieldError } from '../objects/field-error.ts';
import type { JsonMap } from '../objects/json-tree.ts';
import { badRequest } from '../objects/status-error.ts';
import { decodeBuiltin } from '../schema/decode-builtin.ts';
import type { SchemaNode } from '../schema/schema-node.ts';
import { validateAgainst } from '../schema/validation.ts';
import type { NameRule } from './metadata-rules.ts';
import { validateMetadata, validateMetadataUpdate } from './metadata-rules.ts';
import type { Strategy } from './resource-definition.ts';

/** Where a kind differs from the rest. */
export interface KindRules {
  readonly nameRule?: NameRule;
  /** Counts changes of the spec in metadata.generation. */
  readonly hasGeneration?: boolean;
  /** The status given at creation is kept, as for nodes that register themselves. */
  readonly keepsStatusOnCreate?: boolean;
  /** A PUT must carry the resource version. */
  readonly needsResourceVersion?: boolean;
  readonly applyDefaults?: (draft: KubeDocument) => void;
  readonly prepareForCreate?: (draft: KubeDocument) => void;
  readonly prepareForUpdate?: (draft: KubeDocument, old: KubeDocument) => void;
  readonly validate?: (object: KubeDocument, old: KubeDocument | null) => FieldError[];
}

/** A built-in kind at one version. */
export interface BuiltinKind {
  readonly kind: string;
  readonly version: string;
  readonly schema: SchemaNode;
  readonly hasStatus: boolean;
  readonly rules: KindRules;
}

/** The strategy of a built-in kind. */
export function builtinStrategy({ kind, version, schema, hasStatus, rules }: BuiltinKind): Strategy {
  return {
    isCustom: false,
    hasStatus,
    hasGeneration: rules.hasGeneration === true,
    statusWritesMetadata: true,
    allowsUnconditionalUpdate: rules.needsResourceVersion !== true,
    decode: (draft) => decodeTyped(draft, { kind, version, schema }),
    applyDefaults: (draft) => rules.applyDefaults?.(draft),
    prepareForCreate: (draft) => {
      if (hasStatus && rules.keepsStatusOnCreate !== true) delete draft['status'];
      rules.prepareForCreate?.(draft);
    },
    prepareForUpdate: (draft, old) => rules.prepareForUpdate?.(draft, old),
    validate: (object, old) => [
      ...validateMetadata(object, rules.nameRule ?? 'subdomain'),
      ...(old === null ? [] : validateMetadataUpdate(object, old)),
      ...schemaErrors(object, schema),
      ...(rules.validate?.(object, old) ?? []),
    ],
  };
}

/** Go's decoding; what it cannot read is a 400 before anything else is looked at. */
function decodeTyped(draft: JsonMap, type: { kind: string; version: string; schema: SchemaNode }): string[] {
  const findings = { unknown: [], typeErrors: [] };
  decodeBuiltin(draft, type.schema, { path: '', owner: '' }, findings);
  const [problem] = findings.typeErrors;
  if (problem !== undefined) {
    throw badRequest(
      `${type.kind} in version "${type.version}" cannot be handled as a ${type.kind}: ${String(problem)}`,
    );
  }
  return findings.unknown;
}

/** The API server's own checks of a status are few, so the schema is held only against the rest. */
function schemaErrors(object: KubeDocument, schema: SchemaNode): FieldError[] {
  const errors: FieldError[] = [];
  for (const [name, node] of schema.properties) {
    const value = object[name];
    if (name === 'status' || name === 'metadata') continue;
    if (value !== undefined) errors.push(...validateAgainst(value, node, name));
    else if (schema.required.includes(name)) {
      errors.push({ type: 'FieldValueRequired', field: name, detail: 'Required value' });
    }
  }
  return errors;
}
