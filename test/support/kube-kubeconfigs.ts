/** Kubeconfigs for tests: a good one, and ways to spoil it. */
import { dump } from 'js-yaml';
import { createAuthority } from '../../operator/sandbox/certificates.ts';

export interface KubeconfigParts {
  readonly cluster?: Record<string, unknown>;
  readonly user?: Record<string, unknown>;
  readonly top?: Record<string, unknown>;
}

/** A word that stands for every secret in these files, and must never come back. */
export const CANARY = 'canary-7f3a';

/** A kubeconfig with a token; parts replace or add fields, undefined removes one. */
export function aKubeconfig(parts: KubeconfigParts = {}): string {
  const cluster = { server: 'https://api.example.com:6443', ...parts.cluster };
  const user = { token: CANARY, ...parts.user };
  return dump({
    apiVersion: 'v1',
    kind: 'Config',
    clusters: [{ name: 'c', cluster: withoutUndefined(cluster) }],
    users: [{ name: 'u', user: withoutUndefined(user) }],
    contexts: [{ name: 'x', context: { cluster: 'c', user: 'u', namespace: 'default' } }],
    'current-context': 'x',
    preferences: {},
    ...parts.top,
  });
}

/** A certificate authority, a client certificate and its key, as base64 of PEM. */
export async function encodedCertificates(): Promise<{ ca: string; cert: string; key: string; strangerKey: string }> {
  const authority = await createAuthority();
  const [own, stranger] = await Promise.all([
    authority.issueClientCertificate('tradewind', []),
    authority.issueClientCertificate('stranger', []),
  ]);
  const encode = (pem: string): string => Buffer.from(pem).toString('base64');
  return {
    ca: encode(authority.caPem),
    cert: encode(own.certPem),
    key: encode(own.keyPem),
    strangerKey: encode(stranger.keyPem),
  };
}

const withoutUndefined = (fields: Record<string, unknown>): Record<string, unknown> =>
  Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined));
