/** Keys, certificates and kubeconfigs of one cluster, each cluster with authorities of its own. */
import { generateKeyPairSync } from 'node:crypto';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type Authority, type CertifiedKey, createAuthority } from '../../operator/sandbox/certificates.ts';

export interface KeyFiles {
  readonly cert: string;
  readonly key: string;
}

/** Paths, all below the cluster's folder, but for the administrator's kubeconfig. */
export interface ClusterFiles {
  readonly folder: string;
  readonly ca: string;
  readonly server: KeyFiles;
  readonly etcdCa: string;
  readonly etcdServer: KeyFiles;
  readonly etcdClient: KeyFiles;
  readonly accountKey: string;
  /** An administrator's. */
  readonly admin: KeyFiles;
  readonly kubeconfigs: { readonly admin: string; readonly controllerManager: string; readonly scheduler: string };
  /** By which the API server asks who a bearer token is of that it does not know. */
  readonly tokenWebhook: string;
  /** What an API server writes down, when it is told to. */
  readonly auditPolicy: string;
}

export interface NewClusterFiles {
  /** The fleet's. */
  readonly folder: string;
  readonly name: string;
  readonly server: string;
  readonly tokenWebhook: { readonly port: number; readonly caPem: string };
}

/** Writes them, readable by their owner alone. */
export async function writeClusterFiles(options: NewClusterFiles): Promise<ClusterFiles> {
  const { folder: fleet, name, server } = options;
  const folder = join(fleet, name);
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  const [authority, etcd] = await Promise.all([createAuthority(`${name}-ca`), createAuthority(`${name}-etcd-ca`)]);
  const write = (file: string, text: string): string => writeSecret(join(folder, file), text);
  const kubeconfig = (file: string, user: string, key: CertifiedKey): string =>
    writeSecret(file, kubeconfigText({ name, server, caPem: authority.caPem, user, key }));
  const component = async (part: string): Promise<string> => {
    const user = `system:kube-${part}`;
    return kubeconfig(join(folder, `${part}.kubeconfig`), user, await client(authority, user, ''));
  };
  const admin = await client(authority, 'admin', 'system:masters');
  return {
    folder,
    ca: write('ca.crt', authority.caPem),
    server: writeKey(folder, 'apiserver', await loopbackServer(authority, ['kubernetes', 'kubernetes.default.svc'])),
    etcdCa: write('etcd-ca.crt', etcd.caPem),
    etcdServer: writeKey(folder, 'etcd', await loopbackServer(etcd, [])),
    etcdClient: writeKey(folder, 'etcd-client', await client(etcd, 'kube-apiserver', 'etcd')),
    accountKey: write('service-accounts.key', rsaKey()),
    admin: writeKey(folder, 'admin', admin),
    kubeconfigs: {
      admin: kubeconfig(join(fleet, `${name}.kubeconfig`), 'admin', admin),
      controllerManager: await component('controller-manager'),
      scheduler: await component('scheduler'),
    },
    tokenWebhook: write('token-webhook.kubeconfig', webhookText(name, options.tokenWebhook)),
    auditPolicy: write('audit-policy.json', AUDIT_POLICY),
  };
}

/** Writes, once they are answered; reads are many, and nobody asks who did them. */
const AUDIT_POLICY = JSON.stringify({
  apiVersion: 'audit.k8s.io/v1',
  kind: 'Policy',
  omitStages: ['RequestReceived'],
  rules: [{ level: 'Metadata', verbs: ['create', 'update', 'patch', 'delete', 'deletecollection'] }],
});

const loopbackServer = (authority: Authority, names: readonly string[]): Promise<CertifiedKey> =>
  authority.issueServerCertificate(['localhost', ...names], ['127.0.0.1']);

const client = (authority: Authority, user: string, group: string): Promise<CertifiedKey> =>
  authority.issueClientCertificate(user, group === '' ? [] : [group]);

const rsaKey = (): string =>
  generateKeyPairSync('rsa', { modulusLength: 2048 }).privateKey.export({ type: 'pkcs8', format: 'pem' }).toString();

export function writeKey(folder: string, name: string, { certPem, keyPem }: CertifiedKey): KeyFiles {
  return {
    cert: writeSecret(join(folder, `${name}.crt`), certPem),
    key: writeSecret(join(folder, `${name}.key`), keyPem),
  };
}

export function writeSecret(file: string, text: string): string {
  writeFileSync(file, text, { mode: 0o600 });
  return file;
}

interface KubeconfigOptions {
  readonly name: string;
  readonly server: string;
  readonly caPem: string;
  readonly user: string;
  readonly key: CertifiedKey;
}

const base64 = (text: string): string => Buffer.from(text).toString('base64');

function kubeconfigText({ name, server, caPem, user, key }: KubeconfigOptions): string {
  const credential = {
    'client-certificate-data': base64(key.certPem),
    'client-key-data': base64(key.keyPem),
  };
  return configText({ name, server, caPem, user, credential });
}

/** The path says which cluster asks: a token for one is no good for another. */
const webhookText = (name: string, { port, caPem }: NewClusterFiles['tokenWebhook']): string =>
  configText({ name, server: `https://127.0.0.1:${port}/${name}`, caPem, user: 'api-server', credential: {} });

interface ConfigOptions extends Omit<KubeconfigOptions, 'key'> {
  readonly credential: object;
}

/** JSON is YAML. */
function configText({ name, server, caPem, user, credential }: ConfigOptions): string {
  const config = {
    apiVersion: 'v1',
    kind: 'Config',
    clusters: [{ name, cluster: { server, 'certificate-authority-data': base64(caPem) } }],
    users: [{ name: user, user: credential }],
    contexts: [{ name, context: { cluster: name, user } }],
    'current-context': name,
  };
  return `${JSON.stringify(config, null, 2)}\n`;
}
