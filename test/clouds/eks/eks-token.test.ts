import { expect } from 'chai';
import { mintEksToken, stsHost } from '../../../operator/clouds/eks/eks-token.ts';
import { regionName } from '../../../operator/model/names.ts';
import { instant } from '../../../operator/model/units.ts';

/** What the authenticator in the cluster accepts; any other parameter makes it refuse. */
const ACCEPTED = [
  'action',
  'version',
  'x-amz-algorithm',
  'x-amz-credential',
  'x-amz-date',
  'x-amz-expires',
  'x-amz-security-token',
  'x-amz-signature',
  'x-amz-signedheaders',
];

describe('mintEksToken', () => {
  const now = instant(Date.UTC(2026, 0, 2, 3, 4, 5));
  const cluster = { name: 'prod', region: regionName('eu-central-1') };
  const identity = { accessKeyId: 'AKIDEXAMPLE', secretAccessKey: 'secret' };
  const urlIn = (token: string): URL => {
    expect(token).to.match(/^k8s-aws-v1\.[\w-]+$/);
    return new URL(Buffer.from(token.slice('k8s-aws-v1.'.length), 'base64url').toString('utf8'));
  };

  it('is a presigned GetCallerIdentity at the regional host with accepted parameters only', async () => {
    const { token } = await mintEksToken(cluster, { ...identity, sessionToken: 'session' }, now);
    const url = urlIn(token);
    expect(url.origin).to.equal('https://sts.eu-central-1.amazonaws.com');
    expect(url.searchParams.get('Action')).to.equal('GetCallerIdentity');
    expect(url.searchParams.get('X-Amz-Expires')).to.equal('60');
    expect(url.searchParams.get('X-Amz-Date')).to.equal('20260102T030405Z');
    expect(url.searchParams.get('X-Amz-Security-Token')).to.equal('session');
    for (const key of url.searchParams.keys()) expect(ACCEPTED).to.include(key.toLowerCase());
  });

  it("binds the token to the cluster's name with a signed header", async () => {
    const one = urlIn((await mintEksToken(cluster, identity, now)).token);
    const other = urlIn((await mintEksToken({ ...cluster, name: 'other' }, identity, now)).token);
    expect(one.searchParams.get('X-Amz-SignedHeaders')).to.equal('host;x-k8s-aws-id');
    expect(one.searchParams.get('X-Amz-Signature')).not.to.equal(other.searchParams.get('X-Amz-Signature'));
  });

  it('lasts 14 minutes, or as long as the identity when that ends sooner', async () => {
    expect((await mintEksToken(cluster, identity, now)).expiresAt).to.equal(now + 14 * 60_000);
    const ending = { ...identity, expiration: new Date(now + 5 * 60_000) };
    expect((await mintEksToken(cluster, ending, now)).expiresAt).to.equal(now + 5 * 60_000);
    const lasting = { ...identity, expiration: new Date(now + 60 * 60_000) };
    expect((await mintEksToken(cluster, lasting, now)).expiresAt).to.equal(now + 14 * 60_000);
  });
});

describe('stsHost', () => {
  it('follows the partition of the region', () => {
    expect(stsHost(regionName('us-east-1'))).to.equal('sts.us-east-1.amazonaws.com');
    expect(stsHost(regionName('us-gov-west-1'))).to.equal('sts.us-gov-west-1.amazonaws.com');
    expect(stsHost(regionName('cn-north-1'))).to.equal('sts.cn-north-1.amazonaws.com.cn');
    expect(stsHost(regionName('eusc-de-east-1'))).to.equal('sts.eusc-de-east-1.amazonaws.eu');
  });
});
