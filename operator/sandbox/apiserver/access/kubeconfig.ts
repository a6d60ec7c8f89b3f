/** Kubeconfig files. */
import { dump } from 'js-yaml';

/** A kubeconfig (YAML) with one context that uses a token. */
export function adminKubeconfig(cluster: {
  readonly name: string;
  readonly url: string;
  readonly caPem: string;
  readonly token: string;
}): string {
  const { name, url, caPem, token } = cluster;
  return dump({
    apiVersion: 'v1',
    kind: 'Config',
    clusters: [{ name, cluster: { server: url, 'certificate-authority-data': Buffer.from(caPem).toString('base64') } }],
    users: [{ name: `${name}-admin`, user: { token } }],
    contexts: [{ name, context: { cluster: name, user: `${name}-admin` } }],
    'current-context': name,
  });
}
