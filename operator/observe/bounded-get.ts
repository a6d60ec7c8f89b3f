/** One GET that cannot hang, grow or wander: a deadline, a limit on the body, no redirects, no forbidden address. */
import { request as requestHttp } from 'node:http';
import { request as requestHttps } from 'node:https';
import { guardedLookup } from '../kube/guarded-lookup.ts';
import { refuseHost } from '../kube/server-address.ts';

export interface BoundedGet {
  /** http or https; asked without any credential. */
  readonly url: string;
  /** Bytes of the body that are read; null: none, the status is enough. */
  readonly bodyLimit: number | null;
  /** Whether the server may be on this machine, as in the sandbox. */
  readonly allowLoopback: boolean;
}

export type GetOutcome =
  | { readonly kind: 'Answered'; readonly status: number; readonly body: string }
  /** It could have been asked, and no usable answer came in time. */
  | { readonly kind: 'Silent'; readonly why: string }
  /** It was never asked: the URL must not be, its name is not known, or its certificate is not to be trusted. */
  | { readonly kind: 'NotAsked'; readonly why: string };

/** Faults on this side of the line: they say nothing of the server. */
const OUR_FAULTS: ReadonlySet<string> = new Set([
  'ENOTFOUND',
  'EAI_AGAIN',
  'SELF_SIGNED_CERT_IN_CHAIN',
  'DEPTH_ZERO_SELF_SIGNED_CERT',
  'UNABLE_TO_VERIFY_LEAF_SIGNATURE',
  'UNABLE_TO_GET_ISSUER_CERT_LOCALLY',
  'ERR_TLS_CERT_ALTNAME_INVALID',
]);

/** Resolves in any case; the signal is the deadline. */
export function boundedGet(get: BoundedGet, signal: AbortSignal): Promise<GetOutcome> {
  const target = URL.parse(get.url);
  if (target === null || (target.protocol !== 'http:' && target.protocol !== 'https:'))
    return Promise.resolve({ kind: 'NotAsked', why: 'the URL is neither http nor https' });
  const refusal = refuseHost(target.hostname, get);
  if (refusal !== null) return Promise.resolve({ kind: 'NotAsked', why: `the host of the URL ${refusal}` });
  if (signal.aborted) return Promise.resolve({ kind: 'Silent', why: 'no time was left to ask' });
  return send(target, get, signal);
}

function send(target: URL, { bodyLimit, allowLoopback }: BoundedGet, signal: AbortSignal): Promise<GetOutcome> {
  const start = target.protocol === 'https:' ? requestHttps : requestHttp;
  return new Promise((resolve) => {
    const options = { signal, lookup: guardedLookup({ allowLoopback }), agent: false } as const;
    const request = start(target, options, (answer) => {
      const status = answer.statusCode ?? 0;
      const chunks: Buffer[] = [];
      let size = 0;
      const end = (outcome: GetOutcome): void => {
        resolve(outcome);
        request.destroy();
      };
      if (bodyLimit === null) end({ kind: 'Answered', status, body: '' });
      answer.on('data', (chunk: Buffer) => {
        size += chunk.length;
        if (size > (bodyLimit ?? 0)) end({ kind: 'Silent', why: `the answer is longer than ${bodyLimit ?? 0} bytes` });
        else chunks.push(chunk);
      });
      answer.on('end', () => end({ kind: 'Answered', status, body: Buffer.concat(chunks).toString() }));
      answer.on('error', () => end({ kind: 'Silent', why: 'the answer broke off' }));
    });
    request.on('error', (error) => resolve(outcomeOf(error)));
    request.end();
  });
}

function outcomeOf(error: NodeJS.ErrnoException): GetOutcome {
  const code = error.code ?? '';
  if (OUR_FAULTS.has(code)) return { kind: 'NotAsked', why: `it could not be asked (${code})` };
  return { kind: 'Silent', why: code === 'ABORT_ERR' ? 'no answer came in time' : `no answer came (${code})` };
}
