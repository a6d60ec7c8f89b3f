import { Sha256 } from '@aws-crypto/sha256-js';
import { HttpRequest } from '@smithy/protocol-http';
import { SignatureV4 } from '@smithy/signature-v4';
import { expect } from 'chai';
import { minutes, seconds } from '../../../../operator/model/units.ts';
import { startCloudSandbox, type CloudSandbox } from '../../../support/cloud-sandbox.ts';

interface TokenOptions {
  readonly cluster?: string;
  readonly secretAccessKey?: string;
  readonly accessKeyId?: string;
  readonly host?: string;
  readonly action?: string;
  readonly expiresIn?: number;
  readonly at?: number;
  readonly headers?: Record<string, string>;
  readonly query?: Record<string, string>;
  readonly service?: string;
}

describe('eksTokenVerifier', () => {
  let sandbox: CloudSandbox;

  before(async () => {
    sandbox = await startCloudSandbox();
  });
  after(() => sandbox.stop());

  const presign = async (options: TokenOptions = {}): Promise<string> => {
    const { credentials } = sandbox.server.endpoints.aws;
    const host = options.host ?? 'sts.us-east-1.amazonaws.com';
    const signer = new SignatureV4({
      service: options.service ?? 'sts',
      region: 'us-east-1',
      sha256: Sha256,
      credentials: {
        accessKeyId: options.accessKeyId ?? credentials.accessKeyId,
        secretAccessKey: options.secretAccessKey ?? credentials.secretAccessKey,
      },
    });
    const request = new HttpRequest({
      method: 'GET',
      protocol: 'https:',
      hostname: host,
      path: '/',
      query: { Action: options.action ?? 'GetCallerIdentity', Version: '2011-06-15', ...options.query },
      headers: options.headers ?? { host, 'x-k8s-aws-id': options.cluster ?? 'aws-east' },
    });
    const signed = await signer.presign(request, {
      expiresIn: options.expiresIn ?? 60,
      signingDate: new Date(options.at ?? sandbox.clock.now()),
    });
    return `https://${host}/?${new URLSearchParams(signed.query as Record<string, string>).toString()}`;
  };
  const tokenOf = (url: string): string => `k8s-aws-v1.${Buffer.from(url).toString('base64url')}`;
  const mint = async (options?: TokenOptions): Promise<string> => tokenOf(await presign(options));
  const reasonFor = async (options: TokenOptions): Promise<string> => {
    const verdict = sandbox.server.verifyEksToken(await mint(options), 'aws-east');
    return verdict.ok ? 'accepted' : verdict.reason;
  };

  it('accepts a token for the cluster and tells whose it is', async () => {
    expect(sandbox.server.verifyEksToken(await mint(), 'aws-east')).to.deep.equal({
      ok: true,
      arn: 'arn:aws:iam::123456789012:user/tradewind',
      accountId: '123456789012',
      userId: 'AIDASANDBOX',
    });
  });

  it('refuses it at another cluster: the name is signed', async () => {
    const verdict = sandbox.server.verifyEksToken(await mint({ cluster: 'aws-west' }), 'aws-east');
    expect(verdict).to.deep.equal({ ok: false, reason: 'error from AWS STS: bad-signature' });
  });

  it('accepts a token for a quarter of an hour', async () => {
    const now = sandbox.clock.now();
    expect(await reasonFor({ at: now - minutes(14) })).to.equal('accepted');
    expect(await reasonFor({ at: now - minutes(15) - seconds(1) })).to.contain('X-Amz-Date');
    expect(await reasonFor({ at: now + minutes(16) })).to.contain('X-Amz-Date');
  });

  for (const [what, options, reason] of [
    ['a parameter beyond the allowed ones', { query: { 'x-id': 'GetCallerIdentity' } }, 'x-id'],
    ['another action', { action: 'GetSessionToken' }, 'action'],
    ['another host', { host: 'sts.example.com' }, 'host sts.example.com'],
    ['a longer expiry', { expiresIn: 120 }, 'X-Amz-Expires'],
    ['an unsigned cluster name', { headers: { host: 'sts.us-east-1.amazonaws.com' } }, 'x-k8s-aws-id'],
    ['a key nobody has', { accessKeyId: 'AKIASOMEBODY' }, 'unknown-key'],
    ['a wrong secret', { secretAccessKey: 'guess' }, 'bad-signature'],
    ['a signature for another service', { service: 'ec2' }, 'wrong-service'],
  ] as const) {
    it(`refuses ${what}`, async () => {
      expect(await reasonFor(options)).to.contain(reason);
    });
  }

  it('refuses what is no such token at all', async () => {
    const url = await presign();
    const now = new Date(sandbox.clock.now());
    for (const [token, reason] of [
      ['', 'prefix'],
      ['k8s-aws-v2.abc', 'prefix'],
      ['k8s-aws-v1.abc', 'no URL'],
      [`k8s-aws-v1.${'a'.repeat(5000)}`, 'too large'],
      [tokenOf(url.replace('https:', 'http:')), 'https'],
      [tokenOf(url.replace('.com/?', '.com/path?')), 'path'],
      [tokenOf(`${url}&Action=GetCallerIdentity`), 'multiple values'],
      [tokenOf(url.replace(/X-Amz-Date=\d+T\d+Z/, `X-Amz-Date=${now.getUTCFullYear()}`)), 'X-Amz-Date'],
    ] as const) {
      const verdict = sandbox.server.verifyEksToken(token, 'aws-east');
      expect(verdict.ok ? 'accepted' : verdict.reason).to.contain(reason);
    }
  });

  it('is a call that STS answers when it is made', async () => {
    const { host } = new URL(sandbox.server.endpoints.aws.sts);
    const url = new URL(await presign({ host }));
    const headers = { 'x-k8s-aws-id': 'aws-east' };
    const answer = await sandbox.fetch(`/${url.search}`, { headers });
    expect(answer.status).to.equal(200);
    expect(answer.text).to.contain('<Arn>arn:aws:iam::123456789012:user/tradewind</Arn>');
    expect((await sandbox.fetch(`/${url.search}`, { headers: { 'x-k8s-aws-id': 'other' } })).status).to.equal(403);
  });
});
