/** What the operator asks of the API servers of a sandbox, by server, from one moment to another. */
import type { LedgerEntry } from '../../operator/sandbox/apiserver/http/ledger.ts';
import type { Sandbox } from '../../operator/sandbox/start-sandbox.ts';

export interface Asked {
  /** hub, or a member's name. */
  readonly server: string;
  readonly verb: string;
  readonly resource: string;
  readonly requests: number;
  readonly failures: number;
}

const READS: ReadonlySet<string> = new Set(['get', 'list', 'watch']);

const isOperator = ({ userAgent }: LedgerEntry): boolean => userAgent.startsWith('tradewind/');

/** Everything asked so far. */
export function askedSoFar({ hub, members }: Sandbox): readonly Asked[] {
  return [['hub', hub] as const, ...members].flatMap(([server, { ledger }]) =>
    ledger
      .entries()
      .filter(isOperator)
      .map(({ verb, resource, requests, failures }) => ({ server, verb, resource, requests, failures })),
  );
}

const keyOf = ({ server, verb, resource }: Asked): string => `${server} ${verb} ${resource}`;

/** What was asked since, leaving out what was not. */
export function askedSince(sandbox: Sandbox, before: readonly Asked[]): readonly Asked[] {
  const known = new Map(before.map((it) => [keyOf(it), it]));
  return askedSoFar(sandbox)
    .map((it) => ({ ...it, requests: it.requests - (known.get(keyOf(it))?.requests ?? 0) }))
    .filter(({ requests }) => requests > 0);
}

/** Without the lease, which the leader has to renew. */
export const writesIn = (asked: readonly Asked[]): readonly Asked[] =>
  asked.filter(({ verb, resource }) => !READS.has(verb) && resource !== 'leases.coordination.k8s.io');

/** For people: `12 get /readyz of aws-east`. */
export const describeAsked = (asked: readonly Asked[]): readonly string[] =>
  asked.map(({ server, verb, resource, requests }) => `${requests} ${verb} ${resource} of ${server}`);
