import { X509Certificate } from 'node:crypto';
import { expect } from 'chai';
import type { ClusterAccess } from '../../operator/kube/cluster-access.ts';
import { instant } from '../../operator/model/units.ts';
import { CredentialExpiry, expiryOf } from '../../operator/observe/credential-expiry.ts';
import { encodedCertificates } from '../support/kube-kubeconfigs.ts';

const aToken = (token: string): ClusterAccess['auth'] => ({ kind: 'token', token, expiresAt: null });
const claiming = (claims: unknown): string =>
  `header.${Buffer.from(JSON.stringify(claims)).toString('base64url')}.signature`;

describe('expiryOf', () => {
  it('is the end of a client certificate', async () => {
    const { cert, key } = await encodedCertificates();
    const [certPem, keyPem] = [cert, key].map((it) => Buffer.from(it, 'base64').toString('utf8')) as [string, string];
    const expiresAt = expiryOf({ kind: 'certificate', certPem, keyPem });
    expect(expiresAt)
      .to.equal(Date.parse(new X509Certificate(certPem).validTo))
      .and.to.be.above(0);
    expect(expiryOf({ kind: 'certificate', certPem: 'no certificate', keyPem })).to.equal(null);
  });

  it('is what a token says of itself, in seconds', () => {
    expect(expiryOf(aToken(claiming({ exp: 1_800_000_000 })))).to.equal(instant(1_800_000_000_000));
  });

  it('is not known of a token that does not say it, or says nonsense', () => {
    const nonsense = [
      claiming({}),
      claiming({ exp: 'soon' }),
      claiming({ exp: -1 }),
      claiming(null),
      'opaque',
      'a.%.c',
    ];
    expect(nonsense.map((it) => expiryOf(aToken(it)))).to.deep.equal(nonsense.map(() => null));
  });
});

describe('CredentialExpiry', () => {
  it('is that of the credential seen last', () => {
    const expiry = new CredentialExpiry();
    expect(expiry.at).to.equal(null);
    for (const exp of [1_800_000_000, 1_900_000_000, 1_900_000_000]) {
      expiry.see({ server: 'https://a', caPem: null, auth: aToken(claiming({ exp })) });
      expect(expiry.at).to.equal(instant(exp * 1000));
    }
    expiry.see({ server: 'https://a', caPem: null, auth: aToken('opaque') });
    expect(expiry.at).to.equal(null);
  });
});
