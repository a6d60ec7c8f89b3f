import { existsSync, readFileSync } from 'node:fs';
import { expect } from 'chai';
import { ended, isRunning, until, Workbench } from '../support/kube-real-workbench.ts';

const PROGRAMS = ['etcd', 'kube-apiserver', 'kube-controller-manager', 'kube-scheduler', 'kubectl'];
const VERSION = 'v1.37.2';

describe('hack/kube get', function () {
  this.timeout(30_000);
  let bench: Workbench;
  beforeEach(() => {
    bench = new Workbench();
    bench.installGo();
  });
  afterEach(() => bench.remove());

  it('builds what is not there, says what it took and how long, and how to clean up', async () => {
    const first = await bench.run(['get']);
    expect(first.stderr)
      .to.contain('Kubernetes 1.37.2 is not in the cache: building it from its Go modules')
      .and.to.match(/building kube-apiserver for Kubernetes 1\.37\.2: \d+\.\d s/)
      .and.to.match(/ready in \d+\.\d s; `hack\/kube clean` removes what was fetched/);
    expect(first.stdout).to.match(/^Kubernetes 1\.37\.2: \S+\/v1\.37\.2 \(cache, built from Go modules in \d+\.\d s\)/);
    expect(bench.built).to.deep.equal(PROGRAMS);
    const second = await bench.run(['get']);
    expect(second.stdout).to.equal(first.stdout);
    expect(bench.built).to.have.length(PROGRAMS.length);
    expect(bench.cache).to.deep.equal([VERSION]);
  });

  it('keeps versions apart, and refuses those that are not pinned', async () => {
    await bench.run(['get', '--minor', '1.34']);
    await bench.run(['get', '--minor', '37']);
    expect(bench.cache).to.deep.equal(['v1.34.4', VERSION]);
    const other = await bench.run(['get', '--minor', '20']);
    expect(other).to.include({ code: 1 });
    expect(other.stderr).to.contain('no version 1.20 is pinned; choose one of 37, 34');
  });

  it('builds the tools that are not on PATH', async () => {
    const { stdout } = await bench.run(['get', '--tools']);
    expect(stdout)
      .to.match(/^helm: \S+\/helm-v4\.3\.1 /m)
      .and.to.match(/^kubeconform: \S+\/kubeconform-v0\.8\.0 /m);
    expect(existsSync(bench.cached('helm-v4.3.1', 'helm'))).to.equal(true);
  });

  for (const [name, code] of [
    ['SIGINT', 130],
    ['SIGTERM', 143],
  ] as const)
    it(`leaves nothing behind when ${name} interrupts it: no half-made cache, no compiler`, async () => {
      bench.letGo('hangs', 'kube-apiserver');
      const child = bench.start(['get']);
      const compiler = await bench.untilHanging();
      child.kill(name);
      const { code: exit, stderr } = await ended(child);
      expect(exit).to.equal(code);
      expect(stderr).to.contain('interrupted');
      expect(bench.cache).to.deep.equal([]);
      await until(() => !isRunning(compiler));
      bench.letGo('hangs', null);
      expect(await bench.run(['get'])).to.include({ code: 0 });
      expect(bench.cache).to.deep.equal([VERSION]);
    });

  it('takes nothing of what one that was killed has left, and clears it away', async () => {
    bench.letGo('hangs', 'kube-apiserver');
    const child = bench.start(['get']);
    const compiler = await bench.untilHanging();
    child.kill('SIGKILL');
    await ended(child);
    process.kill(compiler, 'SIGKILL');
    expect(bench.cache.filter((it) => it.startsWith('.unfinished-'))).to.have.length(1);
    bench.letGo('hangs', null);
    expect(await bench.run(['get'])).to.include({ code: 0 });
    expect(bench.cache).to.deep.equal([VERSION]);
    expect(readFileSync(bench.cached(VERSION, 'kube-apiserver'), 'utf8')).not.to.contain('half');
  });

  it('says what the compiler says when a build fails, and keeps nothing of it', async () => {
    bench.letGo('fails', 'kubectl');
    const { code, stderr } = await bench.run(['get']);
    expect(code).to.equal(1);
    expect(stderr).to.contain('go build failed:\ncannot find package kubectl');
    expect(bench.cache).to.deep.equal([]);
  });

  it('builds once when two want the same at once', async () => {
    const both = await Promise.all([bench.run(['get']), bench.run(['get'])]);
    expect(both.map((it) => it.code)).to.deep.equal([0, 0]);
    expect(bench.built).to.deep.equal(PROGRAMS);
    expect(bench.cache).to.deep.equal([VERSION]);
  });

  it('removes all that it has fetched, and says what that was', async () => {
    await bench.run(['get', '--tools']);
    const { stderr } = await bench.run(['clean']);
    expect(stderr).to.contain('removed helm-v4.3.1, kubeconform-v0.8.0, v1.37.2 from ');
    expect(existsSync(bench.cached())).to.equal(false);
    expect((await bench.run(['clean'])).stderr).to.contain('there was nothing in ');
  });
});

describe('hack/kube with KUBEBUILDER_ASSETS', function () {
  this.timeout(30_000);
  let bench: Workbench;
  beforeEach(() => {
    bench = new Workbench();
    bench.installGo();
  });
  afterEach(() => bench.remove());

  it('takes it for the current version, whichever it has, and for the minor that it has', async () => {
    const folder = bench.assets('1.36.1', PROGRAMS);
    for (const which of [[], ['--minor', '36']]) {
      const { stdout } = await bench.run(['get', ...which], { KUBEBUILDER_ASSETS: folder });
      expect(stdout).to.equal(`Kubernetes 1.36.1: ${folder} (KUBEBUILDER_ASSETS (${folder}))\n`);
    }
    expect(bench.built).to.deep.equal([]);
    const minors = await bench.run(['minors'], { KUBEBUILDER_ASSETS: folder });
    expect(minors.stdout).to.equal('36 34\n');
  });

  it('does not take it for another minor, and says why', async () => {
    const folder = bench.assets('1.36.1', PROGRAMS);
    const { stdout, stderr } = await bench.run(['get', '--minor', '34'], { KUBEBUILDER_ASSETS: folder });
    expect(stderr).to.contain(`KUBEBUILDER_ASSETS (${folder}) has Kubernetes 1.36.1, and 1.34 is wanted: not taken`);
    expect(stdout).to.contain('Kubernetes 1.34.4: ');
  });

  it('adds what envtest has not: controllers of the same minor', async () => {
    const folder = bench.assets('1.34.0', ['etcd', 'kube-apiserver', 'kubectl']);
    const { stdout } = await bench.run(['get'], { KUBEBUILDER_ASSETS: folder });
    expect(stdout)
      .to.contain(`Kubernetes 1.34.0: ${folder} `)
      .and.to.contain('kube-controller-manager, kube-scheduler: cache, built from Go modules');
    expect(bench.cache).to.deep.equal(['v1.34.4']);
  });

  it('refuses a folder without an API server, and one that no pinned controllers go with', async () => {
    const empty = await bench.run(['get'], { KUBEBUILDER_ASSETS: bench.folder });
    expect(empty.code).to.equal(1);
    expect(empty.stderr).to.contain('has no etcd, kube-apiserver').and.to.contain('unset it, or point it to a folder');
    const old = bench.assets('1.30.0', ['etcd', 'kube-apiserver', 'kubectl']);
    const refused = await bench.run(['get'], { KUBEBUILDER_ASSETS: old });
    expect(refused.code).to.equal(1);
    expect(refused.stderr).to.contain('none that goes with 1.30.0 is pinned');
    expect(bench.built).to.deep.equal([]);
  });
});
