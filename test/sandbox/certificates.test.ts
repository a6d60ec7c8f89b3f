/** The sandbox's certificate authority. */
import { X509Certificate } from 'node:crypto';
import { expect } from 'chai';
import { createAuthority } from '../../operator/sandbox/certificates.ts';

describe('createAuthority', () => {
  it('issues server certificates for the names and addresses asked for', async () => {
    const authority = await createAuthority();
    const { certPem } = await authority.issueServerCertificate(['hub.test'], ['127.0.0.1']);
    const certificate = new X509Certificate(certPem);
    expect(certificate.checkHost('hub.test')).to.equal('hub.test');
    expect(certificate.checkIP('127.0.0.1')).to.equal('127.0.0.1');
    expect(certificate.checkHost('other.test')).to.equal(undefined);
    expect(certificate.verify(new X509Certificate(authority.caPem).publicKey)).to.equal(true);
    expect(certificate.ca).to.equal(false);
  });

  it('names users and groups in client certificates as Kubernetes reads them', async () => {
    const authority = await createAuthority();
    const { certPem, keyPem } = await authority.issueClientCertificate('alice', ['ops', 'dev']);
    expect(new X509Certificate(certPem).subject).to.equal('O=ops\nO=dev\nCN=alice');
    expect(keyPem).to.contain('BEGIN PRIVATE KEY');
  });

  it('makes authorities that do not vouch for one another', async () => {
    const [one, other] = await Promise.all([createAuthority(), createAuthority()]);
    const { certPem } = await one.issueServerCertificate(['hub.test'], []);
    expect(new X509Certificate(certPem).verify(new X509Certificate(other.caPem).publicKey)).to.equal(false);
  });
});
