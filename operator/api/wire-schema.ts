/** The schemas of the custom resources, generated from crds/, and the keywords that they are made of. */
import schemas from './wire-schemas.json' with { type: 'json' };

/** The part of OpenAPI v3 that structural schemas use, as far as parsing needs it. */
export interface WireSchema {
  readonly type?: 'object' | 'array' | 'string' | 'integer' | 'boolean';
  readonly format?: string;
  readonly 'x-kubernetes-int-or-string'?: boolean;
  readonly 'x-kubernetes-list-type'?: 'atomic' | 'set' | 'map';
  readonly 'x-kubernetes-list-map-keys'?: readonly string[];
  readonly default?: unknown;
  readonly enum?: readonly unknown[];
  readonly pattern?: string;
  readonly minimum?: number;
  readonly maximum?: number;
  readonly minLength?: number;
  readonly maxLength?: number;
  readonly minItems?: number;
  readonly maxItems?: number;
  readonly maxProperties?: number;
  readonly required?: readonly string[];
  readonly properties?: Readonly<Record<string, WireSchema>>;
  readonly additionalProperties?: WireSchema;
  readonly items?: WireSchema;
  /** A pattern beyond `pattern`, from the CEL rule that has it. */
  readonly stricter?: { readonly pattern: string; readonly message: string };
  /** Shortest and longest duration, from the CEL rule that says so. */
  readonly durationBounds?: readonly [string, string];
}

export type WireKind =
  | 'InferenceDeployment'
  | 'MemberCluster'
  | 'FleetPolicy'
  | 'FailoverDrill'
  | 'FailoverDrillSchedule';

/** The whole schema of a kind. */
export const WIRE_SCHEMAS = schemas as unknown as Readonly<Record<WireKind, WireSchema>>;

/** The schema of a kind's spec or status. */
export function schemaOf(kind: WireKind, part: 'spec' | 'status'): WireSchema {
  const schema = WIRE_SCHEMAS[kind].properties?.[part];
  if (!schema) throw new Error(`the schema of ${kind} has no ${part}`);
  return schema;
}
