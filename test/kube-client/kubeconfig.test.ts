/** What a kubeconfig may hold, and a corpus of files that want more. */
import { expect } from 'chai';
import type { KubeconfigOptions, KubeconfigResult } from '../../operator/kube/kubeconfig.ts';
import { parseKubeconfig } from '../../operator/kube/kubeconfig.ts';
import type { KubeconfigParts } from '../support/kube-kubeconfigs.ts';
import { aKubeconfig, CANARY, encodedCertificates } from '../support/kube-kubeconfigs.ts';

const MEMBER: KubeconfigOptions = { profile: 'member' };

function expectRefused(result: KubeconfigResult, field: string): void {
  if (result.ok) return expect.fail('expected a refusal');
  expect(result.field).to.equal(field);
  expect(result.message).to.match(/^[a-z].*; .*[^.]$/u);
  expect(JSON.stringify(result)).not.to.contain(CANARY);
  return undefined;
}

const expectAccess = (result: KubeconfigResult) => {
  if (!result.ok) return expect.fail(`refused: ${result.field} ${result.message}`);
  return result.access;
};

const USER = 'users[].user';
const CLUSTER = 'clusters[].cluster';

/** Each wants something that would run, read, redirect or weaken; the canary is where the value is. */
const HOSTILE: readonly (readonly [string, KubeconfigParts, string])[] = [
  ['runs a command', { user: { exec: { command: CANARY, args: ['-c', 'id'] } } }, `${USER}.exec`],
  ['runs a command hidden beside a token', { user: { token: CANARY, exec: null } }, `${USER}.exec`],
  [
    'uses an auth provider that runs a command',
    { user: { 'auth-provider': { name: 'gcp' } } },
    `${USER}.auth-provider`,
  ],
  [
    'switches certificate checks off',
    { cluster: { 'insecure-skip-tls-verify': true } },
    `${CLUSTER}.insecure-skip-tls-verify`,
  ],
  [
    'switches them off with a word',
    { cluster: { 'insecure-skip-tls-verify': 'yes' } },
    `${CLUSTER}.insecure-skip-tls-verify`,
  ],
  ['goes through a proxy', { cluster: { 'proxy-url': `http://${CANARY}:3128` } }, `${CLUSTER}.proxy-url`],
  ['asks for another server name', { cluster: { 'tls-server-name': CANARY } }, `${CLUSTER}.tls-server-name`],
  ['reads a CA file', { cluster: { 'certificate-authority': `/etc/${CANARY}` } }, `${CLUSTER}.certificate-authority`],
  ['reads a certificate file', { user: { 'client-certificate': '/etc/shadow' } }, `${USER}.client-certificate`],
  ['reads a key file', { user: { 'client-key': `/proc/${CANARY}` } }, `${USER}.client-key`],
  [
    "reads the operator's own token",
    { user: { tokenFile: '/var/run/secrets/kubernetes.io/serviceaccount/token' } },
    `${USER}.tokenFile`,
  ],
  ['has a password', { user: { username: 'admin', password: CANARY } }, `${USER}.username`],
  ['impersonates', { user: { as: 'system:admin', 'as-groups': ['system:masters'] } }, `${USER}.as`],
  ['sends the token in clear', { cluster: { server: `http://${CANARY}.example.com` } }, `${CLUSTER}.server`],
  [
    'has credentials in the URL',
    { cluster: { server: `https://admin:${CANARY}@api.example.com` } },
    `${CLUSTER}.server`,
  ],
  ['reaches instance metadata', { cluster: { server: 'https://169.254.169.254/latest' } }, `${CLUSTER}.server`],
  ['reaches it as a number', { cluster: { server: 'https://2852039166/' } }, `${CLUSTER}.server`],
  ['reaches it over IPv6', { cluster: { server: 'https://[::ffff:169.254.169.254]/' } }, `${CLUSTER}.server`],
  ['reaches it by name', { cluster: { server: 'https://metadata.google.internal/' } }, `${CLUSTER}.server`],
  ["reaches Azure's wire server", { cluster: { server: 'https://168.63.129.16/' } }, `${CLUSTER}.server`],
  ['reaches the operator itself', { cluster: { server: 'https://127.0.0.1:8080' } }, `${CLUSTER}.server`],
  ['reaches it by name', { cluster: { server: 'https://localhost.:8080' } }, `${CLUSTER}.server`],
  ['reaches it over IPv6', { cluster: { server: 'https://[::1]:8080' } }, `${CLUSTER}.server`],
  ['reaches whatever listens here', { cluster: { server: 'https://0.0.0.0:8080' } }, `${CLUSTER}.server`],
  ['is no URL', { cluster: { server: CANARY } }, `${CLUSTER}.server`],
  ['splits a header', { user: { token: `${CANARY}\r\nX-Remote-User: admin` } }, `${USER}.token`],
  ['has an empty token', { user: { token: '' } }, `${USER}.token`],
  ['has no identity', { user: { token: undefined } }, USER],
  [
    'has a CA that is none',
    { cluster: { 'certificate-authority-data': Buffer.from(CANARY).toString('base64') } },
    `${CLUSTER}.certificate-authority-data`,
  ],
  [
    'has a CA that is not base64',
    { cluster: { 'certificate-authority-data': `-----${CANARY}` } },
    `${CLUSTER}.certificate-authority-data`,
  ],
  ['has a field nobody knows', { cluster: { [`x ${CANARY}`]: 1 } }, `${CLUSTER}.(unknown)`],
  ['has a top field nobody knows', { top: { include: `/etc/${CANARY}` } }, 'include'],
  ['is another kind', { top: { kind: 'Secret' } }, 'kind'],
  ['has no context', { top: { 'current-context': '' } }, 'current-context'],
  ['names a context that is not there', { top: { 'current-context': CANARY } }, 'contexts'],
  ['names a cluster that is not there', { top: { clusters: [] } }, 'clusters'],
  ['has a list that is none', { top: { users: CANARY } }, 'users'],
  ['has a user that is none', { top: { users: [{ name: 'u', user: CANARY }] } }, USER],
  ['has two users of a name', { top: { users: [1, 2].map(() => ({ name: 'u', user: { token: CANARY } })) } }, 'users'],
  [
    'hides a command in a user that is not in use',
    {
      top: {
        users: [
          { name: 'u', user: { token: CANARY } },
          { name: 'v', user: { exec: { command: 'id' } } },
        ],
      },
    },
    `${USER}.exec`,
  ],
];

describe('parseKubeconfig', () => {
  it('reads server and token', () => {
    const result = parseKubeconfig(aKubeconfig(), MEMBER);
    expect(result).to.deep.equal({
      ok: true,
      context: 'x',
      access: {
        server: 'https://api.example.com:6443',
        caPem: null,
        auth: { kind: 'token', token: CANARY, expiresAt: null },
      },
    });
  });

  it('reads a client certificate and its authority, and prefers it to a token as the API server does', async () => {
    const { ca, cert, key } = await encodedCertificates();
    const parts = {
      cluster: { 'certificate-authority-data': ca, 'insecure-skip-tls-verify': false },
      user: { 'client-certificate-data': cert, 'client-key-data': key },
    };
    const access = expectAccess(parseKubeconfig(aKubeconfig(parts), MEMBER));
    expect(access.caPem).to.match(/^-----BEGIN CERTIFICATE-----/u);
    expect(access.auth.kind).to.equal('certificate');
  });

  it('refuses a key that is not of the certificate, or is none', async () => {
    const { cert, strangerKey } = await encodedCertificates();
    for (const key of [strangerKey, Buffer.from(CANARY).toString('base64'), undefined]) {
      const user = { 'client-certificate-data': cert, 'client-key-data': key };
      expectRefused(parseKubeconfig(aKubeconfig({ user }), MEMBER), `${USER}.client-key-data`);
    }
    const user = { 'client-key-data': strangerKey };
    expectRefused(parseKubeconfig(aKubeconfig({ user }), MEMBER), `${USER}.client-certificate-data`);
  });

  for (const [what, parts, field] of HOSTILE) {
    it(`refuses a file that ${what}`, () => {
      expectRefused(parseKubeconfig(aKubeconfig(parts), MEMBER), field);
    });
  }

  it('refuses what is no YAML without quoting it', () => {
    expectRefused(parseKubeconfig(`token: [${CANARY}\n  {`, MEMBER), '');
    expectRefused(parseKubeconfig(`- ${CANARY}`, MEMBER), '');
    expectRefused(parseKubeconfig('', MEMBER), '');
    expectRefused(parseKubeconfig(`#${'x'.repeat(300_000)}`, MEMBER), '');
  });

  it('uses the context that is asked for', () => {
    const two = aKubeconfig({
      top: {
        contexts: ['x', 'y'].map((name) => ({ name, context: { cluster: 'c', user: 'u' } })),
      },
    });
    expect(parseKubeconfig(two, { ...MEMBER, context: 'y' })).to.include({ ok: true, context: 'y' });
    expectRefused(parseKubeconfig(two, { ...MEMBER, context: CANARY }), 'contexts');
  });

  it('lets a member be on this machine only where that is said', () => {
    const text = aKubeconfig({ cluster: { server: 'https://127.0.0.1:6443' } });
    expect(parseKubeconfig(text, { ...MEMBER, allowLoopback: true }).ok).to.equal(true);
  });

  it("passes over what a developer's file holds besides the context in use, and runs no command there either", () => {
    const text = aKubeconfig({
      cluster: { server: 'https://127.0.0.1:6443', extensions: [{ name: 'minikube.sigs.k8s.io' }] },
      top: {
        extensions: [],
        users: [
          { name: 'u', user: { token: CANARY } },
          { name: 'v', user: { exec: { command: 'aws' } } },
        ],
        contexts: ['u', 'v'].map((user) => ({ name: user, context: { cluster: 'c', user } })),
        'current-context': 'u',
      },
    });
    expect(parseKubeconfig(text, { profile: 'own' }).ok).to.equal(true);
    expectRefused(parseKubeconfig(text, { profile: 'own', context: 'v' }), `${USER}.exec`);
    const metadata = aKubeconfig({ cluster: { server: 'https://169.254.169.254' } });
    expectRefused(parseKubeconfig(metadata, { profile: 'own' }), `${CLUSTER}.server`);
  });
});
