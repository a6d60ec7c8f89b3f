/**
 * One schema for built-in and custom resources: a SchemaNode says what a value may be, how it is defaulted, and how its
 * lists and maps merge. Children are read on demand, because the built-in schemas are recursive.
 */
import type { JsonMap } from '../objects/json-tree.ts';
import { asList, asMap, asString, isList, isMap } from '../objects/json-tree.ts';
import { compilePattern } from '../objects/pattern.ts';

/** The types of JSON schema. */
export type SchemaType = 'object' | 'array' | 'string' | 'integer' | 'number' | 'boolean';

type BranchKeyword = 'allOf' | 'anyOf' | 'oneOf';

const NO_BRANCHES: readonly SchemaNode[] = [];

/** Finds the schema a `$ref` names. */
export type ResolveRef = (name: string) => JsonMap;

export class SchemaNode {
  /** The schema as written, with references on its own level resolved. */
  readonly raw: JsonMap;
  /** The last part of the referenced schema's name, as Go calls the type; empty when there was no reference. */
  readonly typeName: string;
  /** null: any type. */
  readonly type: SchemaType | null;
  readonly format: string;
  readonly nullable: boolean;
  readonly intOrString: boolean;
  readonly quantity: boolean;
  readonly preserveUnknown: boolean;
  readonly embedded: boolean;
  readonly listType: 'atomic' | 'set' | 'map';
  readonly listKeys: readonly string[];
  readonly atomicMap: boolean;
  readonly patchStrategies: readonly string[];
  readonly patchMergeKey: string | null;
  readonly required: readonly string[];
  readonly hasDefault: boolean;
  readonly #resolve: ResolveRef;
  #properties: ReadonlyMap<string, SchemaNode> | undefined;
  #additional: SchemaNode | null | undefined;
  #items: SchemaNode | null | undefined;
  #pattern: RegExp | null | undefined;
  readonly #branches = new Map<BranchKeyword, readonly SchemaNode[]>();

  constructor(schema: JsonMap, resolve: ResolveRef) {
    const { raw, typeName } = dereference(schema, resolve);
    this.raw = raw;
    this.typeName = typeName;
    this.#resolve = resolve;
    this.type = typeof raw['type'] === 'string' ? (raw['type'] as SchemaType) : null;
    this.format = asString(raw['format']);
    this.nullable = raw['nullable'] === true;
    this.intOrString = raw['x-kubernetes-int-or-string'] === true || this.format === 'int-or-string';
    this.quantity = typeName === 'Quantity';
    this.preserveUnknown = raw['x-kubernetes-preserve-unknown-fields'] === true;
    this.embedded = raw['x-kubernetes-embedded-resource'] === true;
    const listType = raw['x-kubernetes-list-type'];
    this.listType = listType === 'map' || listType === 'set' ? listType : 'atomic';
    this.listKeys = asList(raw['x-kubernetes-list-map-keys']).map(String);
    this.atomicMap = raw['x-kubernetes-map-type'] === 'atomic';
    this.patchStrategies = asString(raw['x-kubernetes-patch-strategy']).split(',');
    this.patchMergeKey = asString(raw['x-kubernetes-patch-merge-key']) || null;
    this.required = asList(raw['required']).map(String);
    this.hasDefault = raw['default'] !== undefined;
  }

  get properties(): ReadonlyMap<string, SchemaNode> {
    this.#properties ??= new Map(
      Object.entries(asMap(this.raw['properties'])).map(([name, schema]) => [name, this.#child(asMap(schema))]),
    );
    return this.#properties;
  }

  /** What fields not listed under properties hold; null when there may be none. */
  get additional(): SchemaNode | null {
    if (this.#additional === undefined) {
      const schema = this.raw['additionalProperties'];
      this.#additional = isMap(schema) ? this.#child(schema) : schema === true ? this.#child({}) : null;
    }
    return this.#additional;
  }

  get items(): SchemaNode | null {
    if (this.#items === undefined) {
      const schema = this.raw['items'];
      this.#items = isMap(schema) ? this.#child(schema) : null;
    }
    return this.#items;
  }

  /** Nothing is said about the value's content: raw JSON. */
  get opaque(): boolean {
    return this.type === null || (this.type === 'object' && this.properties.size === 0 && this.additional === null);
  }

  /** The node of a field of this object; null when the schema does not know it. */
  field(name: string): SchemaNode | null {
    return this.properties.get(name) ?? this.additional;
  }

  /** Schemas under allOf, anyOf or oneOf, which only validate. */
  branches(keyword: BranchKeyword): readonly SchemaNode[] {
    if (this.raw[keyword] === undefined) return NO_BRANCHES;
    let branches = this.#branches.get(keyword);
    if (branches === undefined) {
      branches = asList(this.raw[keyword])
        .filter(isMap)
        .map((schema) => this.#child(schema));
      this.#branches.set(keyword, branches);
    }
    return branches;
  }

  /** What strings have to match; null for anything. */
  get pattern(): RegExp | null {
    if (this.#pattern === undefined) {
      const { pattern } = this.raw;
      this.#pattern = typeof pattern === 'string' ? compilePattern(pattern) : null;
    }
    return this.#pattern;
  }

  get not(): SchemaNode | null {
    return isMap(this.raw['not']) ? this.#child(this.raw['not']) : null;
  }

  #child(schema: JsonMap): SchemaNode {
    return new SchemaNode(schema, this.#resolve);
  }
}

const REF_PREFIX = '#/components/schemas/';

/** Follows `$ref`, alone or as the only member of an allOf beside attributes of its own. */
function dereference(schema: JsonMap, resolve: ResolveRef): { raw: JsonMap; typeName: string } {
  const { allOf, $ref, ...own } = schema;
  const ref = typeof $ref === 'string' ? $ref : isList(allOf) && allOf.length === 1 ? asMap(allOf[0])['$ref'] : null;
  if (typeof ref !== 'string') return { raw: schema, typeName: '' };
  const name = ref.slice(REF_PREFIX.length);
  return { raw: { ...resolve(name), ...own }, typeName: name.slice(name.lastIndexOf('.') + 1) };
}

/** A schema that says nothing, for values whose shape is unknown. */
export const ANYTHING = new SchemaNode({}, () => ({}));
