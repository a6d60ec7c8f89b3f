/** Label and field selectors: parsed once, then matched against many objects. */
import type { KubeDocument } from '../../kube-api.ts';
import { badRequest } from './status-error.ts';
import { asText, isMap, valueAt } from './json-tree.ts';

/** Whether an object is selected. */
export type Selector = (object: KubeDocument) => boolean;

type Labels = Readonly<Record<string, string>>;
type Requirement = (labels: Labels) => boolean;

const KEY = /^([A-Za-z0-9]([-A-Za-z0-9.]*[A-Za-z0-9])?\/)?[A-Za-z0-9]([-A-Za-z0-9_.]*[A-Za-z0-9])?$/u;
const VALUE = /^([A-Za-z0-9]([-A-Za-z0-9_.]*[A-Za-z0-9])?)?$/u;
const NO_LABELS: Labels = {};

/** Splits at commas that stand outside parentheses. */
function splitTerms(text: string): string[] {
  const terms: string[] = [];
  let depth = 0;
  let start = 0;
  for (let at = 0; at < text.length; at += 1) {
    if (text[at] === '(') depth += 1;
    else if (text[at] === ')') depth -= 1;
    else if (text[at] === ',' && depth === 0) {
      terms.push(text.slice(start, at));
      start = at + 1;
    }
  }
  terms.push(text.slice(start));
  return terms.map((term) => term.trim());
}

const unparsable = (text: string, why: string): Error =>
  badRequest(`unable to parse requirement: ${why} in selector "${text}"`);

function checkedKey(text: string, key: string): string {
  if (!KEY.test(key)) throw unparsable(text, `<nil>: Invalid value: "${key}": not a qualified label name`);
  return key;
}

function checkedValue(text: string, value: string): string {
  if (!VALUE.test(value) || value.length > 63) {
    throw unparsable(
      text,
      `values[0]: Invalid value: "${value}": a valid label must be an empty string or consist of alphanumeric characters`,
    );
  }
  return value;
}

function setRequirement(text: string, term: RegExpExecArray): Requirement {
  const key = checkedKey(text, term[1] ?? '');
  const values = new Set((term[3] ?? '').split(',').map((value) => checkedValue(text, value.trim())));
  const has = (labels: Labels): boolean => {
    const value = labels[key];
    return value !== undefined && values.has(value);
  };
  return term[2] === 'in' ? has : (labels) => !has(labels);
}

function comparison(text: string, term: RegExpExecArray): Requirement {
  const key = checkedKey(text, term[1] ?? '');
  const operator = term[2] ?? '';
  const value = checkedValue(text, (term[3] ?? '').trim());
  switch (operator) {
    case '!=':
      return (labels) => labels[key] !== value;
    case '>':
      return (labels) => labels[key] !== undefined && Number(labels[key]) > Number(value);
    case '<':
      return (labels) => labels[key] !== undefined && Number(labels[key]) < Number(value);
    default:
      return (labels) => labels[key] === value;
  }
}

function parseRequirement(text: string, term: string): Requirement {
  const set = /^(\S+)\s+(in|notin)\s*\(([^()]*)\)$/u.exec(term);
  if (set !== null) return setRequirement(text, set);
  const compared = /^([^\s=!<>]+)\s*(==|!=|=|>|<)\s*(.*)$/u.exec(term);
  if (compared !== null) return comparison(text, compared);
  if (term.startsWith('!')) {
    const key = checkedKey(text, term.slice(1).trim());
    return (labels) => labels[key] === undefined;
  }
  const key = checkedKey(text, term);
  return (labels) => labels[key] !== undefined;
}

/** Every object. */
export const everything: Selector = () => true;

/** A label selector in its text form; throws a 400 when it is malformed. */
export function parseLabelSelector(text: string): Selector {
  if (text.trim() === '') return everything;
  const requirements = splitTerms(text).map((term) => parseRequirement(text, term));
  return (object) => {
    const labels = object.metadata.labels ?? NO_LABELS;
    return requirements.every((requirement) => requirement(labels));
  };
}

/** Whether labels satisfy a LabelSelector object (`matchLabels`, `matchExpressions`). */
export function matchesLabelSelectorObject(selector: unknown, labels: Labels): boolean {
  if (!isMap(selector)) return false;
  const wanted = isMap(selector['matchLabels']) ? Object.entries(selector['matchLabels']) : [];
  if (!wanted.every(([key, value]) => labels[key] === value)) return false;
  const expressions = Array.isArray(selector['matchExpressions']) ? selector['matchExpressions'] : [];
  return expressions.every((expression: unknown) => matchesExpression(expression, labels));
}

function matchesExpression(expression: unknown, labels: Labels): boolean {
  if (!isMap(expression)) return false;
  const value = labels[String(expression['key'])];
  const values = Array.isArray(expression['values']) ? expression['values'] : [];
  switch (expression['operator']) {
    case 'In':
      return value !== undefined && values.includes(value);
    case 'NotIn':
      return value === undefined || !values.includes(value);
    case 'Exists':
      return value !== undefined;
    default:
      return value === undefined;
  }
}

/** How to read one selectable field of an object, as a string. */
export type FieldReader = (object: KubeDocument) => string;

/** Reads the field at a dotted path; what is absent reads as empty. */
export const fieldAt = (path: string): FieldReader => {
  const steps = path.replace(/^\./u, '').split('.');
  return (object) => asText(valueAt(object, steps));
};

/** A field selector in its text form over the fields a resource lets select; throws a 400 for any other field. */
export function parseFieldSelector(text: string, fields: ReadonlyMap<string, FieldReader>): Selector {
  if (text.trim() === '') return everything;
  const requirements = text.split(',').map((term): Selector => {
    const parts = /^([^=!]+)(==|!=|=)(.*)$/u.exec(term.trim());
    if (parts === null) throw badRequest(`invalid selector: '${text}'; can't understand '${term}'`);
    const [, field = '', operator, wanted = ''] = parts;
    const read = fields.get(field);
    if (read === undefined) throw badRequest(`field label not supported: ${field}`);
    const value = wanted.replaceAll(/\\([\\,=])/gu, '$1');
    return operator === '!=' ? (object) => read(object) !== value : (object) => read(object) === value;
  });
  return (object) => requirements.every((requirement) => requirement(object));
}

/** Both selectors at once. */
export const both = (a: Selector, b: Selector): Selector =>
  a === everything ? b : b === everything ? a : (object) => a(object) && b(object);
