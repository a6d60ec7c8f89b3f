/** The real kubectl against the embedded server; skipped where there is no kubectl. */
import { execFile, spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import type { TestServer } from '../../support/apiserver-fixture.ts';
import { startTestServer } from '../../support/apiserver-fixture.ts';
import { aConfigMap, aDeployment, aWidget, widgetDefinition } from '../../support/apiserver-objects.ts';
import { settle } from '../../support/stepped-clock.ts';

const HAS_KUBECTL = spawnSync('kubectl', ['version', '--client']).status === 0;

describe('kubectl on an API server', function () {
  this.timeout(30_000);
  let test: TestServer;
  let folder: string;

  before(function () {
    if (!HAS_KUBECTL) this.skip();
  });
  beforeEach(async () => {
    test = await startTestServer();
    folder = mkdtempSync(join(tmpdir(), 'kubectl-'));
    writeFileSync(join(folder, 'config'), test.server.adminKubeconfig());
  });
  afterEach(async () => {
    await test.stop();
    rmSync(folder, { recursive: true });
  });

  /** What kubectl prints, its errors included. */
  const kubectl = (command: string, environment: NodeJS.ProcessEnv = {}): Promise<string> =>
    new Promise((resolve) => {
      const env = { ...process.env, KUBECONFIG: join(folder, 'config'), HOME: folder, ...environment };
      execFile('kubectl', command.split(' '), { env, cwd: folder }, (_error, stdout, stderr) => {
        resolve(`${stdout}${stderr}`);
      });
    });
  const manifest = (name: string, ...objects: object[]): string => {
    writeFileSync(join(folder, name), JSON.stringify({ apiVersion: 'v1', kind: 'List', items: objects }));
    return name;
  };

  it('applies, changes and deletes from manifests', async () => {
    const file = manifest('all.yaml', aDeployment('web'), aConfigMap('cm', { a: 'b' }));
    expect(await kubectl(`apply -f ${file}`)).to.equal('deployment.apps/web created\nconfigmap/cm created\n');
    expect(await kubectl(`apply -f ${file}`)).to.equal('deployment.apps/web unchanged\nconfigmap/cm unchanged\n');
    manifest('all.yaml', aDeployment('web', { replicas: 3 }), aConfigMap('cm', { a: 'b' }));
    expect(await kubectl(`diff -f ${file}`)).to.contain('-  replicas: 1\n+  replicas: 3\n');
    expect(await kubectl(`apply --dry-run=server -f ${file}`)).to.contain('web configured (server dry run)');
    expect(await kubectl(`apply -f ${file}`)).to.contain('deployment.apps/web configured');
    expect(await kubectl('get deployment web')).to.match(/web +0\/3 +0 +0 /u);
    expect(await kubectl(`delete -f ${file}`)).to.contain('deployment.apps "web" deleted');
  });

  it('applies on the server side, and explains conflicts', async () => {
    const file = manifest('w.yaml', aDeployment('web', { replicas: 1 }));
    expect(await kubectl(`apply --server-side -f ${file}`)).to.equal('deployment.apps/web serverside-applied\n');
    manifest('w.yaml', aDeployment('web', { replicas: 2 }));
    const refused = await kubectl(`apply --server-side --field-manager=other -f ${file}`);
    expect(refused).to.contain('Apply failed with 1 conflict: conflict with "kubectl": .spec.replicas');
    expect(await kubectl(`apply --server-side --field-manager=other --force-conflicts -f ${file}`)).to.contain(
      'applied',
    );
  });

  it('goes over from client-side to server-side apply', async () => {
    const file = manifest('w.yaml', aConfigMap('cm', { a: 'b', c: 'd' }));
    await kubectl(`apply -f ${file}`);
    await kubectl(`apply --server-side -f ${file}`);
    manifest('w.yaml', aConfigMap('cm', { a: 'b' }));
    await kubectl(`apply --server-side -f ${file}`);
    expect(await kubectl('get cm cm -o jsonpath={.data}')).to.equal('{"a":"b"}');
  });

  it('creates with the typed clients, which speak protobuf', async () => {
    expect(await kubectl('create namespace team')).to.equal('namespace/team created\n');
    expect(await kubectl('create configmap cm --from-literal=a=b')).to.equal('configmap/cm created\n');
    expect(await kubectl('create secret generic s --from-literal=a=b')).to.equal('secret/s created\n');
    expect(await kubectl('create deployment web --image=app:1 --replicas=0 --port=80')).to.contain('created');
    expect(await kubectl('create job once --image=app:1 -- run')).to.equal('job.batch/once created\n');
    expect(
      await kubectl('get deployment web -o jsonpath={.spec.replicas}/{.spec.template.spec.containers[0].ports}'),
    ).to.equal('0/[{"containerPort":80,"protocol":"TCP"}]');
    expect(await kubectl('get job once -o jsonpath={.spec.template.spec.containers[0].command}')).to.equal('["run"]');
    expect(await kubectl('auth can-i delete pods')).to.equal('yes\n');
    expect(await kubectl('create token default')).to.match(/^ey[\w-]+\.[\w-]+\.[\w-]+\n?$/u);
  });

  it('works with custom resources', async () => {
    await kubectl(`apply -f ${manifest('crd.yaml', widgetDefinition())}`);
    expect(await kubectl('wait --for=condition=Established crd/widgets.example.test')).to.contain('condition met');
    expect(await kubectl(`apply -f ${manifest('w.yaml', aWidget('w'))}`)).to.equal('widget.example.test/w created\n');
    expect(await kubectl('explain widgets.spec')).to.contain('color\t<string> -required-');
    expect(await kubectl('scale widget w --replicas=4')).to.contain('scaled');
    expect(await kubectl('get wd w -o jsonpath={.spec.replicas}')).to.equal('4');
    expect(await kubectl('scale widget w --replicas=40')).to.contain('replicas may not exceed maxReplicas');
    expect(await kubectl('label widget w tier=web')).to.contain('labeled');
    expect(await kubectl('annotate widget w note=x')).to.contain('annotated');
    expect(await kubectl('get wd -l tier=web --field-selector spec.color=red')).to.match(
      /NAME +COLOR +READY\nw +red +\n/u,
    );
    expect(await kubectl('edit widget w', { KUBE_EDITOR: 'sed -i s/maxReplicas:.10/maxReplicas:\\ 20/' })).to.contain(
      'edited',
    );
    expect(await kubectl('get wd w -o jsonpath={.spec.maxReplicas}')).to.equal('20');
    expect(await kubectl('describe widget w')).to.contain('Max Replicas:  20');
    const wrong = manifest('x.yaml', aWidget('x', { colour: 'red' }));
    expect(await kubectl(`apply -f ${wrong}`)).to.contain('strict decoding error: unknown field "spec.colour"');
  });

  it('watches and waits', async () => {
    await test.client.post('/api/v1/namespaces/default/configmaps', aConfigMap('a'));
    const watching = kubectl('get configmaps -w -o name --request-timeout=20s');
    const waiting = kubectl('wait --for=delete configmap/a --timeout=20s');
    const { ledger } = test.server;
    while (ledger.requests({ verb: 'watch', resource: 'configmaps' }) < 2) await settle();
    await test.client.delete('/api/v1/namespaces/default/configmaps/a');
    expect(await waiting).to.equal('configmap/a condition met\n');
    await test.server.setFault({ kind: 'drop-watches' });
    expect(await watching).to.match(/configmap\/a\n/u);
  });
});
