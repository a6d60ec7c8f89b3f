/** Checks the certificates and keys of a kubeconfig where it is read, so that a broken one is named and not a mystery later. */
import { createPrivateKey, X509Certificate } from 'node:crypto';
import { KubeconfigRefusal } from './kubeconfig-refusal.ts';

const BASE64 = /^[A-Za-z0-9+/\s]+={0,2}\s*$/u;
const CERTIFICATE = /-----BEGIN CERTIFICATE-----[\s\S]+?-----END CERTIFICATE-----/gu;

/** The PEM certificates in a base64 field. */
export function checkedCertificates(value: unknown, path: string): string {
  const pem = decoded(value, path);
  const certificates = pem.match(CERTIFICATE);
  if (certificates === null || !certificates.every(isCertificate)) {
    throw new KubeconfigRefusal(path, 'holds no certificate; give base64 of PEM');
  }
  return pem;
}

/** A client certificate and the key that belongs to it. */
export function checkedKeyPair(
  user: Readonly<Record<string, unknown>>,
  path: string,
): { readonly certPem: string; readonly keyPem: string } {
  const certPem = checkedCertificates(user['client-certificate-data'], `${path}.client-certificate-data`);
  const keyPath = `${path}.client-key-data`;
  const keyPem = decoded(user['client-key-data'], keyPath);
  if (!isKeyOf(certPem, keyPem)) {
    throw new KubeconfigRefusal(keyPath, 'is not the key of the client certificate; give base64 of unencrypted PEM');
  }
  return { certPem, keyPem };
}

function decoded(value: unknown, path: string): string {
  if (typeof value !== 'string' || !BASE64.test(value)) {
    throw new KubeconfigRefusal(path, 'is not base64; give base64 of PEM');
  }
  return Buffer.from(value, 'base64').toString('utf8');
}

function isCertificate(pem: string): boolean {
  try {
    return new X509Certificate(pem).subject !== null;
  } catch {
    return false;
  }
}

function isKeyOf(certPem: string, keyPem: string): boolean {
  try {
    return new X509Certificate(certPem).checkPrivateKey(createPrivateKey(keyPem));
  } catch {
    return false;
  }
}
