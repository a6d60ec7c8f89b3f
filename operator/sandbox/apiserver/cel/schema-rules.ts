/** The CEL rules of a whole schema: compileRules checks them once, `check` asks them of an object. */
import type { KubeDocument } from '../../kube-api.ts';
import type { FieldError } from '../objects/field-error.ts';
import { child, invalidValue } from '../objects/field-error.ts';
import { asList, isList, isMap } from '../objects/json-tree.ts';
import type { SchemaNode } from '../schema/schema-node.ts';
import type { Rule } from './rule.ts';
import { compileRule } from './rule.ts';
import { SchemaTypes } from './schema-types.ts';

/** The rules of a schema, ready to be asked. */
export interface CompiledRules {
  /** Rules that do not compile, at their place in the schema. */
  readonly problems: readonly FieldError[];
  readonly hasRules: boolean;
  /** What the rules find wrong with an object that fits the schema; `old` is what it is to replace. */
  readonly check: (object: KubeDocument, old: KubeDocument | null) => FieldError[];
}

/** The rules of one place of the schema and of the places below; null below which there are none. */
interface RuleTree {
  readonly node: SchemaNode;
  readonly rules: readonly Rule[];
  readonly convert: (value: unknown) => unknown;
  readonly fields: ReadonlyMap<string, RuleTree>;
  readonly entries: RuleTree | null;
  readonly items: RuleTree | null;
}

/** Where a rule stands: its path in the schema, and whether old values can be told apart there. */
interface Place {
  readonly path: string;
  readonly correlatable: boolean;
}

interface Compilation {
  readonly types: SchemaTypes;
  readonly problems: FieldError[];
}

/** Compiles every rule of a schema; `path` is where the schema is in its definition. */
export function compileRules(schema: SchemaNode, path = 'openAPIV3Schema'): CompiledRules {
  const compilation: Compilation = { types: new SchemaTypes(), problems: [] };
  // Types first: an environment takes no more of them once a rule has been compiled in a clone of it.
  compilation.types.typeOf(schema, true);
  const tree = treeOf(schema, { path, correlatable: true }, compilation);
  return {
    problems: compilation.problems,
    hasRules: tree !== null,
    check: (object, old) => (tree === null ? [] : checkTree(tree, { value: object, old: old ?? undefined }, '')),
  };
}

function treeOf(node: SchemaNode, place: Place, compilation: Compilation): RuleTree | null {
  const { path, correlatable } = place;
  const rules = rulesOf(node, place, compilation);
  const fields = new Map<string, RuleTree>();
  for (const [name, field] of node.properties) {
    const tree = treeOf(field, { path: `${path}.properties[${name}]`, correlatable }, compilation);
    if (tree !== null) fields.set(name, tree);
  }
  const entries =
    node.additional === null
      ? null
      : treeOf(node.additional, { path: `${path}.additionalProperties`, correlatable }, compilation);
  const items =
    node.items === null
      ? null
      : treeOf(
          node.items,
          { path: `${path}.items`, correlatable: correlatable && node.listType === 'map' },
          compilation,
        );
  if (rules.length === 0 && fields.size === 0 && entries === null && items === null) return null;
  return { node, rules, convert: compilation.types.typeOf(node).convert, fields, entries, items };
}

function rulesOf(node: SchemaNode, { path, correlatable }: Place, { types, problems }: Compilation): Rule[] {
  const declared = asList(node.raw['x-kubernetes-validations']).filter(isMap);
  return declared.flatMap((rule, index) => {
    const at = `${path}.x-kubernetes-validations[${index}]`;
    const compiled = compileRule(types.environment, types.typeOf(node).name, rule);
    if (compiled.problem !== null) {
      problems.push(invalidValue(`${at}.${compiled.problem.field}`, compiled.problem.value, compiled.problem.why));
    } else if (compiled.rule?.isTransition === true && !correlatable) {
      problems.push(
        invalidValue(`${at}.rule`, rule['rule'], 'oldSelf cannot be used on the uncorrelatable portion of the schema'),
      );
    }
    return compiled.rule ?? [];
  });
}

interface Versions {
  readonly value: unknown;
  /** undefined when there is no old value to compare with. */
  readonly old: unknown;
}

function checkTree(tree: RuleTree, { value, old }: Versions, path: string): FieldError[] {
  const errors = checkRules(tree, { value, old }, path);
  if (isMap(value)) {
    const before = isMap(old) ? old : {};
    for (const [name, item] of Object.entries(value)) {
      const below = tree.fields.get(name) ?? (tree.node.properties.has(name) ? null : tree.entries);
      if (below === null || item === null || item === undefined) continue;
      errors.push(...checkTree(below, { value: item, old: before[name] ?? undefined }, child(path, name)));
    }
  }
  if (isList(value) && tree.items !== null) errors.push(...checkItems(tree, tree.items, { value, old }, path));
  return errors;
}

function checkRules(tree: RuleTree, { value, old }: Versions, path: string): FieldError[] {
  const asked = tree.rules.filter((rule) => !rule.isTransition || old !== undefined);
  if (asked.length === 0) return [];
  const self = tree.convert(value);
  const oldSelf = old === undefined ? undefined : tree.convert(old);
  return asked.flatMap((rule) => rule.check({ self, old: oldSelf }, { path, value }) ?? []);
}

function checkItems(tree: RuleTree, items: RuleTree, { value, old }: Versions, path: string): FieldError[] {
  const before = new Map<string, unknown>();
  if (tree.node.listType === 'map') {
    for (const item of asList(old)) before.set(keyOf(item, tree.node), item);
  }
  return asList(value).flatMap((item, index) =>
    checkTree(items, { value: item, old: before.get(keyOf(item, tree.node)) }, `${path}[${index}]`),
  );
}

const keyOf = (item: unknown, node: SchemaNode): string =>
  isMap(item) ? JSON.stringify(node.listKeys.map((key) => item[key])) : '';
