import { expect } from 'chai';
import type { KubeDocument } from '../../operator/sandbox/kube-api.ts';
import { only, RELEASE, render, skipWithout } from '../support/charts-helm.ts';
import { envOf, operatorOf, specOf } from '../support/charts-objects.ts';

describe('identities of the chart tradewind', function () {
  this.timeout(60_000);
  before(function () {
    skipWithout('helm', this);
  });
  const ROLE = 'arn:aws:iam::123456789012:role/tradewind';
  const CLIENT = '00000000-1111-2222-3333-444444444444';
  const TENANT = '55555555-6666-7777-8888-999999999999';
  const withIdentity = (...set: readonly string[]): readonly KubeDocument[] =>
    render('tradewind', 'test-values.yaml', '--set', set.map((it) => `identity.${it}`).join(','));
  const account = (objects: readonly KubeDocument[]): unknown =>
    only(objects, 'ServiceAccount', `${RELEASE}-tradewind`).metadata.annotations;
  const volumes = (objects: readonly KubeDocument[]): readonly unknown[] =>
    operatorOf(objects).volumes.filter((it) => 'projected' in it);

  it('are none at first', () => {
    const objects = render('tradewind', 'test-values.yaml');
    expect(account(objects)).to.equal(undefined);
    expect(volumes(objects)).to.deep.equal([]);
    expect(Object.keys(envOf(objects)).filter((it) => /^(AWS|AZURE)/.test(it))).to.deep.equal([]);
  });

  it('hub on EKS, by IRSA: the service account names the role', () => {
    expect(account(withIdentity('aws.mode=irsa', `aws.roleArn=${ROLE}`))).to.deep.equal({
      'eks.amazonaws.com/role-arn': ROLE,
      'eks.amazonaws.com/sts-regional-endpoints': 'true',
    });
  });

  it("hub on EKS, by Pod Identity: the way to the node's agent is open", () => {
    const policy = JSON.stringify(only(withIdentity('aws.mode=podIdentity'), 'NetworkPolicy'));
    expect(policy).to.contain('169.254.170.23/32');
    expect(policy).not.to.contain('169.254.169.254');
  });

  it('hub on AKS: the service account and the pod ask for workload identity', () => {
    const objects = withIdentity('azure.mode=workloadIdentity', `azure.clientId=${CLIENT}`, `azure.tenantId=${TENANT}`);
    expect(account(objects)).to.deep.equal({
      'azure.workload.identity/client-id': CLIENT,
      'azure.workload.identity/tenant-id': TENANT,
    });
    const { template } = specOf(only(objects, 'Deployment'));
    expect(template.metadata.labels).to.include({ 'azure.workload.identity/use': 'true' });
  });

  it('hub on AKS with EKS members: a token for STS, and the variables that the AWS SDK reads', () => {
    const objects = withIdentity('aws.mode=projected', `aws.roleArn=${ROLE}`, 'aws.region=eu-central-1');
    expect(envOf(objects)).to.include({
      AWS_ROLE_ARN: ROLE,
      AWS_WEB_IDENTITY_TOKEN_FILE: '/var/run/secrets/tradewind.dev/aws',
      AWS_REGION: 'eu-central-1',
    });
    const token = { serviceAccountToken: { path: 'aws', audience: 'sts.amazonaws.com', expirationSeconds: 3600 } };
    expect(volumes(objects)).to.deep.equal([{ name: 'cloud-tokens', projected: { sources: [token] } }]);
  });

  it('hub on EKS with AKS members: a token for Entra, and the variables that the Azure SDK reads', () => {
    const objects = withIdentity('azure.mode=projected', `azure.clientId=${CLIENT}`, `azure.tenantId=${TENANT}`);
    expect(envOf(objects)).to.include({
      AZURE_CLIENT_ID: CLIENT,
      AZURE_TENANT_ID: TENANT,
      AZURE_FEDERATED_TOKEN_FILE: '/var/run/secrets/tradewind.dev/azure',
      AZURE_AUTHORITY_HOST: 'https://login.microsoftonline.com/',
    });
    const audience = 'api://AzureADTokenExchange';
    const token = { serviceAccountToken: { path: 'azure', audience, expirationSeconds: 3600 } };
    expect(volumes(objects)).to.deep.equal([{ name: 'cloud-tokens', projected: { sources: [token] } }]);
  });
});
