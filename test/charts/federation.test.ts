import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { render, skipWithout } from '../support/charts-helm.ts';
import { envOf } from '../support/charts-objects.ts';
import { ScenarioRig } from '../support/scenario-rig.ts';
import { memberStatus } from '../support/scenario-view.ts';

type Endpoints = Readonly<Record<'aws' | 'azure', object>>;

/** As the kubelet projects it: a token for one audience. Who signed it is not what is tested here. */
const tokenFor = (audience: string): string =>
  ['e30', Buffer.from(JSON.stringify({ aud: [audience] })).toString('base64url'), 'c2ln'].join('.');

describe('the environment of the pod, with identity.aws and identity.azure projected', function () {
  this.timeout(120_000);
  let rig: ScenarioRig;
  let operator: ChildProcess;
  let said = '';

  /** What the chart renders, with the tokens where this test has put them. */
  function environment(audiences: Readonly<Record<string, string>>): Readonly<Record<string, string>> {
    const { aws, azure } = rig.sandbox.state.identities;
    const account = aws.arn.split(':')[4] ?? '';
    const set = [
      `identity.aws.roleArn=arn:aws:iam::${account}:role/tradewind`,
      `identity.azure.clientId=${azure.clientId}`,
      `identity.azure.tenantId=${azure.tenantId}`,
    ];
    const rendered = envOf(render('tradewind', 'everything-values.yaml', '--set', set.join(',')));
    const entries = Object.entries(rendered).filter(
      ([name]) => /^(AWS|AZURE)_/.test(name) && name !== 'AZURE_AUTHORITY_HOST',
    );
    return Object.fromEntries(
      entries.map(([name, value = '']) => {
        if (!name.endsWith('TOKEN_FILE')) return [name, value];
        const file = join(rig.dir, basename(value));
        writeFileSync(file, tokenFor(audiences[basename(value)] ?? ''), { mode: 0o600 });
        return [name, file];
      }),
    );
  }

  /** The addresses of the sandbox's clouds without the keys that it hands out. */
  function withoutKeys(): string {
    const file = join(rig.dir, 'endpoints.json');
    const all = JSON.parse(readFileSync(rig.files.cloudEndpoints, 'utf8')) as Endpoints;
    const aws = { ...all.aws, credentials: null };
    writeFileSync(file, JSON.stringify({ ...all, aws, azure: { ...all.azure, credentials: null } }), { mode: 0o600 });
    return file;
  }

  before(async function () {
    skipWithout('helm', this);
    rig = await ScenarioRig.start({ operator: null, ownTime: true });
    const env = {
      ...environment({ aws: 'sts.amazonaws.com', azure: 'api://AzureADTokenExchange' }),
      PATH: '/nowhere',
      TRADEWIND_KUBECONFIG: rig.files.kubeconfig,
      TRADEWIND_CLOUD_ENDPOINTS: withoutKeys(),
      TRADEWIND_NAMESPACE: 'default',
      TRADEWIND_LISTEN: '127.0.0.1:0',
    };
    operator = spawn(process.execPath, ['operator/cli/main.ts', 'run'], { env, stdio: ['ignore', 'pipe', 'pipe'] });
    operator.stdout?.on('data', (chunk: Buffer) => (said += chunk.toString()));
    operator.stderr?.on('data', (chunk: Buffer) => (said += chunk.toString()));
  });
  after(async () => {
    if (operator?.exitCode === null) {
      operator.kill('SIGTERM');
      await once(operator, 'exit');
    }
    await rig?.stop();
  });

  for (const member of ['aws-east', 'azure-east'])
    it(`opens ${member}, without a key anywhere`, async () => {
      await rig.until(`${member} is healthy and its cloud has told of its pools`, async () => {
        if (operator.exitCode !== null) throw new Error(said);
        const status = await memberStatus(rig.sandbox, member);
        return status?.verdict === 'Healthy' && (status.pools?.length ?? 0) > 0;
      });
    });
});
