/** What a client outside the sandbox would send: requests over HTTPS, and tokens as the clouds issue them. */
import { request } from 'node:https';
import { Sha256 } from '@aws-crypto/sha256-js';
import { HttpRequest } from '@smithy/protocol-http';
import { SignatureV4 } from '@smithy/signature-v4';
import type { Sandbox } from '../../operator/sandbox/start-sandbox.ts';

export interface Reply {
  readonly status: number;
  readonly body: string;
}

/** One request to an API server or endpoint of the sandbox, on a connection of its own. */
export function ask(
  sandbox: Sandbox,
  url: string,
  options: { readonly token?: string; readonly form?: Readonly<Record<string, string>> } = {},
): Promise<Reply> {
  const { token, form } = options;
  return new Promise((resolve, reject) => {
    const sent = request(
      url,
      {
        agent: false,
        ca: sandbox.endpoints.caPem,
        method: form ? 'POST' : 'GET',
        headers: {
          ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
          ...(form ? { 'content-type': 'application/x-www-form-urlencoded' } : {}),
        },
      },
      (response) => {
        let body = '';
        response.setEncoding('utf8');
        response.on('data', (chunk: string) => (body += chunk));
        response.on('end', () => resolve({ status: response.statusCode ?? 0, body }));
      },
    );
    sent.on('error', reject);
    sent.end(form ? new URLSearchParams(form).toString() : undefined);
  });
}

/** The token of a kubeconfig. */
export const tokenOf = (kubeconfig: string): string => /token: "?([^\s"]+)/.exec(kubeconfig)?.[1] ?? '';

/** A token for an EKS cluster, as aws-iam-authenticator makes it. */
export async function eksToken(sandbox: Sandbox, cluster: string, region: string): Promise<string> {
  const hostname = `sts.${region}.amazonaws.com`;
  const signer = new SignatureV4({
    service: 'sts',
    region,
    sha256: Sha256,
    credentials: sandbox.endpoints.aws.credentials,
  });
  const signed = await signer.presign(
    new HttpRequest({
      method: 'GET',
      protocol: 'https:',
      hostname,
      path: '/',
      query: { Action: 'GetCallerIdentity', Version: '2011-06-15' },
      headers: { host: hostname, 'x-k8s-aws-id': cluster },
    }),
    { expiresIn: 60, signingDate: new Date(sandbox.clock.now()) },
  );
  const query = new URLSearchParams(signed.query as Record<string, string>);
  return `k8s-aws-v1.${Buffer.from(`https://${hostname}/?${query.toString()}`).toString('base64url')}`;
}

/** A token for AKS API servers, as Entra issues it. */
export async function aksToken(sandbox: Sandbox): Promise<string> {
  const { authority, credentials } = sandbox.endpoints.azure;
  const reply = await ask(sandbox, `${authority}/${credentials.tenantId}/oauth2/v2.0/token`, {
    form: {
      grant_type: 'client_credentials',
      client_id: credentials.clientId,
      client_secret: credentials.clientSecret,
      scope: '6dae42f8-4368-4678-94ff-3960e28e3630/.default',
    },
  });
  return (JSON.parse(reply.body) as { access_token: string }).access_token;
}
