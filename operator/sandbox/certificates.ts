/** A certificate authority of the sandbox's own: createAuthority, and what it issues to servers and clients. */
import 'reflect-metadata';
import { webcrypto } from 'node:crypto';
import * as x509 from '@peculiar/x509';

/** A certificate and its private key, both PEM. */
export interface CertifiedKey {
  readonly certPem: string;
  readonly keyPem: string;
}

/** Issues certificates, all valid for as long as anybody will run this. */
export interface Authority {
  /** The authority's own certificate, for those who are to trust what it issued. */
  readonly caPem: string;
  /** A certificate for TLS servers that answer to these DNS names and IP addresses. */
  issueServerCertificate(names: readonly string[], ips: readonly string[]): Promise<CertifiedKey>;
  /** A certificate for a client: Kubernetes reads the common name as the user and the organisations as groups. */
  issueClientCertificate(commonName: string, organisations: readonly string[]): Promise<CertifiedKey>;
}

const ALGORITHM = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' };

/** TLS compares these with the machine's time while the sandbox's time is its own, so they span both. */
const VALIDITY = { notBefore: new Date(Date.UTC(2000, 0, 1)), notAfter: new Date(Date.UTC(2099, 11, 31)) };

const newKeys = (): Promise<webcrypto.CryptoKeyPair> =>
  webcrypto.subtle.generateKey(ALGORITHM, true, ['sign', 'verify']);

const serialNumber = (): string => Buffer.from(webcrypto.getRandomValues(new Uint8Array(16))).toString('hex');

async function keyPem(keys: webcrypto.CryptoKeyPair): Promise<string> {
  const der = await webcrypto.subtle.exportKey('pkcs8', keys.privateKey);
  return x509.PemConverter.encode(der, 'PRIVATE KEY');
}

/** A new authority with a key of its own; two authorities do not trust one another. */
export async function createAuthority(name = 'tradewind-sandbox'): Promise<Authority> {
  x509.cryptoProvider.set(webcrypto);
  const keys = await newKeys();
  const certificate = await x509.X509CertificateGenerator.createSelfSigned({
    ...VALIDITY,
    serialNumber: serialNumber(),
    name: [{ CN: [name] }],
    keys,
    signingAlgorithm: ALGORITHM,
    extensions: [
      new x509.BasicConstraintsExtension(true, undefined, true),
      new x509.KeyUsagesExtension(x509.KeyUsageFlags.keyCertSign | x509.KeyUsageFlags.cRLSign, true),
      await x509.SubjectKeyIdentifierExtension.create(keys.publicKey),
    ],
  });
  const issuer = { certificate, keys };
  return {
    caPem: certificate.toString('pem'),
    issueServerCertificate: (names, ips) =>
      issue(
        issuer,
        [{ CN: [names[0] ?? ips[0] ?? 'server'] }],
        [
          new x509.ExtendedKeyUsageExtension([x509.ExtendedKeyUsage.serverAuth]),
          new x509.SubjectAlternativeNameExtension([
            ...names.map((value) => ({ type: 'dns' as const, value })),
            ...ips.map((value) => ({ type: 'ip' as const, value })),
          ]),
        ],
      ),
    issueClientCertificate: (commonName, organisations) =>
      issue(
        issuer,
        [...organisations.map((organisation) => ({ O: [organisation] })), { CN: [commonName] }],
        [new x509.ExtendedKeyUsageExtension([x509.ExtendedKeyUsage.clientAuth])],
      ),
  };
}

interface Issuer {
  readonly certificate: x509.X509Certificate;
  readonly keys: webcrypto.CryptoKeyPair;
}

async function issue(
  { certificate: { subjectName }, keys }: Issuer,
  subject: x509.JsonName,
  extensions: readonly x509.Extension[],
): Promise<CertifiedKey> {
  const leafKeys = await newKeys();
  const certificate = await x509.X509CertificateGenerator.create({
    ...VALIDITY,
    serialNumber: serialNumber(),
    subject,
    issuer: subjectName.toJSON(),
    publicKey: leafKeys.publicKey,
    signingKey: keys.privateKey,
    signingAlgorithm: ALGORITHM,
    extensions: [
      new x509.BasicConstraintsExtension(false),
      new x509.KeyUsagesExtension(x509.KeyUsageFlags.digitalSignature, true),
      await x509.AuthorityKeyIdentifierExtension.create(keys.publicKey),
      ...extensions,
    ],
  });
  return { certPem: certificate.toString('pem'), keyPem: await keyPem(leafKeys) };
}
