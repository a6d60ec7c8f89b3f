import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ClientSecretCredential, WorkloadIdentityCredential } from '@azure/identity';
import { expect } from 'chai';
import { hours, minutes } from '../../../../operator/model/units.ts';
import { failureOf, startCloudSandbox, type CloudSandbox } from '../../../support/cloud-sandbox.ts';

const ARM_SCOPE = 'https://management.azure.com/.default';
const AKS_SCOPE = '6dae42f8-4368-4678-94ff-3960e28e3630/.default';

describe('entraEndpoint', () => {
  let sandbox: CloudSandbox;

  beforeEach(async () => {
    sandbox = await startCloudSandbox({ credentialLifetime: hours(2) });
  });
  afterEach(() => sandbox.stop());

  const options = () => ({
    authorityHost: sandbox.server.endpoints.azure.authority,
    disableInstanceDiscovery: true,
    tlsOptions: { ca: sandbox.server.endpoints.caPem },
    retryOptions: { maxRetries: 0 },
  });
  const tokenFor = async (scope: string): Promise<string> =>
    (await sandbox.azureCredential().getToken(scope))?.token ?? '';
  const getCluster = () => sandbox.aks().managedClusters.get('inference', 'azure-east');

  it('gives a token for AKS API servers, which tells whose it is', async () => {
    const { azure } = sandbox.state.identities;
    expect(sandbox.server.verifyAksToken(await tokenFor(AKS_SCOPE))).to.deep.equal({
      ok: true,
      objectId: azure.objectId,
      tenantId: azure.tenantId,
      applicationId: azure.clientId,
    });
  });

  it('gives tokens for one audience only', async () => {
    const verdict = sandbox.server.verifyAksToken(await tokenFor(ARM_SCOPE));
    expect(verdict).to.deep.include({ ok: false, failure: 'wrong-audience' });
    const failure = await failureOf(tokenFor('https://storage.azure.com/.default'));
    expect(failure.message).to.contain('AADSTS500011');
    expect((await failureOf(tokenFor('https://management.azure.com/user'))).message).to.contain('AADSTS1002012');
  });

  it('gives tokens that end, by the clock of the sandbox', async () => {
    const token = await tokenFor(AKS_SCOPE);
    await sandbox.clock.advance(minutes(119));
    expect(sandbox.server.verifyAksToken(token).ok).to.equal(true);
    await sandbox.clock.advance(minutes(1));
    expect(sandbox.server.verifyAksToken(token)).to.deep.include({ ok: false, failure: 'expired' });
  });

  it('refuses tokens that were changed, cut or made up', async () => {
    const token = await tokenFor(AKS_SCOPE);
    const [head = '', payload = '', signature = ''] = token.split('.');
    const claims = JSON.parse(Buffer.from(payload, 'base64url').toString()) as Record<string, unknown>;
    const forged = Buffer.from(JSON.stringify({ ...claims, exp: 9e9 })).toString('base64url');
    const none = Buffer.from(JSON.stringify({ alg: 'none' })).toString('base64url');
    for (const bad of ['', 'a.b.c', `${head}.${forged}.${signature}`, `${none}.${payload}.`, `${token}.x`]) {
      expect(sandbox.server.verifyAksToken(bad)).to.deep.include({ ok: false, failure: 'invalid' });
    }
  });

  it('does not take the token of another sandbox', async () => {
    const other = await startCloudSandbox();
    try {
      const token = (await other.azureCredential().getToken(AKS_SCOPE))?.token ?? '';
      expect(sandbox.server.verifyAksToken(token)).to.deep.include({ ok: false, failure: 'invalid' });
    } finally {
      await other.stop();
    }
  });

  it('signs in with a federated token, as a pod with workload identity does', async () => {
    const { tenantId, clientId } = sandbox.state.identities.azure;
    const folder = await mkdtemp(join(tmpdir(), 'tradewind-'));
    const signIn = async (claims: object): Promise<boolean> => {
      const tokenFilePath = join(folder, 'token');
      const body = Buffer.from(JSON.stringify(claims)).toString('base64url');
      await writeFile(tokenFilePath, `eyJhbGciOiJSUzI1NiJ9.${body}.c2lnbmF0dXJl`);
      const credential = new WorkloadIdentityCredential({ tenantId, clientId, tokenFilePath, ...options() });
      return sandbox.server.verifyAksToken((await credential.getToken(AKS_SCOPE)).token).ok;
    };
    try {
      expect(await signIn({ aud: ['api://AzureADTokenExchange'] })).to.equal(true);
      expect((await failureOf(signIn({ aud: 'kubernetes' }))).message).to.contain('AADSTS700212');
    } finally {
      await rm(folder, { recursive: true });
    }
  });

  it('says what it does not accept: secret, application or tenant', async () => {
    const { tenantId, clientId, clientSecret } = sandbox.state.identities.azure;
    const signIn = async (tenant: string, client: string, secret: string) =>
      (await failureOf(new ClientSecretCredential(tenant, client, secret, options()).getToken(ARM_SCOPE))).message;
    expect(await signIn(tenantId, clientId, 'guess')).to.contain('AADSTS7000215');
    expect(await signIn(tenantId, '99999999-9999-9999-9999-999999999999', clientSecret)).to.contain('AADSTS700016');
    expect(await signIn('99999999-9999-9999-9999-999999999999', clientId, clientSecret)).to.match(
      /AADSTS90002|endpoint/,
    );
  });

  it('publishes the key that its tokens are signed with', async () => {
    const { tenantId } = sandbox.state.identities.azure;
    const keys = JSON.parse((await sandbox.fetch(`/${tenantId}/discovery/v2.0/keys`)).text) as {
      keys: { kid: string }[];
    };
    const [head = ''] = (await tokenFor(AKS_SCOPE)).split('.');
    const { kid } = JSON.parse(Buffer.from(head, 'base64url').toString()) as { kid: string };
    expect(keys.keys.map((key) => key.kid)).to.deep.equal([kid]);
  });

  it('answers requests that are no sign-in with what is missing', async () => {
    const { tenantId, clientId } = sandbox.state.identities.azure;
    const post = async (body: string) =>
      JSON.parse((await sandbox.fetch(`/${tenantId}/oauth2/v2.0/token`, { method: 'POST', body })).text) as {
        error: string;
      };
    expect((await post('grant_type=password')).error).to.equal('unsupported_grant_type');
    expect((await post(`grant_type=client_credentials&client_id=${clientId}`)).error).to.equal('invalid_client');
    const jwt = 'urn%3Aietf%3Aparams%3Aoauth%3Aclient-assertion-type%3Ajwt-bearer';
    const assertion = `client_assertion_type=${jwt}&client_assertion=x`;
    expect((await post(`grant_type=client_credentials&client_id=${clientId}&${assertion}`)).error).to.equal(
      'invalid_client',
    );
    expect((await sandbox.fetch('/nowhere')).status).to.equal(404);
  });

  describe('at Resource Manager', () => {
    it('is asked for once, and used for every call', async () => {
      const client = sandbox.aks();
      await client.managedClusters.get('inference', 'azure-east');
      await client.managedClusters.get('inference', 'azure-east');
      expect(sandbox.server.requests.counts()).to.deep.equal({
        'arm.ManagedClusters_Get': 2,
        'entra.OpenIdConfiguration': 1,
        'entra.Token': 1,
      });
    });

    it('is refused when it is missing, for another audience, or over', async () => {
      const path =
        '/arm/subscriptions/x/resourceGroups/y/providers/Microsoft.ContainerService/managedClusters/z?api-version=1';
      const ask = async (headers: Record<string, string>) => sandbox.fetch(path, { headers });
      const missing = await ask({});
      expect(missing.status).to.equal(401);
      expect(missing.text).to.contain('AuthenticationFailed');
      expect(missing.headers['www-authenticate']).to.contain('Bearer authorization_uri=');
      const foreign = await ask({ authorization: `Bearer ${await tokenFor(AKS_SCOPE)}` });
      expect(foreign.text).to.contain('InvalidAuthenticationTokenAudience');
      const token = await tokenFor(ARM_SCOPE);
      await sandbox.clock.advance(hours(2));
      expect((await ask({ authorization: `Bearer ${token}` })).text).to.contain('ExpiredAuthenticationToken');
    });

    it('is forbidden to a principal that is not known', async () => {
      const identities = sandbox.state.identities as { azure: { objectId: string } };
      await getCluster();
      const { azure } = identities;
      identities.azure = { ...azure, objectId: 'somebody-else' };
      const failure = await failureOf(getCluster());
      expect([failure.code, failure.statusCode]).to.deep.equal(['AuthorizationFailed', 403]);
    });
  });
});
