/** The JSONPath of printer columns and scale paths: fields, indices, wildcards and filters such as [?(@.type=="Ready")]. */
import { isList, isMap } from './json-tree.ts';

type Step = (values: unknown[]) => unknown[];

/** Every value a path leads to. */
export type JsonPath = (root: unknown) => unknown[];

const field =
  (name: string): Step =>
  (values) =>
    values.flatMap((value) => (isMap(value) && value[name] !== undefined ? [value[name]] : []));

const all: Step = (values) =>
  values.flatMap((value) => (isList(value) ? value : isMap(value) ? Object.values(value) : []));

const index =
  (at: number): Step =>
  (values) =>
    values.flatMap((value) => (isList(value) ? value.slice(at, at === -1 ? undefined : at + 1) : []));

type Comparison = (left: unknown, right: unknown) => boolean;

const OPERATORS: Readonly<Record<string, Comparison>> = {
  '==': (left, right) => left === right,
  '!=': (left, right) => left !== right,
  '>': (left, right) => Number(left) > Number(right),
  '>=': (left, right) => Number(left) >= Number(right),
  '<': (left, right) => Number(left) < Number(right),
  '<=': (left, right) => Number(left) <= Number(right),
};

function literal(text: string): unknown {
  const quoted = /^(["'])(.*)\1$/u.exec(text);
  if (quoted !== null) return quoted[2];
  if (text === 'true' || text === 'false') return text === 'true';
  return Number.isNaN(Number(text)) ? text : Number(text);
}

function filter(condition: string): Step {
  const parts = /^@((?:\.|\[).*?)?\s*(==|!=|>=|<=|>|<)\s*(.+)$/u.exec(condition.trim());
  const path = parseSteps((parts?.[1] ?? condition.trim().slice(1)).trim());
  const compare = OPERATORS[parts?.[2] ?? ''];
  const wanted = parts === null ? undefined : literal((parts[3] ?? '').trim());
  const holds = (item: unknown): boolean => {
    const found = run(path, item);
    return compare === undefined ? found.length > 0 : found.some((value) => compare(value, wanted));
  };
  return (values) => values.flatMap((value) => (isList(value) ? value.filter(holds) : []));
}

const run = (steps: readonly Step[], root: unknown): unknown[] => {
  let values: unknown[] = [root];
  for (const step of steps) values = step(values);
  return values;
};

function parseSteps(text: string): Step[] {
  const steps: Step[] = [];
  let rest = text;
  while (rest !== '') {
    const bracket = /^\[(?:\?\((.+?)\)|(["'])(.+?)\2|(-?\d+)|(\*))\]/u.exec(rest);
    const name = /^\.?((?:\\.|[^.[\]\\])+)/u.exec(rest);
    if (bracket !== null) {
      steps.push(bracketStep(bracket));
      rest = rest.slice(bracket[0].length);
    } else if (name !== null) {
      const plain = (name[1] ?? '').replaceAll(/\\(.)/gu, '$1');
      steps.push(plain === '*' ? all : field(plain));
      rest = rest.slice(name[0].length);
    } else break;
  }
  return steps;
}

function bracketStep(bracket: RegExpExecArray): Step {
  const [, condition, , name, at] = bracket;
  if (condition !== undefined) return filter(condition);
  if (name !== undefined) return field(name);
  return at === undefined ? all : index(Number(at));
}

/** Compiles a path such as `.status.conditions[?(@.type=="Ready")].status`. */
export function parseJsonPath(text: string): JsonPath {
  const steps = parseSteps(text.trim().replace(/^\$/u, ''));
  return (root) => run(steps, root);
}
