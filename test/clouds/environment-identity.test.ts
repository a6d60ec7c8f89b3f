import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { createAksCloud } from '../../operator/clouds/aks/create-aks-cloud.ts';
import { createEksCloud } from '../../operator/clouds/eks/create-eks-cloud.ts';
import { hours } from '../../operator/model/units.ts';
import { anAzureSubscription } from '../support/clouds-aks-answers.ts';
import { aClusterAnswer, askedFor } from '../support/clouds-eks-answers.ts';
import { anAksCluster, anEksCluster, aReplayedCloud, noAbort, TENANT } from '../support/clouds-endpoints.ts';
import { type Replay, startReplay } from '../support/clouds-replay.ts';
import { SteppedClock } from '../support/stepped-clock.ts';

describe('an identity that the environment provides', () => {
  let replay: Replay;
  let folder: string;
  let tokenFile: string;
  const saved = { ...process.env };

  before(async () => {
    replay = await startReplay();
    folder = mkdtempSync(join(tmpdir(), 'tradewind-identity-'));
    tokenFile = join(folder, 'token');
    writeFileSync(tokenFile, 'projected-service-account-token');
  });
  after(async () => {
    await replay.close();
    rmSync(folder, { recursive: true });
  });
  afterEach(() => {
    for (const name of Object.keys(process.env)) if (!(name in saved)) delete process.env[name];
    Object.assign(process.env, saved);
  });
  const clock = new SteppedClock();
  const endpoints = () => {
    const { caPem, aws, azure } = aReplayedCloud(replay);
    return { caPem, aws: { ...aws, credentials: null }, azure: { ...azure, credentials: null } };
  };

  it('is a projected token exchanged at STS for EKS (IRSA, also from a hub on AKS)', async () => {
    Object.assign(process.env, {
      AWS_ROLE_ARN: 'arn:aws:iam::111122223333:role/hub',
      AWS_WEB_IDENTITY_TOKEN_FILE: tokenFile,
      AWS_EC2_METADATA_DISABLED: 'true',
    });
    const expiration = new Date(clock.now() + hours(20 * 365 * 24)).toISOString();
    replay.answer((request) =>
      askedFor(request) === 'AssumeRoleWithWebIdentity'
        ? {
            headers: { 'content-type': 'text/xml' },
            body: `<AssumeRoleWithWebIdentityResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/"><AssumeRoleWithWebIdentityResult><Credentials><AccessKeyId>ASIAHUBHUBHUBHUBHUB0</AccessKeyId><SecretAccessKey>x</SecretAccessKey><SessionToken>s</SessionToken><Expiration>${expiration}</Expiration></Credentials></AssumeRoleWithWebIdentityResult></AssumeRoleWithWebIdentityResponse>`,
          }
        : aClusterAnswer(),
    );
    const cloud = createEksCloud({ clock, endpoints: endpoints() });
    expect((await cloud.describeCluster(anEksCluster(), noAbort())).state).to.equal('ACTIVE');
    expect(replay.requests[0]?.form.get('WebIdentityToken')).to.equal('projected-service-account-token');
    expect(replay.requests[1]?.headers['authorization']).to.include('ASIAHUBHUBHUBHUBHUB0');
    cloud.close();
  });

  it('is a projected token exchanged at Entra for AKS (workload identity, also from a hub on EKS)', async () => {
    Object.assign(process.env, {
      AZURE_TENANT_ID: TENANT,
      AZURE_CLIENT_ID: '44444444-4444-4444-4444-444444444444',
      AZURE_FEDERATED_TOKEN_FILE: tokenFile,
    });
    replay.answer(anAzureSubscription());
    const cloud = createAksCloud({ clock, endpoints: endpoints() });
    expect((await cloud.describeCluster(anAksCluster(), noAbort())).state).to.equal('Succeeded');
    const exchange = replay.requests.find((request) => request.path.endsWith('/oauth2/v2.0/token'));
    expect(exchange?.form.get('client_assertion')).to.equal('projected-service-account-token');
    cloud.close();
  });
});
