import { ListClustersCommand } from '@aws-sdk/client-eks';
import { fromTemporaryCredentials, fromWebToken } from '@aws-sdk/credential-providers';
import { expect } from 'chai';
import { hours } from '../../../../operator/model/units.ts';
import { failureOf, startCloudSandbox, type CloudSandbox } from '../../../support/cloud-sandbox.ts';

const ROLE = 'arn:aws:iam::123456789012:role/tradewind-member';

describe('stsEndpoint', () => {
  let sandbox: CloudSandbox;

  const start = async (options: Parameters<typeof startCloudSandbox>[0] = {}): Promise<void> => {
    sandbox = await startCloudSandbox(options);
  };
  afterEach(() => sandbox.stop());

  const clientConfig = () => ({
    endpoint: sandbox.server.endpoints.aws.sts,
    region: 'us-east-1',
    maxAttempts: 1,
    requestHandler: { httpsAgent: sandbox.agent },
  });
  const assume = (roleArn: string, masterCredentials = sandbox.server.endpoints.aws.credentials) =>
    fromTemporaryCredentials({
      params: { RoleArn: roleArn, RoleSessionName: 'tradewind' },
      masterCredentials,
      clientConfig: clientConfig(),
    })();
  const webToken = (audience: string): string =>
    ['{}', JSON.stringify({ aud: [audience], sub: 'system:serviceaccount:tradewind:operator' }), 'signature']
      .map((part) => Buffer.from(part).toString('base64url'))
      .join('.');
  const federate = (token: string) =>
    fromWebToken({
      roleArn: ROLE,
      roleSessionName: 'tradewind',
      webIdentityToken: token,
      clientConfig: clientConfig(),
    })();

  it('opens a session of a role, whose credentials other services take', async () => {
    await start({ credentialLifetime: hours(1) });
    const session = await assume(ROLE);
    expect(session.accessKeyId).to.match(/^ASIA/);
    expect(session.expiration?.getTime()).to.equal(sandbox.clock.now() + hours(1));
    const { clusters } = await sandbox.eks({ credentials: session }).send(new ListClustersCommand({}));
    expect(clusters).to.deep.equal(['aws-east']);
  });

  it('takes a session key with its own token only', async () => {
    await start();
    const { accessKeyId, secretAccessKey } = await assume(ROLE);
    for (const credentials of [
      { accessKeyId, secretAccessKey },
      { accessKeyId, secretAccessKey, sessionToken: 'another' },
    ]) {
      const failure = await failureOf(sandbox.eks({ credentials }).send(new ListClustersCommand({})));
      expect(failure.name).to.equal('UnrecognizedClientException');
    }
  });

  it('ends sessions after the lifetime that it was started with', async () => {
    await start({ credentialLifetime: hours(2) });
    const session = await assume(ROLE);
    await sandbox.clock.advance(hours(3));
    const failure = await failureOf(sandbox.eks({ credentials: session }).send(new ListClustersCommand({})));
    expect(failure.name).to.equal('ExpiredTokenException');
  });

  it('refuses roles of other accounts, things that are no role, and callers it does not know', async () => {
    await start();
    expect((await failureOf(assume('arn:aws:iam::999999999999:role/x'))).name).to.equal('AccessDenied');
    const long = { RoleArn: ROLE, RoleSessionName: 'tradewind', DurationSeconds: 13 * 3600 };
    const masterCredentials = sandbox.server.endpoints.aws.credentials;
    const tooLong = fromTemporaryCredentials({ params: long, masterCredentials, clientConfig: clientConfig() });
    expect((await failureOf(tooLong())).name).to.equal('ValidationError');
    expect((await failureOf(assume('somebody'))).name).to.equal('ValidationError');
    const stranger = await failureOf(assume(ROLE, { accessKeyId: 'AKIASOMEBODY', secretAccessKey: 'x' }));
    expect([stranger.name, stranger.$metadata?.httpStatusCode]).to.deep.equal(['InvalidClientTokenId', 403]);
  });

  it('takes a web identity token that was made for it', async () => {
    await start();
    const session = await federate(webToken('sts.amazonaws.com'));
    const { clusters } = await sandbox.eks({ credentials: session }).send(new ListClustersCommand({}));
    expect(clusters).to.deep.equal(['aws-east']);
    expect((await failureOf(federate(webToken('kubernetes')))).name).to.equal('InvalidIdentityTokenException');
    expect((await failureOf(federate('no-token'))).name).to.equal('InvalidIdentityTokenException');
  });

  it('knows no other action', async () => {
    await start();
    const answer = await sandbox.fetch('/sts/?Action=GetFederationToken&Version=2011-06-15');
    expect(answer.status).to.equal(400);
    expect(answer.text).to.contain('<Code>InvalidAction</Code>');
  });
});
