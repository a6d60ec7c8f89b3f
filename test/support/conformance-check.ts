/** What a conformance check is, and the words that checks are written in. */
import { expect } from 'chai';
import { textOf, type HttpAnswer, type HttpClient, type Json } from './apiserver-fixture.ts';

/** One API server under the suite, with a namespace of the check's own. */
export interface Subject {
  readonly http: HttpClient;
  readonly namespace: string;
  /** Forgets the history of all changes up to now. */
  forgetHistory(): Promise<void>;
}

export interface Check {
  readonly name: string;
  readonly run: (subject: Subject) => Promise<void>;
}

export interface CheckArea {
  readonly area: string;
  readonly checks: readonly Check[];
}

type Run = Check['run'];

/** An area from the names of its checks and what they do. */
export const checkArea = (area: string, checks: Readonly<Record<string, Run>>): CheckArea => ({
  area,
  checks: Object.entries(checks).map(([name, run]) => ({ name, run })),
});

export const configMaps = ({ namespace }: Subject): string => `/api/v1/namespaces/${namespace}/configmaps`;
export const pods = ({ namespace }: Subject): string => `/api/v1/namespaces/${namespace}/pods`;
export const deployments = ({ namespace }: Subject): string => `/apis/apps/v1/namespaces/${namespace}/deployments`;
export const widgets = ({ namespace }: Subject): string => `/apis/example.test/v1/namespaces/${namespace}/widgets`;

/** The answer's body when it has that status; fails with what the server says otherwise. */
export function bodyOf(answer: HttpAnswer, status: number): Json {
  expect(answer.status, answer.text.slice(0, 600)).to.equal(status);
  return answer.body;
}

/** Fails unless it is a Status of that code and reason; answers it. */
export function refusal(answer: HttpAnswer, code: number, reason: string): Json {
  const body = bodyOf(answer, code);
  expect([textOf(body['kind']), textOf(body['code']), textOf(body['reason'] ?? '')]).to.deep.equal([
    'Status',
    String(code),
    reason,
  ]);
  return body;
}

/** `reason field` of each cause of a refusal, once each, in order. */
export const causesOf = (status: Json): readonly string[] => {
  const causes = (status['details']?.['causes'] ?? []) as unknown as readonly Json[];
  return [...new Set(causes.map((cause) => `${textOf(cause['reason'])} ${textOf(cause['field'])}`))].sort();
};

export const versionOf = (object: Json): string => textOf(object['metadata']?.['resourceVersion']);

export const namesOf = (list: Json): readonly string[] =>
  (list['items'] as unknown as readonly Json[]).map((item) => textOf(item['metadata']?.['name']));

/** Who owns fields of it, as `manager operation subresource`, in order. */
export const managersOf = (object: Json): readonly string[] =>
  ((object['metadata']?.['managedFields'] ?? []) as unknown as readonly Json[])
    .map((entry) =>
      ['manager', 'operation', 'subresource']
        .map((field) => textOf(entry[field] ?? ''))
        .join(' ')
        .trim(),
    )
    .sort();
