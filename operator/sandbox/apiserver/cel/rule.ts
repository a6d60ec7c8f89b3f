/** One x-kubernetes-validations rule: compiled against the type of what it is on, then asked of values. */
import type { Environment } from '@marcbachmann/cel-js';
import { Optional } from '@marcbachmann/cel-js';
import type { FieldError, FieldErrorType } from '../objects/field-error.ts';
import { shown } from '../objects/field-error.ts';
import type { JsonMap } from '../objects/json-tree.ts';
import { asString, isList, isMap } from '../objects/json-tree.ts';

/** A rule that can be asked. */
export interface Rule {
  /** Only asked where there is an old value to compare with. */
  readonly isTransition: boolean;
  /** `old` is undefined when there is none. Returns what is wrong, or null. */
  check(values: { self: unknown; old: unknown }, at: { path: string; value: unknown }): FieldError | null;
}

/** A rule, or why there is none. */
export interface CompiledRule {
  readonly rule: Rule | null;
  /** Why the rule does not compile, and in which of its fields. */
  readonly problem: { readonly field: string; readonly value: unknown; readonly why: string } | null;
}

interface AstNode {
  readonly op?: string;
  readonly args?: unknown;
}

/** Whether an expression reads a variable. */
function mentions(node: unknown, variable: string): boolean {
  if (isList(node)) return node.some((item) => mentions(item, variable));
  if (typeof node !== 'object' || node === null) return false;
  const { op, args } = node as AstNode;
  if (op === 'id') return args === variable;
  return mentions(args, variable);
}

const REASONS: Readonly<Record<string, FieldErrorType>> = {
  FieldValueInvalid: 'FieldValueInvalid',
  FieldValueForbidden: 'FieldValueForbidden',
  FieldValueRequired: 'FieldValueRequired',
  FieldValueDuplicate: 'FieldValueDuplicate',
};

const LABELS: Partial<Record<FieldErrorType, string>> = {
  FieldValueForbidden: 'Forbidden',
  FieldValueRequired: 'Required value',
  FieldValueDuplicate: 'Duplicate value',
};

const firstLine = (error: unknown): string => (error instanceof Error ? (error.message.split('\n')[0] ?? '') : '');

/** cel-js capitalises what cel-go does not. */
const worded = (message: string): string => message.replace(/^No such key/u, 'no such key');

function detailOf(type: FieldErrorType, value: unknown, message: string): string {
  const isWhole = isMap(value) || isList(value);
  const label = LABELS[type] ?? 'Invalid value';
  if (type === 'FieldValueForbidden' || type === 'FieldValueRequired' || isWhole) return `${label}: ${message}`;
  return type === 'FieldValueDuplicate' ? `${label}: ${shown(value)}` : `${label}: ${shown(value)}: ${message}`;
}

type Expression = ReturnType<Environment['parse']>;

interface Compiled {
  readonly expression: Expression | null;
  readonly why: string;
}

function compile(environment: Environment, text: string, expected: string): Compiled {
  try {
    const expression = environment.parse(text);
    const { valid, type, error } = expression.check();
    if (!valid) return { expression: null, why: `compilation failed: ERROR: ${worded(firstLine(error))}` };
    const fits = type === expected || type === 'dyn';
    return fits ? { expression, why: '' } : { expression: null, why: `must evaluate to a ${expected}` };
  } catch (error) {
    return { expression: null, why: `compilation failed: ERROR: ${worded(firstLine(error))}` };
  }
}

/** Compiles a rule on values of the CEL type `typeName`. */
export function compileRule(base: Environment, typeName: string, declared: JsonMap): CompiledRule {
  const optionalOld = declared['optionalOldSelf'] === true;
  const environment = base
    .clone({ enableOptionalTypes: true })
    .registerVariable('self', typeName)
    .registerVariable('oldSelf', optionalOld ? `optional<${typeName}>` : typeName);
  const text = asString(declared['rule']);
  const { expression, why } = compile(environment, text, 'bool');
  const fail = (field: string, why: string): CompiledRule => ({
    rule: null,
    problem: { field, value: field === 'rule' ? declared : declared[field], why },
  });
  if (expression === null) return fail('rule', why);
  const messageText = asString(declared['messageExpression']);
  const message = messageText === '' ? null : compile(environment, messageText, 'string');
  if (message !== null && message.expression === null) return fail('messageExpression', message.why);
  const isTransition = !optionalOld && mentions(expression.ast, 'oldSelf');
  return {
    problem: null,
    rule: {
      isTransition,
      check: ({ self, old }, at) => {
        const oldSelf = optionalOld ? (old === undefined ? Optional.none() : Optional.of(old)) : old;
        return judge({ expression, message: message?.expression ?? null, declared }, { self, oldSelf }, at);
      },
    },
  };
}

interface Judged {
  readonly expression: Expression;
  readonly message: Expression | null;
  readonly declared: JsonMap;
}

function judge(
  { expression, message, declared }: Judged,
  context: JsonMap,
  { path, value }: { path: string; value: unknown },
): FieldError | null {
  const fixed = asString(declared['message']).trim() || `failed rule: ${asString(declared['rule']).trim()}`;
  try {
    if (expression(context) === true) return null;
  } catch (error) {
    const why = `${worded(firstLine(error))} evaluating rule: ${fixed}`;
    return { type: 'FieldValueInvalid', field: path, detail: detailOf('FieldValueInvalid', value, why) };
  }
  const type = REASONS[asString(declared['reason'])] ?? 'FieldValueInvalid';
  const field = `${path}${asString(declared['fieldPath'])}`;
  return {
    type,
    field: path === '' ? field.replace(/^\./u, '') : field,
    detail: detailOf(type, value, messageOf(message, context) ?? fixed),
  };
}

/** What the message expression says; null when there is none or it says nothing usable. */
function messageOf(expression: Expression | null, context: JsonMap): string | null {
  if (expression === null) return null;
  try {
    const text: unknown = expression(context);
    return typeof text === 'string' && text.trim() !== '' && !text.includes('\n') ? text : null;
  } catch {
    return null;
  }
}
