import { expect } from 'chai';
import { readKubeconfig } from '../../../operator/clouds/aks/read-kubeconfig.ts';
import { CANARY } from '../../support/clouds-endpoints.ts';
import { KUBECONFIG } from '../../support/clouds-aks-answers.ts';

describe('readKubeconfig', () => {
  it("takes the server and its CA, and nothing of the user's plugin", () => {
    const { server, caPem } = readKubeconfig(KUBECONFIG);
    expect(server).to.equal('https://prod-dns-1.hcp.eastus.azmk8s.io:443');
    expect(caPem).to.include('BEGIN CERTIFICATE');
  });

  const withCluster = (fields: string): string =>
    KUBECONFIG.replace('    server: https://prod-dns-1.hcp.eastus.azmk8s.io:443\n', fields);
  const ca = Buffer.from('no pem').toString('base64');
  const HOSTILE: Readonly<Record<string, string>> = {
    'no TLS': withCluster('    server: http://prod-dns-1\n'),
    'user and password in the address': withCluster(`    server: https://user:${CANARY}@prod-dns-1\n`),
    'no server': withCluster(''),
    'a server that is no text': withCluster('    server: [https://a]\n'),
    'no address': withCluster('    server: "::"\n'),
    'unchecked certificates': withCluster('    server: https://a\n    insecure-skip-tls-verify: true\n'),
    'a proxy': withCluster('    server: https://a\n    proxy-url: http://evil\n'),
    "another server's name": withCluster('    server: https://a\n    tls-server-name: evil\n'),
    'a CA from a file': withCluster('    server: https://a\n    certificate-authority: /etc/passwd\n'),
    'a CA that is no PEM': KUBECONFIG.replace(/certificate-authority-data: .*/, `certificate-authority-data: ${ca}`),
    'no CA': KUBECONFIG.replace(/certificate-authority-data: .*/, 'extensions: []'),
    'two clusters': KUBECONFIG.replace('contexts:', '- cluster: {server: https://b}\n  name: b\ncontexts:'),
    'no cluster': 'apiVersion: v1\nclusters: []\n',
    'an empty cluster': 'apiVersion: v1\nclusters: [{name: a}]\n',
    'an alias bomb': `a: &a [x]\nb: [*a, *a]\n${KUBECONFIG}`,
    'broken YAML': `clusters: [${CANARY}: {{{`,
    'text only': CANARY,
    nothing: '',
    'far too much': `${KUBECONFIG}#${'x'.repeat(300_000)}`,
  };
  for (const [what, text] of Object.entries(HOSTILE)) {
    it(`refuses ${what}, naming fields and never values`, () => {
      expect(() => readKubeconfig(text))
        .to.throw()
        .that.satisfies(
          (error: Error & { code?: string }) => error.code === 'BadData' && !error.message.includes(CANARY),
        );
    });
  }
});
