/** One POST to an address that a person keeps in a Secret: it cannot hang, wander or reach what is nobody's business. */
import { lookup } from 'node:dns';
import { request as requestHttp } from 'node:http';
import { request as requestHttps } from 'node:https';
import { BlockList, isIP, isIPv4 } from 'node:net';
import { guardedLookup, type Resolve } from '../kube/guarded-lookup.ts';
import { refuseHost } from '../kube/server-address.ts';

export interface WebhookPost {
  /** https, or http where private addresses are allowed. Never told to anybody: it may be a secret by itself. */
  readonly url: string;
  /** JSON. */
  readonly body: string;
  /** Whether it may be in a private network, and plain http. Metadata services are refused in any case. */
  readonly allowPrivate: boolean;
  /** Whether it may be on this machine, as in the sandbox. */
  readonly allowLoopback: boolean;
  /** Left out: the system's. */
  readonly resolve?: Resolve;
}

/** `why` never has any part of the address. */
export type PostOutcome =
  | { readonly kind: 'Taken' }
  /** Another attempt may help. */
  | { readonly kind: 'NotNow'; readonly why: string }
  /** None will, before somebody changes something. */
  | { readonly kind: 'Refused'; readonly why: string };

/** RFC 1918, carrier-grade NAT, and unique local addresses of IPv6. */
const privateRanges = new BlockList();
privateRanges.addSubnet('10.0.0.0', 8, 'ipv4');
privateRanges.addSubnet('172.16.0.0', 12, 'ipv4');
privateRanges.addSubnet('192.168.0.0', 16, 'ipv4');
privateRanges.addSubnet('100.64.0.0', 10, 'ipv4');
privateRanges.addSubnet('fc00::', 7, 'ipv6');

const isPrivate = (address: string): boolean => privateRanges.check(address, isIPv4(address) ? 'ipv4' : 'ipv6');

const PRIVATE = 'the address is private; set the key allowPrivate of the Secret to "true" if that is meant';

/** Resolves in any case; the signal is the deadline. Redirects are not followed, and no more than the status is read. */
export function postWebhook(post: WebhookPost, signal: AbortSignal): Promise<PostOutcome> {
  const target = URL.parse(post.url);
  const why = target === null ? 'the key url of the Secret is no URL' : refusalOf(target, post);
  if (target === null || why !== null) return Promise.resolve({ kind: 'Refused', why: why ?? '' });
  if (signal.aborted) return Promise.resolve({ kind: 'NotNow', why: 'no time was left' });
  return send(target, post, signal);
}

function refusalOf({ protocol, username, password, hostname }: URL, post: WebhookPost): string | null {
  const schemes = post.allowPrivate ? ['https:', 'http:'] : ['https:'];
  if (!schemes.includes(protocol)) return 'the key url of the Secret does not begin with https://';
  if (username !== '' || password !== '') return 'the key url of the Secret has a user name or password in it';
  const refusal = refuseHost(hostname, post);
  if (refusal !== null) return `the host of the key url ${refusal}`;
  const bare = hostname.replace(/^\[|\]$/gu, '');
  return isIP(bare) !== 0 && !post.allowPrivate && isPrivate(bare) ? PRIVATE : null;
}

const PRIVATE_CODE = 'EPRIVATE';

/** Leaves out private addresses at the moment of connecting, so that a name cannot change its mind in between. */
const withoutPrivate =
  (resolve: Resolve): Resolve =>
  (hostname, options, done) =>
    resolve(hostname, options, (error, addresses) => {
      const allowed = addresses?.filter(({ address }) => !isPrivate(address)) ?? [];
      if (error !== null || allowed.length > 0 || addresses.length === 0) done(error, allowed);
      else done(Object.assign(new Error('private'), { code: PRIVATE_CODE }), []);
    });

function send(target: URL, post: WebhookPost, signal: AbortSignal): Promise<PostOutcome> {
  const { body, allowPrivate, resolve = lookup } = post;
  const start = target.protocol === 'https:' ? requestHttps : requestHttp;
  const headers = { 'content-type': 'application/json', 'content-length': Buffer.byteLength(body) };
  const resolving = guardedLookup(post, allowPrivate ? resolve : withoutPrivate(resolve));
  return new Promise((settle) => {
    const options = { method: 'POST', headers, signal, lookup: resolving, agent: false } as const;
    const request = start(target, options, (answer) => {
      settle(outcomeOf(answer.statusCode ?? 0));
      request.destroy();
    });
    request.on('error', (error) => settle(failureOf(error)));
    request.end(body);
  });
}

const BUSY: readonly number[] = [408, 425, 429];

function outcomeOf(status: number): PostOutcome {
  if (status >= 200 && status < 300) return { kind: 'Taken' };
  if (status >= 500 || BUSY.includes(status)) return { kind: 'NotNow', why: `it answered ${status}` };
  const redirect = status >= 300 && status < 400 ? ', and redirects are not followed' : '';
  return { kind: 'Refused', why: `it answered ${status}${redirect}` };
}

/** A code and nothing else: messages of such errors have names and addresses in them. */
function failureOf({ code = 'no code' }: NodeJS.ErrnoException): PostOutcome {
  if (code === PRIVATE_CODE) return { kind: 'Refused', why: PRIVATE };
  return { kind: 'NotNow', why: code === 'ABORT_ERR' ? 'no answer came in time' : `no answer came (${code})` };
}
