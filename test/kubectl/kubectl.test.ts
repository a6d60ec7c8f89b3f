import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { dump } from 'js-yaml';
import { expect } from 'chai';
import { anInferenceDeployment } from '../support/scenario-fleet.ts';
import {
  hasKubectl,
  kubectl,
  startKubectl,
  startTradewind,
  type Program,
  type Ran,
} from '../support/scenario-process.ts';

const inNamespace = ['-n', 'ml-prod'];

describe('kubectl against `tradewind sandbox`', function () {
  this.timeout(120_000);
  let dir: string;
  let sandbox: Program;
  const hub = (): string => join(dir, 'hub.kubeconfig');

  /** Runs kubectl on the hub and expects this exit code. */
  async function run(
    args: readonly string[],
    options: { code?: number; stdin?: string; env?: Record<string, string> } = {},
  ): Promise<Ran> {
    const ran = await kubectl(hub(), args, options);
    expect(ran.code, `${args.join(' ')}\n${ran.stdout}${ran.stderr}`).to.equal(options.code ?? 0);
    return ran;
  }
  const said = async (args: readonly string[]): Promise<string> => (await run(args)).stdout.trim();
  /** One path of one InferenceDeployment. */
  const field = (name: string, path: string): Promise<string> =>
    said(['get', 'infd', name, ...inNamespace, '-o', `jsonpath={${path}}`]);

  before(async function () {
    if (!hasKubectl()) {
      console.warn('\n  SKIPPED: no kubectl in PATH and none in $KUBECTL: nothing of this file was tested\n');
      this.skip();
    }
    dir = join(mkdtempSync(join(tmpdir(), 'tradewind-kubectl-')), 'sandbox');
    sandbox = startTradewind('sandbox', '--scenario', 'small', '--dir', dir);
    await sandbox.untilSaid(/sandbox ready/);
  });
  after(async () => {
    await sandbox?.end('SIGKILL');
    if (dir) rmSync(join(dir, '..'), { recursive: true, force: true });
  });

  it('is told in one line that the sandbox is ready', () => {
    expect(sandbox.stdout.trim().split('\n')).to.have.length(1);
    expect(sandbox.stdout).to.contain('aws-east, azure-east').and.to.contain(dir);
    expect(sandbox.stderr).to.equal('');
  });

  it('applies the definitions and the examples, twice', async () => {
    await run(['apply', '-f', 'crds/']);
    const again = (await said(['apply', '-f', 'crds/'])).split('\n');
    expect(again).to.have.length(readdirSync('crds').filter((name) => name.endsWith('.yaml')).length);
    for (const line of again) expect(line).to.match(/^customresourcedefinition.* unchanged$/);
    const first = await said(['apply', '-f', 'crds/examples/']);
    expect(first).to.contain('inferencedeployment.tradewind.dev/llama-70b created');
    await run(['apply', '-f', 'crds/examples/']);
    expect(await field('llama-70b', '.metadata.generation')).to.equal('1');
  });

  it('applies them on the server as well, and meets a conflict where somebody else owns a field', async () => {
    const applied = await said(['apply', '--server-side', '--force-conflicts', '-f', 'crds/examples/']);
    expect(applied).to.contain('inferencedeployment.tradewind.dev/embedder serverside-applied');
    await run(['scale', 'infd/embedder', '--replicas=2', ...inNamespace]);
    const refused = await run(['apply', '--server-side', '-f', 'crds/examples/simple.yaml'], { code: 1 });
    expect(refused.stderr).to.match(/conflict with "kubectl".*\.spec\.replicas/s);
    await run(['apply', '--server-side', '--force-conflicts', '-f', 'crds/examples/simple.yaml']);
    expect(await field('embedder', '.spec.replicas')).to.equal('1');
  });

  it('shows columns for people, by short name, plural and category', async () => {
    expect(await said(['get', 'infd', '-A'])).to.match(/^NAMESPACE +NAME +READY +GPUS +CLUSTERS +\$\/H +STATUS +AGE/);
    expect(await said(['get', 'mcl'])).to.match(/^NAME +PROVIDER +REGION +VERDICT +GPUS +OURS +VERSION +AGE/);
    expect(await said(['get', 'mcl', '-o', 'wide'])).to.match(/REASON +SINCE +CORDONED +POOLS/);
    expect(await said(['get', 'inference', '-A', '-o', 'name'])).to.contain('membercluster.tradewind.dev/aws-east');
    expect(await said(['get', 'inferencedeployments', ...inNamespace, '-o', 'yaml'])).to.contain('maxPerProvider: 70%');
  });

  it('describes and explains', async () => {
    expect(await said(['describe', 'infd', 'llama-70b', ...inNamespace])).to.match(/Kind: +InferenceDeployment/);
    const explained = await said(['explain', 'infd.spec.placement.maxPerProvider']);
    expect(explained)
      .to.match(/FIELD: maxPerProvider <string>/)
      .and.to.contain('one provider may hold');
    expect(await said(['explain', 'mcl.spec', '--recursive'])).to.contain('failureThreshold');
    expect(await said(['api-resources', '--api-group=tradewind.dev'])).to.match(/infd +tradewind.dev\/v1alpha1 +true/);
  });

  it('edits', async () => {
    const env = { KUBE_EDITOR: 'sed -i s/replicas:\\ 6/replicas:\\ 7/' };
    const { stdout } = await run(['edit', 'infd/llama-70b', ...inNamespace], { env });
    expect(stdout).to.contain('edited');
    expect(await field('llama-70b', '.spec.replicas')).to.equal('7');
  });

  it('scales, only from what it is told is there', async () => {
    expect(await said(['scale', 'infd/llama-70b', '--replicas=5', ...inNamespace])).to.contain('scaled');
    expect(await field('llama-70b', '.spec.replicas')).to.equal('5');
    const refused = await run(['scale', 'infd/llama-70b', '--current-replicas=9', '--replicas=1', ...inNamespace], {
      code: 1,
    });
    expect(refused.stderr).to.contain('Expected replicas to be 9, was 5');
  });

  it('labels, annotates and selects', async () => {
    await run(['label', 'infd', 'embedder', 'team=search', ...inNamespace]);
    await run(['annotate', 'infd', 'embedder', 'example.com/note=here', ...inNamespace]);
    const names = (...selector: readonly string[]): Promise<string> =>
      said(['get', 'infd', '-A', '-o', 'name', ...selector]);
    expect(await names('-l', 'team=search')).to.equal('inferencedeployment.tradewind.dev/embedder');
    expect(await names('-l', 'team in (assistants,search)'))
      .to.contain('llama-70b')
      .and.to.contain('embedder');
    expect(await names('-l', '!team')).not.to.contain('embedder');
    expect(await names('--field-selector', 'metadata.name=triage')).to.equal(
      'inferencedeployment.tradewind.dev/triage',
    );
    const overwritten = await run(['label', 'infd', 'embedder', 'team=ads', ...inNamespace], { code: 1 });
    expect(overwritten.stderr).to.contain('already has a value (search)');
  });

  it('shows what would change and changes nothing', async () => {
    await run(['diff', '-f', 'crds/examples/residency.yaml']);
    const changed = readFileSync('crds/examples/residency.yaml', 'utf8').replace('minClusters: 2', 'minClusters: 1');
    const { stdout } = await run(['diff', '-f', '-'], { code: 1, stdin: changed });
    expect(stdout).to.match(/-\s+minClusters: 2\n\+\s+minClusters: 1/);
    const dry = await run(['apply', '--dry-run=server', '-f', '-'], { stdin: changed });
    expect(dry.stdout).to.contain('configured (server dry run)');
    await run(['diff', '-f', 'crds/examples/residency.yaml']);
  });

  it('refuses what the schema and its rules refuse, by the field', async () => {
    const bad = dump(anInferenceDeployment({ name: 'bad', spec: { replicas: -1 } })).replace(
      'namespace: ml',
      'namespace: ml-prod',
    );
    const refused = await run(['apply', '-f', '-'], { code: 1, stdin: bad });
    expect(refused.stderr).to.contain('spec.replicas').and.to.contain('greater than or equal to 0');
    const unknown = dump(anInferenceDeployment({ name: 'bad', spec: { replica: 1 } })).replace(
      'namespace: ml',
      'namespace: ml-prod',
    );
    const typo = await run(['apply', '-f', '-'], { code: 1, stdin: unknown });
    expect(typo.stderr).to.contain('unknown field "spec.replica"');
    const patched = await run(
      ['patch', 'mcl', 'aws-east', '--type=merge', '-p', '{"spec":{"eks":{"region":"us-west-2"}}}'],
      { code: 1 },
    );
    expect(patched.stderr).to.contain('cannot change');
  });

  it('watches', async () => {
    const watching = startKubectl(
      hub(),
      'get',
      'infd',
      'triage',
      '-n',
      'health',
      '-w',
      '-o',
      'jsonpath={.spec.replicas}{"\\n"}',
    );
    await watching.untilSaid(/^3$/m);
    await run(['scale', 'infd/triage', '--replicas=4', '-n', 'health']);
    await watching.untilSaid(/^4$/m);
    await watching.end('SIGTERM');
  });

  it('reads raw paths', async () => {
    const openapi = JSON.parse(await said(['get', '--raw', '/openapi/v3'])) as {
      paths: Record<string, { serverRelativeURL: string }>;
    };
    const { serverRelativeURL } = openapi.paths['apis/tradewind.dev/v1alpha1'] ?? { serverRelativeURL: '' };
    expect(await said(['get', '--raw', serverRelativeURL])).to.contain('InferenceDeployment');
    expect(await said(['get', '--raw', '/readyz'])).to.equal('ok');
    expect(await said(['version', '-o', 'json'])).to.contain('serverVersion');
  });

  it('deletes, and waits for it', async () => {
    const waiting = run(['wait', '--for=delete', 'infd/qwen-14b', '-n', 'ml-batch', '--timeout=30s']);
    await run(['delete', 'infd', 'qwen-14b', '-n', 'ml-batch']);
    await waiting;
    expect((await run(['get', 'infd', 'qwen-14b', '-n', 'ml-batch'], { code: 1 })).stderr).to.contain('NotFound');
    await run(['delete', '-f', 'crds/examples/', '--ignore-not-found', '--wait=false']);
    await run(['wait', '--for=delete', 'ns/health', '--timeout=30s']);
    expect(await said(['get', 'infd', '-A'])).to.equal('');
  });

  it('waits for a deployment that an operator places, and sees it on the member', async () => {
    const flags = ['--kubeconfig', hub(), '--cloud-endpoints', join(dir, 'endpoints.json'), '--listen', '127.0.0.1:0'];
    const operator = startTradewind('run', ...flags, '--namespace', 'default', '--log-format', 'text');
    try {
      await run(['create', 'namespace', 'ml']);
      await run(['apply', '-f', '-'], { stdin: dump(anInferenceDeployment()) });
      await run(['wait', '--for=condition=Ready', 'infd/llama', '-n', 'ml', '--timeout=90s']);
      expect(await said(['get', 'infd', 'llama', '-n', 'ml'])).to.match(/llama +2\/2 +8 +aws-east:2 +9\.60 +Serving/);
      expect(await said(['get', 'mcl', 'aws-east'])).to.match(/aws-east +aws +us-east-1 +Healthy/);
      expect(await said(['get', 'events', '-n', 'ml'])).to.contain('Placed');
      expect(await said(['describe', 'infd', 'llama', '-n', 'ml'])).to.match(/Events:[^]*Placed/);
      const member = await kubectl(join(dir, 'aws-east.kubeconfig'), ['get', 'deployments,pods', '-n', 'ml']);
      expect(member.stdout).to.match(/deployment\.apps\/llama-\w+ +2\/2/);
      await run(['delete', 'infd', 'llama', '-n', 'ml', '--timeout=60s']);
      const left = await kubectl(join(dir, 'aws-east.kubeconfig'), ['get', 'deployments', '-n', 'ml', '-o', 'name']);
      expect(left.stdout).to.equal('');
    } finally {
      expect(await operator.end('SIGTERM'), operator.stderr).to.equal(0);
    }
  });

  it('leaves nothing behind when the sandbox is told to stop', async () => {
    expect(readdirSync(dir)).to.include('hub.kubeconfig');
    const port = Number(/https:\/\/127\.0\.0\.1:(\d+)/.exec(readFileSync(hub(), 'utf8'))?.[1]);
    expect(await sandbox.end('SIGTERM')).to.equal(0);
    expect(existsSync(dir)).to.equal(false);
    expect(await isOpen(port)).to.equal(false);
    expect(sandbox.stderr).to.equal('');
  });
});

const isOpen = (port: number): Promise<boolean> =>
  new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1');
    socket.on('connect', () => {
      socket.destroy();
      resolve(true);
    });
    socket.on('error', () => resolve(false));
  });
