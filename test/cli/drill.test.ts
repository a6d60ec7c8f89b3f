import { createHash } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { FAILOVER_DRILLS } from '../../operator/api/resources.ts';
import { connectHub } from '../../operator/cli/report/read-hub.ts';
import { CONFIG_MAPS } from '../../operator/kube/builtin-resources.ts';
import type { KubeClient, KubeObject } from '../../operator/kube/kube-client.ts';
import { createSystemClock } from '../../operator/runtime/system-clock.ts';
import { startSandbox, type Sandbox } from '../../operator/sandbox/start-sandbox.ts';
import { runTradewind, type Ended } from '../support/plan-files.ts';

const SPEC = { mode: 'SignalOverride', failure: { scope: 'Cluster', clusters: ['aws-east'] } };
const NEEDS_APPROVAL = { approval: { required: true } };
const NEVER = new AbortController().signal;
const REPORT = '{"outcome": "Succeeded"}\n';
const sha256 = createHash('sha256').update(REPORT).digest('hex');

describe('tradewind drill', function () {
  this.timeout(60_000); // processes start slowly on a busy machine
  let folder = '';
  let sandbox: Sandbox;
  let hub: KubeClient;
  before(async () => {
    folder = mkdtempSync(join(tmpdir(), 'tradewind-drill-'));
    sandbox = await startSandbox({ scenario: 'small', dir: folder, playTimeline: false });
    hub = connectHub(join(folder, 'hub.kubeconfig'), createSystemClock());
    const data = { 'report.json': REPORT, 'report.md': '# Report\n' };
    await hub.create(CONFIG_MAPS, { metadata: { name: 'aws-loss-report', namespace: 'default' }, data }, NEVER);
  });
  after(async () => {
    await hub.close();
    await sandbox.stop();
    rmSync(folder, { recursive: true, force: true });
  });

  const ask = (args: readonly string[], input = ''): Promise<Ended> =>
    runTradewind(['drill', ...args, '--kubeconfig', join(folder, 'hub.kubeconfig')], input);
  const specOf = async (name: string): Promise<Readonly<Record<string, unknown>>> =>
    (await hub.get(FAILOVER_DRILLS, { name }, NEVER))['spec'] as Readonly<Record<string, unknown>>;
  const tellStatus = (name: string, status: object): Promise<KubeObject> =>
    hub.patch(FAILOVER_DRILLS, { name, subresource: 'status', body: { status } }, NEVER);
  const drill = (name: string): string =>
    JSON.stringify({
      apiVersion: 'tradewind.dev/v1alpha1',
      kind: 'FailoverDrill',
      metadata: { name },
      spec: SPEC,
    });

  it('run makes a dry run of a cluster from flags, unless told how far to go', async () => {
    const { code, stdout } = await ask(['run', '--cluster', 'aws-east', '--name', 'dry']);
    expect(stdout).to.equal('drill dry is created; tradewind drill watch dry follows it\n');
    expect(code).to.equal(0);
    expect(await specOf('dry')).to.include({ mode: 'DryRun' });
    expect((await specOf('dry'))['failure']).to.deep.include({ scope: 'Cluster', clusters: ['aws-east'] });
    const made = await ask(['run', '--mode', 'EvictUngraceful', '--cluster', 'aws-east', '-o', 'json']);
    const { drill: name } = JSON.parse(made.stdout) as { drill: string };
    expect(name).to.match(/^evict-ungraceful-aws-east-[0-9a-z]+$/);
    expect(await specOf(name)).to.deep.include({ approval: { approved: false, required: true } });
  });

  it('run takes the one drill of a file, and follows it to its end', async () => {
    const running = ask(['run', '-f', '-', '--wait'], drill('aws-loss'));
    const at = (seconds: number): string => `2026-11-24T10:00:0${seconds}Z`;
    for (;;) {
      const known = (await hub.list(FAILOVER_DRILLS, {}, NEVER)).items.some((it) => it.metadata.name === 'aws-loss');
      if (known) break;
    }
    await tellStatus('aws-loss', { phase: 'Injecting', since: at(1), message: 'It begins.' });
    await tellStatus('aws-loss', { phase: 'Observing', since: at(2), message: 'It is watched.' });
    await tellStatus('aws-loss', {
      phase: 'Completed',
      since: at(9),
      outcome: 'Succeeded',
      message: 'All well.',
      measured: { detect: '1s', recovery: '7s' },
    });
    await tellStatus('aws-loss', { report: { configMap: 'default/aws-loss-report', sha256 } });
    const { code, stdout } = await running;
    expect(stdout).to.equal(
      [
        'drill aws-loss is created; tradewind drill abort aws-loss stops it, Ctrl-C only the watching',
        ...(stdout.includes('Injecting') ? ['10:00:01  Injecting         It begins.'] : []),
        ...(stdout.includes('Observing') ? ['10:00:02  Observing         It is watched.'] : []),
        '10:00:09  Succeeded         All well.',
        '          detected after 1s, all recovered after 7s',
        '          report: ConfigMap default/aws-loss-report',
        '',
      ].join('\n'),
    );
    expect(code).to.equal(0);
  });

  it('report prints what is in the ConfigMap, and refuses what somebody has changed', async () => {
    expect((await ask(['report', 'aws-loss'])).stdout).to.equal('# Report\n');
    expect((await ask(['report', 'aws-loss', '-o', 'json'])).stdout).to.equal(REPORT);
    expect((await ask(['report', 'dry'])).stderr).to.include('has no report yet, it is Pending');
    const forged = { 'report.json': '{"outcome": "Failed"}\n' };
    await hub.patch(CONFIG_MAPS, { name: 'aws-loss-report', namespace: 'default', body: { data: forged } }, NEVER);
    const { code, stderr } = await ask(['report', 'aws-loss']);
    expect(code).to.equal(1);
    expect(stderr).to.include('somebody changed it');
  });

  it('watch ends with 1 for a drill that did not succeed', async () => {
    await tellStatus('dry', {
      phase: 'Completed',
      outcome: 'CapacityCheckFailed',
      since: '2026-11-24T10:00:00Z',
      message: 'No room.',
      report: { configMap: 'default/aws-loss-report', sha256 },
    });
    const { code, stdout } = await ask(['watch', 'dry', '-o', 'json']);
    expect(code).to.equal(1);
    expect(JSON.parse(stdout)).to.include({ phase: 'Completed', outcome: 'CapacityCheckFailed', message: 'No room.' });
  });

  it('approve and abort say so in the spec of a drill that is not over', async () => {
    await ask(['run', '-f', '-'], drill('later'));
    expect((await ask(['approve', 'later'])).stdout).to.equal('drill later needs no approval, and waits for none\n');
    const waiting = JSON.stringify({ ...JSON.parse(drill('waiting')), spec: { ...NEEDS_APPROVAL, ...SPEC } });
    await ask(['run', '-f', '-'], waiting);
    expect((await ask(['approve', 'waiting'])).stdout).to.equal('drill waiting is approved\n');
    expect((await ask(['abort', 'later'])).stdout).to.include('drill later is told to stop');
    expect(await specOf('later')).to.deep.include({ approval: { approved: true, required: false } });
    expect((await specOf('later'))['abort']).to.deep.include({ requested: true });
    const { code, stderr } = await ask(['abort', 'dry']);
    expect(code).to.equal(1);
    expect(stderr).to.equal('tradewind drill abort: the drill dry is over already (CapacityCheckFailed)\n');
  });

  it('list shows every drill with how it ended', async () => {
    const { stdout } = await ask(['list']);
    expect(stdout).to.match(/^NAME +MODE +SCOPE/);
    expect(stdout).to.match(/^dry +DryRun +Cluster +- +Completed +CapacityCheckFailed/m);
    const rows = JSON.parse((await ask(['list', '-o', 'json'])).stdout) as readonly { readonly name: string }[];
    expect(rows.map(({ name }) => name)).to.include.members(['dry', 'aws-loss', 'later']);
  });

  it('ends with 2 for a wrong command line, and with 1 and the field for a drill that cannot be', async () => {
    expect((await ask(['run'])).code).to.equal(2);
    expect((await ask(['run', '--mode', 'Havoc', '--cluster', 'a'])).code).to.equal(2);
    expect((await ask(['run', '-f', '-', '--cluster', 'a'], drill('x'))).code).to.equal(2);
    expect((await ask(['explode', 'x'])).code).to.equal(2);
    const { code, stderr } = await ask(['run', '--cluster', 'Not A Name']);
    expect(code).to.equal(1);
    expect(stderr).to.match(/the drill cannot be run: .*spec\.failure\.clusters/);
    expect((await ask(['run', '--dry-run', '--mode', 'Cordon', '--cluster', 'aws-east'])).code).to.equal(2);
  });

  it('says what there is where a name is wrong, and creates nothing', async () => {
    const before = (await hub.list(FAILOVER_DRILLS, {}, NEVER)).items.length;
    const { code, stderr } = await ask(['run', '--cluster', 'aws-east', 'aws-eats']);
    expect(code).to.equal(1);
    expect(stderr).to.equal(
      'tradewind drill run: there is no MemberCluster aws-eats; there are aws-east, azure-east\n',
    );
    expect((await hub.list(FAILOVER_DRILLS, {}, NEVER)).items).to.have.length(before);
    for (const command of ['watch', 'abort', 'approve', 'report']) {
      const gone = await ask([command, 'gone']);
      expect(gone.code).to.equal(1);
      expect(gone.stderr).to.equal(
        `tradewind drill ${command}: there is no drill gone; tradewind drill list shows those that there are\n`,
      );
    }
  });

  it('run --dry-run touches nothing, whatever the file says, waits, and prints what would move', async () => {
    const running = ask(['run', '-f', '-', '--dry-run'], drill('aws-loss-2'));
    let made: KubeObject | undefined;
    while (made === undefined)
      made = (await hub.list(FAILOVER_DRILLS, {}, NEVER)).items.find((it) =>
        it.metadata.name.startsWith('dry-run-aws'),
      );
    const { name } = made.metadata;
    expect(name).to.match(/^dry-run-aws-loss-2-/);
    expect(await specOf(name)).to.deep.include({ mode: 'DryRun', ttlAfterFinished: '1h' });
    await tellStatus(name, {
      phase: 'Completed',
      since: '2026-11-24T10:00:09Z',
      outcome: 'DryRunOnly',
      message: 'Nothing was touched.',
      preflight: [
        { check: 'Policy', result: 'Passed', message: 'Allowed.' },
        { check: 'OptIn', result: 'Warning', message: 'Label it.' },
      ],
      prediction: {
        units: '2',
        placeable: '1',
        hourlyUSDBefore: '9.6',
        hourlyUSDDuring: '12',
        wouldFreeze: false,
        moves: [
          { deployment: 'ml/llama', from: 'aws-east', to: 'azure-east', replicas: 1 },
          { deployment: 'ml/llama', from: 'aws-east', replicas: 1 },
        ],
      },
      report: { configMap: 'default/aws-loss-report', sha256 },
    });
    const { code, stdout } = await running;
    expect(code).to.equal(0);
    expect(stdout.split('\n').map((line) => line.trim())).to.deep.equal([
      `drill ${name} is created; nothing is touched`,
      '10:00:09  DryRunOnly        Nothing was touched.',
      'DEPLOYMENT  REPLICAS  FROM      TO',
      'ml/llama    1         aws-east  azure-east',
      'ml/llama    1         aws-east  (no room)',
      '',
      'Not all of it fits: 1 of 2 units on the targets find room elsewhere.',
      'How long the recovery would take cannot be said.',
      'It costs $9.60 an hour now, and would cost $12.00 under the failure, for what fits.',
      '',
      'OptIn: Label it.',
      '',
      'report: ConfigMap default/aws-loss-report',
      '',
    ]);
  });
});
